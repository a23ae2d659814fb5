package gitlab

import (
	"context"
	"slices"

	"admit/internal/ticket"
)

// nobody is the id that GitLab takes for "assigned to nobody".
const nobody = 0

// Assign implements ticket.Assigner. Whom an issue cannot be assigned to GitLab
// leaves out without a word, so the answer is looked at.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	user := ticket.ParseID(to.ID)
	if to.ID != "" && user == nobody {
		return ticket.Refusal("the assignee is not an account on GitLab", ticket.AssigneeField)
	}
	w, err := p.at(ctx, id)
	if err != nil {
		return err
	}
	if w.MovedTo != 0 {
		return ticket.Refusal("GitLab: the issue was moved to where Admit cannot see it")
	}
	after, err := p.change(ctx, w, wireChange{AssigneeIDs: []int64{user}})
	if err != nil {
		return err
	}
	var is []int64
	for _, u := range after.Assignees {
		is = append(is, u.ID)
	}
	switch {
	case user == nobody && len(is) > 0:
		return ticket.Refusal("GitLab did not take the issue away from its assignee: "+needsReporter, ticket.AssigneeField)
	case user != nobody && !slices.Equal(is, []int64{user}):
		return ticket.Refusal("GitLab did not assign the issue: the assignee must be a member of the project, and "+needsReporter, ticket.AssigneeField)
	}
	return nil
}

// Complete implements ticket.Completer. An issue with a label that says that the
// change was not made would not read as done, so it is left open.
func (p *Provider) Complete(ctx context.Context, id, message string) error {
	w, err := p.at(ctx, id)
	if err != nil || w.State != stateOpened {
		return err
	}
	if against := p.declinedBy(w); against != "" {
		return ticket.Refusal("GitLab: the label " + line(against) + " says that the change was not made: take it away first")
	}
	if err := p.sayOnce(ctx, w, message); err != nil {
		return err
	}
	return p.end(ctx, w, wireChange{StateEvent: "close"})
}

package servicenow

import (
	"context"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. An order is assigned by its item, as it is
// filed. Whom a rule does not like ServiceNow drops without a word; then the
// ticket is given back to whom it had.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	if to.ID != "" && !isID(to.ID) {
		return ticket.Refusal(noUser, ticket.AssigneeField)
	}
	g, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	before := g.item.get(assignedTo)
	if before == to.ID {
		return nil
	}
	if err := p.works(ctx, to.ID); err != nil {
		return err
	}
	after, err := p.reassign(ctx, g.item, to.ID)
	if err != nil || after == to.ID {
		return err
	}
	if after != before {
		_, _ = p.reassign(ctx, g.item, before) // what is refused is refused all the same
	}
	return ticket.Refusal("ServiceNow did not keep the assignee: a rule or a right stands against it", ticket.AssigneeField)
}

// works returns why nobody can be given a ticket who is no active user, or nil.
func (p *Provider) works(ctx context.Context, user string) error {
	if user == "" {
		return nil
	}
	users, err := p.users(ctx, "sys_id="+user+"^active=true")
	if err == nil && (len(users) != 1 || users[0].ID != user) {
		err = ticket.Refusal(noUser, ticket.AssigneeField)
	}
	return err
}

// reassign makes somebody the assignee of a record, and returns who is it then.
func (p *Provider) reassign(ctx context.Context, r row, user string) (string, error) {
	after, err := p.http.update(ctx, r.get("sys_class_name"), r.get("sys_id"), map[string]string{assignedTo: user}, []string{"sys_id", assignedTo})
	return after.get(assignedTo), err
}

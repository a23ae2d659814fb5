package linear

import (
	"context"
	"strings"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	if !ticket.IsUUID(id) {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	if to.ID != "" && !ticket.IsUUID(to.ID) {
		return ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
	}
	variables := map[string]any{"id": id, "assignee": nil}
	if to.ID != "" {
		variables["assignee"] = to.ID
	}
	after, err := tell[assignAnswer](ctx, p.http, mutationAssign, variables)
	if err != nil {
		return aboutAssignee(err)
	}
	if after.Update.Issue.Assignee.ID != to.ID {
		return ticket.Refusal("Linear did not keep the new assignee of the issue", ticket.AssigneeField)
	}
	return nil
}

// aboutAssignee names the assignee in a refusal that is not about the issue:
// nothing else was asked for, and Linear has many words for it.
func aboutAssignee(err error) error {
	f := *ticket.FailureOf(err)
	if !ticket.IsRefusal(err) || strings.Contains(f.Msg, notFound+": Issue") {
		return err
	}
	f.Fields = []string{ticket.AssigneeField}
	return &f
}

package jira

import (
	"context"
	"net/http"
	"net/url"

	"admit/internal/ticket"
)

// automatic is what Jira takes for the assignee that a project has by default.
const automatic = "-1"

// Assign implements ticket.Assigner. The issue is read first: of a refusal it is
// then clear that it is about the assignee, which Jira does not always say.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	switch {
	case !isID(id):
		return ticket.Refusal(noTicket)
	case to.ID == automatic:
		return ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
	}
	w, _, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	before, err := p.snapshot(w)
	if err != nil || before.Assignee.ID == to.ID {
		return err
	}
	if err := p.assign(ctx, id, to.ID); err != nil {
		f := *ticket.FailureOf(err)
		if ticket.IsRefusal(err) {
			f.Fields = []string{ticket.AssigneeField}
		}
		return &f
	}
	return nil
}

// assign makes somebody the assignee of an issue; "" is nobody.
func (p *Provider) assign(ctx context.Context, id, account string) error {
	_, _, err := do[ticket.Nothing](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: p.api + "/issue/" + url.PathEscape(id) + "/assignee", Body: p.assigned(account), Effect: ticket.Writes,
	})
	return err
}

package requesttracker

import (
	"context"
	"net/http"
	"strings"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. Whether the owner was set is read back: what
// it refuses Request Tracker answers like a success, in the service user's
// language.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	owner := nobody
	if to.ID != "" {
		owner = to.ID
	}
	switch {
	case !isID(id):
		return ticket.Refusal(noTicket)
	case to.ID != "" && !isID(to.ID):
		return ticket.Refusal(noOwner, ticket.AssigneeField)
	}
	before, err := p.readBack(ctx, id)
	if err != nil || before.Assignee.ID == to.ID {
		return err
	}
	said, _, err := do[[]string](ctx, p.http, ticket.Call{Method: http.MethodPut, Path: "/ticket/" + id, Body: wireOwner{owner}, Effect: ticket.Writes})
	if err != nil {
		return err
	}
	after, err := p.readBack(ctx, id)
	switch {
	case err != nil:
		return ambiguous(err)
	case after.Assignee.ID != to.ID:
		return ticket.Refusal(p.http.Message("Request Tracker did not change the owner: "+strings.Join(said, "; ")+
			" (the owner needs the right OwnTicket on the queue, the service user ReassignTicket)"), ticket.AssigneeField)
	}
	return nil
}

// Complete implements ticket.Completer. Comment and status are one call, which
// makes one after the other: a comment is said again only after a refusal of the
// status.
func (p *Provider) Complete(ctx context.Context, id, message string) error {
	return p.end(ctx, id, message, p.done)
}

// end ends an open ticket with a status. Whether that was set is read back: the
// words Request Tracker answers with are in the service user's language.
func (p *Provider) end(ctx context.Context, id, message, status string) error {
	if !isID(id) {
		return ticket.Refusal(noTicket)
	}
	before, err := p.readBack(ctx, id)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	said, err := p.comment(ctx, id, message, status)
	if err != nil {
		return err
	}
	after, err := p.readBack(ctx, id)
	switch {
	case err != nil:
		return ambiguous(err)
	case after.Outcome.Ended() && after.Outcome != p.means[status]: // a scrip had its own way
		return ambiguous(ticket.Refusal(p.http.Message("Request Tracker ended the ticket, but its status is " + after.Status)))
	case !after.Outcome.Ended():
		return ticket.Refusal(p.http.Message("Request Tracker did not set the status " + status + ": " + strings.Join(said, "; ")))
	}
	return nil
}

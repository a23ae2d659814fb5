package freshservice

import (
	"context"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	agent := ticket.ParseID(to.ID)
	if ticket.ParseID(id) == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	if agent == 0 && to.ID != "" {
		return ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
	}
	var change struct {
		Responder *int64 `json:"responder_id"` // null for nobody
	}
	if agent != 0 {
		change.Responder = &agent
	}
	after, err := p.put(ctx, id, change)
	if err == nil && max(after.Responder, 0) != agent {
		return ticket.Refusal("Freshservice did not keep the new agent of ticket #"+id+": maybe a workflow set another", ticket.AssigneeField)
	}
	return err
}

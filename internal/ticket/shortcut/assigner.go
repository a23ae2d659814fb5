package shortcut

import (
	"context"
	"net/http"
	"slices"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. Whoever gets a story is its only owner: in
// which order Shortcut tells several is not said, and so not who is the first.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	type change struct {
		OwnerIDs []string `json:"owner_ids"`
	}
	if ticket.ParseID(id) == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	owners := []string{}
	if to.ID != "" {
		owners = append(owners, to.ID)
	}
	if slices.ContainsFunc(owners, func(id string) bool { return !ticket.IsUUID(id) }) {
		return ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
	}
	after, _, err := v3[wireStory](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: "/stories/" + id, Body: change{owners}, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	if err := after.sane(id); err != nil {
		return p.http.Malformed(ticket.Writes, err)
	}
	if !slices.Equal(after.OwnerIDs, owners) {
		return ticket.Refusal("Shortcut did not keep the new owner of the story: maybe an automation set another", ticket.AssigneeField)
	}
	return nil
}

package zendesk

import (
	"context"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. The group is given too: Zendesk may take
// another one for somebody who is not in it.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	n, assignee := parseID(id), parseID(to.ID)
	if n == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	if assignee == 0 && to.ID != "" {
		return ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
	}
	now, err := p.one(ctx, n)
	if err != nil || now.Assignee == assignee {
		return err
	}
	c := wireAssignment{wireStamp: now.stamp(), Group: now.Group}
	if assignee != 0 {
		c.Assignee = &assignee
	}
	after, _, err := p.http.change(ctx, n, c)
	if err == nil && after.Assignee != assignee {
		err = ticket.Refusal("Zendesk did not keep the new assignee of ticket #"+id+": maybe a trigger set another", ticket.AssigneeField)
	}
	if assignee == 0 && aboutAssignee(err) {
		return hint(err, "a ticket can be taken away only where Zendesk's ticket settings allow reassignment back to the general group")
	}
	return err
}

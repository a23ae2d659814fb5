package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// again queues a change once more under the ticket policy as it is now. With
// tickets off by now it ends, and a new change records the access.
func (s *Service) again(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange) error {
	resource, err := store.Resource(ctx, &w.Reader, c.ResourceID)
	if err != nil {
		return err
	}
	app, err := store.App(ctx, &w.Reader, c.AppID)
	if err != nil {
		return err
	}
	w.Event(changeEvent(actor, access.ChangeRetried, c, "tried the "+sentence(c)+" again"))
	policy := access.TicketPolicyFor(app, resource)
	if !policy.Files(c.Direction) {
		if err := s.doubt(ctx, w, c.SlotID); err != nil {
			return err
		}
		return s.moveChange(ctx, w, &c, access.Superseded, "tickets are off now", nil)
	}
	if err := store.EndWaivers(ctx, w.Tx, c.SlotID, w.Now); err != nil {
		return err
	}
	c.ProviderID, c.ProjectID = policy.TicketProviderID, policy.TicketProjectID
	return s.moveChange(ctx, w, &c, access.Queued, "", nil)
}

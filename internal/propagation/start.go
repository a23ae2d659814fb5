package propagation

import (
	"context"
	"fmt"

	"admit/internal/access"
	"admit/internal/store"
)

// start begins a change towards what is wanted.
func (r *round) start(ctx context.Context, slot *access.Slot) error {
	if err := r.loadNames(ctx); err != nil {
		return err
	}
	c := r.newChange(*slot)
	if err := r.because(ctx, *slot, &c); err != nil {
		return err
	}
	policy := r.names[slot.ID].TicketPolicy
	slot.ChangeID = &c.ID
	if !policy.Files(c.Direction) {
		return r.record(slot, c)
	}
	c.ViaTicket, c.ProviderID, c.ProjectID = true, policy.TicketProviderID, policy.TicketProjectID
	due := r.w.Now.Add(r.s.cfg.Window)
	c.NextTryAt = &due
	r.started = append(r.started, c)
	r.changes[slot.ID] = c
	r.w.Event(changeEvent(access.System(), access.ChangeStarted, c, sentence(c)+" started"))
	r.w.Job(fileJob(c))
	return nil
}

// record ends a change at once: with tickets off it is bookkeeping only.
func (r *round) record(slot *access.Slot, c access.AccessChange) error {
	if err := c.Move(access.Done, r.w.Now); err != nil {
		return err
	}
	c.Detail = "recorded; tickets are off"
	slot.Believed, slot.Proof, slot.AsOf = c.Direction.Result(), access.Recorded, &r.w.Now
	r.started = append(r.started, c)
	r.w.Event(changeEvent(access.System(), access.ChangeDone, c, sentence(c)+" is recorded; tickets are off"))
	return nil
}

func (r *round) newChange(slot access.Slot) access.AccessChange {
	n := r.names[slot.ID]
	u := access.User{Email: n.Email, FirstName: n.FirstName, LastName: n.LastName}
	return access.AccessChange{
		ID: store.NewID(), SlotID: slot.ID, UserID: slot.UserID, ResourceID: slot.ResourceID, AppID: n.AppID, Level: slot.Level,
		Direction: access.DirectionTo(slot.Wanted), State: access.Queued,
		UserEmail: n.Email, UserName: u.Name(), ResourceName: n.ResourceName, AppName: n.AppName, LevelName: n.LevelName,
		CreatedAt: r.w.Now, StateAt: r.w.Now,
	}
}

// because fills in what made a change necessary: the newest live grant, or the
// grant that ended last.
func (r *round) because(ctx context.Context, slot access.Slot, c *access.AccessChange) error {
	if live := r.wanted[slot.ID]; len(live) > 0 {
		g := live[len(live)-1]
		c.GrantID, c.RequestID = &g.ID, g.RequestID
		switch g.Source {
		case access.FromRequest:
			c.Cause = access.ByRequest
		case access.FromAdmin:
			c.Cause, c.ActorID = access.ByAdmin, g.GrantedBy
		case access.FromRule:
			c.Cause = access.BySystem
		}
		return nil
	}
	if r.ended == nil {
		var err error
		if r.ended, err = store.LastEndedGrants(ctx, &r.w.Reader, r.slotIDs()); err != nil {
			return err
		}
	}
	g, ok := r.ended[slot.ID]
	if !ok {
		c.Cause = access.BySystem
		return nil
	}
	c.GrantID, c.RequestID = &g.ID, g.RequestID
	switch {
	case g.State == access.GrantExpired:
		c.Cause = access.ByExpiry
	case g.EndedBy == nil:
		c.Cause = access.BySystem
	case *g.EndedBy == slot.UserID:
		c.Cause = access.BySelf
	default:
		c.Cause, c.ActorID = access.ByAdmin, g.EndedBy
	}
	return nil
}

func (r *round) loadNames(ctx context.Context) (err error) {
	if r.names == nil {
		r.names, err = store.NamesOf(ctx, &r.w.Reader, r.slotIDs())
	}
	return err
}

func (r *round) slotIDs() []string {
	ids := make([]string, len(r.slots))
	for i, s := range r.slots {
		ids[i] = s.ID
	}
	return ids
}

func unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := ids[:0:0]
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// sentence names a change: "grant of My Role to josh@example.com".
func sentence(c access.AccessChange) string {
	what := c.ResourceName
	if c.LevelName != "" {
		what += " (" + c.LevelName + ")"
	}
	if c.Direction == access.ToRemove {
		return fmt.Sprintf("removal of %s from %s", what, c.UserEmail)
	}
	return fmt.Sprintf("grant of %s to %s", what, c.UserEmail)
}

// changeEvent starts an event about a change.
func changeEvent(actor access.Actor, t access.EventType, c access.AccessChange, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.ChangeID, e.UserID, e.ResourceID, e.AppID = &c.ID, &c.UserID, &c.ResourceID, &c.AppID
	e.RequestID, e.GrantID, e.ProviderID, e.Cause = c.RequestID, c.GrantID, c.ProviderID, c.Cause
	e.Data = map[string]string{"direction": string(c.Direction), "state": string(c.State), "detail": c.Detail}
	return e
}

// ticketEvent starts an event about a ticket of a change.
func ticketEvent(actor access.Actor, t access.EventType, c access.AccessChange, tk access.Ticket, summary string) access.Event {
	e := changeEvent(actor, t, c, summary)
	e.TicketID, e.ProviderID = &tk.ID, &tk.ProviderID
	e.Data["ticket"], e.Data["status"] = tk.Identifier, tk.Status
	return e
}

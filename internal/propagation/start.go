package propagation

import (
	"context"
	"fmt"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// names is what a new change copies, for all slots of a round.
type names struct {
	users     map[string]access.User
	resources map[string]access.Resource
	apps      map[string]access.App
	levels    map[string][]access.Level
}

// start begins a change towards what is wanted.
func (r *round) start(ctx context.Context, slot *access.Slot) error {
	if err := r.loadNames(ctx); err != nil {
		return err
	}
	c := r.newChange(*slot)
	if err := r.because(ctx, *slot, &c); err != nil {
		return err
	}
	app, resource := r.names.apps[c.AppID], r.names.resources[c.ResourceID]
	policy := access.TicketPolicyFor(app, resource)
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
	r.w.Job(job.File{ChangeID: c.ID})
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
	u, res := r.names.users[slot.UserID], r.names.resources[slot.ResourceID]
	return access.AccessChange{
		ID: store.NewID(), SlotID: slot.ID, UserID: slot.UserID, ResourceID: slot.ResourceID, AppID: res.AppID, Level: slot.Level,
		Direction: access.DirectionTo(slot.Wanted), State: access.Queued,
		UserEmail: u.Email, UserName: u.Name(), ResourceName: res.Name, AppName: r.names.apps[res.AppID].Name,
		LevelName: store.LevelName(r.names.levels[slot.ResourceID], slot.Level),
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
		ids := make([]string, len(r.slots))
		for i, s := range r.slots {
			ids[i] = s.ID
		}
		var err error
		if r.ended, err = store.LastEndedGrants(ctx, &r.w.Reader, ids); err != nil {
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

func (r *round) loadNames(ctx context.Context) error {
	if r.names != nil {
		return nil
	}
	var n names
	var userIDs, resourceIDs, appIDs []string
	for _, s := range r.slots {
		userIDs, resourceIDs = append(userIDs, s.UserID), append(resourceIDs, s.ResourceID)
	}
	var err error
	if n.users, err = store.UsersByID(ctx, &r.w.Reader, unique(userIDs)); err != nil {
		return err
	}
	if n.resources, err = store.ResourcesByID(ctx, &r.w.Reader, unique(resourceIDs)); err != nil {
		return err
	}
	for _, x := range n.resources {
		appIDs = append(appIDs, x.AppID)
	}
	if n.apps, err = store.AppsByID(ctx, &r.w.Reader, unique(appIDs)); err != nil {
		return err
	}
	n.levels, err = store.Levels(ctx, &r.w.Reader, unique(resourceIDs))
	r.names = &n
	return err
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

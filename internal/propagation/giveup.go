package propagation

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// GiveUp ends a change that needs attention by the word of a person. A grant ends
// with the reasons for it: the access is not wanted any more. A removal is a
// risk, so it needs an end, and a second person: see AgreeWaiver.
func (s *Service) GiveUp(ctx context.Context, actor access.Actor, changeID, reason string, until *time.Time) error {
	var wrong access.Problems
	reason = wrong.Prose("reason", reason, true, access.MaxText)
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := s.inAttention(ctx, w, actor, changeID, access.GiveUpChange)
		if err != nil {
			return err
		}
		if c.Direction == access.ToGrant {
			if until != nil {
				wrong.Add("until", "must be left out: a grant is given up for good")
			}
			if err := wrong.Err(); err != nil {
				return err
			}
			return s.giveUpGrant(ctx, w, actor, c, reason)
		}
		switch {
		case until == nil:
			wrong.Add("until", "is required: a removal can be given up for a time only")
		case !until.After(w.Now):
			wrong.Add("until", "must be in the future")
		case until.After(w.Now.Add(access.MaxWaiver)):
			wrong.Add("until", "must be within a year")
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		return s.askWaiver(ctx, w, actor, c, reason, *until)
	})
}

// inAttention returns a change that needs attention, locked, if the actor may do
// this about it.
func (s *Service) inAttention(ctx context.Context, w *store.Write, actor access.Actor, changeID string, do access.Action) (access.AccessChange, error) {
	c, err := store.LockChange(ctx, w.Tx, changeID)
	if err != nil {
		return c, err
	}
	rel, err := store.Relations(ctx, &w.Reader, actor.UserID, c.ResourceID)
	if err != nil {
		return c, err
	}
	if err := actor.May(do, rel); err != nil {
		return c, err
	}
	if c.State != access.NeedsAttention {
		return c, access.Errorf(access.Conflict, "only for a change that needs attention; this one is %s", c.State)
	}
	return c, nil
}

func (s *Service) giveUpGrant(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange, reason string) error {
	grants, err := store.RevokeGrants(ctx, w.Tx, store.RevokeFilter{SlotID: c.SlotID}, actor.ID(), w.Now)
	if err != nil {
		return err
	}
	for _, g := range grants {
		e := access.By(actor, access.GrantRevokedEv, "revoked access: its change was given up")
		e.GrantID, e.UserID, e.ResourceID, e.RequestID = &g.ID, &g.UserID, &g.ResourceID, g.RequestID
		e.Data = map[string]string{"reason": reason}
		w.Event(e)
	}
	return s.abandon(ctx, w, actor, c, reason)
}

// abandon ends a change by the word of a person, and looks at the slot.
func (s *Service) abandon(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange, reason string) error {
	w.Event(changeEvent(actor, access.ChangeAbandoned, c, "gave up the "+sentence(c)+": "+reason))
	return s.moveChange(ctx, w, &c, access.Abandoned, "given up by "+actor.Name+": "+reason, nil)
}

func (s *Service) askWaiver(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange, reason string, until time.Time) error {
	err := store.AddWaiver(ctx, w.Tx, access.Waiver{
		ID: store.NewID(), ChangeID: c.ID, SlotID: c.SlotID, Reason: reason, UntilAt: until, AskedBy: actor.UserID, AskedAt: w.Now,
	})
	if access.CodeOf(err) == access.Conflict {
		return access.Errorf(access.Conflict, "somebody has asked already to give this removal up; it needs a second person")
	}
	e := changeEvent(actor, access.WaiverAsked, c, "asked to give up the "+sentence(c)+": "+reason)
	e.Data["until"] = until.UTC().Format(time.RFC3339)
	w.Event(e)
	return err
}

// AgreeWaiver gives a removal up until the end that was asked for. Who agrees is
// not the one who asked, and not the one who keeps the access.
func (s *Service) AgreeWaiver(ctx context.Context, actor access.Actor, changeID string) error {
	return s.decideWaiver(ctx, actor, changeID, func(w *store.Write, c access.AccessChange, waiver access.Waiver) error {
		if problem := access.WaiverProblem(actor, waiver, c.UserID); problem != "" {
			return access.Errorf(access.Forbidden, "%s", problem)
		}
		if !waiver.UntilAt.After(w.Now) {
			return access.Errorf(access.Conflict, "the time it was asked for is over")
		}
		waiver.AgreedBy, waiver.AgreedAt = actor.ID(), &w.Now
		if err := store.UpdateWaiver(ctx, w.Tx, waiver); err != nil {
			return err
		}
		slots, err := store.SlotsByID(ctx, w.Tx, []string{c.SlotID})
		if err != nil || len(slots) == 0 {
			return err
		}
		slots[0].WaivedUntil = &waiver.UntilAt
		if err := store.UpdateSlot(ctx, w.Tx, slots[0]); err != nil {
			return err
		}
		return s.abandon(ctx, w, actor, c, waiver.Reason)
	})
}

// RefuseWaiver takes back or refuses what was asked: the removal still needs
// attention.
func (s *Service) RefuseWaiver(ctx context.Context, actor access.Actor, changeID string) error {
	return s.decideWaiver(ctx, actor, changeID, func(w *store.Write, c access.AccessChange, waiver access.Waiver) error {
		w.Event(changeEvent(actor, access.WaiverRefused, c, "did not give up the "+sentence(c)))
		waiver.EndedAt = &w.Now
		return store.UpdateWaiver(ctx, w.Tx, waiver)
	})
}

func (s *Service) decideWaiver(ctx context.Context, actor access.Actor, changeID string, do func(*store.Write, access.AccessChange, access.Waiver) error) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := s.inAttention(ctx, w, actor, changeID, access.GiveUpChange)
		if err != nil {
			return err
		}
		waiver, ok, err := store.AskedWaiver(ctx, &w.Reader, changeID)
		if err != nil {
			return err
		}
		if !ok {
			return access.Errorf(access.Conflict, "nobody has asked to give this removal up")
		}
		return do(w, c, waiver)
	})
}

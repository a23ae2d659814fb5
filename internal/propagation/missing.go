package propagation

import (
	"context"
	"fmt"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Many tickets missing at once are trouble of the provider, a lost right or an
// archived project, and not as many deletions.
const (
	manyMissing      = 10 // more than this,
	manyMissingShare = 33 // or one in this many of a large read
)

// missing notes tickets a read did not find: first as suspects; those that stay
// away are lost, and filed again.
func (s *Service) missing(ctx context.Context, p account, read int, missing []access.Ticket) error {
	missing = slices.DeleteFunc(slices.Clone(missing), func(t access.Ticket) bool { // what has ended may be put away
		return t.State != access.TicketOpen && t.State != access.TicketSuspect
	})
	if len(missing) == 0 {
		return nil
	}
	if len(missing) > manyMissing || read > manyMissing*manyMissingShare && len(missing)*manyMissingShare > read {
		_ = s.note(ctx, p.TicketProvider, &ticket.Failure{
			Trouble: ticket.Unauthorized, Certainty: ticket.Refused,
			Msg: fmt.Sprintf("%d of %d tickets cannot be seen any more; check the rights of Admit's account", len(missing), read),
		})
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		for _, t := range missing { // few, see above
			if err := s.oneMissing(ctx, w, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) oneMissing(ctx context.Context, w *store.Write, t access.Ticket) error {
	t, changes, err := lockTicket(ctx, w, t.ID)
	if err != nil {
		return err
	}
	was := t.State
	if was != access.TicketOpen && was != access.TicketSuspect {
		return nil
	}
	if t.SuspectAt == nil {
		t.SuspectAt = &w.Now
	}
	t.State, t.Note = access.TicketSuspect, "not found at the provider; it may be deleted or hidden"
	isGone := w.Now.Sub(*t.SuspectAt) >= s.cfg.SuspectFor
	if isGone {
		t.State, t.EndedAt = access.TicketLost, &w.Now
	}
	if err := store.UpdateTicket(ctx, w.Tx, t, was); err != nil || !isGone {
		return err
	}
	for _, c := range changes {
		if !c.State.Live() {
			continue
		}
		if err := s.lost(ctx, w, c, t); err != nil {
			return err
		}
	}
	return nil
}

// maxLosses is how many tickets of a change may vanish before a person is asked:
// somebody may be deleting them.
const maxLosses = 3

// lost files a change again whose ticket is gone. If the wish had turned round,
// nothing is known of the effect.
func (s *Service) lost(ctx context.Context, w *store.Write, c access.AccessChange, t access.Ticket) error {
	w.Event(ticketEvent(access.System(), access.TicketLostEv, c, t, t.Identifier+" is gone"))
	if c.Reversed {
		if t.WorkSeen {
			if err := s.doubt(ctx, w, c.SlotID); err != nil {
				return err
			}
		}
		return s.moveChange(ctx, w, &c, access.ChangeCanceled, t.Identifier+" is gone", nil)
	}
	if c.Losses++; c.Losses >= maxLosses {
		c.Losses = 0
		if err := s.doubt(ctx, w, c.SlotID); err != nil {
			return err
		}
		return s.askPerson(ctx, w, c, access.Lost, fmt.Sprintf("%d tickets vanished, the last was %s", maxLosses, t.Identifier))
	}
	return s.moveChange(ctx, w, &c, access.Queued, "", nil)
}

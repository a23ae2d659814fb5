package propagation

import (
	"context"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// A database that was put back to an earlier copy finds tickets at a provider that
// carry a key of ours and that it does not know: strays. Some were filed for
// changes it has, which adopt them; see lookForForgotten. The others were filed for
// wishes that are lost. What to do about them is for a person to say: a copy of
// Admit that runs for a test sees the tickets of the real one as strays, too.

// textStray is what we write into a stray that we close.
const textStray = "The database of Admit was put back to a copy that is older than this ticket, so Admit does not know it any more. " +
	"Admit closes it. If the change is still wanted, there will be another ticket."

// strange returns the snapshots that carry a key of ours and are of no ticket we
// know.
func (s *Service) strange(known, byKey map[string]access.Ticket, snaps []ticket.Snapshot) []ticket.Snapshot {
	var strange []ticket.Snapshot
	for _, x := range snaps {
		_, here := known[x.ID]
		if _, said := byKey[x.Key]; !here && !said && x.Key != "" && s.isOurs(x.Key) {
			strange = append(strange, x)
		}
	}
	return strange
}

// noteStrays keeps what is known of strays up to date. One that ended without
// effect is none.
func (s *Service) noteStrays(ctx context.Context, p access.TicketProvider, strange []ticket.Snapshot) error {
	if len(strange) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ids := make([]string, len(strange))
		for i, x := range strange {
			ids[i] = x.ID
		}
		known, err := store.StraysByRemoteID(ctx, &w.Reader, p.ID, ids)
		if err != nil {
			return err
		}
		var slots []string // asked for when the first is new
		for _, x := range strange {
			idle := x.Outcome == ticket.No || x.Outcome == ticket.Deleted
			stray, ok := known[x.ID]
			switch {
			case ok && stray.SettledAt != nil, !ok && idle:
			case ok && idle:
				err = store.DeleteStray(ctx, w.Tx, stray.ID)
			case ok:
				err = s.renewStray(ctx, w, stray, x)
			default:
				if slots == nil {
					if slots, err = store.SlotIDs(ctx, &w.Reader); err != nil {
						return err
					}
				}
				err = s.addStray(ctx, w, p, x, slots)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func look(stray *access.Stray, x ticket.Snapshot) {
	stray.Identifier, stray.URL, stray.Title, stray.Status, stray.Outcome = x.Identifier, x.URL, x.Title, x.Status, string(x.Outcome)
}

func (s *Service) renewStray(ctx context.Context, w *store.Write, stray access.Stray, x ticket.Snapshot) error {
	before := stray
	if look(&stray, x); stray == before {
		return nil
	}
	return store.UpdateStray(ctx, w.Tx, stray)
}

// addStray stores a stray with what its key tells.
func (s *Service) addStray(ctx context.Context, w *store.Write, p access.TicketProvider, x ticket.Snapshot, slots []string) error {
	stray := access.Stray{ID: store.NewID(), ProviderID: p.ID, RemoteID: x.ID, Key: x.Key, FoundAt: w.Now}
	look(&stray, x)
	e := access.By(access.System(), access.TicketStray, "found "+x.Identifier+", which this database does not know: "+x.Title)
	e.ProviderID, e.Data = &p.ID, map[string]string{"ticket": x.Identifier, "status": x.Status, "url": x.URL}
	if i := slices.IndexFunc(slots, func(id string) bool { return s.isAbout(x.Key, id) }); i >= 0 {
		stray.SlotID = &slots[i]
		changes, err := store.ChangesOfSlot(ctx, &w.Reader, slots[i], access.MaxPage)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if s.isFor(x.Key, c) {
				stray.ChangeID = &c.ID
			}
		}
		if len(changes) > 0 {
			e.UserID, e.ResourceID = &changes[0].UserID, &changes[0].ResourceID
		}
	}
	w.Event(e)
	return store.AddStrays(ctx, w.Tx, stray)
}

// mostOfOne is more than a change ever has.
const mostOfOne = 30

// isFor reports whether a key is that of a ticket of a change.
func (s *Service) isFor(key string, c access.AccessChange) bool {
	for nth := range mostOfOne {
		if key == s.keyOf(c, nth+1) {
			return true
		}
	}
	return false
}

// gatherStrays takes those from the strays of a provider that are known by now,
// and has changes filed that wait for a person, whom a stray of theirs spares it:
// filing adopts it.
func (s *Service) gatherStrays(ctx context.Context, providerID string) error {
	list, err := store.Strays(ctx, s.DB.Read(), store.StrayFilter{ProviderID: providerID, Page: access.Page{Size: access.MaxPage}})
	if err != nil || len(list.Items) == 0 {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		var keys []string
		for _, stray := range list.Items {
			keys = append(keys, stray.Key)
		}
		known, err := store.TicketsByKey(ctx, &w.Reader, providerID, keys)
		if err != nil {
			return err
		}
		for _, stray := range list.Items {
			if t, ok := known[stray.Key]; ok && t.RemoteID != "" {
				err = store.DeleteStray(ctx, w.Tx, stray.ID)
			} else if stray.ChangeID != nil {
				err = s.fileAgain(ctx, w, stray)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fileAgain queues the change of a stray that waits for a person, if filing would
// find the stray.
func (s *Service) fileAgain(ctx context.Context, w *store.Write, stray access.Stray) error {
	c, err := store.LockChange(ctx, w.Tx, *stray.ChangeID)
	if err != nil || c.State != access.NeedsAttention || !c.CreatedAt.Before(s.began) {
		return err
	}
	before, err := store.TicketsOf(ctx, &w.Reader, []string{c.ID})
	if err != nil {
		return err
	}
	for skipped := range forgotten {
		if stray.Key == s.keyOf(c, len(before[c.ID])+1+skipped) {
			return s.moveChange(ctx, w, &c, access.Queued, stray.Identifier+" was filed for it", nil)
		}
	}
	return nil
}

// Strays lists the strays that nobody has settled, newest first.
func (s *Service) Strays(ctx context.Context, actor access.Actor, f store.StrayFilter) (access.List[access.Stray], error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return access.List[access.Stray]{}, err
	}
	return store.Strays(ctx, s.DB.Read(), f)
}

// SettleStray ends what a stray is about: the ticket is closed if it is open, and
// if it was worked on, nothing is believed any more of the access it is about, so
// that there will be a ticket to make sure of what is wanted now.
func (s *Service) SettleStray(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	stray, err := store.Stray(ctx, s.DB.Read(), id)
	if err != nil {
		return err
	}
	p, err := s.open(ctx, stray.ProviderID)
	if err != nil {
		return err
	}
	was, err := s.readStray(ctx, p, stray)
	if err != nil {
		return err
	}
	if was.Outcome == ticket.Open {
		if failure := s.note(ctx, p.TicketProvider, p.Close(ctx, stray.RemoteID, textStray)); failure != nil {
			return unavailable(failure)
		}
	}
	ctx = context.WithoutCancel(ctx) // it is closed
	return s.DB.Write(ctx, func(w *store.Write) error { return s.settled(ctx, w, actor, stray, was) })
}

// readStray returns a stray as it is now; one that is gone reads as deleted.
func (s *Service) readStray(ctx context.Context, p account, stray access.Stray) (ticket.Snapshot, error) {
	now, err := p.Read(urgently(ctx), []string{stray.RemoteID})
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return ticket.Snapshot{}, unavailable(failure)
	}
	if len(now) == 0 {
		return ticket.Snapshot{ID: stray.RemoteID, Outcome: ticket.Deleted}, nil
	}
	return now[0], nil
}

func (s *Service) settled(ctx context.Context, w *store.Write, actor access.Actor, stray access.Stray, was ticket.Snapshot) error {
	stray.SettledAt = &w.Now
	if err := store.UpdateStray(ctx, w.Tx, stray); err != nil {
		_, known := store.Stray(ctx, &w.Reader, stray.ID)
		if access.CodeOf(known) != access.NotFound { // a poll may see first that it is closed, and forget it
			return err
		}
	}
	e := access.By(actor, access.TicketSettled, "settled "+stray.Identifier+", which this database does not know: "+stray.Title)
	e.ProviderID, e.Data = &stray.ProviderID, map[string]string{"ticket": stray.Identifier, "status": was.Status, "url": stray.URL}
	w.Event(e)
	worked := was.WorkSeen || was.Outcome == ticket.Yes || was.Outcome == ticket.Unclear
	if stray.SlotID == nil || !worked {
		return nil
	}
	if err := s.doubt(ctx, w, *stray.SlotID); err != nil {
		return err
	}
	return s.reconcile(ctx, w, []string{*stray.SlotID})
}

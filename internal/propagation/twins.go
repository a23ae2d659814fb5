package propagation

import (
	"context"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// A ticket whose create call had no clear answer is looked for again later: a
// call we gave up on may have landed after all, behind one that was repeated. It
// gets a first and a last look.
const (
	firstTwinLook = 10 * time.Minute
	lastTwinLook  = time.Hour // after the first
)

// Twins looks for other tickets with the key of one that is filed, and closes
// those that are open: one survives. If the one we know is not there any more and
// another is, it is no twin: some systems give a ticket that is moved another id,
// and we follow it.
func (s *Service) Twins(ctx context.Context, ticketID string) error {
	t, err := store.Ticket(ctx, s.DB.Read(), ticketID)
	if err != nil || t.RemoteID == "" {
		return gone(err)
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	found, err := p.Find(ctx, t.Key)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return failure
	}
	others := slices.DeleteFunc(found, func(x ticket.Snapshot) bool { return x.ID == t.RemoteID || x.Outcome.Ended() })
	if len(others) == 0 {
		return s.twinsLookedFor(ctx, t)
	}
	known, err := p.Read(ctx, []string{t.RemoteID})
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return failure
	}
	isGone := len(known) == 0 || known[0].Outcome == ticket.Deleted
	if isGone && (t.State == access.TicketOpen || t.State == access.TicketSuspect) {
		if err := s.moved(ctx, t, others[0]); err != nil {
			return overtook(err)
		}
		t.Identifier, others = others[0].Identifier, others[1:]
	}
	for _, twin := range others {
		s.closeTwin(ctx, p, twin, t.Identifier)
	}
	return s.twinsLookedFor(ctx, t)
}

// moved goes on with a ticket under the id it has now. If it has another by now
// than when we looked, that is a Conflict.
func (s *Service) moved(ctx context.Context, looked access.Ticket, to ticket.Snapshot) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := store.LockChange(ctx, w.Tx, looked.ChangeID)
		if err != nil {
			return err
		}
		t, err := store.Ticket(ctx, &w.Reader, looked.ID)
		if err != nil {
			return err
		}
		if t.RemoteID != looked.RemoteID || t.State != access.TicketOpen && t.State != access.TicketSuspect {
			return access.Errorf(access.Conflict, "the ticket is %s by now", t.State)
		}
		was, before := t.State, t.Identifier
		if t.State, t.RemoteID = access.TicketOpen, to.ID; was == access.TicketSuspect {
			t.Note = ""
		}
		mirror(&t, to, w.Now)
		if err := store.UpdateTicket(ctx, w.Tx, t, was); err != nil {
			return err
		}
		w.Event(ticketEvent(access.System(), access.TicketUpdated, c, t, before+" was moved and is "+t.Identifier+" now"))
		return s.observe(ctx, w, t, to)
	})
}

// twinsLookedFor ends the looks for twins of a ticket after the last one.
func (s *Service) twinsLookedFor(ctx context.Context, t access.Ticket) error {
	if t.FiledAt == nil || s.DB.Time().Sub(*t.FiledAt) < firstTwinLook+lastTwinLook {
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return store.SetTwinsAt(ctx, w.Tx, t.ID, nil) })
}

// twinsAmong enqueues a look for each ticket of ours of whose key a second one
// was seen.
func twinsAmong(w *store.Write, byKey map[string]access.Ticket, snaps []ticket.Snapshot) {
	for _, x := range snaps {
		if t, ok := byKey[x.Key]; ok && x.Key != "" && t.RemoteID != "" && t.RemoteID != x.ID && !x.Outcome.Ended() {
			w.Job(job.Twins{TicketID: t.ID})
		}
	}
}

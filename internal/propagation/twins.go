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
// those that are open: one survives, or none if ours is over. If the one we know
// is not there any more and another is, it is no twin: some systems give a ticket
// that is moved another id, and we follow it.
func (s *Service) Twins(ctx context.Context, ticketID string) error {
	t, err := store.Ticket(ctx, s.DB.Read(), ticketID)
	if err != nil || t.RemoteID == "" && !isOver(t) {
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
	others := slices.DeleteFunc(found, func(x ticket.Snapshot) bool { return x.Outcome.Ended() || x.ID == t.RemoteID && !isOver(t) })
	if len(others) == 0 {
		return nil
	}
	if isOver(t) {
		return s.closeStrays(ctx, p, t, others)
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
	return nil
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

// isOver reports whether another ticket took over from a ticket, or none is
// wanted: what is open with its key is closed.
func isOver(t access.Ticket) bool {
	return t.State == access.TicketLost || t.State == access.TicketRefused
}

// closeStrays closes what is open with the key of a ticket that is over: it was
// hidden and came back, or the call we gave up on landed after all.
func (s *Service) closeStrays(ctx context.Context, p account, t access.Ticket, strays []ticket.Snapshot) error {
	tickets, err := store.TicketsOf(ctx, s.DB.Read(), []string{t.ChangeID})
	if err != nil {
		return err
	}
	all := tickets[t.ChangeID]
	kept := all[len(all)-1]
	if kept.ID == t.ID {
		kept.Identifier = "" // none took over
	}
	for _, stray := range strays {
		s.closeTwin(ctx, p, stray, kept.Identifier)
	}
	return nil
}

// twinsAmong has a look taken for each ticket of ours of whose key one was seen
// open that should not be. What was seen may not be found yet: a second look
// follows.
func twinsAmong(ctx context.Context, w *store.Write, known, byKey map[string]access.Ticket, snaps []ticket.Snapshot) error {
	for _, x := range snaps {
		t, ok := byKey[x.Key]
		if !ok || x.Key == "" {
			t, ok = known[x.ID]
		}
		if !ok || x.Outcome.Ended() || !isOver(t) && (t.RemoteID == "" || t.RemoteID == x.ID) {
			continue
		}
		w.Job(job.Twins{TicketID: t.ID})
		if err := store.SetTwinsAt(ctx, w.Tx, t.ID, w.Now.Add(firstTwinLook)); err != nil {
			return err
		}
	}
	return nil
}

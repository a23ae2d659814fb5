package propagation

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// A database may be put back to an earlier copy. Then a change that waits to be
// filed may have been filed already, by a server that stored it in what is lost.
// A server cannot tell; but it knows that this can only concern changes that are
// older than itself, for every server is stopped while a copy is put in place. For
// these it looks before the first call as well as after an unclear one.

// forgotten is how many tickets of a change it looks for: that which comes next,
// and the one that followed it if the first is not there any more, or never was.
const forgotten = 2

// lookForForgotten adopts a ticket of the change that this database does not
// know. done is false if there is none.
func (s *Service) lookForForgotten(ctx context.Context, f *filing) (done bool, again time.Time, err error) {
	before, err := store.TicketsOf(ctx, s.DB.Read(), []string{f.change.ID})
	if err != nil {
		return false, again, err
	}
	next := len(before[f.change.ID]) + 1
	if f.ticket.ID != "" {
		next-- // it is planned: its key may have been sent
	}
	for skipped := range forgotten {
		found, err := f.account.Find(ctx, s.keyOf(f.change, next+skipped))
		if failure := s.note(ctx, f.account.TicketProvider, err); failure != nil {
			failure.Certainty = ticket.NotSent // by us
			again, err = s.putOff(ctx, f, failure)
			return true, again, err
		}
		if len(found) > 0 {
			return true, again, s.adoptForgotten(ctx, f, skipped, found)
		}
	}
	f.looked = true
	return false, again, nil
}

// adoptForgotten stores the ticket that was found, behind those that are skipped,
// as if its call had been made just now.
func (s *Service) adoptForgotten(ctx context.Context, f *filing, skipped int, found []ticket.Snapshot) error {
	err := s.commitSending(ctx, f, func(w *store.Write) error {
		for range skipped {
			if err := s.skip(ctx, w, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return overtook(err)
	}
	s.sweepTwins(ctx, f, found)
	return s.filed(ctx, f, found[0], access.TicketAdopted)
}

// skip notes a ticket that must have been, and is not there.
func (s *Service) skip(ctx context.Context, w *store.Write, f *filing) (err error) {
	const why = "forgotten when the database was put back, and not found"
	if t := f.ticket; t.ID != "" {
		was := t.State
		t.State, t.Note, t.EndedAt = access.TicketRefused, why, &w.Now
		f.ticket = access.Ticket{}
		return store.UpdateTicket(ctx, w.Tx, t, was)
	}
	t, err := s.newTicket(ctx, w, f, nil)
	if err != nil {
		return err
	}
	t.State, t.Note, t.SentAt, t.EndedAt = access.TicketRefused, why, nil, &w.Now
	return store.AddTickets(ctx, w.Tx, t)
}

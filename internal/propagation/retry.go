package propagation

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// How an unclear answer to a create call is resolved.
const (
	emptyLooks  = 2 // looks that must find nothing, SettleFor after the call, before it is repeated
	firstWait   = 2 * time.Second
	longestWait = 5 * time.Minute
)

// putOff ends a try that brought nothing and says when the next one is. The
// ticket goes back to "planned" only when it is certain that nothing was sent.
func (s *Service) putOff(ctx context.Context, f *filing, failure *ticket.Failure) (time.Time, error) {
	ctx = context.WithoutCancel(ctx) // how it went is stored, even while stopping
	wait := backOff(f.change.Tries)
	if failure.Certainty == ticket.Ambiguous {
		wait = max(f.account.spec.LookupLag, firstWait)
	}
	wait = max(wait, failure.RetryAfter)
	var next time.Time
	err := s.hold(ctx, f, func(w *store.Write) error {
		next = w.Now.Add(wait)
		if f.ticket.ID != "" {
			was := f.ticket.State
			f.ticket.Note = failure.Msg
			if failure.Certainty == ticket.NotSent && was == access.TicketSending {
				f.ticket.State, f.ticket.SentAt = access.TicketPlanned, nil
			}
			if err := store.UpdateTicket(ctx, w.Tx, f.ticket, was); err != nil {
				return err
			}
		}
		c := f.change
		c.LeaseUntil, c.NextTryAt, c.Detail = nil, &next, failure.Msg
		if c.State == access.Queued {
			c.Tries++ // prepare did not get to count it
		}
		return store.UpdateLeased(ctx, w.Tx, c, c.State, f.lease)
	})
	if access.CodeOf(err) == access.Conflict {
		return time.Time{}, nil // news overtook us
	}
	s.Log.InfoContext(ctx, "ticket not filed yet", "change_id", f.change.ID, "trouble", failure.Trouble, "certainty", failure.Certainty, "wait", wait)
	return next, err
}

func backOff(tries int) time.Duration {
	wait := firstWait << min(max(tries, 0), 10)
	return min(wait, longestWait)
}

// lookBeforeSending resolves an earlier call whose outcome is not known: it
// adopts the ticket that call made, or waits, or lets the caller send again. done
// is false when sending again is safe.
func (s *Service) lookBeforeSending(ctx context.Context, f *filing) (done bool, again time.Time, err error) {
	found, err := f.account.Find(ctx, f.ticket.Key)
	if failure := s.note(ctx, f.account.TicketProvider, err); failure != nil {
		failure.Certainty = ticket.Ambiguous // of the create call, that is
		again, err = s.putOff(ctx, f, failure)
		return true, again, err
	}
	if len(found) > 0 {
		s.sweepTwins(ctx, f, found)
		return true, time.Time{}, s.filed(ctx, f, found[0], access.TicketAdopted)
	}
	now := s.DB.Time()
	settled := f.ticket.SentAt == nil || now.Sub(*f.ticket.SentAt) >= max(s.cfg.SettleFor, f.account.spec.LookupLag)
	if settled && f.ticket.Looks+1 >= emptyLooks || f.account.spec.Idempotent {
		return false, time.Time{}, nil
	}
	f.ticket.Looks++
	again, err = s.putOff(ctx, f, &ticket.Failure{
		Certainty: ticket.Ambiguous, Trouble: ticket.Down, Msg: "no answer to the call that files the ticket",
	})
	return true, again, err
}

// sweepTwins closes all but the oldest of several tickets with one key.
func (s *Service) sweepTwins(ctx context.Context, f *filing, found []ticket.Snapshot) {
	for _, twin := range found[1:] {
		if !twin.Outcome.Ended() {
			s.closeTwin(ctx, f.account, twin, found[0].Identifier)
		}
	}
}

// closeTwin closes a ticket whose work goes on in another, or, for "", in none.
func (s *Service) closeTwin(ctx context.Context, p account, twin ticket.Snapshot, kept string) {
	text := textClose
	if kept != "" {
		text = "This is a duplicate. The work goes on in " + kept + "."
	}
	if err := p.Close(ctx, twin.ID, text); err != nil {
		s.Log.WarnContext(ctx, "twin ticket not closed", "ticket", twin.Identifier, "kept", kept, "error", err)
	}
}

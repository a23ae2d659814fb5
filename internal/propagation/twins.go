package propagation

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// A ticket whose create call had no clear answer is looked for again later: a
// call we gave up on may have landed after all, behind one that was repeated.
const (
	firstTwinLook = 10 * time.Minute
	lastTwinLook  = time.Hour // after the first
)

// startTwinLooks enqueues the looks for twins that are due. Each ticket gets a
// first and a last one.
func (s *Service) startTwinLooks(ctx context.Context) error {
	now := s.DB.Time()
	due, err := store.TwinLooksDue(ctx, s.DB.Read(), now)
	if err != nil || !due {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ids, err := store.DueTwinLooks(ctx, w.Tx, now, now.Add(lastTwinLook))
		for _, id := range ids {
			w.Job(job.Twins{TicketID: id})
		}
		return err
	})
}

// Twins looks for other tickets with the key of one that is filed, and closes
// those that are open: one survives.
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
	for _, twin := range found {
		if twin.ID != t.RemoteID && !twin.Outcome.Ended() {
			s.closeTwin(ctx, p, twin, t.Identifier)
		}
	}
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

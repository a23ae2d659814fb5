package propagation

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// TickEvery is how often the server calls Tick: access ends within a second of
// its time.
const TickEvery = 400 * time.Millisecond

// Tick does what the clock asks for: it expires grants, starts due polls, and
// now and then finds lost wake-ups. Any number of servers may tick at once.
func (s *Service) Tick(ctx context.Context) error {
	return errors.Join(
		s.stayAlive(ctx),
		s.Expire(ctx),
		s.start(ctx, store.PollsDue, store.DuePolls, s.cfg.PollEvery, func(id string) sqldb.Job { return job.Poll{ProviderID: id} }),
		s.start(ctx, store.ChecksDue, store.DueChecks, s.cfg.CheckEvery, func(id string) sqldb.Job { return job.Check{ProviderID: id} }),
		s.start(ctx, store.WebhooksDue, dueHooks, s.cfg.HookEvery, func(id string) sqldb.Job { return job.Hook{ProviderID: id} }),
		s.start(ctx, store.TwinLooksDue, store.DueTwinLooks, lastTwinLook, func(id string) sqldb.Job { return job.Twins{TicketID: id} }),
		s.startClocks(ctx),
		s.sweepIfDue(ctx),
	)
}

// beatEvery is how often a server notes that it is alive, many times in the time
// after which it counts as gone.
const beatEvery = store.ServerSilence / 5

// stayAlive notes now and then that this server is alive, so that what it leased
// stays its own.
func (s *Service) stayAlive(ctx context.Context) error {
	s.mu.Lock()
	due := s.DB.Time().Sub(s.seen) >= beatEvery
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return s.beat(ctx, w) })
}

// beat notes that this server is alive, if that was not noted just now.
func (s *Service) beat(ctx context.Context, w *store.Write) error {
	s.mu.Lock()
	due := w.Now.Sub(s.seen) >= beatEvery
	s.mu.Unlock()
	if !due {
		return nil
	}
	if err := store.SeeServer(ctx, w.Tx, s.server, w.Now); err != nil {
		return err
	}
	s.mu.Lock()
	s.seen = w.Now
	s.mu.Unlock()
	return store.ForgetServers(ctx, w.Tx, w.Now.Add(-time.Hour))
}

// start enqueues a job for each that is due, after take moved its clock on: of
// several servers one starts it. While nothing is due it only reads.
func (s *Service) start(ctx context.Context, due func(context.Context, *sqldb.Reader, time.Time) (bool, error),
	take func(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error), every time.Duration, jobOf func(id string) sqldb.Job,
) error {
	now := s.DB.Time()
	some, err := due(ctx, s.DB.Read(), now)
	if err != nil || !some {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ids, err := take(ctx, w.Tx, now, now.Add(every))
		for _, id := range ids {
			w.Job(jobOf(id))
		}
		return err
	})
}

// Expire ends every grant whose time is up, in one statement however many there
// are, and enqueues what follows in batches.
func (s *Service) Expire(ctx context.Context) error {
	due, err := store.GrantsDue(ctx, s.DB.Read(), s.DB.Time())
	if err != nil || !due {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ended, err := store.ExpireGrants(ctx, w.Tx, w.Now)
		if err != nil {
			return err
		}
		for start := 0; start < len(ended); start += job.Batch {
			part := ended[start:min(start+job.Batch, len(ended))]
			ids := make([]string, len(part))
			for i, g := range part {
				ids[i] = g.ID
			}
			w.Job(job.Expired{GrantIDs: ids})
		}
		return nil
	})
}

// expiryEventID is the id of the event of a grant that expired. It comes from
// the grant, so a job that runs twice writes one event, and sorts by time like
// any other id.
func expiryEventID(g access.Grant) string {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("grant.expired/"+g.ID))
	if g.EndedAt != nil {
		var stamp [8]byte
		binary.BigEndian.PutUint64(stamp[:], uint64(g.EndedAt.UnixMilli()))
		copy(id[:6], stamp[2:])
	}
	id[6] = id[6]&0x0f | 0x70 // version 7
	return id.String()
}

// Expired writes the events of grants that expired, and reconciles their slots.
func (s *Service) Expired(ctx context.Context, grantIDs []string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		grants, err := store.GrantsByID(ctx, &w.Reader, grantIDs)
		if err != nil {
			return err
		}
		ids := make([]string, len(grants))
		var slots []string
		for i, g := range grants {
			ids[i] = expiryEventID(g)
			slots = append(slots, g.SlotID)
		}
		known, err := store.KnownEvents(ctx, &w.Reader, ids)
		if err != nil {
			return err
		}
		for i, g := range grants {
			if known[ids[i]] {
				continue
			}
			e := access.By(access.System(), access.GrantExpiredEv, "access expired")
			e.ID, e.Cause = ids[i], access.ByExpiry
			e.GrantID, e.UserID, e.ResourceID, e.RequestID = &g.ID, &g.UserID, &g.ResourceID, g.RequestID
			w.Event(e)
		}
		return s.reconcile(ctx, w, unique(slots))
	})
}

// sweepBatch bounds one sweep; the next finds the rest.
const sweepBatch = 2000

func (s *Service) sweepIfDue(ctx context.Context) error {
	now := s.DB.Time()
	s.mu.Lock()
	due := !now.Before(s.sweep)
	if due {
		s.sweep = now.Add(s.cfg.SweepEvery)
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.Sweep(ctx)
}

// Sweep finds what lost its wake-up: slots where wanted and believed differ and
// nothing is under way, changes that wait to be filed, tickets that wait to be
// closed or whose assignee left, removals that were given up for a time that is
// over. What it enqueues may be enqueued already; doing it twice is harmless.
func (s *Service) Sweep(ctx context.Context) error {
	slots, err := store.AdriftSlots(ctx, s.DB.Read(), sweepBatch)
	if err != nil {
		return err
	}
	grace := s.DB.Time().Add(-s.cfg.SweepEvery / 2) // what is due only now has its own job
	file, err := store.ChangesToFile(ctx, s.DB.Read(), grace, sweepBatch)
	if err != nil {
		return err
	}
	tell, err := store.ChangesToCancel(ctx, s.DB.Read(), grace, sweepBatch)
	if err != nil {
		return err
	}
	orphans, err := store.OrphanTickets(ctx, s.DB.Read(), sweepBatch)
	if err != nil {
		return err
	}
	over, err := store.WaiversOver(ctx, s.DB.Read(), s.DB.Time(), sweepBatch)
	if err != nil || len(slots)+len(file)+len(tell)+len(orphans)+len(over) == 0 {
		return err
	}
	slots = unique(append(slots, over...))
	s.Log.InfoContext(ctx, "sweep", "slots", len(slots), "to_file", len(file), "to_close", len(tell), "to_assign", len(orphans))
	return s.DB.Write(ctx, func(w *store.Write) error {
		for _, j := range job.Reconciles(slots) {
			w.Job(j)
		}
		for _, id := range file {
			w.Job(job.File{ChangeID: id, Removal: true}) // whatever it is, it has waited
		}
		for _, id := range tell {
			w.Job(job.Tell{ChangeID: id})
		}
		for _, id := range orphans {
			w.Job(job.Assign{TicketID: id})
		}
		return nil
	})
}

package load

import (
	"fmt"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

var ticketDraft = ticket.Draft{Key: "k", Project: "p", Title: "t"}

// BenchmarkExpire measures the end of 100,000 grants against the bare UPDATE
// ... RETURNING with the inserts of its batch jobs.
func BenchmarkExpire(b *testing.B) {
	onBoth(b, func(b *testing.B, db *sqldb.DB) {
		n := scale(100_000)
		w := newWorld(b, db)
		must(b, w.db.Queue.Stop(b.Context())) // the jobs are not worked: only the expiry is measured
		var ours, bare time.Duration
		for range b.N {
			w.holders(b, n, time.Now().Add(-time.Second))
			ours += timed(func() { must(b, w.eng.Expire(b.Context())) })
			w.holders(b, n, time.Now().Add(-time.Second))
			bare += timed(func() { w.bareExpire(b) })
		}
		w.start(b, w.workers)
		b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/100k")
		b.ReportMetric(bare.Seconds()*1000/float64(b.N), "floor-ms")
		b.ReportMetric(ours.Seconds()/bare.Seconds(), "x-floor")
		b.ReportMetric(0, "ns/op")
	})
}

func timed(fn func()) time.Duration {
	start := time.Now()
	fn()
	return time.Since(start)
}

func (w *world) bareExpire(b *testing.B) {
	b.Helper()
	ctx := b.Context()
	must(b, w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		now := w.db.Time()
		ids, err := sqldb.Select[string](ctx, &tx.Reader, `UPDATE grants SET state = 'expired', ended_at = ?
			WHERE state = 'live' AND expires_at <= ? RETURNING id`, now, now)
		if err != nil {
			return err
		}
		var jobs []sqldb.Job
		for start := 0; start < len(ids); start += job.Batch {
			jobs = append(jobs, job.Expired{GrantIDs: ids[start:min(start+job.Batch, len(ids))]})
		}
		return w.db.Queue.Insert(ctx, tx, jobs...)
	}))
}

// holders gives n slots of the resource to few users, each on a level of its
// own, until expires.
func (w *world) holders(b *testing.B, n int, expires time.Time) {
	b.Helper()
	const people = 1000
	users := w.people(b, min(people, n))
	round := store.NewID()
	for start := 0; start < n; start += 20_000 {
		must(b, w.db.InTx(b.Context(), func(tx *sqldb.Tx) error {
			slots, grants := w.holding(users, round, start, min(start+20_000, n), expires)
			const columns = `id, user_id, resource_id, level, wanted, believed, proof, listed, created_at`
			if err := sqldb.Insert(b.Context(), tx, "slots", columns, slots...); err != nil {
				return err
			}
			return store.AddGrants(b.Context(), tx, grants...)
		}))
	}
}

// holding makes the slots and grants from one number to another.
func (w *world) holding(users []access.User, round string, from, to int, expires time.Time) (slots []access.Slot, grants []access.Grant) {
	now := w.db.Time()
	for i := from; i < to; i++ {
		u := users[i%len(users)]
		s := access.Slot{
			ID: store.NewID(), UserID: u.ID, ResourceID: w.role, Level: fmt.Sprintf("%s-%d", round, i/len(users)), Wanted: true,
			Believed: access.Present, Proof: access.Claimed, Listed: true, CreatedAt: now,
		}
		slots = append(slots, s)
		grants = append(grants, access.Grant{
			ID: store.NewID(), SlotID: s.ID, UserID: u.ID, ResourceID: w.role, Level: s.Level, Source: access.FromAdmin, State: access.GrantLive,
			CreatedAt: now, ExpiresAt: &expires,
		})
	}
	return slots, grants
}

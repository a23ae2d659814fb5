package load

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// openTickets gives n people access whose tickets are open already, and returns
// their changes.
func (w *world) openTickets(b *testing.B, n int) []string {
	b.Helper()
	const batch = 5000
	var changes []string
	for len(changes) < n {
		slots := w.wishes(b, w.place, min(batch, n-len(changes)))
		now := w.db.Time()
		rows := make([]access.AccessChange, len(slots))
		tickets := make([]access.Ticket, len(slots))
		for i, slot := range slots {
			rows[i] = w.bareRow(access.User{ID: w.rita.UserID}).change
			c := &rows[i]
			c.SlotID, c.State, c.StateAt, c.NextTryAt, c.RequestID, c.GrantID = slot, access.Open, now, nil, nil, nil
			c.ClockAt = new(now.Add(24 * time.Hour))
			tickets[i] = access.Ticket{
				ID: store.NewID(), ChangeID: c.ID, ProviderID: w.prov, ProjectID: "p", Key: newKey(), State: access.TicketOpen, RemoteID: "old-" + c.ID,
				Identifier: "OLD", Status: "open", Outcome: "open", CreatedAt: now, SentAt: &now, FiledAt: &now, SyncedAt: &now, RemoteAt: &now,
			}
			changes = append(changes, c.ID)
		}
		must(b, w.db.InTx(b.Context(), func(tx *sqldb.Tx) error {
			if err := store.AddChanges(b.Context(), tx, rows...); err != nil {
				return err
			}
			return store.AddTickets(b.Context(), tx, tickets...)
		}))
	}
	return changes
}

// stopwatch times the jobs that reconcile.
type stopwatch struct {
	river.MiddlewareDefaults

	mu   sync.Mutex
	took times
}

// Work implements rivertype.WorkerMiddleware.
func (s *stopwatch) Work(ctx context.Context, j *rivertype.JobRow, work func(context.Context) error) error {
	if j.Kind != (job.Reconcile{}).Kind() {
		return work(ctx)
	}
	start := time.Now()
	err := work(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, time.Since(start))
	return err
}

// BenchmarkUnderLoad has 1,000 changes a minute come in while 5,000 tickets are
// open, and measures how long one reconcile takes.
func BenchmarkUnderLoad(b *testing.B) {
	onBoth(b, func(b *testing.B, db *sqldb.DB) {
		const perMinute = 1000
		w := newWorld(b, db)
		w.openTickets(b, scale(5000))
		w.analyze(b)
		n := scale(perMinute)
		filed := int(w.provider.n.Load())
		for range b.N {
			tick := time.NewTicker(time.Minute / perMinute)
			for _, u := range w.people(b, n) {
				<-tick.C
				must(b, w.wish(b.Context(), u))
			}
			tick.Stop()
			filed += n
			w.until(b, filed, `SELECT count(*) FROM tickets WHERE state = 'open' AND identifier <> 'OLD'`)
		}
		w.watch.took.report(b, "reconcile-")
		b.ReportMetric(0, "ns/op")
	})
}

// wish gives one person the resource, and has it carried out.
func (w *world) wish(ctx context.Context, u access.User) error {
	return w.db.Write(ctx, func(tx *store.Write) error {
		slot, err := store.WantSlot(ctx, tx.Tx, u.ID, w.role, "", tx.Now)
		if err != nil {
			return err
		}
		tx.Job(job.Reconcile{SlotIDs: []string{slot.ID}})
		return store.AddGrants(ctx, tx.Tx, access.Grant{
			ID: store.NewID(), SlotID: slot.ID, UserID: u.ID, ResourceID: w.role, Source: access.FromAdmin, GrantedBy: &w.ada.UserID, State: access.GrantLive, CreatedAt: tx.Now,
		})
	})
}

// BenchmarkGrowth measures each step that concerns one ticket with 5,000 tickets
// open and with ten times as many. What it reports is how much more it takes.
func BenchmarkGrowth(b *testing.B) {
	onBoth(b, func(b *testing.B, db *sqldb.DB) {
		w := newWorld(b, db)
		must(b, w.db.Queue.Stop(b.Context())) // the steps are taken here
		few, many := scale(5000), scale(50_000)
		w.openTickets(b, few)
		w.analyze(b)
		before := w.steps(b)
		w.openTickets(b, many-few)
		w.analyze(b)
		after := w.steps(b)
		for name, took := range after {
			b.ReportMetric(took.ms(50)/before[name].ms(50), name+"-growth")
			b.ReportMetric(took.ms(50), name+"-p50-ms")
		}
		b.ReportMetric(0, "ns/op")
	})
}

// steps takes each step that concerns one ticket a number of times.
func (w *world) steps(b *testing.B) map[string]times {
	b.Helper()
	const rounds = 200
	took := map[string]times{}
	for range 20 { // plans are made
		w.oneTicket(b, map[string]times{})
	}
	for range rounds {
		w.oneTicket(b, took)
	}
	return took
}

// oneTicket takes a change through its life, and notes how long each step took.
func (w *world) oneTicket(b *testing.B, took map[string]times) {
	b.Helper()
	ctx := b.Context()
	slot := w.wishes(b, w.place, 1)[0]
	step := func(name string, do func() error) {
		start := time.Now()
		must(b, do())
		took[name] = append(took[name], time.Since(start))
	}
	step("reconcile", func() error { return w.eng.Reconcile(ctx, []string{slot}) })
	id, err := sqldb.Get[string](ctx, w.db.Read(), `SELECT id FROM changes WHERE slot_id = ?`, slot)
	must(b, err)
	step("file", func() error { _, err := w.eng.File(ctx, id); return err })
	remote, err := sqldb.Get[string](ctx, w.db.Read(), `SELECT remote_id FROM tickets WHERE change_id = ?`, id)
	must(b, err)
	step("clock", func() error { return w.eng.Clock(ctx, []string{id}) })
	w.provider.end(remote)
	step("read", func() error { return w.eng.ReadTickets(ctx, w.prov, []string{remote}) })
	state, err := sqldb.Get[string](ctx, w.db.Read(), `SELECT state FROM changes WHERE id = ?`, id)
	if err != nil || state != string(access.Done) {
		b.Fatalf("the change is %s, %v", state, err)
	}
}

// BenchmarkReplicas measures how many tickets three servers file in a second, and
// how many one does, each on a database of its own.
func BenchmarkReplicas(b *testing.B) {
	n := scale(2000)
	rate := map[int]float64{}
	for range b.N {
		for _, servers := range []int{1, 3} {
			rate[servers] += filedPerSecond(b, servers, n) / float64(b.N)
		}
	}
	b.ReportMetric(rate[1], "one-filed/s")
	b.ReportMetric(rate[3], "three-filed/s")
	b.ReportMetric(rate[3]/rate[1], "three-of-one")
	b.ReportMetric(0, "ns/op")
}

func filedPerSecond(b *testing.B, servers, n int) float64 {
	b.Helper()
	url := testkit.PostgreSQL(b)
	db, err := sqldb.Open(b.Context(), url)
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	w := newWorld(b, db)
	for range servers - 1 {
		w.another(b, url)
	}
	file := func(n int) time.Duration {
		slots := w.wishes(b, w.place, n)
		filed := int(w.provider.n.Load())
		start := time.Now()
		must(b, w.db.Write(b.Context(), func(tx *store.Write) error {
			for _, id := range slots {
				tx.Job(job.Reconcile{SlotIDs: []string{id}})
			}
			return nil
		}))
		w.until(b, filed+n, `SELECT count(*) FROM tickets WHERE state = 'open'`)
		return time.Since(start)
	}
	file(n / 4) // plans are made, connections open
	return float64(n) / file(n).Seconds()
}

// another starts one more server on the world's database.
func (w *world) another(b *testing.B, url string) {
	b.Helper()
	db, err := sqldb.Open(b.Context(), url)
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	other := &world{db: &store.DB{DB: db, Now: time.Now}, provider: w.provider, workers: river.NewWorkers()}
	other.newEngine(b, other.db).Workers(other.workers)
	other.start(b, other.workers)
}

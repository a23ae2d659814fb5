package load

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/secret"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
)

// onBoth runs a benchmark on SQLite and PostgreSQL.
func onBoth(b *testing.B, fn func(b *testing.B, db *sqldb.DB)) {
	b.Helper()
	for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			db, err := sqldb.Open(b.Context(), url(b))
			must(b, err)
			b.Cleanup(func() { must(b, db.Close()) })
			fn(b, db)
		})
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// instant is a ticket system that answers at once.
type instant struct {
	n     atomic.Int64
	ended sync.Map // ids of tickets that are done
}

// end has a ticket done.
func (p *instant) end(id string) { p.ended.Store(id, true) }

func (p *instant) Check(context.Context, string) ([]ticket.Finding, error) { return nil, nil }

func (p *instant) Projects(context.Context) ([]ticket.Project, error) { return nil, nil }

func (p *instant) Account(_ context.Context, _, email string) (ticket.Account, bool, error) {
	return ticket.Account{ID: email, Name: email, Email: email}, true, nil
}

func (p *instant) People(context.Context, string, string) ([]ticket.Account, error) { return nil, nil }

func (p *instant) Create(_ context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	n := p.n.Add(1)
	return ticket.Snapshot{
		ID: fmt.Sprint(n), Identifier: fmt.Sprintf("I-%d", n), URL: "https://tickets.example.com", Project: d.Project, Key: d.Key,
		Status: "open", Outcome: ticket.Open, Assignee: d.Assignee, UpdatedAt: time.Now(),
	}, nil
}

func (p *instant) Find(context.Context, string) ([]ticket.Snapshot, error) { return nil, nil }
func (p *instant) Read(_ context.Context, ids []string) ([]ticket.Snapshot, error) {
	var found []ticket.Snapshot
	for _, id := range ids {
		if _, ok := p.ended.Load(id); ok {
			found = append(found, ticket.Snapshot{ID: id, Identifier: "I-" + id, URL: "https://tickets.example.com", Project: "p", Status: "done", Outcome: ticket.Yes, UpdatedAt: time.Now()})
		}
	}
	return found, nil
}

func (p *instant) Changed(context.Context, string) (ticket.Page, error) { return ticket.Page{}, nil }
func (p *instant) Comment(context.Context, string, string) error        { return nil }
func (p *instant) Close(context.Context, string, string) error          { return nil }

// world is a company with one resource whose changes are filed with instant.
type world struct {
	db       *store.DB
	req      *request.Service
	inv      *inventory.Service
	eng      *propagation.Service
	provider *instant
	workers  *river.Workers
	watch    stopwatch // of reconciling

	ada, rita access.Actor
	owner     string // whose one user is rita
	place
}

// place is a resource whose changes are filed with a provider.
type place struct{ app, role, prov string }

// newWorld returns a company whose engine knows instant and these kinds.
func newWorld(b *testing.B, db *sqldb.DB, kinds ...ticket.Spec) *world {
	b.Helper()
	ctx := b.Context()
	w := &world{db: &store.DB{DB: db, Now: time.Now}, provider: &instant{}, workers: river.NewWorkers()}
	w.req, w.inv = &request.Service{DB: w.db}, &inventory.Service{DB: w.db}
	w.eng = w.newEngine(b, w.db, kinds...)
	w.eng.Workers(w.workers)
	w.start(b, w.workers)
	users := w.people(b, 2)
	w.ada, w.rita = access.ActorFor(users[0], "api"), access.ActorFor(users[1], "api")
	w.ada.Role = access.Admin
	calm := propagation.DefaultSettings()
	calm.StormAbove = 0 // a benchmark is a storm
	must(b, w.eng.SaveSettings(ctx, w.ada, calm))
	o, err := w.inv.CreateOwner(ctx, w.ada, inventory.OwnerParams{Name: "reviewers", UserIDs: []string{w.rita.UserID}})
	must(b, err)
	w.owner = o.ID
	w.place = w.newPlace(b, propagation.ProviderParams{Kind: "instant", Name: "Instant"}, "p", "")
	return w
}

// newEngine returns an engine on a connection to the world's database.
func (w *world) newEngine(b *testing.B, db *store.DB, kinds ...ticket.Spec) *propagation.Service {
	b.Helper()
	box, err := secret.NewBox(secret.NewKey())
	must(b, err)
	return propagation.New(propagation.Deps{
		DB: db, Box: box, Shuffle: func(int, func(i, j int)) {}, Key: newKey, Log: slog.New(slog.DiscardHandler), Client: tickettest.Client(),
		Registry: ticket.NewRegistry(append(kinds, ticket.Spec{
			Kind: "instant", Name: "Instant", Batch: 100,
			Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return w.provider, nil },
		})...),
	}, propagation.Config{Window: -1})
}

// newKey returns the key of a ticket: 32 hex digits.
func newKey() string { return strings.ReplaceAll(store.NewID(), "-", "") }

// newPlace adds a provider, and an app with a resource that files with it.
func (w *world) newPlace(b *testing.B, params propagation.ProviderParams, project, typ string) place {
	b.Helper()
	ctx := b.Context()
	p, err := w.eng.CreateProvider(ctx, w.ada, params)
	must(b, err)
	on := true
	a, err := w.inv.CreateApp(ctx, w.ada, inventory.AppParams{Name: "Payroll of " + params.Name, AdminOwnerID: w.owner, Tickets: inventory.TicketPatch{
		Enabled: &on, ProviderID: &p.ID, ProjectID: &project, Form: &access.TicketForm{TypeID: typ},
	}})
	must(b, err)
	r, err := w.inv.CreateResource(ctx, w.ada, inventory.ResourceParams{AppID: a.ID, Name: "My Role"})
	must(b, err)
	return place{app: a.ID, role: r.ID, prov: p.ID}
}

// start starts a queue, as the server does.
func (w *world) start(b *testing.B, workers *river.Workers) *sqldb.Queue {
	b.Helper()
	most := 20
	if w.db.Engine() == sqldb.PostgreSQL {
		most = 50
	}
	q, err := sqldb.NewQueue(w.db.DB, &river.Config{
		Workers: workers, Middleware: []rivertype.Middleware{&w.watch}, FetchCooldown: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: most}},
	})
	must(b, err)
	ctx := context.WithoutCancel(b.Context())
	must(b, q.Start(ctx))
	b.Cleanup(func() { must(b, q.Stop(ctx)) })
	w.db.Queue = q
	return q
}

// people adds n users.
func (w *world) people(b *testing.B, n int) []access.User {
	b.Helper()
	users := make([]access.User, n)
	now := w.db.Time()
	for i := range users {
		id := store.NewID()
		users[i] = access.User{ID: id, Email: id + "@example.com", FirstName: "P", LastName: id, Role: access.Member, CreatedAt: now, UpdatedAt: now}
	}
	must(b, w.db.InTx(b.Context(), func(tx *sqldb.Tx) error { return store.AddUsers(b.Context(), tx, users...) }))
	return users
}

// until waits for a count to reach n.
func (w *world) until(b *testing.B, n int, query string, args ...any) {
	b.Helper()
	tick := time.NewTicker(25 * time.Millisecond) // seldom: looking costs what is measured
	defer tick.Stop()
	deadline := time.After(5 * time.Minute)
	for {
		got, err := sqldb.Get[int](b.Context(), w.db.Read(), query, args...)
		must(b, err)
		if got >= n {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatalf("%d of %d", got, n)
		}
	}
}

// scale makes the sizes smaller for a quick look: ADMIT_BENCH_SCALE=10 divides
// them by ten.
func scale(n int) int {
	by := 1
	if s := os.Getenv("ADMIT_BENCH_SCALE"); s != "" {
		if _, err := fmt.Sscan(s, &by); err != nil || by < 1 {
			by = 1
		}
	}
	return max(n/by, 1)
}

package propagation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"pgregory.net/rapid"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/secret"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
)

// world is a company with one app, one resource and a paper ticket system. Its
// clock stands until a test moves it. No job runs by itself: settle does what a
// sweep would find, so every test is also a test that lost wake-ups are found.
type world struct {
	reporter
	db    *store.DB
	inv   *inventory.Service
	req   *request.Service
	eng   *propagation.Service
	paper *paper
	annex *paper // a second ticket system; nil: there is none
	box   *secret.Box

	clock sync.Mutex
	now   time.Time

	admin, josh, rita  access.Actor
	ana, ben           access.Actor // in the resource's admin owner
	app, role, payroll string       // ids: app, resource; provider
}

// reporter is a test, or one history of the model test.
type reporter interface {
	rapid.TB
	Cleanup(fn func())
	Context() context.Context
}

// onBoth runs a test on SQLite and PostgreSQL.
func onBoth(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) { fn(newWorld(t, db)) })
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	w := &world{reporter: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	queue, err := sqldb.NewQueue(db, &river.Config{})
	w.must(err)
	w.db = &store.DB{DB: db, Queue: queue, Now: w.time}
	w.inv, w.req = &inventory.Service{DB: w.db}, &request.Service{DB: w.db}
	w.paper = newPaper(w.time)
	w.box, err = secret.NewBox(secret.NewKey())
	w.must(err)
	w.eng = w.engine()
	w.company()
	return w
}

// engine returns a new engine on the same database, as after a restart.
func (w *world) engine() *propagation.Service {
	specs := []ticket.Spec{w.paper.spec()}
	if w.annex != nil {
		specs = append(specs, w.annex.spec())
	}
	keys := 0
	return propagation.New(propagation.Deps{
		DB: w.db, Registry: ticket.NewRegistry(specs...), Box: w.box, URL: "https://admit.example.com",
		Key:     func() string { keys++; return fmt.Sprintf("%s-%d", store.NewID(), keys) },
		Shuffle: func(int, func(i, j int)) {}, Log: slog.New(slog.DiscardHandler),
	}, propagation.Config{Window: 5 * time.Second})
}

func (w *world) company() {
	ctx := w.Context()
	people := map[string]access.Role{"admin": access.Admin, "josh": access.Member, "rita": access.Member, "ana": access.Member, "ben": access.Member}
	actors := map[string]access.Actor{}
	w.must(w.db.Write(ctx, func(tx *store.Write) error {
		for name, role := range people {
			u := access.User{ID: store.NewID(), Email: name + "@example.com", FirstName: name, Role: role, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			actors[name] = access.ActorFor(u, "web")
			if err := store.AddUsers(ctx, tx.Tx, u); err != nil {
				return err
			}
		}
		return nil
	}))
	w.admin, w.josh, w.rita, w.ana, w.ben = actors["admin"], actors["josh"], actors["rita"], actors["ana"], actors["ben"]
	for _, name := range []string{"admin", "ana", "ben"} {
		w.paper.accounts[name+"@example.com"] = ticket.Account{ID: name, Name: name, Email: name + "@example.com"}
	}
	p, err := w.eng.CreateProvider(ctx, w.admin, propagation.ProviderParams{Kind: "paper", Name: "Paper"})
	w.must(err)
	w.payroll = p.ID
	admins := w.owner("admins", w.ana, w.ben)
	reviewers := w.owner("reviewers", w.rita)
	on, project := true, "p1"
	app, err := w.inv.CreateApp(ctx, w.admin, inventory.AppParams{
		Name: "Payroll", AdminOwnerID: admins, Tickets: inventory.TicketPatch{Enabled: &on, ProviderID: &p.ID, ProjectID: &project},
	})
	w.must(err)
	w.app = app.ID
	r, err := w.inv.CreateResource(ctx, w.admin, inventory.ResourceParams{
		AppID: app.ID, Name: "My Role", Patch: inventory.ResourcePatch{ReviewerIDs: &[]string{reviewers}},
	})
	w.must(err)
	w.role = r.ID
}

func (w *world) owner(name string, users ...access.Actor) string {
	w.Helper()
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.UserID
	}
	o, err := w.inv.CreateOwner(w.Context(), w.admin, inventory.OwnerParams{Name: name, UserIDs: ids})
	w.must(err)
	return o.ID
}

func (w *world) time() time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	return w.now
}

// advance moves the clock.
func (w *world) advance(d time.Duration) {
	w.clock.Lock()
	defer w.clock.Unlock()
	w.now = w.now.Add(d)
}

// at is Josh's slot on the resource.
func (w *world) at() inventory.Place {
	return inventory.Place{ResourceID: w.role, UserID: w.josh.UserID}
}

func (w *world) add() {
	w.Helper()
	w.must(w.inv.AddHolder(w.Context(), w.admin, w.at(), "needs it", nil))
}

func (w *world) remove() {
	w.Helper()
	w.must(w.inv.RemoveHolder(w.Context(), w.admin, w.at()))
}

// settle does all that waits to be done now: it reconciles slots, files what is
// due and closes what is canceled, until nothing is left.
func (w *world) settle() {
	w.Helper()
	ctx := w.Context()
	for range 20 {
		slots, err := store.AdriftSlots(ctx, w.db.Read(), 1000)
		w.must(err)
		under, err := sqldb.Select[string](ctx, w.db.Read(), `SELECT slot_id FROM changes WHERE ended_at IS NULL`)
		w.must(err)
		w.must(w.eng.Reconcile(ctx, append(slots, under...)))
		file, err := store.ChangesToFile(ctx, w.db.Read(), w.time(), 1000)
		w.must(err)
		for _, id := range file {
			if _, err := w.eng.File(ctx, id); err != nil {
				w.Logf("file: %v", err)
			}
		}
		tell, err := store.ChangesToCancel(ctx, w.db.Read(), w.time(), 1000)
		w.must(err)
		for _, id := range tell {
			if err := w.eng.Tell(ctx, id); err != nil {
				w.Logf("tell: %v", err)
			}
		}
		if len(slots)+len(file)+len(tell) == 0 {
			return
		}
	}
	w.Fatal("it does not come to rest")
}

// file lets the window pass and files what waits.
func (w *world) file() {
	w.Helper()
	w.settle()
	w.advance(6 * time.Second)
	w.settle()
}

// poll reads what changed at the provider.
func (w *world) poll() {
	w.Helper()
	w.advance(time.Second)
	w.must(w.eng.Poll(w.Context(), w.payroll))
	w.settle()
}

// row is Josh's row on the resource; ok is false when he is not listed.
func (w *world) row() (access.Holding, bool) {
	w.Helper()
	list, err := w.inv.Holders(w.Context(), w.admin, store.SlotFilter{ResourceID: w.role})
	w.must(err)
	for _, h := range list.Items {
		if h.User.ID == w.josh.UserID {
			return h, true
		}
	}
	return access.Holding{}, false
}

// expect checks the state of the newest change and what is believed.
func (w *world) expect(state access.ChangeState, believed access.Belief) access.Holding {
	w.Helper()
	h, ok := w.row()
	if !ok {
		w.Fatalf("josh is not listed, want a change that is %s", state)
	}
	if h.Change == nil || h.Change.State != state || h.Believed != believed {
		got := "none"
		if h.Change != nil {
			got = fmt.Sprintf("%s %s (%s %s)", h.Change.Direction, h.Change.State, h.Change.Attention, h.Change.Detail)
		}
		w.Fatalf("change is %s and believed %s, want %s and %s", got, h.Believed, state, believed)
	}
	if h.Change.State.Live() && h.WaitingFor().Who == "" {
		w.Fatalf("a change that is %s waits for nothing", h.Change.State)
	}
	return h
}

// gone checks that Josh is not listed any more.
func (w *world) gone() {
	w.Helper()
	if h, ok := w.row(); ok {
		w.Fatalf("josh is still listed: wanted %v, believed %s", h.Wanted, h.Believed)
	}
}

// tickets checks how many tickets were filed and how many of them are open.
func (w *world) tickets(all, open int) {
	w.Helper()
	if a, o := len(w.paper.all()), len(w.paper.open()); a != all || o != open {
		w.Fatalf("%d tickets, %d open; want %d and %d", a, o, all, open)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// waiting is a job that waits.
type waiting struct {
	ID         int64
	Kind, Args string
}

// waiting lists the jobs that wait, in the order they were enqueued.
func (w *world) waiting() []waiting {
	w.Helper()
	args := "json(args)" // SQLite keeps JSON in a form of its own
	if w.db.Engine() == sqldb.PostgreSQL {
		args = "args::text"
	}
	rows, err := sqldb.Select[waiting](w.Context(), w.db.Read(), `SELECT id, kind, `+args+` AS args FROM river_job WHERE state = 'available' ORDER BY id`)
	w.must(err)
	return rows
}

// drop takes jobs out of the queue.
func (w *world) drop(ids ...int64) {
	w.Helper()
	if len(ids) == 0 {
		return
	}
	w.must(w.db.InTx(w.Context(), func(tx *sqldb.Tx) error {
		list, args := sqldb.In(ids)
		_, err := tx.Exec(w.Context(), `DELETE FROM river_job WHERE id IN `+list, args...)
		return err
	}))
}

// jobs runs the jobs of these kinds that wait, and reports how many there were.
func (w *world) jobs(kinds ...string) int {
	w.Helper()
	n := 0
	for _, j := range w.waiting() {
		if !slices.Contains(kinds, j.Kind) {
			continue
		}
		n++
		w.drop(j.ID)
		_, err := w.run(w.Context(), j)
		w.must(err)
	}
	return n
}

// run runs a job. It returns when it is to run again, zero for never.
func (w *world) run(ctx context.Context, j waiting) (again time.Time, err error) {
	var a struct {
		SlotIDs    []string `json:"slot_ids"`
		GrantIDs   []string `json:"grant_ids"`
		ChangeID   string   `json:"change_id"`
		SyncID     string   `json:"sync_id"`
		ProviderID string   `json:"provider_id"`
		RemoteIDs  []string `json:"remote_ids"`
		TicketID   string   `json:"ticket_id"`
		RemoteID   string   `json:"remote_id"`
		URL        string   `json:"url"`
	}
	if err := json.Unmarshal([]byte(j.Args), &a); err != nil {
		return again, err
	}
	switch j.Kind {
	case job.Reconcile{}.Kind():
		err = w.eng.Reconcile(ctx, a.SlotIDs)
	case job.Expired{}.Kind():
		err = w.eng.Expired(ctx, a.GrantIDs)
	case job.File{}.Kind():
		again, err = w.eng.File(ctx, a.ChangeID)
	case job.Tell{}.Kind():
		err = w.eng.Tell(ctx, a.ChangeID)
	case job.Poll{}.Kind():
		err = w.eng.Poll(ctx, a.ProviderID)
	case job.Sync{}.Kind():
		err = w.eng.RunSync(ctx, a.SyncID)
	case job.Read{}.Kind():
		err = w.eng.ReadTickets(ctx, a.ProviderID, a.RemoteIDs)
	case job.Twins{}.Kind():
		err = w.eng.Twins(ctx, a.TicketID)
	case job.Check{}.Kind():
		err = w.eng.Check(ctx, a.ProviderID)
	case job.Hook{}.Kind():
		err = w.eng.Hook(ctx, a.ProviderID)
	case job.Unhook{}.Kind():
		err = w.eng.Unhook(ctx, a.ProviderID, a.RemoteID, a.URL)
	default:
		err = w.runReliability(ctx, j.Kind, []byte(j.Args))
	}
	return again, err
}

// events counts the events of a type.
func (w *world) events(of access.EventType) int {
	w.Helper()
	list, err := store.Events(w.Context(), w.db.Read(), store.EventFilter{Type: of})
	w.must(err)
	return len(list.Items)
}

// notSent and ambiguous are what a failing call returns.
func notSent() error {
	return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Down, Msg: "connection refused"}
}

func ambiguous() error {
	return &ticket.Failure{Certainty: ticket.Ambiguous, Trouble: ticket.Down, Msg: "no answer"}
}

// on returns a fault for one call, before or after its effect.
func on(call string, after bool, err error) func(string, bool) error {
	return func(c string, a bool) error {
		if c == call && a == after {
			return err
		}
		return nil
	}
}

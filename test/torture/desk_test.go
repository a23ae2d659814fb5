package torture

import (
	"context"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/tickettest"
	"admit/test/live"
)

// desk is a ticket system behind a proxy, the people who work there, and the end
// system as they have made it.
type desk struct {
	*testing.T
	spec     ticket.Spec
	system   tickettest.System
	proxy    *tickettest.Proxy
	provider ticket.Provider // past the proxy
	app      string          // the name of the app whose tickets count

	// A person does not touch a ticket that Admit is closing: to close one Admit
	// reads it first, and what a person does after that is lost. Of two who act at
	// once one waits.
	acting  sync.Mutex
	closing func(id string) (bool, error)

	mu      sync.Mutex
	creates map[string]int             // calls that file a ticket, by its key
	cursor  string                     // how far the tickets were read
	tickets map[string]ticket.Snapshot // by id
	has     map[place]bool             // the end system
	lagging time.Time                  // since when searches do not see new tickets
}

// kind is a kind of desk, and how many people it can work for.
type kind struct {
	open   func(*company) *desk
	people int
	slow   int // how many times slower than the others it is
}

// times is how long something takes there that takes so long with the others.
func (k kind) times(d time.Duration) time.Duration { return time.Duration(k.slow) * d }

// The kinds. Linear takes our key for the id of a ticket, so that a ticket cannot
// be filed twice; the others do not. Jira's search lags behind. Request Tracker is
// the real one.
var (
	atLinear = kind{func(c *company) *desk { return newDesk(c.T, linear.Spec(), lineartest.Start(c.T).System(c.T)) }, 12, 1}
	atJira   = kind{func(c *company) *desk { return newDesk(c.T, jira.DataCenter(), jiratest.DataCenter(c.T).System(c.T)) }, 12, 1}
	atQueue  = kind{queueDesk, 12, 1}

	atTracker = kind{func(c *company) *desk { return newDesk(c.T, requesttracker.Spec(), live.NewTracker(c.T).System()) }, 4, 4}
)

// place is one person and one resource.
type place struct{ who, resource string }

// newDesk puts a ticket system behind a proxy.
func newDesk(t *testing.T, spec ticket.Spec, system tickettest.System) *desk {
	t.Helper()
	d := openDesk(t, spec, system)
	d.proxy = tickettest.NewProxy(t, system.URL)
	return d
}

// queueDesk is the built-in queue of a company. Its tickets are in the database,
// where people work on them past the server.
func queueDesk(c *company) *desk {
	c.Helper()
	db, err := sqldb.Open(c.Context(), c.Database)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = db.Close() })
	queue, ana := &builtin.Queue{}, ticket.Account{ID: c.User("ana")}
	as := func(do func(ctx context.Context, id string) error) func(*testing.T, string) {
		return func(t *testing.T, id string) {
			t.Helper()
			if err := do(t.Context(), id); err != nil && access.CodeOf(err) != access.Conflict { // Admit was faster
				t.Error(err)
			}
		}
	}
	system := tickettest.System{Fulfiller: tickettest.Fulfiller{
		Start:   as(func(ctx context.Context, id string) error { return queue.Take(ctx, id, ana) }),
		Done:    as(func(ctx context.Context, id string) error { return queue.Finish(ctx, id, ana, ticket.Yes, "") }),
		Decline: as(func(ctx context.Context, id string) error { return queue.Finish(ctx, id, ana, ticket.No, "not today") }),
	}}
	d := openDesk(c.T, builtin.Spec(db, "", time.Now), system)
	queue, _ = d.provider.(*builtin.Queue)
	return d
}

func openDesk(t *testing.T, spec ticket.Spec, system tickettest.System) *desk {
	t.Helper()
	if spec.Rate.Calls > 0 {
		system.Settings = maps.Clone(system.Settings)
		system.Settings["calls_per_minute"] = "1000000" // a budget would only make it slow
	}
	d := &desk{
		T: t, spec: spec, system: system, provider: tickettest.Open(t, spec, system.Settings),
		creates: map[string]int{}, tickets: map[string]ticket.Snapshot{}, has: map[place]bool{},
	}
	from, err := d.provider.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	d.cursor = from.Cursor
	return d
}

var keyInText = regexp.MustCompile(`Admit key: ([0-9a-f]{32})`)

// carrier kills around calls, counts those that file a ticket, and keeps people
// and Admit from changing a ticket at the same moment.
func (d *desk) carrier(at func(point) bool) tickettest.Carrier {
	return func(r *http.Request, body []byte, pass func()) bool {
		writes := r.Method != http.MethodGet
		if writes && at(beforeCall) {
			return false
		}
		if d.system.Creates(r, body) {
			if key := keyInText.FindSubmatch(body); key != nil {
				d.mu.Lock()
				d.creates[string(key[1])]++
				d.mu.Unlock()
			}
		}
		d.acting.Lock()
		pass()
		d.acting.Unlock()
		return !writes || !at(afterCall)
	}
}

// read takes in what changed at the system.
func (d *desk) read(ctx context.Context) error {
	d.mu.Lock()
	cursor := d.cursor
	d.mu.Unlock()
	for {
		page, err := d.provider.Changed(ctx, cursor)
		if err != nil {
			return err
		}
		d.mu.Lock()
		for _, x := range page.Tickets {
			if about(x.Title).app == d.app {
				d.tickets[x.ID] = x
			}
		}
		d.cursor = page.Cursor
		d.mu.Unlock()
		if cursor = page.Cursor; !page.More {
			return nil
		}
	}
}

// subject is what a ticket's title asks for.
type subject struct {
	place
	app   string
	grant bool
}

var title = regexp.MustCompile(`^Make sure (\S+)@example\.com (HAS|does NOT have) (.+) in (.+)$`)

func about(text string) subject {
	found := title.FindStringSubmatch(text)
	if found == nil {
		return subject{}
	}
	return subject{place{found[1], found[3]}, found[4], found[2] == "HAS"}
}

// all returns every ticket as it was read last, oldest first.
func (d *desk) all() []ticket.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []ticket.Snapshot
	for _, x := range d.tickets {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b ticket.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all
}

func (d *desk) open() []ticket.Snapshot {
	return slices.DeleteFunc(d.all(), func(x ticket.Snapshot) bool { return x.Outcome.Ended() })
}

func (d *desk) holds(at place) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.has[at]
}

// act does something to a ticket, if it is still open.
func (d *desk) act(ctx context.Context, id string, do func(*testing.T, string)) {
	d.acting.Lock()
	defer d.acting.Unlock()
	if closing, err := d.closing(id); closing || err != nil {
		return
	}
	now, err := d.provider.Read(ctx, []string{id})
	if err == nil && len(now) == 1 && !now[0].Outcome.Ended() {
		do(d.T, id)
	}
}

// finish makes the change a ticket asks for, and says so.
func (d *desk) finish(ctx context.Context, x ticket.Snapshot) {
	what := about(x.Title)
	d.act(ctx, x.ID, func(t *testing.T, id string) {
		t.Helper()
		d.system.Fulfiller.Done(t, id)
		after, err := d.provider.Read(context.WithoutCancel(ctx), []string{id})
		if err != nil || len(after) != 1 {
			t.Errorf("a ticket that was finished: %v %v", after, err)
		} else if after[0].Outcome == ticket.Yes {
			d.mu.Lock()
			d.has[what.place] = what.grant
			d.mu.Unlock()
		}
	})
}

// undo takes back what a ticket asked for.
func (d *desk) undo(title string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.has[about(title).place] = !about(title).grant
}

// lag makes searches blind for new tickets for a while now and then, for less
// than the system may.
func (d *desk) lag(rnd *mathrand.Rand) {
	if d.system.Lag == nil {
		return
	}
	switch longest := d.spec.LookupLag / 3; {
	case d.lagging.IsZero():
		if rnd.IntN(10) == 0 {
			d.lagging = time.Now()
			d.system.Lag(d.T, true)
		}
	case time.Since(d.lagging) > longest || rnd.IntN(10) == 0:
		d.lagging = time.Time{}
		d.system.Lag(d.T, false)
	}
}

// work has people work on random tickets until ctx ends: they start some, finish
// many and decline a few.
func (d *desk) work(ctx context.Context, rnd *mathrand.Rand, pause time.Duration) {
	for ctx.Err() == nil {
		d.lag(rnd)
		if d.read(ctx) == nil {
			d.workOn(ctx, rnd, d.open())
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	if d.system.Lag != nil {
		d.system.Lag(d.T, false)
	}
}

func (d *desk) workOn(ctx context.Context, rnd *mathrand.Rand, open []ticket.Snapshot) {
	for range min(len(open), 1+len(open)/5) {
		x := open[rnd.IntN(len(open))]
		switch n := rnd.IntN(100); {
		case n < 30:
			if !x.WorkSeen {
				d.act(ctx, x.ID, d.system.Fulfiller.Start)
			}
		case n < 34:
			d.act(ctx, x.ID, d.system.Fulfiller.Decline)
		default:
			d.finish(ctx, x)
		}
	}
}

// finishAll has people finish every ticket that is open.
func (d *desk) finishAll(ctx context.Context) error {
	if err := d.read(ctx); err != nil {
		return err
	}
	for _, x := range d.open() {
		d.finish(ctx, x)
	}
	return d.read(ctx)
}

package torture

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"admit/internal/sqldb"
	"admit/test/live"
)

// company is a site whose people are added to resources and removed, by ticket.
type company struct {
	*live.Site
	at    kind
	desk  *desk
	app   string
	slots []*slot

	forgotten bool            // the database may not know all tickets
	settled   map[string]bool // tickets it need not know, by identifier
}

// slot is one person and one resource, and what was asked for them. One hand at a
// time has it.
type slot struct {
	place
	path   string // of the API
	list   string // of the API: who has the resource
	wanted bool
	unsure bool // the server was gone before it answered
}

// newCompany starts a server on a database and sets it up with people, each to be
// given each of two resources. The server has to be killed or stopped
// by the caller.
func newCompany(t *testing.T, databaseURL string, at kind) *company {
	t.Helper()
	c := &company{Site: live.NewSite(t, databaseURL), at: at, settled: map[string]bool{}}
	c.Env = []string{"ADMIT_POLL_EVERY=" + at.times(500*time.Millisecond).String(), "ADMIT_WINDOW=50ms", "ADMIT_SETTLE_FOR=1s"}
	c.Serve()
	var names []string
	for i := range at.people {
		names = append(names, fmt.Sprintf("p%d", i))
	}
	app := c.SetUp(names...)
	c.app = "Payroll " + rand.Text() // several proofs use one Request Tracker
	c.Do("ada", "PUT", "/apps/"+app, live.Object{"name": c.app})
	c.Do("ada", "POST", "/resources", live.Object{"name": "Other Role", "app_id": app})
	for _, resource := range []string{"My Role", "Other Role"} {
		id := c.Resource(resource)
		for _, who := range names {
			list := "/resources/" + id + "/users"
			c.slots = append(c.slots, &slot{place: place{who, resource}, list: list, path: list + "/" + c.User(who)})
		}
	}
	c.Token("ana")
	return c
}

// inDatabase does something in the company's database, past every line. It is
// open for that time only: SQLite must find a file that nobody has when a server
// that was killed starts again.
func (c *company) inDatabase(do func(db *sqldb.DB) error) error {
	db, err := sqldb.Open(c.Context(), c.Database)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// hire makes the company file its tickets at a desk, which servers reach at an
// address; "" for the built-in queue.
func (c *company) hire(d *desk, address string) {
	c.Helper()
	d.app, d.closing, c.desk = c.app, c.closing, d
	if address != "" {
		c.Connect(d.spec.Kind, d.system.At(address), c.App(c.app))
	}
}

// closing reports whether Admit is closing a ticket.
func (c *company) closing(remoteID string) (closing bool, err error) {
	err = c.inDatabase(func(db *sqldb.DB) error {
		n, err := sqldb.Get[int](c.Context(), db.Read(), `SELECT count(*) FROM tickets WHERE remote_id = ? AND closing_at IS NOT NULL`, remoteID)
		closing = n > 0
		return err
	})
	return closing, err
}

// turn asks for the opposite of what is wanted of a slot; false if the server did
// not answer.
func (c *company) turn(at *live.Client, s *slot) bool {
	if s.unsure && !s.makeSure(at) {
		return false
	}
	method, body := http.MethodPost, any(live.Object{"duration_minutes": 0})
	if s.wanted {
		method, body = http.MethodDelete, nil
	}
	switch status, got := at.Call("ana", method, s.path, body); {
	case status == 0, status == http.StatusServiceUnavailable, status == http.StatusInternalServerError:
		s.unsure = true
		return false
	case status > 299:
		c.Errorf("%s %s: %d %v", method, s.path, status, got)
		return false
	}
	s.wanted = !s.wanted
	return true
}

// makeSure asks the server what is wanted of a slot; false if it did not answer.
func (s *slot) makeSure(at *live.Client) bool {
	status, got := at.Call("ada", http.MethodGet, s.list, nil)
	if status != http.StatusOK {
		return false
	}
	s.unsure, s.wanted = false, false
	for _, row := range got.List("results") {
		if n, _ := row["num_access_paths"].(float64); row.Text("email") == s.who+"@example.com" {
			s.wanted = n > 0
		}
	}
	return true
}

// hands has several people turn wishes round at once until the server is gone.
func (c *company) hands(rnd *mathrand.Rand) {
	c.split(rnd, func(own *mathrand.Rand, mine []*slot) {
		for c.turn(c.Client, mine[own.IntN(len(mine))]) {
			continue
		}
	}).Wait()
}

// each has several people do something to random slots, again and again, until
// they are told to stop.
func (c *company) each(rnd *mathrand.Rand, do func(own *mathrand.Rand, s *slot)) (stop func()) {
	var over atomic.Bool
	all := c.split(rnd, func(own *mathrand.Rand, mine []*slot) {
		for !over.Load() {
			do(own, mine[own.IntN(len(mine))])
			pause(20 * time.Millisecond)
		}
	})
	return func() {
		over.Store(true)
		all.Wait()
	}
}

// split has people do something at once, each with slots of their own.
func (c *company) split(rnd *mathrand.Rand, do func(own *mathrand.Rand, mine []*slot)) *sync.WaitGroup {
	const people = 3
	all := &sync.WaitGroup{}
	for i := range people {
		var mine []*slot
		for j := i; j < len(c.slots); j += people {
			mine = append(mine, c.slots[j])
		}
		own := mathrand.New(mathrand.NewPCG(rnd.Uint64(), 0))
		all.Go(func() { do(own, mine) })
	}
	return all
}

func pause(d time.Duration) { <-time.After(d) }

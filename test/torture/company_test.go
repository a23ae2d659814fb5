package torture

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"admit/internal/sqldb"
	"admit/test/live"
)

// company is a site whose people are added to resources and removed, by ticket.
type company struct {
	*live.Site
	desk  *desk
	app   string
	slots []*slot
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

// newCompany starts a server on a database and sets it up with so many people,
// each to be given each of two resources. The server has to be killed or stopped
// by the caller.
func newCompany(t *testing.T, databaseURL string, people int) *company {
	t.Helper()
	c := &company{Site: live.NewSite(t, databaseURL)}
	c.Env = []string{"ADMIT_POLL_EVERY=500ms", "ADMIT_WINDOW=50ms", "ADMIT_SETTLE_FOR=1s"}
	c.Serve()
	var names []string
	for i := range people {
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
	d.app, c.desk = c.app, d
	if address != "" {
		c.Connect(d.spec.Kind, d.system.At(address), c.App(c.app))
	}
}

// wish turns one wish round after the other until the server is gone.
func (c *company) wish(rnd *mathrand.Rand, mine []*slot) {
	for c.turn(mine[rnd.IntN(len(mine))]) {
		continue
	}
}

// turn asks for the opposite of what is wanted of a slot; false if the server did
// not answer.
func (c *company) turn(s *slot) bool {
	if s.unsure && !c.makeSure(s) {
		return false
	}
	method, body := http.MethodPost, any(live.Object{"duration_minutes": 0})
	if s.wanted {
		method, body = http.MethodDelete, nil
	}
	switch status, got := c.Call("ana", method, s.path, body); {
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
func (c *company) makeSure(s *slot) bool {
	status, got := c.Call("ada", http.MethodGet, s.list, nil)
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

// hands has several people turn wishes round at once, each with slots of their
// own, until the server is gone.
func (c *company) hands(rnd *mathrand.Rand, n int) {
	var all sync.WaitGroup
	for i := range n {
		var mine []*slot
		for j := i; j < len(c.slots); j += n {
			mine = append(mine, c.slots[j])
		}
		own := mathrand.New(mathrand.NewPCG(rnd.Uint64(), 0))
		all.Go(func() { c.wish(own, mine) })
	}
	all.Wait()
}

// Package servicenowtest is a server that behaves like ServiceNow, as far as its
// documentation and its knowledge base say how that behaves. No schema of the
// interfaces is published.
package servicenowtest

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// What the service user signs in with.
const (
	serviceUser = "admit"
	User        = serviceUser
	Password    = "correct horse battery staple"
	APIKey      = "now_0123456789abcdef"
)

// OddState is a state the company has added: it ends a ticket, and nobody has
// said how.
const OddState = "9"

// Server is an instance of ServiceNow with a service user, people, groups, and a
// catalog.
type Server struct {
	URL string

	mu            sync.Mutex
	tables        map[string][]*record
	byID          map[string]*record
	index         map[string][]*record // by an indexed column and what it refers to
	count         map[string]int
	ordered       []*record        // all tickets by their last change, but for those
	moved         map[*record]bool // that changed since
	kept          kept
	labels        map[[3]string]string // of choices, by table, column and value
	me            string               // sys_id of the service user
	fulfils       map[string]bool      // who has the role itil, by sys_id
	catalogItems  []item
	tasksPerOrder int

	// What a test may switch.
	denied     map[string]bool // tables without rights
	protected  map[string]bool // columns the service user may not write
	unreadable map[string]bool // columns the service user may not read
	blind      map[string]bool // tables of which the service user sees no record
	aborting   bool            // a business rule aborts each write
	required   []string        // columns a data policy asks for
	strict     bool            // glide.invalid_query.returns_no_rows
	lagging    bool            // searches read a replica that is behind
	flowing    bool            // the flow of an order ends it with its last task
	cut        bool            // searches take too long
	zone       time.Duration   // of the service user, if times in a search are read in it
	left       int             // calls until the rate limit
	calls      int

	hook    hook
	telling sync.WaitGroup
}

// Start starts an instance on loopback.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		tables: map[string][]*record{}, byID: map[string]*record{}, index: map[string][]*record{}, count: map[string]int{}, moved: map[*record]bool{}, labels: map[[3]string]string{}, fulfils: map[string]bool{},
		denied: map[string]bool{}, protected: map[string]bool{}, unreadable: map[string]bool{}, blind: map[string]bool{}, left: -1, tasksPerOrder: 1,
	}
	s.seed()
	server := httptest.NewServer(s)
	s.URL = server.URL
	t.Cleanup(func() {
		s.telling.Wait()
		server.Close()
	})
	return s
}

// change switches something while nobody looks.
func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = kept{}
	f()
}

// Deny takes the rights on a table away, or gives them back.
func (s *Server) Deny(table string, on bool) { s.change(func() { s.denied[table] = on }) }

// Protect makes a column one that the service user may not write.
func (s *Server) Protect(column string) { s.change(func() { s.protected[column] = true }) }

// Conceal makes a column one that the service user may not read.
func (s *Server) Conceal(column string) { s.change(func() { s.unreadable[column] = true }) }

// Blind makes the service user see no record of a table, without a word.
func (s *Server) Blind(table string) { s.change(func() { s.blind[table] = true }) }

// Abort makes a business rule abort each write of the service user.
func (s *Server) Abort(on bool) { s.change(func() { s.aborting = on }) }

// Require makes a data policy ask for a column.
func (s *Server) Require(column string) {
	s.change(func() {
		s.required = append(s.required, column)
		policy := s.put("sys_data_policy2", map[string]string{"active": "true"})
		s.put("sys_data_policy_rule", map[string]string{
			"table": "incident", "field": column, "mandatory": "true", "sys_data_policy": policy.values["sys_id"],
		})
	})
}

// Mandatory makes a variable of Item one that must be answered.
func (s *Server) Mandatory(name string) {
	s.change(func() {
		for i, v := range s.catalogItems[0].variables {
			s.catalogItems[0].variables[i].mandatory = v.mandatory || v.name == name
		}
	})
}

// Strict sets the property glide.invalid_query.returns_no_rows.
func (s *Server) Strict() { s.change(func() { s.strict = true }) }

// Cut makes each answer end with an error, as one does that takes too long.
func (s *Server) Cut(on bool) { s.change(func() { s.cut = on }) }

// Zone makes searches read times as if in a time zone so far from UTC.
func (s *Server) Zone(d time.Duration) { s.change(func() { s.zone = d }) }

// Limit lets n more calls through, and then none.
func (s *Server) Limit(n int) { s.change(func() { s.left = n }) }

// Shorten sets the length of a column of task in the dictionary.
func (s *Server) Shorten(column, length string) {
	s.change(func() {
		for _, r := range s.tables["sys_dictionary"] {
			if r.values["element"] == column {
				r.values["max_length"] = length
			}
		}
	})
}

// Tasks sets how many catalog tasks an order has from now on.
func (s *Server) Tasks(n int) { s.change(func() { s.tasksPerOrder = n }) }

// Flow makes the flow of an order end it when its last task has ended.
func (s *Server) Flow() { s.change(func() { s.flowing = true }) }

// Calls returns how many calls came.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

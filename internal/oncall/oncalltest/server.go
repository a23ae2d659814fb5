// Package oncalltest is a PagerDuty account on loopback that keeps its state in
// memory. It behaves as the official schema at github.com/PagerDuty/api-schema
// and the documentation at https://developer.pagerduty.com say.
package oncalltest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"admit/internal/ticket/tickettest"
)

// Key is the key of the account's API.
const Key = "pagerduty-key-0123456789"

// Server is one account. Its exported fields may be changed before it is used.
type Server struct {
	URL string

	Users     []User
	Schedules []Schedule
	Policies  []Policy
	Duties    []Duty
	NoShifts  int // the status that the list of schedules made of shifts is refused with; 0: it is not
	Remaining int // calls left in this minute; 0 is answered with 429

	mu  sync.Mutex
	out tickettest.Deliveries
}

// User is a person. Of one that is deleted only the name is left.
type User struct {
	ID, Name, Email string
	Deleted         bool
}

// Schedule is one of the older kind, made of layers, or made of shifts.
type Schedule struct {
	ID, Name string
	Shifts   bool
}

// Policy is an escalation policy.
type Policy struct{ ID, Name string }

// Duty puts a user on call now, at a level of a policy. Schedule is empty where
// the policy names the user.
type Duty struct {
	Policy, Schedule string
	Level            int
	User             string
}

// Start starts an account with some people, on call by two policies.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		Remaining: 960,
		Users: []User{
			{ID: "PALICE1", Name: "Alice Example", Email: "Alice@example.com"},
			{ID: "PBOB002", Name: "Bob Example", Email: "bob@example.com"},
			{ID: "PCAROL3", Name: "Carol Example", Email: "carol@example.com"},
			{ID: "PGONE04", Name: "Gone Example", Email: "gone@example.com", Deleted: true},
		},
		Schedules: []Schedule{{ID: "PDAILY1", Name: "Daily rotation"}, {ID: "PALONE2", Name: "Alone"}, {ID: "PSHIFT3", Name: "Follow the sun", Shifts: true}},
		Policies:  []Policy{{"POPS001", "Operations"}, {"PDESK02", "Access desk"}},
		Duties: []Duty{
			{"POPS001", "", 3, "PCAROL3"},
			{"POPS001", "PDAILY1", 2, "PBOB002"},
			{"POPS001", "PSHIFT3", 1, "PALICE1"},
			{"POPS001", "PSHIFT3", 1, "PBOB002"},
			{"PDESK02", "PDAILY1", 1, "PBOB002"},
			{"PDESK02", "PDAILY1", 1, "PGONE04"},
		},
	}
	tickettest.Serve(t, &s.URL, http.HandlerFunc(s.serve), &s.out)
	return s
}

// call is one call of the API.
type call struct {
	tickettest.Call

	query url.Values
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{tickettest.NewCall(w, r, strings.TrimPrefix(r.URL.Path, "/")), r.URL.Query()}
	if r.Header.Get("Authorization") != "Token token="+Key {
		c.refuse(http.StatusUnauthorized, 2006, "Authentication failed")
		return
	}
	left := max(s.Remaining-1, 0)
	w.Header().Set("Ratelimit-Limit", "960")
	w.Header().Set("Ratelimit-Remaining", strconv.Itoa(left))
	w.Header().Set("Ratelimit-Reset", "20")
	switch {
	case s.Remaining <= 0:
		c.refuse(http.StatusTooManyRequests, 2020, "Rate Limit Exceeded")
	case r.Header.Get("Accept") != "application/vnd.pagerduty+json;version=2":
		c.invalid("the version of the API is missing")
	default:
		s.Remaining = left
		s.route(c)
	}
}

// bounds are how many entries a list has on a page, if not asked for another
// number, and at most.
type bounds struct{ usual, most int }

var (
	older = bounds{25, 100}
	newer = bounds{100, 1000}
)

func (s *Server) route(c *call) {
	switch {
	case c.Is(http.MethodGet, "oncalls"):
		s.serveOnCalls(c)
	case c.Is(http.MethodGet, "schedules"):
		list(c, "schedules", s.shownSchedules(false), older)
	case c.Is(http.MethodGet, "v3", "schedules") && s.NoShifts != 0:
		c.refuse(s.NoShifts, 2100, "Not Found")
	case c.Is(http.MethodGet, "v3", "schedules"):
		list(c, "schedules", s.shownSchedules(true), newer)
	case c.Is(http.MethodGet, "escalation_policies"):
		list(c, "escalation_policies", s.shownPolicies(), older)
	default:
		c.refuse(http.StatusNotFound, 2100, "Not Found")
	}
}

// refuse answers as PagerDuty does when it says no.
func (c *call) refuse(status, code int, message string, more ...string) {
	said := map[string]any{"message": message, "code": code}
	if len(more) > 0 {
		said["errors"] = more
	}
	c.Say(status, map[string]any{"error": said})
}

func (c *call) invalid(why string) {
	c.refuse(http.StatusBadRequest, 2001, "Invalid Input Provided", why)
}

// knows refuses parameters of a query that are not these, or those of a page.
func (c *call) knows(names ...string) bool {
	for name := range c.query {
		if !slices.Contains(append(names, "limit", "offset", "total"), name) {
			c.invalid("unknown parameter " + name)
			return false
		}
	}
	return true
}

// list answers with the part of a list that a call asks for.
func list(c *call, name string, all []shown, b bounds, known ...string) {
	if !c.knows(known...) {
		return
	}
	limit, offset := min(c.number("limit", b.usual), b.most), c.number("offset", 0)
	const reach = 10_000
	if limit < 1 || offset < 0 || offset+limit > reach {
		c.invalid("Offset plus limit must be at most 10000")
		return
	}
	from := min(offset, len(all))
	to := min(from+limit, len(all))
	c.Say(http.StatusOK, map[string]any{
		name: append([]shown{}, all[from:to]...), "limit": limit, "offset": offset, "more": to < len(all), "total": nil,
	})
}

func (c *call) number(name string, usual int) int {
	if !c.query.Has(name) {
		return usual
	}
	n, err := strconv.Atoi(c.query.Get(name))
	if err != nil {
		return -1
	}
	return n
}

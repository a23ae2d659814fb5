// Package freshservicetest is a Freshservice account on loopback that keeps its
// state in memory. There is no official schema: it behaves as the documentation
// at https://api.freshservice.com says, as clients quote it, and refuses what
// Freshservice refuses.
package freshservicetest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/ticket/tickettest"
)

// The service user of the account, and its key.
const (
	Email = "admit@example.com"
	Key   = "freshservice-api-key-0123456789"
)

// Server is one account. Its exported fields may be changed before it is used.
type Server struct {
	URL string

	IndexLag  time.Duration // how long the filter does not see a new ticket
	NoAgents  bool          // the service user may not list agents
	NoTickets bool          // nor tickets
	NoTags    bool          // tags are left out of every answer
	Mangle    func(*Ticket) // a workflow that changes each new ticket
	OnChange  func(*Ticket) // a workflow that changes each ticket that is changed
	OnEnd     func(*Ticket) // a workflow that changes each ticket that is resolved or closed
	Remaining int           // calls left in this minute; 0 is answered with 429

	ForClosure string // a custom field without which no ticket is resolved or closed

	mu  sync.Mutex
	out tickettest.Deliveries

	next    int64
	agents  []*agent
	groups  []*group
	tickets map[int64]*Ticket
	order   []int64 // of tickets, by creation
	hidden  map[int64]bool
	hooks   []hook
	stale   bool  // lists do not see tickets made since
	seen    int64 // the newest ticket when they became stale
}

// Start starts an account with people, groups, a form and no tickets.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		IndexLag: 5 * time.Minute, Remaining: 99, next: 100, tickets: map[int64]*Ticket{}, hidden: map[int64]bool{},
	}
	s.furnish()
	tickettest.Serve(t, &s.URL, http.HandlerFunc(s.serve), &s.out)
	return s
}

// call is one call of the API.
type call struct {
	tickettest.Call // its path behind /api/v2

	query url.Values
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v2/")
	c := &call{tickettest.NewCall(w, r, path), r.URL.Query()}
	w.Header().Set("X-Ratelimit-Total", "100")
	w.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(s.Remaining))
	key, _, _ := r.BasicAuth()
	switch {
	case !ok:
		c.SayHTML(http.StatusNotFound, "<html>Not found</html>")
	case s.Remaining <= 0:
		w.Header().Set("Retry-After", "7")
		c.Say(http.StatusTooManyRequests, map[string]string{"message": "You have exceeded the limit of requests per minute"})
	case key != Key:
		c.Say(http.StatusUnauthorized, map[string]string{"code": "invalid_credentials", "message": "You have to be logged in to perform this action."})
	default:
		s.route(c)
	}
}

func (s *Server) route(c *call) {
	switch c.Path[0] {
	case "tickets":
		if s.NoTickets {
			c.denied()
			return
		}
		s.serveTickets(c)
	case "agents":
		if s.NoAgents {
			c.denied()
			return
		}
		s.serveAgents(c)
	case "groups":
		s.serveGroups(c)
	case "ticket_form_fields":
		c.Say(http.StatusOK, map[string]any{"ticket_fields": form()})
	default:
		c.missing()
	}
}

// missing answers with nothing at all.
func (c *call) missing() { c.W.WriteHeader(http.StatusNotFound) }

func (c *call) denied() {
	c.Say(http.StatusForbidden, map[string]string{"code": "access_denied", "message": "You are not authorized to perform this action."})
}

// problem is one thing that is wrong with a call.
type problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

func (c *call) invalid(problems ...problem) {
	c.Say(http.StatusBadRequest, map[string]any{"description": "Validation failed", "errors": problems})
}

// read reads the body as a v: parameters that are not known are refused.
func (c *call) read(v any) bool {
	if err := c.Read(v); err != nil {
		c.invalid(problem{"", err.Error(), "invalid_json"})
		return false
	}
	return true
}

// knows refuses parameters of a query that are not these.
func (c *call) knows(names ...string) bool {
	for name := range c.query {
		if !slices.Contains(names, name) {
			c.invalid(problem{name, "Unexpected/invalid field in request", "invalid_field"})
			return false
		}
	}
	return true
}

// embeds refuses to include anything but these.
func (c *call) embeds(parts ...string) bool {
	for part := range strings.SplitSeq(c.query.Get("include"), ",") {
		if part != "" && !slices.Contains(parts, part) {
			c.invalid(problem{"include", "It should be one of these values: '" + strings.Join(parts, ",") + "'", "invalid_value"})
			return false
		}
	}
	return true
}

// paged returns the part of a list that a call asks for.
func paged[T any](c *call, list []T) []T {
	const usual, most = 30, 100
	per, page := usual, 1
	if n, err := strconv.Atoi(c.query.Get("per_page")); err == nil {
		per = min(max(n, 1), most)
	}
	if n, err := strconv.Atoi(c.query.Get("page")); err == nil {
		page = max(n, 1)
	}
	from := min((page-1)*per, len(list))
	to := min(from+per, len(list))
	if to < len(list) {
		c.W.Header().Set("Link", fmt.Sprintf("<%s?page=%d>; rel=\"next\"", c.URL.Path, page+1))
	}
	return append([]T{}, list[from:to]...)
}

// stamp is a time as Freshservice writes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

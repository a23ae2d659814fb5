// Package freshservicetest is a Freshservice account on loopback that keeps its
// state in memory. There is no official schema: it behaves as the documentation
// at https://api.freshservice.com says, as clients quote it, and refuses what
// Freshservice refuses.
package freshservicetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
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
	OnClose   func(*Ticket) // a workflow that changes each ticket that is closed
	Remaining int           // calls left in this minute; 0 is answered with 429

	t   testing.TB
	mu  sync.Mutex
	wg  sync.WaitGroup // deliveries under way
	out *http.Client

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
		IndexLag: 5 * time.Minute, Remaining: 99, t: t, next: 100,
		out: &http.Client{Transport: &http.Transport{}}, tickets: map[int64]*Ticket{}, hidden: map[int64]bool{},
	}
	s.furnish()
	server := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.URL = "http://" + server.Listener.Addr().String() // before anybody reads it
	server.Start()
	t.Cleanup(func() {
		server.Close()
		s.wg.Wait()
		s.out.CloseIdleConnections()
	})
	return s
}

// call is one call of the API.
type call struct {
	*http.Request

	w     http.ResponseWriter
	query url.Values
	path  []string // behind /api/v2
	body  []byte
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v2/")
	c := &call{Request: r, w: w, query: r.URL.Query(), path: strings.Split(path, "/"), body: body}
	w.Header().Set("X-Ratelimit-Total", "100")
	w.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(s.Remaining))
	key, _, _ := r.BasicAuth()
	switch {
	case !ok:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>Not found</html>")
	case s.Remaining <= 0:
		w.Header().Set("Retry-After", "7")
		c.say(http.StatusTooManyRequests, map[string]string{"message": "You have exceeded the limit of requests per minute"})
	case key != Key:
		c.say(http.StatusUnauthorized, map[string]string{"code": "invalid_credentials", "message": "You have to be logged in to perform this action."})
	default:
		s.route(c)
	}
}

func (s *Server) route(c *call) {
	switch c.path[0] {
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
		c.say(http.StatusOK, map[string]any{"ticket_fields": form()})
	default:
		c.missing()
	}
}

// is reports whether a call is of this method and path; "*" is any part.
func (c *call) is(method string, parts ...string) bool {
	if c.Method != method || len(parts) != len(c.path) {
		return false
	}
	for i, p := range parts {
		if p != "*" && p != c.path[i] {
			return false
		}
	}
	return true
}

// id returns a part of the path as an id.
func (c *call) id(part int) int64 {
	n, _ := strconv.ParseInt(c.path[part], 10, 64) // 0 is nobody's
	return n
}

func (c *call) say(status int, body any) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(body)
}

// missing answers with nothing at all.
func (c *call) missing() { c.w.WriteHeader(http.StatusNotFound) }

func (c *call) denied() {
	c.say(http.StatusForbidden, map[string]string{"code": "access_denied", "message": "You are not authorized to perform this action."})
}

// problem is one thing that is wrong with a call.
type problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

func (c *call) invalid(problems ...problem) {
	c.say(http.StatusBadRequest, map[string]any{"description": "Validation failed", "errors": problems})
}

// read reads the body as a v: parameters that are not known are refused.
func (c *call) read(v any) bool {
	d := json.NewDecoder(strings.NewReader(string(c.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
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
		c.w.Header().Set("Link", fmt.Sprintf("<%s?page=%d>; rel=\"next\"", c.URL.Path, page+1))
	}
	return append([]T{}, list[from:to]...)
}

// stamp is a time as Freshservice writes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Package zendesktest is a Zendesk Support account on loopback that keeps its
// state in memory. It behaves as Zendesk's documentation and what was seen of
// live accounts say, and refuses what Zendesk refuses.
package zendesktest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/ticket/tickettest"
)

// The service user of the account, and its token.
const (
	Email = "admit@example.com"
	Token = "zendesk-api-token-0123456789"
)

// Server is one account. Its exported fields may be changed before it is used.
type Server struct {
	URL string

	KeyLife   time.Duration // how long an idempotency key is kept: two hours at Zendesk
	Role      string        // of the service user: "agent" or "admin"; only an admin manages webhooks
	NoForms   bool          // the plan has no ticket forms and no statuses of one's own
	NoReturn  bool          // tickets are not given back to the group: somebody keeps them
	NoTags    bool          // the role of the service user may not edit tags: they are dropped
	Mangle    func(*Ticket) // a trigger that changes each new ticket
	Remaining int           // calls left in this minute; 0 is answered with 429

	t   testing.TB
	mu  sync.Mutex
	out tickettest.Deliveries

	next     int64
	users    map[int64]*User
	groups   map[int64]*Group
	fields   []field
	forms    []form
	statuses []customStatus
	tickets  map[int64]*Ticket
	order    []int64 // of tickets, by creation
	keys     map[string]usedKey
	webhooks []*webhook
	stale    bool  // lists do not see tickets made since
	seen     int64 // the newest ticket when they became stale
}

type usedKey struct {
	body   string
	answer []byte
	at     time.Time
}

// Start starts an account with people, groups, forms and no tickets.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		KeyLife: 2 * time.Hour, Role: "agent", Remaining: 199, t: t, next: 1000,
		users: map[int64]*User{}, groups: map[int64]*Group{}, tickets: map[int64]*Ticket{}, keys: map[string]usedKey{},
	}
	s.furnish()
	tickettest.Serve(t, &s.URL, http.HandlerFunc(s.serve), &s.out)
	return s
}

// call is one call of the API that is allowed.
type call struct {
	tickettest.Call // its path behind /api/v2

	me *User
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("X-Rate-Limit", "200")
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(s.Remaining))
	path, ok := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, ".json"), "/api/v2/")
	c := &call{Call: tickettest.NewCall(w, r, path)}
	switch {
	case !ok:
		c.SayHTML(http.StatusNotFound, "<html>Oops</html>")
	case s.Remaining <= 0:
		w.Header().Set("Retry-After", "7")
		c.refuse(http.StatusTooManyRequests, "RateLimited", "Number of allowed API requests per minute exceeded")
	case !s.signedIn(c):
		c.Say(http.StatusUnauthorized, map[string]string{"error": "Couldn't authenticate you"})
	case len(c.Sent) > 0 && !json.Valid(c.Sent):
		c.refuse(http.StatusBadRequest, "Invalid", "the body is no JSON")
	default:
		s.route(c)
	}
}

// signedIn reads the basic authentication: an e-mail address with /token behind
// it, and an API token.
func (s *Server) signedIn(c *call) bool {
	name, token, ok := c.BasicAuth()
	email, byToken := strings.CutSuffix(name, "/token")
	if !ok || !byToken || token != Token {
		return false
	}
	for _, u := range s.users {
		if strings.EqualFold(u.Email, email) && u.Active && !u.Suspended {
			c.me = u
			return true
		}
	}
	return false
}

func (s *Server) route(c *call) {
	handlers := map[string]func(*call){
		"users": s.serveUsers, "groups": s.serveGroups, "tickets": s.serveTickets, "webhooks": s.serveWebhooks,
		"ticket_fields": s.serveFields, "ticket_forms": s.serveForms, "custom_statuses": s.serveStatuses, "custom_roles": s.serveRoles,
	}
	if handle := handlers[c.Path[0]]; handle != nil {
		handle(c)
		return
	}
	c.missing()
}

// is reports whether a call is of this method and has these parts behind the
// first; "*" is any.
func (c *call) is(method string, parts ...string) bool {
	return c.Is(method, append([]string{c.Path[0]}, parts...)...)
}

func (c *call) done() { c.W.WriteHeader(http.StatusNoContent) }

func (c *call) refuse(status int, code, description string) {
	c.Say(status, map[string]any{"error": code, "description": description})
}

func (c *call) missing() { c.refuse(http.StatusNotFound, "RecordNotFound", "Not found") }

// problem is one thing that is wrong with a record.
type problem struct {
	key         string
	Description string `json:"description"`
	Error       any    `json:"error"`
	FieldID     int64  `json:"ticket_field_id,omitempty"`
	FieldType   string `json:"ticket_field_type,omitempty"`
}

func (c *call) invalid(problems []problem) {
	details := map[string][]problem{}
	for _, p := range problems {
		details[p.key] = append(details[p.key], p)
	}
	c.Say(http.StatusUnprocessableEntity, map[string]any{
		"error": "RecordInvalid", "description": "Record validation errors", "details": details,
	})
}

func (s *Server) newID() int64 { s.next++; return s.next }

// now has the resolution of Zendesk's times.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func random() string {
	var b [13]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToUpper(hex.EncodeToString(b[:]))
}

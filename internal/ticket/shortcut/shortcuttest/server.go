// Package shortcuttest is a workspace of Shortcut on loopback that keeps its
// state in memory. It answers as the types of Shortcut's official client say,
// versions 3 and 4 of the interface, and refuses what Shortcut refuses.
package shortcuttest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/ticket/tickettest"
)

// The workspace and the token of its service user.
const (
	Workspace = "example"
	Token     = "shortcut-token-0123456789"
)

// Server is one workspace. Its exported fields may be changed before it is used.
type Server struct {
	URL string

	Role      string       // of the service user: "member" or "observer"
	NoV4      bool         // the token may not use version 4
	Mangle    func(*Story) // an automation that changes each new story
	OnChange  func(*Story) // an automation that changes each story that ends or gets other owners
	Remaining int          // calls left in this minute; 0 is answered with 429

	mu  sync.Mutex
	out tickettest.Deliveries

	next    int64
	members []*member
	groups  []*group
	flows   []*flow
	fields  []*field
	labels  []string // an id is the place here
	stories map[int64]*Story
	order   []int64 // of stories, by creation
	hooks   []*hook
	stale   bool  // searches and lists do not see stories made since
	seen    int64 // the newest story when they became stale
}

// Start starts a workspace with people, teams, workflows and no stories.
func Start(t testing.TB) *Server { return StartHeld(t, nil) }

// StartHeld is Start with something around the server that looks at each call.
func StartHeld(t testing.TB, hold func(http.Handler) http.Handler) *Server {
	t.Helper()
	s := &Server{
		Role: "member", Remaining: 199, next: 100, stories: map[int64]*Story{},
	}
	s.furnish()
	var handler http.Handler = http.HandlerFunc(s.serve)
	if hold != nil {
		handler = hold(handler)
	}
	tickettest.Serve(t, &s.URL, handler, &s.out)
	return s
}

// call is one call of the interface.
type call struct {
	tickettest.Call // its path behind the version
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/"), "/")
	c := &call{tickettest.NewCall(w, r, path)}
	signedIn := r.Header.Get("Shortcut-Token") == Token
	if version == "v4" {
		signedIn = r.Header.Get("Authorization") == "Bearer "+Token && !s.NoV4
	}
	switch {
	case version != "v3" && version != "v4":
		c.SayHTML(http.StatusNotFound, "<html>Not found</html>")
	case s.Remaining <= 0:
		w.Header().Set("Retry-After", "7")
		c.refuse(http.StatusTooManyRequests, "Rate limit exceeded.")
	case !signedIn:
		c.Say(http.StatusUnauthorized, map[string]string{"message": "Unauthorized", "tag": "organization_not_found"})
	case version == "v4":
		s.serveV4(c)
	default:
		s.route(c)
	}
}

func (s *Server) route(c *call) {
	switch {
	case c.Is("GET", "member"):
		c.Say(http.StatusOK, s.me())
	case c.Is("GET", "members"):
		c.Say(http.StatusOK, s.allMembers())
	case c.Is("GET", "groups"):
		c.Say(http.StatusOK, s.allGroups(c.URL.Query().Get("archived")))
	case c.Is("GET", "groups", "*"):
		s.oneGroup(c)
	case c.Is("GET", "workflows"):
		c.Say(http.StatusOK, s.allFlows())
	case c.Is("GET", "custom-fields"):
		c.Say(http.StatusOK, s.allFields())
	case len(c.Path) > 0 && c.Path[0] == "stories":
		s.serveStories(c)
	case len(c.Path) > 1 && c.Path[0] == "integrations" && c.Path[1] == "webhook":
		s.serveHooks(c)
	default:
		c.refuse(http.StatusNotFound, "Page not Found")
	}
}

// read reads the body as a v: parameters Shortcut does not know are refused.
func (c *call) read(v any) bool {
	if err := c.Read(v); err != nil {
		c.invalid(map[string]any{"body": err.Error()})
		return false
	}
	return true
}

func (c *call) refuse(status int, message string) {
	c.Say(status, map[string]string{"message": message})
}

func (c *call) missing() { c.refuse(http.StatusNotFound, "Resource not found.") }

func (c *call) invalid(errors map[string]any) {
	c.Say(http.StatusBadRequest, map[string]any{"message": "The request included invalid or missing parameters.", "errors": errors})
}

// stamp is a time as Shortcut writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// stampOrNull is a time that may not have come.
func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// Package shortcuttest is a workspace of Shortcut on loopback that keeps its
// state in memory. It answers as the types of Shortcut's official client say,
// versions 3 and 4 of the interface, and refuses what Shortcut refuses.
package shortcuttest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
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
	OnChange  func(*Story) // an automation that changes each story that ends
	Remaining int          // calls left in this minute; 0 is answered with 429

	t   testing.TB
	mu  sync.Mutex
	wg  sync.WaitGroup // deliveries under way
	out *http.Client

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
		Role: "member", Remaining: 199, t: t, next: 100,
		out: &http.Client{Transport: &http.Transport{}}, stories: map[int64]*Story{},
	}
	s.furnish()
	var handler http.Handler = http.HandlerFunc(s.serve)
	if hold != nil {
		handler = hold(handler)
	}
	server := httptest.NewUnstartedServer(handler)
	s.URL = "http://" + server.Listener.Addr().String() // before anybody reads it
	server.Start()
	t.Cleanup(func() {
		server.Close()
		s.wg.Wait()
		s.out.CloseIdleConnections()
	})
	return s
}

// call is one call of the interface.
type call struct {
	*http.Request

	w    http.ResponseWriter
	path []string // behind the version
	body []byte
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	c := &call{w: w, Request: r, body: body}
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/"), "/")
	c.path = strings.Split(path, "/")
	signedIn := r.Header.Get("Shortcut-Token") == Token
	if version == "v4" {
		signedIn = r.Header.Get("Authorization") == "Bearer "+Token && !s.NoV4
	}
	switch {
	case version != "v3" && version != "v4":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>Not found</html>")
	case s.Remaining <= 0:
		w.Header().Set("Retry-After", "7")
		c.refuse(http.StatusTooManyRequests, "Rate limit exceeded.")
	case !signedIn:
		c.say(http.StatusUnauthorized, map[string]string{"message": "Unauthorized", "tag": "organization_not_found"})
	case version == "v4":
		s.serveV4(c)
	default:
		s.route(c)
	}
}

func (s *Server) route(c *call) {
	switch {
	case c.is("GET", "member"):
		c.say(http.StatusOK, s.me())
	case c.is("GET", "members"):
		c.say(http.StatusOK, s.allMembers())
	case c.is("GET", "groups"):
		c.say(http.StatusOK, s.allGroups(c.URL.Query().Get("archived")))
	case c.is("GET", "groups", "*"):
		s.oneGroup(c)
	case c.is("GET", "workflows"):
		c.say(http.StatusOK, s.allFlows())
	case c.is("GET", "custom-fields"):
		c.say(http.StatusOK, s.allFields())
	case len(c.path) > 0 && c.path[0] == "stories":
		s.serveStories(c)
	case len(c.path) > 1 && c.path[0] == "integrations" && c.path[1] == "webhook":
		s.serveHooks(c)
	default:
		c.refuse(http.StatusNotFound, "Page not Found")
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

// read reads the body as a v: parameters Shortcut does not know are refused.
func (c *call) read(v any) bool {
	d := json.NewDecoder(strings.NewReader(string(c.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		c.invalid(map[string]any{"body": err.Error()})
		return false
	}
	return true
}

func (c *call) say(status int, body any) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(body)
}

func (c *call) refuse(status int, message string) {
	c.say(status, map[string]string{"message": message})
}

func (c *call) missing() { c.refuse(http.StatusNotFound, "Resource not found.") }

func (c *call) invalid(errors map[string]any) {
	c.say(http.StatusBadRequest, map[string]any{"message": "The request included invalid or missing parameters.", "errors": errors})
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

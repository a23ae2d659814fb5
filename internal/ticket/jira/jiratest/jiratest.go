// Package jiratest is a Jira for tests: a server on loopback that keeps what it
// is sent, and answers, refuses and forgets as Jira Cloud or Jira Data Center do.
package jiratest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The credentials of the service account.
const (
	Email = "admit@example.com"
	Token = "service-account-token"
)

// The projects.
const (
	Access     = "10000" // software, company-managed
	Operations = "10001" // where tickets are moved to
	Desk       = "10002" // Jira Service Management
	Archived   = "10003"
)

// Types of issues and of requests.
const (
	Task    = "10101"
	Bug     = "10102"
	Subtask = "10103"
	Request = "request:4:25" // of Desk
)

// Server is the fake.
type Server struct {
	URL string

	t      testing.TB
	cloud  bool
	http   *httptest.Server
	hooks  *http.Client
	calls  sync.WaitGroup
	posted int // deliveries made so far

	mu          sync.Mutex
	issues      []*issue // by id
	lastID      int64
	lastNo      map[string]int
	lastComment int
	lagging     int64 // searches see no issue from this id on; 0: all
	denied      map[string]bool
	off         map[string]bool // switches
	webhooks    []*webhook
	lastHook    int
	projects    []*project
	people      []*person
	clock       time.Time // of the last change
	version     int
	lost        string // the id of an issue that cannot be read now
	found       found
}

// Switch is something of a Jira that can be otherwise.
type Switch string

// The switches.
const (
	NoRefusals     Switch = "no step of the workflow leads to an end that says no"
	DropAssignee   Switch = "an assignee is dropped without a word when an issue is created"
	DropField      Switch = "a field is dropped without a word"
	DropLabels     Switch = "labels are taken away by a rule"
	AlwaysAssigned Switch = "an issue cannot be assigned to nobody"
	NoLabels       Switch = "labels are not on the screen"
	HideEmail      Switch = "people hide their e-mail addresses"
	OddRequired    Switch = "a field that asks for a person is required"
	BadCredentials Switch = "the token is not known"
	NoScope        Switch = "the token lacks a scope"
	Captcha        Switch = "a captcha must be solved"
	Budget         Switch = "no calls are left"
	TeamManaged    Switch = "there are no resolutions"
	Overruled      Switch = "each step sets the resolution Done, whatever it was given"
	NoEdit         Switch = "issues cannot be edited"
	ExpirePages    Switch = "pages of a search have expired"
)

// Cloud starts a Jira Cloud. wrap, if not nil, stands before its REST API v3.
func Cloud(t testing.TB, wrap func(http.Handler) http.Handler) *Server {
	t.Helper()
	return start(t, true, wrap)
}

// DataCenter starts a Jira Data Center.
func DataCenter(t testing.TB) *Server {
	t.Helper()
	return start(t, false, nil)
}

func start(t testing.TB, cloud bool, wrap func(http.Handler) http.Handler) *Server {
	t.Helper()
	s := &Server{
		t: t, cloud: cloud, lastID: 20000, lastNo: map[string]int{}, lastComment: 30000, version: 10,
		denied: map[string]bool{}, off: map[string]bool{}, projects: someProjects(), people: somePeople(),
		hooks: &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second},
	}
	if cloud {
		s.version = 1001
	}
	s.http = httptest.NewServer(s.handler(wrap))
	s.URL = s.http.URL
	t.Cleanup(func() {
		s.calls.Wait()
		s.http.CloseClientConnections()
		s.http.Close()
		s.hooks.CloseIdleConnections()
	})
	return s
}

// Set turns a switch on or off.
func (s *Server) Set(what Switch, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off[string(what)], s.found = on, found{}
}

func (s *Server) is(what Switch) bool { return s.off[string(what)] }

// Deny takes a permission away from the service account.
func (s *Server) Deny(permission string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[permission], s.found = true, found{}
}

// SetVersion makes the server another major version.
func (s *Server) SetVersion(major int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = major
}

// Lose makes the server fail to read one issue.
func (s *Server) Lose(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = id
}

// Settings are what the provider needs.
func (s *Server) Settings() map[string]string {
	settings := map[string]string{"base_url": s.URL, "token": Token}
	if s.cloud {
		settings["email"] = Email
	}
	return settings
}

func (s *Server) api() string {
	if s.cloud {
		return "/rest/api/3"
	}
	return "/rest/api/2"
}

// now is a time later than any before, to the millisecond, as Jira stores it.
func (s *Server) now() time.Time {
	at := time.Now().UTC().Truncate(time.Millisecond)
	s.found = found{}
	if !at.After(s.clock) {
		at = s.clock.Add(time.Millisecond)
	}
	s.clock = at
	return at
}

// object is a JSON object.
type object = map[string]any

func stamp(at time.Time) string { return at.Format("2006-01-02T15:04:05.000-0700") }

// answer is a status with a body; nil for none.
type answer struct {
	status int
	body   any
}

func ok(body any) answer { return answer{http.StatusOK, body} }

// no refuses as a whole.
func no(status int, message string) answer {
	return answer{status, object{"errorMessages": []string{message}, "errors": object{}}}
}

// noField refuses fields by name.
func noField(errors map[string]string) answer {
	return answer{http.StatusBadRequest, object{"errorMessages": []string{}, "errors": errors}}
}

const gone = "Issue does not exist or you do not have permission to see it."

// call is a request that is being answered.
type call struct {
	*http.Request

	body      object
	anonymous bool
}

func (c call) text(name string) string { return c.URL.Query().Get(name) }

func (c call) number(name string, standard int) int {
	n, err := strconv.Atoi(c.text(name))
	if err != nil {
		return standard
	}
	return n
}

// handler routes. Everything is answered under one lock.
func (s *Server) handler(wrap func(http.Handler) http.Handler) http.Handler {
	api := http.NewServeMux()
	add := func(pattern string, f func(call) answer) {
		method, path, _ := strings.Cut(pattern, " ")
		api.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, f) })
	}
	s.routeIssues(add)
	s.routeMeta(add)
	s.routeDesk(add)
	s.routeHooks(add)
	api.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html><title>Oops, you&#39;ve found a dead link.</title></html>"))
	})
	if wrap == nil {
		return api
	}
	held := wrap(api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/rest/api/3/") {
			held.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// open are what anonymous people may ask.
var open = []string{"/serverInfo", "/search", "/bulkfetch", "/project", "/mypermissions", "/createmeta", "/assignable", "/status", "/resolution"}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, f func(call) answer) {
	c := call{Request: r}
	if r.Body != nil && r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&c.body); err != nil && r.Method != http.MethodDelete {
			write(w, no(http.StatusBadRequest, "Unexpected character in the JSON"))
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got, refused := s.signIn(w, &c)
	if !refused {
		got = f(c)
	}
	write(w, got)
}

// signIn looks at the credentials. Cloud lets a caller with a wrong token in as
// anybody, where anybody may ask, and says so in a header.
func (s *Server) signIn(w http.ResponseWriter, c *call) (answer, bool) {
	if s.is(Budget) {
		w.Header().Set("Retry-After", "7")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reason", "jira-burst-based")
		return no(http.StatusTooManyRequests, "Rate limit exceeded."), true
	}
	if s.is(Captcha) {
		w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
		w.Header().Set("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url="+s.URL+"/login.jsp")
		return no(http.StatusForbidden, "Login denied"), true
	}
	if s.is(NoScope) && strings.Contains(c.URL.Path, "/createmeta/") {
		return answer{http.StatusUnauthorized, object{"code": 401, "message": "Unauthorized; scope does not match"}}, true
	}
	if s.knows(c.Request) {
		if !s.cloud {
			w.Header().Set("X-AUSERNAME", "admit")
		}
		w.Header().Set("X-Seraph-LoginReason", "OK")
		return answer{}, false
	}
	w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
	for _, path := range open {
		if s.cloud && strings.Contains(c.URL.Path, path) {
			c.anonymous = true
			return answer{}, false
		}
	}
	return no(http.StatusUnauthorized, "Client must be authenticated to access this resource."), true
}

func (s *Server) knows(r *http.Request) bool {
	if s.is(BadCredentials) {
		return false
	}
	if !s.cloud {
		return r.Header.Get("Authorization") == "Bearer "+Token
	}
	email, token, ok := r.BasicAuth()
	return ok && email == Email && token == Token
}

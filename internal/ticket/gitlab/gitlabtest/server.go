// Package gitlabtest is a GitLab for tests: a server that keeps projects, people
// and issues, and answers version 4 of the REST interface as GitLab does, with
// its roles, its silences and its refusals.
package gitlabtest

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The roles.
const (
	Guest      = 10
	Reporter   = 20
	Developer  = 30
	Maintainer = 40
)

// Token is Admit's.
const Token = "glpat-AdmitTestToken-1"

// Options are the ways one GitLab differs from another.
type Options struct {
	Free     bool // without a license: one assignee, no weights
	Unsigned bool // older than 19.0: webhooks are not signed
	Private  bool // older: people in lists have no public_email
}

// Server is a GitLab.
type Server struct {
	URL string

	options Options
	http    *httptest.Server
	client  *http.Client
	calls   sync.WaitGroup // of webhooks that are under way

	mu       sync.Mutex
	now      time.Time
	nextID   int64
	tokens   map[string]*token
	users    []*user
	projects []*project
	issues   []*issue // in the order of their ids
	indexed  int      // how many of them the search knows; -1: all
	busy     bool     // no calls are left
	bot      *user    // Admit
	alice    *user    // whom tickets are assigned to
	hidden   *project // where Admit's account is no member
	other    *project // where it is one
	main     *project // where tickets are filed
}

type token struct {
	user   *user
	scopes []string
	lasts  time.Duration
}

// year is how long tokens last.
const year = 365 * 24 * time.Hour

type user struct {
	id                    int64
	name, username, email string
	public, admin, bot    bool
	blocked               bool
}

type project struct {
	id         int64
	path, name string
	members    map[int64]int
	labels     []string
	milestones []milestone
	hooks      []*hook
	lastIID    int64
	archived   bool
	noIssues   bool
}

type milestone struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	State string `json:"state"`
}

type issue struct {
	id, iid                   int64
	project                   *project
	author, closedBy          *user
	assignees                 []*user
	title, description, state string
	kind, severity            string
	labels                    []string
	created, updated          time.Time
	closed                    *time.Time
	movedTo, duplicateOf      *issue
	dueDate                   string
	confidential, deleted     bool
	veiled                    bool // Admit may not see it
	milestone                 int64
	weight                    *int64
	spent                     int64
	notes                     []*note
}

type note struct {
	id      int64
	author  *user
	body    string
	system  bool
	created time.Time
}

// Start starts a GitLab on loopback, with a group of three projects: one tickets
// are filed in, one more with the same members, and one that is hidden from
// Admit.
func Start(t testing.TB, options ...Options) *Server {
	t.Helper()
	s := &Server{
		client: &http.Client{Timeout: 5 * time.Second}, now: time.Now().Add(-time.Hour), nextID: 100,
		tokens: map[string]*token{}, indexed: -1,
	}
	if len(options) > 0 {
		s.options = options[0]
	}
	s.bot = s.addUser("Admit", "group_7_bot_1", "", func(u *user) { u.bot = true })
	s.alice = s.addUser("Alice Doe", "alice", "alice@example.com", func(u *user) { u.public = true })
	bob := s.addUser("Bob Roe", "bob", "bob@example.com", func(u *user) { u.public = true })
	s.addUser("Zed Outside", "zed", "zed@example.com", func(u *user) { u.public = true })
	s.addUser("Carol Private", "carol", "carol@example.com", nil)
	s.addUser("alice@example.com", "mallory", "mallory@example.com", nil)
	members := map[int64]int{s.bot.id: Maintainer, s.alice.id: Developer, bob.id: Reporter}
	s.main = s.addProject("acme/access", "Acme / Access", members)
	s.other = s.addProject("acme/it", "Acme / IT", members)
	s.hidden = s.addProject("acme/secret", "Acme / Secret", map[int64]int{s.alice.id: Maintainer})
	s.main.labels = []string{"bug", "status::declined", "wontfix", "workflow::in progress"}
	s.main.milestones = []milestone{{ID: s.id(), Title: "Q1", State: "active"}, {ID: s.id(), Title: "Q0", State: "closed"}}
	s.tokens[Token] = &token{user: s.bot, scopes: []string{"api"}, lasts: year}
	s.http = httptest.NewUnstartedServer(s.routes())
	s.URL = "http://" + s.http.Listener.Addr().String()
	s.http.Start()
	t.Cleanup(func() {
		s.calls.Wait()
		s.http.Close()
		s.client.CloseIdleConnections()
	})
	return s
}

// SetToken gives Admit another token than Token, with these scopes and a role in
// every project it is a member of.
func (s *Server) SetToken(secret string, role int, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.addUser("Another", "another"+secret, "", nil)
	s.tokens[secret] = &token{user: u, scopes: scopes, lasts: year}
	if role > 0 {
		s.main.members[u.id], s.other.members[u.id] = role, role
	}
}

// SetExpiry makes Admit's token expire.
func (s *Server) SetExpiry(after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[Token].lasts = after
}

// SetProject archives the project tickets are filed in, or takes its issues away.
func (s *Server) SetProject(archived, noIssues bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.main.archived, s.main.noIssues = archived, noIssues
}

// SetBusy makes GitLab refuse every call: none are left for a minute.
func (s *Server) SetBusy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

// SetLag makes searches in descriptions see no issue that is made from now on.
func (s *Server) SetLag(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.indexed = -1; on {
		s.indexed = len(s.issues)
	}
}

func (s *Server) id() int64 {
	s.nextID++
	return s.nextID
}

// tick returns the time. It never stands still.
func (s *Server) tick() time.Time {
	now := time.Now().Truncate(time.Microsecond)
	if s.now = s.now.Add(time.Microsecond); now.After(s.now) {
		s.now = now
	}
	return s.now
}

func (s *Server) addUser(name, username, email string, change func(*user)) *user {
	u := &user{id: s.id(), name: name, username: username, email: email}
	if change != nil {
		change(u)
	}
	s.users = append(s.users, u)
	return u
}

func (s *Server) addProject(path, name string, members map[int64]int) *project {
	p := &project{id: s.id(), path: path, name: name, members: members}
	s.projects = append(s.projects, p)
	return p
}

func (s *Server) user(id int64) *user {
	return find(s.users, func(u *user) bool { return u.id == id })
}

func (s *Server) project(id int64) *project {
	return find(s.projects, func(p *project) bool { return p.id == id })
}

// issue finds an issue by what Snapshot.ID is: project-iid-id.
func (s *Server) issue(t testing.TB, id string) *issue {
	t.Helper()
	part := strings.Split(id, "-")
	n, err := strconv.ParseInt(part[len(part)-1], 10, 64)
	i := find(s.issues, func(i *issue) bool { return i.id == n })
	if err != nil || i == nil {
		t.Fatalf("there is no issue %s", id)
	}
	return i
}

// at finds the issue that a ticket is now.
func (s *Server) at(t testing.TB, id string) *issue {
	t.Helper()
	i := s.issue(t, id)
	for i.movedTo != nil {
		i = i.movedTo
	}
	return i
}

func find[T any](all []*T, is func(*T) bool) *T {
	if n := slices.IndexFunc(all, is); n >= 0 {
		return all[n]
	}
	return nil
}

// role returns what a user is in a project, 0 for a stranger.
func (p *project) role(u *user) int {
	if u.admin {
		return Maintainer + 10
	}
	return p.members[u.id]
}

// sees reports whether a user may see an issue.
func (s *Server) sees(u *user, i *issue) bool {
	return !i.deleted && (!i.veiled || u != s.bot) && i.project.role(u) > 0 &&
		(!i.confidential || i.project.role(u) >= Reporter || i.author == u || slices.Contains(i.assignees, u))
}

func (i *issue) setLabels(labels []string) {
	i.labels = nil
	for _, l := range labels {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		if scope := scopeOf(l); scope != "" { // one of each scope
			i.labels = slices.DeleteFunc(i.labels, func(other string) bool { return scopeOf(other) == scope })
		}
		if !slices.Contains(i.labels, l) {
			i.labels = append(i.labels, l)
		}
		if !slices.Contains(i.project.labels, l) {
			i.project.labels = append(i.project.labels, l)
		}
	}
	slices.SortFunc(i.labels, cmp.Compare)
}

func scopeOf(label string) string {
	at := strings.LastIndex(label, "::")
	return label[:max(at, 0)]
}

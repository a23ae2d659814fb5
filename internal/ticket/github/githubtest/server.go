// Package githubtest is a GitHub for tests: a server on this machine that keeps
// repositories and issues, and answers as GitHub does over REST and GraphQL.
package githubtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/vektah/gqlparser/v2/ast"

	"admit/internal/ticket/tickettest"
)

// The people of the server. Admit signs in as Service.
const (
	Service = "admit-bot"
	Alice   = "alice" // can be assigned in every repository
	Bob     = "bob"   // has an account, and no part in any repository
)

// Token is what the service account signs in with.
const Token = "github_pat_0123456789abcdef"

// Server is a GitHub.
type Server struct {
	URL string

	t    testing.TB
	http *httptest.Server
	held Contract
	sent sync.WaitGroup // deliveries under way

	mu        sync.Mutex
	access    Access
	users     []*user
	repos     []*Repo
	issues    map[string]*issue // by node id
	inOrder   []*issue          // the same, as they were made
	sorted    []*issue          // the same, by the last change; nil after one
	moved     map[string]string // REST path of an issue that was moved, and where it is
	lastID    int
	lagFrom   int // issues with a higher number are in no list yet; 0: none is hidden
	delivered int
}

// Access is what the token may do.
type Access struct {
	Unknown  bool          // GitHub does not know the token
	ReadOnly bool          // it may read issues only
	NoHooks  bool          // it may not see webhooks
	Scopes   string        // of a classic token
	Expires  time.Duration // from now; 0: never
	Hidden   []string      // names of repositories whose issues the list of the account's own does not show
	Blocked  bool          // the organisation refuses the token: its single sign-on was not passed
	Old      bool          // the server does not know what GraphQL is asked for
}

type user struct {
	id, login, name, email string
	number                 int
	bot                    bool
}

// Repo is a repository.
type Repo struct {
	ID       string
	Owner    string
	Name     string
	Archived bool
	NoIssues bool
	Role     string // of the service account: READ, TRIAGE, WRITE, ADMIN; "": it does not see it
	Types    []string

	number     int
	assignable []string // logins
	labels     []*label
	milestones []*label
	hooks      []*hook
	last       int // number of the newest issue
}

// label is a label, or a milestone, which has a number.
type label struct {
	id, name string
	number   int
}

type hook struct {
	id      int
	active  bool
	events  []string
	config  map[string]string
	created time.Time
}

type issue struct {
	id               string
	seq              int
	repo             *Repo
	number           int
	title, body      string
	author           *user
	state            string // OPEN, CLOSED
	reason           string
	typ              string
	labels           []*label
	milestone        *label
	assignees        []*user
	comments         []*comment
	created, updated time.Time
	closed           time.Time
	closedBy         *user
	hidden           bool
	subIssues        int
}

type comment struct {
	id      string
	author  *user
	body    string
	created time.Time
}

func (i *issue) fullName() string { return i.repo.Owner + "/" + i.repo.Name }

// Contract is what GitHub publishes about its interfaces. Both sides of every
// exchange with a server that has one are held to it.
type Contract struct {
	rest  *tickettest.Contract
	graph *ast.Schema
}

// Official loads what GitHub publishes.
func Official(t testing.TB) Contract {
	t.Helper()
	return Contract{
		rest: tickettest.OpenAPI(t, "github.openapi.json", func(string) bool { return true }, func(doc *openapi3.T) {
			// The document forgets how taking away a label can fail.
			says := doc.Paths.Find("/repos/{owner}/{repo}/labels/{name}").Delete.Responses
			says.Set("403", doc.Paths.Find("/repos/{owner}/{repo}/issues").Post.Responses.Value("403"))
			says.Set("404", doc.Paths.Find("/repos/{owner}/{repo}/issues").Post.Responses.Value("404"))
		}),
		graph: tickettest.GraphQL(t, "github.graphql", oneField),
	}
}

// oneField drops the second of two fields that one type has twice, with its
// companion.
func oneField(schema string) string {
	const field, end, quotes = "  repositoryDeployKeySetting: ", "): OrganizationConnection!\n", `"""`
	second := strings.LastIndex(schema, field)
	if strings.Count(schema, field) < 2 {
		return schema
	}
	to := second + strings.Index(schema[second:], end) + len(end)
	from := strings.LastIndex(schema[:second], quotes) // where its description ends
	return schema[:strings.LastIndex(schema[:from], quotes)] + schema[to:]
}

// Start starts a server that holds two repositories of the organisation acme:
// access, which Repo returns, and other. With a contract it is held to it.
func Start(t testing.TB, held ...Contract) *Server {
	t.Helper()
	s := &Server{t: t, issues: map[string]*issue{}, moved: map[string]string{}}
	if len(held) > 0 {
		s.held = held[0]
	}
	for _, u := range []user{
		{login: Service, name: "Admit"},
		{login: Alice, name: "Alice Example", email: "alice@example.com"},
		{login: Bob, name: "Bob Example", email: "bob@example.com"},
		{login: "github-actions[bot]", bot: true},
	} {
		u.number = s.next()
		u.id = cmp.Or(map[bool]string{true: "BOT_kgDO"}[u.bot], "U_kgDO") + fmt.Sprintf("%06d", u.number)
		s.users = append(s.users, &u)
	}
	for _, name := range []string{"access", "other"} {
		r := s.AddRepo("acme", name)
		r.Types = []string{"Bug", "Task"}
	}
	s.http = httptest.NewUnstartedServer(s.handler())
	s.URL = "http://" + s.http.Listener.Addr().String()
	s.http.Start()
	t.Cleanup(func() {
		s.http.Close() // so that no delivery begins any more
		s.sent.Wait()
	})
	return s
}

// AddRepo adds a repository of an organisation.
func (s *Server) AddRepo(owner, name string) *Repo {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Repo{Owner: owner, Name: name, Role: "WRITE", number: s.next(), assignable: []string{Alice, Service}}
	r.ID = fmt.Sprintf("R_kgDO%06d", r.number)
	for _, text := range []string{"access", "bug", "wontfix"} {
		n := s.next()
		r.labels = append(r.labels, &label{id: fmt.Sprintf("LA_kwDO%06d", n), name: text, number: n})
	}
	r.milestones = []*label{{id: fmt.Sprintf("MI_kwDO%06d", s.next()), name: "Quarter", number: 1}}
	s.repos = append(s.repos, r)
	return r
}

// Repo is the repository tickets are filed in.
func (s *Server) Repo() *Repo { return s.repos[0] }

// Change changes the server while nobody else looks at it.
func (s *Server) Change(f func(*Access)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.access)
}

// next returns a number that was not used yet.
func (s *Server) next() int {
	s.lastID++
	return s.lastID
}

// now is the time as GitHub writes it: to the second.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func (s *Server) user(login string) *user {
	for _, u := range s.users {
		if strings.EqualFold(u.login, login) {
			return u
		}
	}
	return nil
}

func (s *Server) repo(owner, name string) *Repo {
	for _, r := range s.repos {
		if strings.EqualFold(r.Owner, owner) && strings.EqualFold(r.Name, name) && r.Role != "" {
			return r
		}
	}
	return nil
}

// sees reports whether the service account sees an issue.
func (s *Server) sees(i *issue) bool { return i != nil && !i.hidden && i.repo.Role != "" }

// shows reports whether a list or a search may show an issue.
func (s *Server) shows(i *issue) bool { return s.sees(i) && (s.lagFrom == 0 || i.seq <= s.lagFrom) }

// latest returns all issues in the order of their last change.
func (s *Server) latest() []*issue {
	if s.sorted == nil {
		s.sorted = slices.Clone(s.inOrder)
		slices.SortFunc(s.sorted, func(a, b *issue) int { return cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.seq, b.seq)) })
	}
	return s.sorted
}

// add makes an issue.
func (s *Server) add(r *Repo, author *user, title, body string) *issue {
	r.last++
	seq := s.next()
	i := &issue{
		id: fmt.Sprintf("I_kwDO%08d", seq), seq: seq, repo: r, number: r.last, title: title, body: body,
		author: author, state: "OPEN", created: now(), updated: now(),
	}
	s.issues[i.id], s.inOrder, s.sorted = i, append(s.inOrder, i), nil
	return i
}

// drop makes an issue no more.
func (s *Server) drop(i *issue) {
	delete(s.issues, i.id)
	s.inOrder, s.sorted = slices.DeleteFunc(s.inOrder, func(other *issue) bool { return other == i }), nil
}

// touch notes that an issue changed, and tells of it.
func (s *Server) touch(i *issue, event, action string) {
	i.updated, s.sorted = now(), nil
	s.tell(i, event, action, nil)
}

func (s *Server) comment(i *issue, by *user, body string) *comment {
	c := &comment{id: fmt.Sprintf("IC_kwDO%06d", s.next()), author: by, body: body, created: now()}
	i.comments = append(i.comments, c)
	s.touch(i, "issue_comment", "created")
	return c
}

func (s *Server) end(i *issue, by *user, reason string) {
	i.state, i.reason, i.closed, i.closedBy = "CLOSED", reason, now(), by
	s.touch(i, "issues", "closed")
}

// handler serves github.com's addresses, and those of an Enterprise Server.
func (s *Server) handler() http.Handler {
	rest := s.rest()
	if s.held.rest != nil {
		rest = s.held.rest.Hold(s.t, rest)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.signed(rest))
	mux.Handle("/api/v3/", http.StripPrefix("/api/v3", s.signed(rest)))
	mux.Handle("/graphql", s.signed(http.HandlerFunc(s.graphQL)))
	mux.Handle("/api/graphql", s.signed(http.HandlerFunc(s.graphQL)))
	return mux
}

// signed looks at the token.
func (s *Server) signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		a := s.access
		s.mu.Unlock()
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if a.Unknown || token != Token || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token") {
			refuse(w, http.StatusUnauthorized, "Bad credentials")
			return
		}
		if a.Scopes != "" {
			w.Header().Set("X-Oauth-Scopes", a.Scopes)
		}
		if a.Expires != 0 {
			w.Header().Set("Github-Authentication-Token-Expiration", now().Add(a.Expires).Format("2006-01-02 15:04:05 MST"))
		}
		w.Header().Set("X-Ratelimit-Limit", "5000")
		w.Header().Set("X-Ratelimit-Remaining", "4999")
		w.Header().Set("X-Ratelimit-Reset", fmt.Sprint(now().Add(time.Hour).Unix()))
		next.ServeHTTP(w, r)
	})
}

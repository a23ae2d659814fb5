// Package lineartest is a fake of Linear: its GraphQL interface with the state
// behind it, and its webhooks.
//
// How it refuses was taken from answers of the real Linear: a taken id, an
// entity that is not found, an argument that is not valid, too many calls.
package lineartest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"admit/internal/ticket/tickettest"
)

// APIKey is the key of the account Admit works with.
const APIKey = "lin_api_0123456789abcdefghijklmnopqrstuvwxyzABCD"

// Server is a workspace of Linear on loopback.
type Server struct {
	URL string

	t      testing.TB
	schema *ast.Schema // nil: nothing is held to the official schema
	out    tickettest.Deliveries

	mu       sync.Mutex
	users    []*user
	teams    []*team
	states   []*state
	labels   []*label
	projects []*project
	issues   []*issue
	byID     map[string]*issue
	sorted   []*issue // by the last change; nil after one
	comments []*comment
	hooks    []*hook
	refusals map[string]Error // by root field
	drops    []string         // input fields that are lost without a word
	viewer   *user
}

// Start starts a workspace.
func Start(t testing.TB) *Server { return start(t, nil) }

// StartHeld starts a workspace that holds both sides to Linear's official schema:
// each document with its variables, each answer, and each delivery.
func StartHeld(t testing.TB, schema *ast.Schema) *Server { return start(t, schema) }

func start(t testing.TB, schema *ast.Schema) *Server {
	t.Helper()
	s := &Server{t: t, schema: schema, byID: map[string]*issue{}, refusals: map[string]Error{}}
	s.seed()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /graphql", s.graphql)
	tickettest.Serve(t, &s.URL, mux, &s.out)
	return s
}

// seed makes a small company.
func (s *Server) seed() {
	person := func(name, email string) *user {
		u := &user{id: newID(), name: name, email: email, active: true, at: now()}
		s.users = append(s.users, u)
		return u
	}
	s.viewer = person("Admit", "admit@example.com")
	s.viewer.admin = true
	alice := person("Alice Adams", "alice@example.com")
	person("Bob\nBrown <b>"+string(make([]byte, 3)), "bob@example.com")
	person("Carol Clark", "carol@example.com").active = false
	person("Greta Guest", "greta@elsewhere.example").guest = true
	person("A Bot", "bot@example.com").app = true

	access := s.team("Access", "ACC", "public")
	access.estimation = "fibonacci"
	s.team("Operations", "OPS", "public")
	s.team("Treasury", "TRE", "private").members = []*user{s.viewer, alice}
	s.team("Board", "BRD", "private")
	s.team("Bygone", "OLD", "public").retired = true

	kind := s.label(nil, nil, "Kind")
	kind.group = true
	s.label(access, nil, "vpn")
	s.label(nil, nil, "security")
	s.label(nil, kind, "grant")
	s.label(nil, kind, "revoke")
	s.label(s.teamBy("OPS"), nil, "night shift")
	s.projects = append(s.projects,
		&project{id: newID(), name: "Onboarding", status: "started", teams: []*team{access}, at: now()},
		&project{id: newID(), name: "Long gone", status: "completed", teams: []*team{access}, at: now()},
		&project{id: newID(), name: "Data centre", status: "planned", teams: []*team{s.teamBy("OPS")}, at: now()},
	)
}

func (s *Server) team(name, key, visibility string) *team {
	tm := &team{id: newID(), name: name, key: key, visibility: visibility, estimation: "notUsed", at: now()}
	s.teams = append(s.teams, tm)
	for i, st := range []struct{ name, kind string }{
		{"Triage", "triage"},
		{"Backlog", "backlog"},
		{"Todo", "unstarted"},
		{"In Progress", "started"},
		{"Done", "completed"},
		{"Duplicate", "canceled"},
		{"Canceled", "canceled"},
		{"Duplicate of another", "duplicate"},
		{"Parked", "paused"},
	} {
		s.states = append(s.states, &state{id: newID(), team: tm, name: st.name, kind: st.kind, position: float64(i), at: now()})
	}
	return tm
}

func (s *Server) label(tm *team, parent *label, name string) *label {
	l := &label{id: newID(), team: tm, parent: parent, name: name, at: now()}
	s.labels = append(s.labels, l)
	return l
}

func (s *Server) teamBy(key string) *team {
	return find(s.teams, func(tm *team) bool { return tm.key == key })
}

// Team returns the id of a team by its key.
func (s *Server) Team(key string) string { return s.teamBy(key).id }

// Label returns the id of a label by its name.
func (s *Server) Label(name string) string {
	return find(s.labels, func(l *label) bool { return l.name == name }).id
}

// Project returns the id of a project by its name.
func (s *Server) Project(name string) string {
	return find(s.projects, func(p *project) bool { return p.name == name }).id
}

// State returns the id of a state of a team by its name.
func (s *Server) State(key, name string) string {
	return find(s.states, func(st *state) bool { return st.team.key == key && st.name == name }).id
}

// Refuse makes every call of a root field fail like this; a zero Error ends it.
// "" stands for every call.
func (s *Server) Refuse(root string, e Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals[root] = e; e.Message == "" {
		delete(s.refusals, root)
	}
}

// Without takes the states of a type away from every team.
func (s *Server) Without(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = slices.DeleteFunc(s.states, func(st *state) bool { return st.kind == kind })
}

// Drop makes the workspace lose fields of issues without a word.
func (s *Server) Drop(fields ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = fields
}

// Join makes a person a member of a team.
func (s *Server) Join(email, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tm := s.teamBy(key)
	tm.members = append(tm.members, find(s.users, func(u *user) bool { return u.email == email }))
}

// Hooks returns how many webhooks are on and how many are off.
func (s *Server) Hooks() (on, off int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hooks {
		if h.enabled {
			on++
		} else {
			off++
		}
	}
	return on, off
}

// SwitchOff switches every webhook off, as Linear does when calls fail for long.
func (s *Server) SwitchOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hooks {
		h.enabled = false
	}
}

// Edit changes an issue's description, as a person may.
func (s *Server) Edit(t testing.TB, id, description string) {
	s.change(t, id, func(i *issue) { i.description = description })
}

// Say adds a comment of Alice's.
func (s *Server) Say(t testing.TB, id, text string) {
	s.change(t, id, func(i *issue) { s.say(i, s.alice(), newID(), text) })
}

// Split adds an issue of Alice's below another.
func (s *Server) Split(t testing.TB, id string) {
	s.change(t, id, func(i *issue) {
		child := s.file(&issue{id: newID(), team: i.team, title: "A part of it", creator: s.alice(), state: s.first(i.team, "unstarted")})
		child.parent, i.children = i, append(i.children, child)
	})
}

// Set moves an issue to a state of its team, as Alice does.
func (s *Server) Set(t testing.TB, id, name string) {
	s.change(t, id, func(i *issue) {
		s.move(i, find(s.states, func(st *state) bool { return st.team == i.team && st.name == name }), s.alice())
	})
}

// Archive moves an issue to the archive.
func (s *Server) Archive(t testing.TB, id string) {
	s.change(t, id, func(i *issue) { i.archived = now() })
}

func (s *Server) alice() *user {
	return find(s.users, func(u *user) bool { return u.email == "alice@example.com" })
}

// change changes an issue and tells those who listen.
func (s *Server) change(t testing.TB, id string, f func(*issue)) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.byID[id]
	if !ok {
		t.Fatalf("the fake has no issue %s", id)
	}
	f(i)
	s.touch(i)
	s.tell(i, "update")
}

// System returns the workspace as the suite uses it.
func (s *Server) System(testing.TB) tickettest.System {
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"api_key": APIKey, "base_url": s.URL},
		Project:      s.Team("ACC"),
		Assignable:   "alice@example.com",
		Unassignable: "greta@elsewhere.example",
		Fulfiller: tickettest.Fulfiller{
			Start:   func(t *testing.T, id string) { s.Set(t, id, "In Progress") },
			Done:    func(t *testing.T, id string) { s.Set(t, id, "Done") },
			Decline: func(t *testing.T, id string) { s.Set(t, id, "Canceled") },
			Odd:     func(t *testing.T, id string) { s.Set(t, id, "Parked") },
			Reopen:  func(t *testing.T, id string) { s.Set(t, id, "Todo") },
			Delete: func(t *testing.T, id string) {
				s.change(t, id, func(i *issue) { i.trashed, i.archived = true, now() })
			},
		},
		Text:    func(t *testing.T, id string) string { return s.text(t, id) },
		Creates: func(_ *http.Request, body []byte) bool { return isCreate(body) },
		Field:   "labels",
		Value:   s.Label("vpn"),
		Bad:     s.Label("night shift"), // of another team
		FieldOf: func(t *testing.T, id string) string { return s.labelsOf(t, id) },
		NoLag:   true,
		Fill:    s.fill,
		Hide:    func(t *testing.T, id string) { s.change(t, id, func(i *issue) { i.hidden = true }) },
		Show:    func(t *testing.T, id string) { s.change(t, id, func(i *issue) { i.hidden = false }) },
		Move: func(t *testing.T, id string) {
			s.change(t, id, func(i *issue) { s.transfer(i, s.teamBy("OPS")) })
		},
		Delivery: s.delivery,
		Listen:   s.listen,
		Hooks: func(*testing.T) int {
			on, off := s.Hooks()
			return on + off
		},
		SwitchOff: func(*testing.T) { s.SwitchOff() },
	}
}

func (s *Server) text(t testing.TB, id string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.byID[id]
	if !ok {
		t.Fatalf("the fake has no issue %s", id)
	}
	parts := []string{i.description}
	for _, c := range i.comments {
		parts = append(parts, c.body)
	}
	return strings.Join(parts, "\n\n")
}

func (s *Server) labelsOf(t testing.TB, id string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(idsOf(s.byID[id].labels), "\n")
}

// fill makes issues as Admit would have: the id comes from a key of its own.
func (s *Server) fill(_ *testing.T, n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, n)
	tm := s.teamBy("ACC")
	for range n {
		var key [16]byte
		_, _ = rand.Read(key[:]) // never fails
		i := s.file(&issue{
			id: uuid(key), team: tm, title: "Filled", creator: s.viewer, state: s.first(tm, "unstarted"),
			description: "Make sure of it.\n\n" + hex.EncodeToString(key[:]),
		})
		ids = append(ids, i.id)
	}
	return ids
}

func find[T any](list []T, is func(T) bool) T {
	i := slices.IndexFunc(list, is)
	if i < 0 {
		var none T
		return none
	}
	return list[i]
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return uuid(b)
}

func uuid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

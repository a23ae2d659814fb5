package tickettest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"admit/internal/ticket"
)

// testHostileNames gives a person, a project and a status a hostile name. The
// provider may refuse it, but not hand it on.
func testHostileNames(t *testing.T, s FaultSubject) {
	hostile, _ := json.Marshal("<img src=x onerror=alert(1)>\r\nBcc: x@example.com\x1b[31m\x00" + strings.Repeat("日本語 ", 1000))
	old := s.names(t)
	s.Proxy.alter(func(body []byte) []byte {
		for _, name := range old {
			body = bytes.ReplaceAll(body, name, hostile)
		}
		return body
	})
	for _, name := range s.shown(t) {
		if !tidy(name) {
			t.Errorf("a name is handed on as it is: %.80q (%d bytes)", name, len(name))
		}
	}
	s.showsStatus(t)
}

// shown calls what hands on names, and returns them.
func (s FaultSubject) shown(t *testing.T) []string {
	t.Helper()
	var shown []string
	projects, err := s.Provider.Projects(t.Context())
	shows(t, "Projects", err)
	for _, p := range projects {
		shown = append(shown, p.Name)
	}
	acct, _, err := s.Provider.Account(t.Context(), s.Project, s.Assignable)
	shows(t, "Account", err)
	people, err := s.Provider.People(t.Context(), s.Project, s.Assignable)
	shows(t, "People", err)
	for _, a := range append(people, acct) {
		shown = append(shown, a.Name)
	}
	findings, err := s.Provider.Check(t.Context(), s.Project)
	shows(t, "Check", err)
	for _, f := range findings {
		shown = append(shown, f.Problem)
	}
	d := s.draft()
	d.Assignee = acct
	made, err := s.Provider.Create(t.Context(), d)
	shows(t, "Create", err)
	return append(shown, made.Title, made.Status, made.Identifier, made.Assignee.Name)
}

// showsStatus ends a ticket in a status with a hostile name, if there is one
// that the provider knows nothing of.
func (s FaultSubject) showsStatus(t *testing.T) {
	t.Helper()
	if s.Fulfiller.Odd == nil {
		return
	}
	made := s.create(t, s.draft())
	s.Fulfiller.Odd(t, made.ID)
	got, err := s.Provider.Read(t.Context(), []string{made.ID})
	shows(t, "Read", err)
	for _, one := range got {
		if one.Outcome != ticket.Unclear || !tidy(one.Status) || !tidy(one.Reason) {
			t.Errorf("read %+v, want it unclear and fit to be shown", one)
		}
		for _, g := range one.Grounds {
			if !tidy(g.Key) || !tidy(g.Name) {
				t.Errorf("ground %+v is not fit to be shown", g)
			}
		}
	}
}

// names are the names, as JSON, that testHostileNames replaces: those that are
// free text, and not also how the system itself calls the thing.
func (s FaultSubject) names(t *testing.T) [][]byte {
	t.Helper()
	var names [][]byte
	add := func(id, name string) {
		if quoted, err := json.Marshal(name); err == nil && name != "" && !strings.EqualFold(id, name) {
			names = append(names, quoted)
		}
	}
	acct := s.account(t)
	add(acct.ID, acct.Name)
	projects, err := s.Provider.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range projects {
		if p.ID == s.Project {
			add(p.ID, p.Name)
		}
	}
	if s.Fulfiller.Odd != nil {
		add("", s.ended(t, s.Fulfiller.Odd).Grounds[0].Name)
	}
	return names
}

// shows fails the test if an error's message is not fit to be shown.
func shows(t *testing.T, method string, err error) {
	t.Helper()
	if err != nil && !tidy(ticket.FailureOf(err).Msg) {
		t.Errorf("%s: message %.80q is not fit to be shown", method, ticket.FailureOf(err).Msg)
	}
}

package tickettest

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
)

func testCheck(t *testing.T, s Subject) {
	for _, project := range []string{"", s.Project} {
		findings, err := s.Provider.Check(t.Context(), project)
		if err != nil || len(findings) > 0 {
			t.Errorf("Check(%q) = %v, %v; want nothing missing", project, findings, err)
		}
	}
	findings, err := s.Provider.Check(t.Context(), "no such project")
	if err != nil || len(findings) == 0 {
		t.Errorf("Check of a project that is not there = %v, %v; want a finding", findings, err)
	}
}

func testProjects(t *testing.T, s Subject) {
	projects, err := s.Provider.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(projects, func(p ticket.Project) bool { return p.ID == s.Project && p.Name != "" }) {
		t.Errorf("projects %v lack %q", projects, s.Project)
	}
	if !slices.IsSortedFunc(projects, func(a, b ticket.Project) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("projects are not in the order of their names: %v", projects)
	}
}

// odd are texts that no e-mail address and no name is.
func odd() []string {
	return []string{"", "nobody@stranger.invalid", "%", "*", "'; DROP TABLE Users; --", `"\` + "\x00\n"}
}

func testAccount(t *testing.T, s Subject) {
	acct := s.account(t)
	if acct.ID == "" || acct.Name == "" || !strings.EqualFold(acct.Email, s.Assignable) {
		t.Errorf("account = %+v, want id, name and %s", acct, s.Assignable)
	}
	again, ok, err := s.Provider.Account(t.Context(), s.Project, strings.ToUpper(s.Assignable))
	if err != nil || !ok || again != acct {
		t.Errorf("by e-mail in capitals = %+v, %v, %v; want %+v", again, ok, err, acct)
	}
	name, _, _ := strings.Cut(s.Assignable, "@")
	for _, stranger := range append(odd(), name, "x"+s.Assignable, s.Assignable[:len(s.Assignable)-1]) {
		got, ok, err := s.Provider.Account(t.Context(), s.Project, stranger)
		if err != nil || ok || got != (ticket.Account{}) {
			t.Errorf("account of %q = %+v, %v, %v; want nobody", stranger, got, ok, err)
		}
	}
}

func testPeople(t *testing.T, s Subject) {
	acct := s.account(t)
	part, _, _ := strings.Cut(acct.Name, " ")
	if most := 3; len(part) > most {
		part = part[:most]
	}
	for _, query := range []string{part, s.Assignable} {
		people, err := s.Provider.People(t.Context(), s.Project, query)
		if err != nil || !slices.ContainsFunc(people, func(a ticket.Account) bool { return a.ID == acct.ID && a.Name == acct.Name }) {
			t.Errorf("people by %q = %+v, %v; want %+v among them", query, people, err, acct)
		}
	}
	for _, query := range odd() {
		people, err := s.Provider.People(t.Context(), s.Project, query)
		const most = 20
		if err != nil || len(people) > most {
			t.Errorf("people by %q: %d, %v; want at most %d", query, len(people), err, most)
		}
		for _, a := range people {
			if a.ID == "" || a.Name == "" || !tidy(a.Name) {
				t.Errorf("people by %q: %+v; want an id and a name", query, a)
			}
		}
	}
}

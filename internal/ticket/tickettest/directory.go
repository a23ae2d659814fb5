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

func testAccount(t *testing.T, s Subject) {
	acct := s.account(t)
	if acct.ID == "" || acct.Name == "" || !strings.EqualFold(acct.Email, s.Assignable) {
		t.Errorf("account = %+v, want id, name and %s", acct, s.Assignable)
	}
	again, ok, err := s.Provider.Account(t.Context(), s.Project, strings.ToUpper(s.Assignable))
	if err != nil || !ok || again != acct {
		t.Errorf("by e-mail in capitals = %+v, %v, %v; want %+v", again, ok, err, acct)
	}
	for _, stranger := range []string{"", "nobody@stranger.invalid", "%", "*", "'; DROP TABLE Users; --", `"\` + "\x00\n"} {
		got, ok, err := s.Provider.Account(t.Context(), s.Project, stranger)
		if err != nil || ok || got != (ticket.Account{}) {
			t.Errorf("account of %q = %+v, %v, %v; want nobody", stranger, got, ok, err)
		}
	}
}

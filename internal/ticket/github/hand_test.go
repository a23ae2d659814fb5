package github_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/github/githubtest"
)

// TestAssignWithoutRight has a role with which GitHub leaves the assignees as
// they are, without a word.
func TestAssignWithoutRight(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	alice, _, err := p.Account(t.Context(), s.Repo().ID, "alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	unassigned, assigned := create(t, p, s, nil), create(t, p, s, func(d *ticket.Draft) { d.Assignee = alice })
	s.Change(func(*githubtest.Access) { s.Repo().Role = "TRIAGE" })
	for id, to := range map[string]ticket.Account{unassigned.ID: alice, assigned.ID: {}} {
		err := provider(t, p).Assign(t.Context(), id, to)
		if !ticket.IsRefusal(err) || !slices.Equal(ticket.FailureOf(err).Fields, []string{ticket.AssigneeField}) {
			t.Errorf("given to %+v: %v; want a refusal about the assignee", to, err)
		}
	}
}

// TestAssignOne gives an issue that two people have to one.
func TestAssignOne(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	alice, _, err := p.Account(t.Context(), s.Repo().ID, "alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	made := create(t, p, s, nil)
	s.Assign(t, made.ID, githubtest.Service, githubtest.Alice)
	if err := provider(t, p).Assign(t.Context(), made.ID, alice); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p, made.ID); got.Assignee != alice {
		t.Errorf("read %+v, want it given to alice alone", got)
	}
}

// TestCompleteAgainstLabel completes an issue that would not read as done.
func TestCompleteAgainstLabel(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	s.Label(t, made.ID, "wontfix")
	err := provider(t, p).Complete(t.Context(), made.ID, "Done by Carol.")
	if !ticket.IsRefusal(err) || !strings.Contains(err.Error(), "wontfix") {
		t.Errorf("completed in spite of its label: %v; want a refusal that names it", err)
	}
	if got := read(t, p, made.ID); got.Outcome != ticket.Open || strings.Contains(s.System(t).Text(t, made.ID), "Carol") {
		t.Errorf("read %+v, want it as it was", got)
	}
}

// TestHandSignOn is refused by the organisation, which says nothing of the issue.
func TestHandSignOn(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	s.Change(func(a *githubtest.Access) { a.Blocked = true })
	for name, err := range map[string]error{
		"Assign":   provider(t, p).Assign(t.Context(), made.ID, ticket.Account{}),
		"Complete": provider(t, p).Complete(t.Context(), made.ID, "Done by Carol."),
		"Close":    p.Close(t.Context(), made.ID, "Not wanted."),
	} {
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Unauthorized {
			t.Errorf("%s: %v; want no rights", name, err)
		}
	}
}

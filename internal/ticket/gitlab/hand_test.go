package gitlab_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/gitlab"
	"admit/internal/ticket/gitlab/gitlabtest"
)

// hands is the provider with what it can do for others.
func hands(t *testing.T, p ticket.Provider) *gitlab.Provider {
	t.Helper()
	whole, ok := p.(*gitlab.Provider)
	if !ok {
		t.Fatalf("%T is not the provider", p)
	}
	return whole
}

func (w world) alice(t *testing.T) ticket.Account {
	t.Helper()
	alice, ok, err := w.Provider.Account(t.Context(), w.Project, "alice@example.com")
	if err != nil || !ok {
		t.Fatalf("alice is %+v, %v", alice, err)
	}
	return alice
}

// TestAssignAsGuest has a role with which GitLab leaves the assignees as they
// are, without a word.
func TestAssignAsGuest(t *testing.T) {
	t.Parallel()
	w := start(t)
	alice, made := w.alice(t), w.create(t, 1)
	if err := hands(t, w.Provider).Assign(t.Context(), made.ID, alice); err != nil {
		t.Fatal(err)
	}
	w.SetToken("glpat-guest", gitlabtest.Guest, "api")
	p := w.as(t, "glpat-guest")
	mine, err := p.Create(t.Context(), w.draft(2))
	if err != nil {
		t.Fatal(err)
	}
	err = hands(t, p).Assign(t.Context(), mine.ID, alice)
	if !ticket.IsRefusal(err) || !slices.Equal(ticket.FailureOf(err).Fields, []string{ticket.AssigneeField}) {
		t.Errorf("given to alice: %v; want a refusal about the assignee", err)
	}
	if err := hands(t, p).Assign(t.Context(), made.ID, ticket.Account{}); !ticket.IsRefusal(err) {
		t.Errorf("taken from alice: %v; want a refusal", err)
	}
	if got := w.read(t, made.ID); got.Assignee != alice {
		t.Errorf("read %+v, want it given to alice", got)
	}
}

// TestCompleteAgainstLabel completes an issue that would not read as done.
func TestCompleteAgainstLabel(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.create(t, 1)
	w.Label(t, made.ID, "status::declined")
	err := hands(t, w.Provider).Complete(t.Context(), made.ID, "Done by Carol.")
	if !ticket.IsRefusal(err) || !strings.Contains(err.Error(), "status::declined") {
		t.Errorf("completed in spite of its label: %v; want a refusal that names it", err)
	}
	if got := w.read(t, made.ID); got.Outcome != ticket.Open || strings.Contains(w.Server.Text(t, made.ID), "Carol") {
		t.Errorf("read %+v, want it as it was", got)
	}
}

// TestHandMoved gives a ticket away and completes it where it went.
func TestHandMoved(t *testing.T) {
	t.Parallel()
	w := start(t)
	alice, made := w.alice(t), w.create(t, 1)
	w.MoveOn(t, made.ID)
	w.calls(t, "assign", 3, func() error { return hands(t, w.Provider).Assign(t.Context(), made.ID, alice) })
	w.calls(t, "complete", 5, func() error { return hands(t, w.Provider).Complete(t.Context(), made.ID, "Done by Carol.") })
	if got := w.read(t, made.ID); got.Outcome != ticket.Yes || got.Project != w.Other() || got.Assignee.ID != alice.ID {
		t.Errorf("read %+v, want it done by alice in the other project", got)
	}
}

// TestHandMovedAway has a ticket that went where Admit cannot see it.
func TestHandMovedAway(t *testing.T) {
	t.Parallel()
	w := start(t)
	alice, made := w.alice(t), w.create(t, 1)
	w.Fulfiller.Odd(t, made.ID)
	if err := hands(t, w.Provider).Assign(t.Context(), made.ID, alice); !ticket.IsRefusal(err) {
		t.Errorf("given to alice: %v; want a refusal", err)
	}
}

package jira_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/jira/jiratest"
)

// TestAssignRefused gives a ticket to nobody where that may not be, to whom Jira
// itself would choose, and without the permission.
func TestAssignRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		alice, _, _ := p.Account(t.Context(), jiratest.Access, "alice@example.com")
		bob, _, _ := p.Account(t.Context(), jiratest.Access, "bob@example.com")
		made := create(t, p)
		if err := p.Assign(t.Context(), made.ID, alice); err != nil {
			t.Fatal(err)
		}
		s.Set(jiratest.AlwaysAssigned, true)
		refused := func(to ticket.Account) {
			err := p.Assign(t.Context(), made.ID, to)
			if !ticket.IsRefusal(err) || !slices.Equal(ticket.FailureOf(err).Fields, []string{ticket.AssigneeField}) {
				t.Errorf("given to %+v: %v; want a refusal about the assignee", to, err)
			}
		}
		refused(ticket.Account{})
		refused(ticket.Account{ID: "-1"})
		s.Deny("ASSIGN_ISSUES")
		refused(bob)
		if got := read(t, p, made.ID); got.Assignee != alice {
			t.Errorf("read %+v, want it given to alice", got)
		}
	})
}

// TestComplete completes where the workflow and the rights are others.
func TestComplete(t *testing.T) {
	t.Parallel()
	const text = "Done by Carol."
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		for _, one := range []jiratest.Switch{jiratest.TeamManaged, jiratest.NoRefusals, jiratest.Overruled} {
			s.Set(one, true)
			made := create(t, p)
			err := p.Complete(t.Context(), made.ID, text)
			if got := read(t, p, made.ID); err != nil || got.Outcome != ticket.Yes || strings.Count(s.Text(t, made.ID), text) != 1 {
				t.Errorf("%s: %+v, %v; want it done", one, got, err)
			}
			s.Set(one, false)
		}
	})
}

// TestCompleteRefused has no step, or a sub-task that is not done. Then nothing
// is said.
func TestCompleteRefused(t *testing.T) {
	t.Parallel()
	const text = "Done by Carol."
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		parent, other := create(t, p), create(t, p)
		s.AddSubtask(t, parent.ID, "To Do")
		refused := func(id, says string) {
			err := p.Complete(t.Context(), id, text)
			if !ticket.IsRefusal(err) || !strings.Contains(err.Error(), says) {
				t.Errorf("completed: %v; want a refusal with %q", err, says)
			}
			if got := read(t, p, id); got.Outcome != ticket.Open || strings.Contains(s.Text(t, id), text) {
				t.Errorf("read %+v, want it as it was", got)
			}
		}
		refused(parent.ID, "A sub-task is still open")
		s.Deny("TRANSITION_ISSUES")
		refused(other.ID, "whose screen asks for nothing")
	})
}

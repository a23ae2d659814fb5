package linear_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
)

// end is one of the two ways in which Admit ends an issue.
type end struct {
	call  func(p *linear.Provider, ctx context.Context, id, text string) error
	kind  string // of the state it ends in
	reads ticket.Outcome
}

func ends() map[string]end {
	return map[string]end{
		"Close":    {(*linear.Provider).Close, "canceled", ticket.No},
		"Complete": {(*linear.Provider).Complete, "completed", ticket.Yes},
	}
}

// TestEndInAnotherTeam ends what moved: states belong to teams.
func TestEndInAnotherTeam(t *testing.T) {
	t.Parallel()
	for name, e := range ends() {
		s := lineartest.Start(t)
		sub := behind(t, s)
		made := create(t, sub.Provider, draft(s))
		sub.Move(t, made.ID)
		before := sub.Calls()
		if err := e.call(provider(t, sub.Provider), t.Context(), made.ID, "Over."); err != nil {
			t.Fatal(err)
		}
		if n := sub.Calls() - before; n != 2 {
			t.Errorf("%s took %d calls, want 2", name, n)
		}
		got := one(t, sub.Provider, made.ID)
		if got.Outcome != e.reads || got.Project != s.Team("OPS") || got.Identifier == made.Identifier {
			t.Errorf("after %s it reads %+v, want %s in OPS", name, got, e.reads)
		}
	}
}

// TestEndHalfWay repeats what made the comment only.
func TestEndHalfWay(t *testing.T) {
	t.Parallel()
	for name, e := range ends() {
		s := lineartest.Start(t)
		sub := behind(t, s)
		made := create(t, sub.Provider, draft(s))
		s.Refuse("issueUpdate", lineartest.Internal)
		if err := e.call(provider(t, sub.Provider), t.Context(), made.ID, "Over."); ticket.FailureOf(err).Certainty != ticket.Ambiguous {
			t.Errorf("%s: %v, want it ambiguous", name, err)
		}
		s.Refuse("issueUpdate", lineartest.Error{})
		if err := e.call(provider(t, sub.Provider), t.Context(), made.ID, "Over."); err != nil {
			t.Fatal(err)
		}
		if text := sub.Text(t, made.ID); text != draft(s).Body+"\n\nOver." || one(t, sub.Provider, made.ID).Outcome != e.reads {
			t.Errorf("after %s the ticket reads %q, want the text once", name, text)
		}
	}
}

// TestEndNotKept meets a team that has no state to end in, and a workspace that
// loses the state without a word.
func TestEndNotKept(t *testing.T) {
	t.Parallel()
	for name, e := range ends() {
		for what, breaks := range map[string]func(*lineartest.Server){
			"no state": func(s *lineartest.Server) { s.Without(e.kind) },
			"lost":     func(s *lineartest.Server) { s.Drop("stateId") },
		} {
			s := lineartest.Start(t)
			p := provider(t, behind(t, s).Provider)
			made := create(t, p, draft(s))
			breaks(s)
			err := e.call(p, t.Context(), made.ID, "Over.")
			if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !strings.Contains(f.Msg, "type "+e.kind) || len(f.Fields) > 0 {
				t.Errorf("%s, %s: %+v, want a refusal that names the type", name, what, f)
			}
		}
	}
}

// TestAssign gives issues to people who cannot have them, each in another way.
func TestAssign(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	p := provider(t, sub.Provider)
	d := draft(s)
	d.Project = s.Team("TRE")
	made := create(t, p, d)
	alice, _, _ := p.Account(t.Context(), s.Team("ACC"), "alice@example.com")
	bob, _, _ := p.Account(t.Context(), s.Team("ACC"), "bob@example.com")
	before := sub.Calls()
	if err := p.Assign(t.Context(), made.ID, alice); err != nil || sub.Calls()-before != 1 {
		t.Errorf("to a member: %v, in %d calls; want 1", err, sub.Calls()-before)
	}
	refused := func(what string, to ticket.Account) {
		t.Helper()
		err := p.Assign(t.Context(), made.ID, to)
		if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("%s: %+v, want a refusal of the assignee", what, f)
		}
		if got := one(t, p, made.ID); got.Assignee != alice {
			t.Errorf("%s: it is with %+v now, want Alice as before", what, got.Assignee)
		}
	}
	refused("no member of a private team", bob)
	s.Drop("assigneeId")
	refused("lost without a word", ticket.Account{})
	s.Drop()
	s.Refuse("issueUpdate", lineartest.Error{Message: "Not now", Type: "invalid input", Code: "INPUT_ERROR", Presentable: "This person has left."})
	refused("in other words", bob)
	s.Refuse("issueUpdate", lineartest.Error{})
	sub.Hide(t, made.ID)
	if err := p.Assign(t.Context(), made.ID, alice); !ticket.IsRefusal(err) || len(ticket.FailureOf(err).Fields) > 0 {
		t.Errorf("an issue that is hidden: %v, want a refusal that is about no assignee", err)
	}
}

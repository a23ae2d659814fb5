package tickettest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func testAssign(t *testing.T, s Subject) {
	made, somebody := s.create(t, s.draft()), s.account(t)
	text, poll := s.text(t, made.ID), s.poller(t)
	for _, to := range []ticket.Account{somebody, {}} {
		for range 2 {
			s.assign(t, made.ID, to)
			got := s.readOne(t, made.ID)
			if got.Assignee != to {
				t.Errorf("given to %+v it reads %+v", to, got)
			}
			if diff := cmp.Diff(withoutAssignee(made), withoutAssignee(got)); diff != "" {
				t.Errorf("giving it to %+v changed more than the assignee:\n%s", to, diff)
			}
		}
		poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.Assignee == to })
	}
	if now := s.text(t, made.ID); now != text {
		t.Errorf("the ticket reads %q, want %q as before", now, text)
	}
}

// testAssignFiled takes a ticket from the one it was filed to, and gives it back.
func testAssignFiled(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	made := s.create(t, d)
	s.Fulfiller.Start(t, made.ID)
	begun := s.readOne(t, made.ID)
	for _, to := range []ticket.Account{{}, d.Assignee} {
		s.assign(t, made.ID, to)
		got := s.readOne(t, made.ID)
		if diff := cmp.Diff(withoutAssignee(begun), withoutAssignee(got)); diff != "" || got.Assignee != to {
			t.Errorf("given to %+v it reads %+v:\n%s", to, got, diff)
		}
	}
}

func testAssignUnassignable(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	made := s.create(t, d)
	for _, nobody := range s.unassignable(t) {
		err := assigner(s).Assign(t.Context(), made.ID, nobody)
		f := ticket.FailureOf(err)
		if !ticket.IsRefusal(err) || f.Msg == "" || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("given to %+v: %+v; want a refusal about %q", nobody, f, ticket.AssigneeField)
		}
		if got := s.readOne(t, made.ID); got.Assignee != d.Assignee || got.Outcome != ticket.Open {
			t.Errorf("after it was refused to %+v it reads %+v, want it as it was", nobody, got)
		}
	}
}

// unassignable are accounts that tickets cannot be assigned to: of nobody, and of
// somebody whom the system may know all the same.
func (s Subject) unassignable(t *testing.T) []ticket.Account {
	t.Helper()
	const name = "Nobody at all"
	accounts := []ticket.Account{{ID: missingID(0), Name: name}, {ID: "no such account", Name: name}, {ID: "../1?x=y", Name: name}}
	if s.Unassignable == "" {
		return accounts
	}
	for _, project := range []string{s.Project, ""} {
		acct, ok, err := s.Provider.Account(t.Context(), project, s.Unassignable)
		if err == nil && ok && !slices.Contains(accounts, acct) {
			accounts = append(accounts, acct)
		}
	}
	return accounts
}

func testAssignNothing(t *testing.T, s Subject) {
	made, somebody := s.create(t, s.draft()), s.account(t)
	for _, id := range s.noTickets(made.ID) {
		for _, to := range []ticket.Account{somebody, {}} {
			if err := assigner(s).Assign(t.Context(), id, to); !ticket.IsRefusal(err) {
				t.Errorf("giving ticket %q to %+v: %v; want a refusal", id, to, err)
			}
		}
	}
}

// noTickets are ids that belong to no ticket. Those that look right are made of
// one that does.
func (s Subject) noTickets(id string) []string {
	return []string{missingID(1), "", "../" + id, id + "?x=y", "no id", "' OR ''='\x00\n"}
}

func testAssignAgain(t *testing.T, s FaultSubject) {
	made, somebody := s.create(t, s.draft()), s.account(t)
	for _, to := range []ticket.Account{somebody, {}} {
		s.Proxy.Inject(AnswerLost, writes)
		if err := assigner(s.Subject).Assign(t.Context(), made.ID, to); err == nil {
			t.Error("a lost answer was taken for a good one")
		}
		s.Proxy.Inject(None, nil)
		s.assign(t, made.ID, to)
		got := s.readOne(t, made.ID)
		if diff := cmp.Diff(withoutAssignee(made), withoutAssignee(got)); diff != "" || got.Assignee != to {
			t.Errorf("given to %+v again it reads %+v:\n%s", to, got, diff)
		}
	}
}

func (s Subject) assign(t *testing.T, id string, to ticket.Account) {
	t.Helper()
	if err := assigner(s).Assign(t.Context(), id, to); err != nil {
		t.Fatalf("giving it to %+v: %v", to, err)
	}
}

// withoutAssignee is a ticket without what changes when it is given to somebody.
func withoutAssignee(s ticket.Snapshot) ticket.Snapshot {
	s.Assignee, s.UpdatedAt = ticket.Account{}, time.Time{}
	return s
}

func assigner(s Subject) ticket.Assigner {
	return s.Provider.(ticket.Assigner) //nolint:forcetypeassert // the case needs it
}

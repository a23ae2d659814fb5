package tickettest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func testCreate(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"id":                  made.ID != "",
		"identifier":          made.Identifier != "",
		"address":             strings.HasPrefix(made.URL, "http") || strings.HasPrefix(made.URL, "/"),
		"project":             made.Project == s.Project,
		"key":                 made.Key == d.Key,
		"title":               made.Title == d.Title,
		"status":              made.Status != "",
		"outcome open":        made.Outcome == ticket.Open,
		"grounds":             readsAsItsGrounds(made),
		"no work seen":        !made.WorkSeen,
		"assignee":            made.Assignee == d.Assignee,
		"closed by nobody":    made.ClosedBy == ticket.Account{},
		"nothing dropped":     len(made.Dropped) == 0,
		"time of creation":    !made.CreatedAt.IsZero(),
		"time of last change": !made.UpdatedAt.Before(made.CreatedAt),
	} {
		if !ok {
			t.Errorf("%s is wrong in %+v", what, made)
		}
	}
	if diff := cmp.Diff([]ticket.Snapshot{made}, s.find(t, d.Key)); diff != "" {
		t.Errorf("what is found is not what was made:\n%s", diff)
	}
	text, body := s.text(t, made.ID), s.rendered(d.Body)
	if !strings.Contains(text, body) || !strings.Contains(body, d.Key) {
		t.Errorf("the ticket reads %q, want %q in it, and the key in that", text, body)
	}
}

// readsAsItsGrounds reports whether a ticket's outcome is what its grounds say.
// A provider whose statuses need no interpretation has none.
func readsAsItsGrounds(s ticket.Snapshot) bool {
	return len(s.Grounds) == 0 || ticket.Outcomes(nil).Judge(s.Grounds) == s.Outcome
}

func testCreateUnassigned(t *testing.T, s Subject) {
	if made := s.create(t, s.draft()); made.Assignee != (ticket.Account{}) {
		t.Errorf("assigned to %+v, want nobody", made.Assignee)
	}
}

func testCreateUnassignable(t *testing.T, s Subject) {
	acct, ok, err := s.Provider.Account(t.Context(), s.Project, s.Unassignable)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return // told in time
	}
	d := s.draft()
	d.Assignee = acct
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		f := ticket.FailureOf(err)
		if found := s.find(t, d.Key); f.Certainty != ticket.Refused || len(found) > 0 {
			t.Errorf("%+v, with tickets %+v; want a clean refusal", f, found)
		}
		if !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("the refusal is about %q, want %q", f.Fields, ticket.AssigneeField)
		}
		return
	}
	if made.Assignee != (ticket.Account{}) {
		t.Errorf("Create says it is assigned to %+v, who cannot be", made.Assignee)
	}
}

func testCreateInNoProject(t *testing.T, s Subject) {
	for _, project := range []string{"999999999", "no such project", "", "../../" + s.Project, s.Project + "?x=y"} {
		d := s.draft()
		d.Project = project
		s.refuses(t, d, project)
	}
}

// refuses fails the test unless Create refuses a draft and makes nothing.
func (s Subject) refuses(t *testing.T, d ticket.Draft, what string) {
	t.Helper()
	made, err := s.Provider.Create(t.Context(), d)
	f := ticket.FailureOf(err)
	if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || f.Msg == "" {
		t.Errorf("Create with %q = %+v, %+v; want a refusal", what, made, f)
	}
	if found := s.find(t, d.Key); len(found) != 0 {
		t.Errorf("Create with %q made %+v", what, found)
	}
}

func testCreateOfNoType(t *testing.T, s Subject) {
	for _, typ := range []string{"999999999", "no such type", "../../" + s.Type, s.Type + "?x=y"} {
		d := s.draft()
		d.Type = typ
		_, _ = s.refusesOrTells(t, d, typ)
	}
}

// refusesOrTells fails the test unless Create refuses a draft, or makes the
// ticket and says that it is not all that was asked for. It returns the failure
// or the ticket.
func (s Subject) refusesOrTells(t *testing.T, d ticket.Draft, what string) (ticket.Snapshot, *ticket.Failure) {
	t.Helper()
	made, err := s.Provider.Create(t.Context(), d)
	if err == nil {
		if len(made.Dropped) == 0 {
			t.Errorf("Create with %q made %+v, and says nothing of what is missing", what, made)
		}
		return made, nil
	}
	f := ticket.FailureOf(err)
	if f.Certainty != ticket.Refused || f.Trouble != ticket.Input || f.Msg == "" {
		t.Errorf("Create with %q: %+v; want a refusal", what, f)
	}
	if found := s.find(t, d.Key); len(found) != 0 {
		t.Errorf("Create with %q was refused and made %+v", what, found)
	}
	return ticket.Snapshot{}, f
}

func testFindNone(t *testing.T, s Subject) {
	if found := s.find(t, newKey()); len(found) != 0 {
		t.Errorf("found %+v, want nothing", found)
	}
}

func testCreateTwice(t *testing.T, s Subject) {
	d := s.draft()
	first, second := s.create(t, d), s.create(t, d)
	want := []string{first.ID, second.ID}
	if s.Spec.Idempotent {
		want = want[:1]
	}
	if got := idsOf(s.find(t, d.Key)); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v, oldest first", got, want)
	}
	if s.Spec.Idempotent != (first.ID == second.ID) {
		t.Errorf("tickets %s and %s, idempotent = %v", first.ID, second.ID, s.Spec.Idempotent)
	}
}

func testLag(t *testing.T, s Subject) {
	s.Lag(t, true)
	d := s.draft()
	made := s.create(t, d)
	found, err := s.Provider.Find(t.Context(), d.Key)
	if err != nil || len(found) > 1 {
		t.Errorf("while the search lags: %+v, %v; want no error", found, err)
	}
	s.Lag(t, false)
	if diff := cmp.Diff([]ticket.Snapshot{made}, s.find(t, d.Key)); diff != "" {
		t.Errorf("what is found is not what was made:\n%s", diff)
	}
}

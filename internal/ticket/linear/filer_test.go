package linear_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

const key = "0123456789abcdef0123456789abcdef"

// draft is a ticket in the team ACC.
func draft(s *lineartest.Server) ticket.Draft {
	return ticket.Draft{Key: key, Project: s.Team("ACC"), Title: "Give access", Body: "Make sure of it.\n\n" + key}
}

func create(t *testing.T, p ticket.Provider, d ticket.Draft) ticket.Snapshot {
	t.Helper()
	made, err := p.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func one(t *testing.T, p ticket.Provider, id string) ticket.Snapshot {
	t.Helper()
	got, err := p.Read(t.Context(), []string{id})
	if err != nil || len(got) != 1 {
		t.Fatalf("read %+v, %v; want one", got, err)
	}
	return got[0]
}

func TestIDComesFromTheKey(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	made := create(t, behind(t, s).Provider, draft(s))
	if want := "01234567-89ab-4def-8123-456789abcdef"; made.ID != want || made.Key != key {
		t.Errorf("made %+v, want the id %s", made, want)
	}
}

// TestCreateMeetsItself files again what was filed, and edited since.
func TestCreateMeetsItself(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	d := draft(s)
	sub.Proxy.Inject(tickettest.AnswerLost, sub.Creates)
	if _, err := sub.Provider.Create(t.Context(), d); ticket.FailureOf(err).Certainty != ticket.Ambiguous {
		t.Errorf("the answer was lost: %v; want it ambiguous", err)
	}
	sub.Proxy.Inject(tickettest.None, nil)
	before := sub.Calls()
	made := create(t, sub.Provider, d)
	if n := sub.Calls() - before; n != 2 {
		t.Errorf("meeting the issue took %d calls, want 2", n)
	}
	s.Edit(t, made.ID, "All is new here.")
	again := create(t, sub.Provider, d)
	found, err := sub.Provider.Find(t.Context(), d.Key)
	if err != nil || len(found) != 1 || again.ID != made.ID || found[0].ID != made.ID || found[0].Key != key {
		t.Errorf("made %+v, again %+v, found %+v, %v; want one issue with its key", made, again, found, err)
	}
	s.Edit(t, made.ID, "Moved up:\n\n"+key+"\n\nAnd this was added below.")
	if got := one(t, sub.Provider, made.ID); got.Key != key {
		t.Errorf("the key is not found in an edited description: %+v", got)
	}
}

// TestCreateHidden files again what the account cannot see any more.
func TestCreateHidden(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	made := create(t, sub.Provider, draft(s))
	sub.Hide(t, made.ID)
	_, err := sub.Provider.Create(t.Context(), draft(s))
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || f.Trouble != ticket.Unauthorized {
		t.Errorf("got %v, want it ambiguous and a matter of rights", err)
	}
}

func TestFieldsArrive(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := behind(t, s).Provider
	d := draft(s)
	d.Fields = map[string]string{
		"priority": "2", "labels": s.Label("vpn") + "\n" + s.Label("grant"), "dueDate": "2026-12-24", "project": s.Project("Onboarding"), "estimate": "3",
	}
	d.Assignee, _, _ = p.Account(t.Context(), d.Project, "alice@example.com")
	if made := create(t, p, d); len(made.Dropped) > 0 || made.Assignee != d.Assignee {
		t.Errorf("made %+v, want all of it kept", made)
	}
}

func TestDroppedIsNoticed(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	s.Drop("priority", "labelIds", "dueDate", "projectId", "estimate", "assigneeId")
	p := behind(t, s).Provider
	d := draft(s)
	d.Fields = map[string]string{
		"priority": "2", "labels": s.Label("vpn"), "dueDate": "2026-12-24", "project": s.Project("Onboarding"), "estimate": "3",
	}
	d.Assignee, _, _ = p.Account(t.Context(), d.Project, "alice@example.com")
	made := create(t, p, d)
	want := []string{"Due date", "Estimate", "Labels", "Priority", "Project", ticket.AssigneeField}
	if diff := cmp.Diff(want, made.Dropped); diff != "" || made.Assignee != (ticket.Account{}) {
		t.Errorf("made %+v\n%s", made, diff)
	}
}

// TestRefusalsNameFields has what Admit itself sees to be wrong, and what only
// Linear knows.
func TestRefusalsNameFields(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	stranger := "01234567-89ab-4def-8123-000000000000"
	for name, c := range map[string]struct {
		fields   map[string]string
		assignee string
		want     string
		calls    int
	}{
		"no such label":      {map[string]string{"labels": stranger}, "", "labels", 2},
		"label of a team":    {map[string]string{"labels": s.Label("night shift")}, "", "labels", 2},
		"two of a group":     {map[string]string{"labels": s.Label("grant") + "\n" + s.Label("revoke")}, "", "labels", 2},
		"a group":            {map[string]string{"labels": s.Label("Kind")}, "", "labels", 2},
		"no such project":    {map[string]string{"project": stranger}, "", "project", 2},
		"project of others":  {map[string]string{"project": s.Project("Data centre")}, "", "project", 2},
		"no such person":     {nil, stranger, ticket.AssigneeField, 2},
		"no person's id":     {nil, "alice", ticket.AssigneeField, 0},
		"no label's id":      {map[string]string{"labels": "vpn"}, "", "labels", 0},
		"no priority":        {map[string]string{"priority": "9"}, "", "priority", 0},
		"no date":            {map[string]string{"dueDate": "tomorrow"}, "", "dueDate", 0},
		"no number":          {map[string]string{"estimate": "1.5"}, "", "estimate", 0},
		"no field of Linear": {map[string]string{"colour": "red"}, "", "colour", 0},
	} {
		d := draft(s)
		d.Fields, d.Assignee.ID = c.fields, c.assignee
		before := sub.Calls()
		_, err := sub.Provider.Create(t.Context(), d)
		f := ticket.FailureOf(err)
		if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || !slices.Equal(f.Fields, []string{c.want}) {
			t.Errorf("%s: %+v, want a refusal of %s", name, f, c.want)
		}
		if n := sub.Calls() - before; n != c.calls {
			t.Errorf("%s: %d calls, want %d", name, n, c.calls)
		}
	}
}

// TestLinearsErrors has what Linear answers with when it makes nothing, or may
// have made something.
func TestLinearsErrors(t *testing.T) {
	t.Parallel()
	inside := lineartest.Internal
	inside.Path = []any{"issueCreate", "issue", "history"}
	deep := lineartest.NoScope
	deep.Path = []any{"issueCreate", "issue", "assignee"}
	slow := lineartest.RateLimited
	slow.RetryAfterSeconds = 300
	input := lineartest.Error{Status: 400, Message: "Argument Validation Error", Type: "invalid input", Code: "INVALID_INPUT", Presentable: "title should not be empty."}
	gone := lineartest.Error{Status: 400, Message: `Cannot query field "x" on type "Issue".`, Type: "graphql error", Code: "GRAPHQL_VALIDATION_FAILED"}
	for name, c := range map[string]struct {
		e         lineartest.Error
		trouble   ticket.Trouble
		certainty ticket.Certainty // of a create
		wait      time.Duration
	}{
		"too many calls":           {lineartest.RateLimited, ticket.RateLimited, ticket.NotSent, 90 * time.Second},
		"too many calls, with 200": {lineartest.Error{Message: "slow down", Code: "RATELIMITED"}, ticket.RateLimited, ticket.NotSent, 90 * time.Second},
		"too many calls, long":     {slow, ticket.RateLimited, ticket.NotSent, 300 * time.Second},
		"signed out":               {lineartest.SignedOut, ticket.Unauthorized, ticket.NotSent, 0},
		"no scope":                 {lineartest.NoScope, ticket.Unauthorized, ticket.NotSent, 0},
		"plan used up":             {lineartest.Error{Message: "Usage limit exceeded", Type: "usage limit exceeded"}, ticket.Unauthorized, ticket.NotSent, 0},
		"an error of its own":      {lineartest.Internal, ticket.Down, ticket.Ambiguous, 0},
		"locked":                   {lineartest.Error{Message: "lock timeout", Type: "lock timeout"}, ticket.Down, ticket.Ambiguous, 0},
		"unknown type":             {lineartest.Error{Message: "what?", Type: "new", Code: "NEW"}, ticket.Down, ticket.Ambiguous, 0},
		"after the change":         {inside, ticket.Down, ticket.Ambiguous, 0},
		"rights after the change":  {deep, ticket.Unauthorized, ticket.Ambiguous, 0},
		"a refusal with 400":       {input, ticket.Input, ticket.Refused, 0},
		"a refusal without codes":  {lineartest.Error{Message: "Entity not found: Team"}, ticket.Input, ticket.Refused, 0},
		"another schema":           {gone, ticket.Malformed, ticket.Refused, 0},
		"no answer in the schema":  {lineartest.Error{Message: "Cannot return null for non-nullable field.", Type: "graphql error"}, ticket.Malformed, ticket.Ambiguous, 0},
	} {
		s := lineartest.Start(t)
		p := behind(t, s).Provider
		s.Refuse("issueCreate", c.e)
		_, err := p.Create(t.Context(), draft(s))
		f := ticket.FailureOf(err)
		// The header with the reset is held against one of whole seconds.
		if err == nil || f.Trouble != c.trouble || f.Certainty != c.certainty || (f.RetryAfter-c.wait).Abs() > 2*time.Second {
			t.Errorf("%s: create: %+v, want %s and %s after %v", name, f, c.trouble, c.certainty, c.wait)
		}
		s.Refuse("issues", c.e)
		_, err = p.Read(t.Context(), []string{"01234567-89ab-4def-8123-456789abcdef"})
		if f := ticket.FailureOf(err); err == nil || f.Trouble != c.trouble || strings.Contains(f.Msg, lineartest.APIKey) {
			t.Errorf("%s: read: %+v, want %s", name, f, c.trouble)
		}
	}
}

// TestCalls counts what each thing costs of Linear's budget.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	p := provider(t, sub.Provider)
	made := create(t, p, draft(s))
	for name, c := range map[string]struct {
		want int
		call func() error
	}{
		"account":    {1, func() error { _, _, err := p.Account(t.Context(), s.Team("ACC"), "alice@example.com"); return err }},
		"people":     {1, func() error { _, err := p.People(t.Context(), s.Team("ACC"), "ali"); return err }},
		"projects":   {1, func() error { _, err := p.Projects(t.Context()); return err }},
		"find":       {1, func() error { _, err := p.Find(t.Context(), key); return err }},
		"read":       {1, func() error { _, err := p.Read(t.Context(), []string{made.ID}); return err }},
		"read none":  {0, func() error { _, err := p.Read(t.Context(), []string{"", "ENG-1"}); return err }},
		"first poll": {1, func() error { _, err := p.Changed(t.Context(), ""); return err }},
		"comment":    {1, func() error { return p.Comment(t.Context(), made.ID, "Please.") }},
		"statuses":   {1, func() error { _, err := p.Statuses(t.Context(), ""); return err }},
		"form":       {3, func() error { _, err := p.Form(t.Context(), s.Team("ACC"), ""); return err }},
		"check":      {3, func() error { _, err := p.Check(t.Context(), s.Team("ACC")); return err }},
		"create": {1, func() error {
			d := draft(s)
			d.Key = "f" + key[1:]
			_, err := p.Create(t.Context(), d)
			return err
		}},
	} {
		before := sub.Calls()
		if err := c.call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := sub.Calls() - before; n != c.want {
			t.Errorf("%s: %d calls, want %d", name, n, c.want)
		}
	}
}

func TestAccountsOfTeams(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	s.Join("alice@example.com", "TRE")
	p := behind(t, s).Provider
	for _, c := range []struct {
		email, team string
		ok          bool
	}{
		{"alice@example.com", "ACC", true},
		{"bob@example.com", "ACC", true},
		{"alice@example.com", "TRE", true},
		{"bob@example.com", "TRE", false},   // no member of a private team
		{"carol@example.com", "ACC", false}, // suspended
		{"greta@elsewhere.example", "ACC", false},
		{"bot@example.com", "ACC", false},
	} {
		acct, ok, err := p.Account(t.Context(), s.Team(c.team), c.email)
		if err != nil || ok != c.ok {
			t.Errorf("%s in %s: %+v, %v, %v; want %v", c.email, c.team, acct, ok, err, c.ok)
		}
	}
	if acct, ok, err := p.Account(t.Context(), "", "alice@example.com"); err != nil || !ok {
		t.Errorf("in no team: %+v, %v, %v", acct, ok, err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := provider(t, behind(t, s).Provider)
	form, err := p.Form(t.Context(), s.Team("ACC"), "")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string][]string{}
	for _, f := range form {
		names := []string{}
		for _, o := range f.Options {
			names = append(names, o.Name)
		}
		shown[f.ID] = names
	}
	want := map[string][]string{
		"priority": {"No priority", "Urgent", "High", "Medium", "Low"},
		"labels":   {"Kind / grant", "Kind / revoke", "security", "vpn"},
		"dueDate":  {},
		"project":  {"Onboarding"},
		"estimate": {},
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
	form, err = p.Form(t.Context(), s.Team("TRE"), "")
	if err != nil || len(form) != 3 {
		t.Errorf("a team without projects and estimates has %+v, %v", form, err)
	}
	if _, err := p.Form(t.Context(), s.Team("BRD"), ""); ticket.FailureOf(err).Trouble != ticket.Input {
		t.Errorf("the form of a team that cannot be seen: %v", err)
	}
}

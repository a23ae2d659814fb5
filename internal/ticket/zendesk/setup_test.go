package zendesk_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
	"admit/internal/ticket/zendesk"
	"admit/internal/ticket/zendesk/zendesktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	service := func(change func(u *zendesktest.User)) func(*zendesktest.Server, map[string]string) {
		return func(s *zendesktest.Server, _ map[string]string) { change(s.User(zendesktest.Service)) }
	}
	for _, c := range []struct {
		name        string
		change      func(s *zendesktest.Server, settings map[string]string)
		field, says string
	}{
		{"all is well", func(*zendesktest.Server, map[string]string) {}, "", ""},
		{"wrong address", func(s *zendesktest.Server, m map[string]string) { m["base_url"] = s.URL + "/elsewhere" }, "base_url", "not the address"},
		{"wrong token", func(_ *zendesktest.Server, m map[string]string) { m["token"] = "wrong" }, "token", "does not know"},
		{"wrong e-mail", func(_ *zendesktest.Server, m map[string]string) { m["email"] = "nobody@example.com" }, "token", "does not know"},
		{"a customer", func(s *zendesktest.Server, m map[string]string) { m["email"] = "carol@example.com" }, "email", "no agent"},
		{"a light agent", func(s *zendesktest.Server, m map[string]string) { m["email"] = "dave@example.com" }, "email", "light agent"},
		{"sees too little", service(func(u *zendesktest.User) { u.Restriction = "assigned" }), "email", "only some"},
		{"no tags", func(s *zendesktest.Server, _ map[string]string) { s.NoTags = true }, "email", "may not edit tickets, or not their tags"},
		{"not in the group", func(s *zendesktest.Server, _ map[string]string) { s.Leave(zendesktest.Service, zendesktest.Access) }, "", "not in the group Access"},
		{"no such group", func(s *zendesktest.Server, _ map[string]string) { s.Group(zendesktest.Access).Deleted = true }, "", "does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := zendesktest.Start(t)
			settings := map[string]string{"base_url": s.URL, "email": zendesktest.Email, "token": zendesktest.Token}
			c.change(s, settings)
			findings, err := tickettest.Open(t, zendesk.Spec(), settings).Check(t.Context(), accessGroup)
			if err != nil {
				t.Fatal(err)
			}
			if c.says == "" {
				if len(findings) > 0 {
					t.Errorf("found %+v, want nothing", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
				t.Errorf("found %+v, want %q about %q", findings, c.says, c.field)
			}
		})
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	s.Require(zendesktest.Region)
	fields, err := p.Form(t.Context(), accessGroup, strconv.Itoa(zendesktest.RequestForm))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		got = append(got, f.ID+" "+f.Name)
		if f.Required {
			t.Errorf("%+v is required, but Zendesk makes tickets without it", f)
		}
	}
	want := []string{
		"choice:307 Region", "type Type", "priority Priority", "line:301 System", "paragraph:302 Reason", "flag:303 Urgent",
		"number:304 Seats", "number:305 Cost", "date:306 Start", "choices:308 Systems", "line:309 Cost center", "tags Tags", "due_at Due date",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(fields[0].Help, "when the ticket is solved") {
		t.Errorf("%+v does not say when it is asked for", fields[0])
	}
	all, err := p.Form(t.Context(), accessGroup, "")
	if err != nil || !slices.ContainsFunc(all, func(f ticket.FormField) bool { return f.ID == "line:311" }) {
		t.Errorf("without a form there is %+v, %v; want all fields", all, err)
	}
	if _, err := p.Form(t.Context(), accessGroup, "999"); ticket.FailureOf(err).Certainty != ticket.Refused {
		t.Errorf("a form that is not there: %v", err)
	}
}

func everything() map[string]string {
	return map[string]string{
		"type": "task", "priority": "high", "line:301": "Payroll", "paragraph:302": "one\ntwo", "flag:303": "true", "number:304": "7",
		"number:305": "2.50", "date:306": "2026-12-01", "choice:307": "emea", "choices:308": "crm\nerp", "line:309": "4711",
		"tags": "Two Words\naccess", "due_at": "2026-12-24",
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	d := draft()
	d.Type, d.Fields = strconv.Itoa(zendesktest.RequestForm), everything()
	made := create(t, p, d)
	if len(made.Dropped) > 0 {
		t.Errorf("dropped %q, want nothing", made.Dropped)
	}
	stored := s.Ticket(t, made.ID)
	if stored.Type != "task" || stored.Priority != "high" || !strings.HasPrefix(stored.DueAt, "2026-12-24") || stored.Form != zendesktest.RequestForm {
		t.Errorf("stored %+v", stored)
	}
	for _, tag := range []string{"admit", "two_words", "access"} {
		if !slices.Contains(stored.Tags, tag) {
			t.Errorf("the tags %q lack %q", stored.Tags, tag)
		}
	}
}

func TestBadFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, value string
		dropped   string // its name; "" for a refusal that names the field
	}{
		{"priority", "later", ""},
		{"type", "wish", ""},
		{"number:304", "many", ""},
		{"number:304", "1.5", ""},
		{"date:306", "tomorrow", ""},
		{"line:309", "abc", ""},
		{"due_at", "tomorrow", ""},
		{"line:0", "x", ""},
		{"due_at", "2026-12-24", "Due date"}, // not a task
		{"choice:307", "atlantis", "Region"},
		{"choices:308", "crm\natlantis", "Systems"},
		{"line:310", "retired", "line:310"},
		{"line:999", "unknown", "line:999"},
	} {
		t.Run(c.id+"="+c.value, func(t *testing.T) {
			t.Parallel()
			s, p := start(t)
			d := draft()
			d.Fields = map[string]string{c.id: c.value}
			made, err := p.Create(t.Context(), d)
			if c.dropped != "" {
				if err != nil || len(made.Dropped) != 1 || made.Dropped[0] != c.dropped && made.Dropped[0] != "Retired" {
					t.Errorf("dropped %q, %v; want %q", made.Dropped, err, c.dropped)
				}
				return
			}
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{c.id}) {
				t.Errorf("%+v, want a refusal about %s", f, c.id)
			}
			if found, err := p.Find(t.Context(), key); err != nil || len(found) > 0 {
				t.Errorf("found %+v, %v; want nothing in %s", found, err, s.URL)
			}
		})
	}
}

// TestTriggers has rules of the account change what was asked for.
func TestTriggers(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	s.Mangle = func(made *zendesktest.Ticket) {
		made.Group, made.Assignee, made.Priority, made.Tags = zendesktest.Elsewhere, zendesktest.Bob, "low", nil
	}
	d := draft()
	d.Assignee, d.Fields = alice(), map[string]string{"priority": "high", "tags": "access"}
	made := create(t, p, d)
	if want := []string{"Group", ticket.AssigneeField, "Priority", "Tags"}; !slices.Equal(made.Dropped, want) {
		t.Errorf("dropped %q, want %q", made.Dropped, want)
	}
	if made.Project != strconv.Itoa(zendesktest.Elsewhere) || made.Assignee.ID != strconv.Itoa(zendesktest.Bob) {
		t.Errorf("made %+v, want what was stored", made)
	}
}

func TestAssigneeOfAnotherGroup(t *testing.T) {
	t.Parallel()
	_, p := start(t)
	d := draft()
	d.Assignee = ticket.Account{ID: strconv.Itoa(zendesktest.Bob), Name: "Bob Example"}
	_, err := p.Create(t.Context(), d)
	if f := ticket.FailureOf(err); f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
		t.Errorf("%+v, want a refusal of the assignee", f)
	}
}

// TestSmallPlan is an account without ticket forms and statuses of its own.
func TestSmallPlan(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	s.NoForms = true
	if types, err := p.Types(t.Context(), accessGroup); err != nil || len(types) > 0 {
		t.Errorf("types %+v, %v; want none", types, err)
	}
	statuses, err := p.Statuses(t.Context(), "")
	if err != nil || !slices.ContainsFunc(statuses, func(g ticket.Ground) bool { return g.Key == "status:solved" && g.Outcome == ticket.Yes }) {
		t.Errorf("statuses %+v, %v; want those of Zendesk", statuses, err)
	}
	made := create(t, p, draft())
	if want := []ticket.Ground{{Key: "status:new", Name: "new", Outcome: ticket.Open}}; !cmp.Equal(want, made.Grounds) {
		t.Errorf("grounds %+v, want %+v", made.Grounds, want)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	for _, c := range []struct {
		project, email string
		ok             bool
	}{
		{accessGroup, "ALICE@example.com", true},
		{accessGroup, "bob@example.com", false}, // of another group
		{strconv.Itoa(zendesktest.Elsewhere), "bob@example.com", true},
		{accessGroup, "carol@example.com", false}, // a customer
		{accessGroup, "dave@example.com", false},  // a light agent
		{"", "alice@example.com", false},
		{accessGroup, "alice", false},
		{accessGroup, `alice@example.com" role:admin`, false},
	} {
		_, ok, err := p.Account(t.Context(), c.project, c.email)
		if err != nil || ok != c.ok {
			t.Errorf("%s in %s: %v, %v; want %v", c.email, c.project, ok, err, c.ok)
		}
	}
	s.User(zendesktest.Alice).Suspended = true
	if _, ok, err := p.Account(t.Context(), accessGroup, "alice@example.com"); err != nil || ok {
		t.Errorf("somebody suspended: %v, %v", ok, err)
	}
	if all, err := p.People(t.Context(), "", "EXAMPLE"); err != nil || len(all) != 2 || all[1].Name != "Bob Example" {
		t.Errorf("of all groups: %+v, %v; want Admit and Bob", all, err)
	}
}

// TestManyGroups has somebody in so many groups that they fill several pages, and
// an account with as many groups.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	for n := range int64(250) {
		s.Join(zendesktest.Bob, 10_000+n)
		s.AddGroup(10_000+n, "Group "+strconv.FormatInt(n, 10))
	}
	s.Join(zendesktest.Bob, zendesktest.Access)
	if _, ok, err := p.Account(t.Context(), accessGroup, "bob@example.com"); err != nil || !ok {
		t.Errorf("Bob: %v, %v; want him found on the third page", ok, err)
	}
	if projects, err := p.Projects(t.Context()); err != nil || len(projects) != 252 {
		t.Errorf("%d groups, %v; want 252", len(projects), err)
	}
}

func TestWebhookRights(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	hook := ticket.Hook{URL: "https://admit.example.com/hook", Secret: "given"}
	if _, err := p.Register(t.Context(), hook); ticket.FailureOf(err).Trouble != ticket.Unauthorized {
		t.Errorf("without the right: %v", err)
	}
	s.Role = "admin"
	made, err := p.Register(t.Context(), hook)
	if err != nil || made.Secret == hook.Secret || made.ID == "" {
		t.Fatalf("registered %+v, %v; want the secret that Zendesk signs with", made, err)
	}
	if again, err := p.Register(t.Context(), made); err != nil || again.Secret != made.Secret || again.ID != made.ID {
		t.Errorf("registered again %+v, %v; want %+v", again, err, made)
	}
}

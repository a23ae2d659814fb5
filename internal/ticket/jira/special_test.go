package jira_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/tickettest"
)

func create(t *testing.T, p ticket.Provider) ticket.Snapshot {
	t.Helper()
	made, err := p.Create(t.Context(), draftOf(jiratest.Access, jiratest.Task))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func read(t *testing.T, p ticket.Provider, id string) ticket.Snapshot {
	t.Helper()
	got, err := p.Read(t.Context(), []string{id})
	if err != nil || len(got) != 1 {
		t.Fatalf("read %+v, %v", got, err)
	}
	return got[0]
}

// TestCheckFinds breaks one thing after the other.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name        string
		only        string // a kind
		breaks      func(s *jiratest.Server, settings map[string]string)
		project     string
		field, says string
	}{
		{name: "all is well", breaks: func(*jiratest.Server, map[string]string) {}},
		{name: "all is well in a service desk", breaks: func(*jiratest.Server, map[string]string) {}, project: jiratest.Desk},
		{name: "address", breaks: func(s *jiratest.Server, m map[string]string) { m["base_url"] = s.URL + "/jira" }, only: "DataCenter", field: "base_url", says: "no Jira Data Center"},
		{name: "API address", breaks: func(s *jiratest.Server, m map[string]string) { m["api_url"] = s.URL + "/ex" }, only: "Cloud", field: "base_url", says: "no Jira Cloud"},
		{name: "too old", breaks: func(s *jiratest.Server, _ map[string]string) { s.SetVersion(8) }, only: "DataCenter", field: "base_url", says: "9 or newer"},
		{name: "token", breaks: func(_ *jiratest.Server, m map[string]string) { m["token"] = "wrong" }, field: "token", says: "does not know this"},
		{name: "captcha", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.Captcha, true) }, field: "token", says: "captcha"},
		{name: "no project", breaks: func(*jiratest.Server, map[string]string) {}, project: "99999", says: "does not exist"},
		{name: "archived", breaks: func(*jiratest.Server, map[string]string) {}, project: jiratest.Archived, says: "archived"},
		{name: "browse", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("BROWSE_PROJECTS") }, says: "Browse Projects"},
		{name: "create", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("CREATE_ISSUES") }, says: "Create Issues"},
		{name: "assign", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("ASSIGN_ISSUES") }, says: "Assign Issues"},
		{name: "comment", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("ADD_COMMENTS") }, says: "Add Comments"},
		{name: "steps", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("TRANSITION_ISSUES") }, says: "Transition Issues"},
		{name: "edit, which only a service desk needs", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("EDIT_ISSUES") }},
		{name: "edit in a service desk", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("EDIT_ISSUES") }, project: jiratest.Desk, says: "Edit Issues"},
		{name: "labels", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.NoLabels, true) }, says: "field labels"},
		{name: "a field for people", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.OddRequired, true) }, says: "Approvers"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, k kind, s *jiratest.Server) {
				if c.only != "" && c.only != k.name {
					return
				}
				settings, project := s.Settings(), c.project
				c.breaks(s, settings)
				if project == "" {
					project = jiratest.Access
				}
				findings, err := tickettest.Open(t, k.spec, settings).Check(t.Context(), project)
				if c.says == "" {
					if err != nil || len(findings) > 0 {
						t.Errorf("found %+v, %v; want nothing", findings, err)
					}
					return
				}
				if err != nil || len(findings) == 0 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
					t.Errorf("found %+v, %v; want %q about %q", findings, err, c.says, c.field)
				}
			})
		})
	}
}

// TestOtherKind points each kind at a server of the other.
func TestOtherKind(t *testing.T) {
	t.Parallel()
	cloud, center := jiratest.Cloud(t, nil), jiratest.DataCenter(t)
	for name, p := range map[string]ticket.Provider{
		"no Jira Cloud":       tickettest.Open(t, jira.Cloud(), map[string]string{"base_url": center.URL, "email": "a@example.com", "token": "x"}),
		"no Jira Data Center": tickettest.Open(t, jira.DataCenter(), map[string]string{"base_url": cloud.URL, "token": "x"}),
	} {
		findings, err := p.Check(t.Context(), "")
		if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Problem, name) {
			t.Errorf("found %+v, %v; want %q", findings, err, name)
		}
	}
}

func TestOpenRefusesSettings(t *testing.T) {
	t.Parallel()
	for _, settings := range []map[string]string{
		{"base_url": "https://example.atlassian.net/jira/projects", "email": "a@example.com", "token": "t"},
		{"base_url": "https://example.atlassian.net", "email": "a:b@example.com", "token": "t"},
	} {
		clean, err := jira.Cloud().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jira.Cloud().Open(clean, nil); err == nil {
			t.Errorf("%v are taken", settings)
		}
	}
}

// TestNobody meets a Jira that does not know the token any more. Cloud then
// answers 200, with nothing in it.
func TestNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		made := create(t, p)
		page, err := p.Changed(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		s.Set(jiratest.BadCredentials, true)
		_, find := p.Find(t.Context(), key)
		_, got := p.Read(t.Context(), []string{made.ID})
		_, changed := p.Changed(t.Context(), page.Cursor)
		_, _, account := p.Account(t.Context(), jiratest.Access, "alice@example.com")
		_, filed := p.Create(t.Context(), draftOf(jiratest.Access, jiratest.Task))
		_, projects := p.Projects(t.Context())
		for name, err := range map[string]error{"Find": find, "Read": got, "Changed": changed, "Account": account, "Create": filed, "Projects": projects} {
			if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Unauthorized || f.Certainty != ticket.NotSent {
				t.Errorf("%s: %+v; want that it is not signed in", name, err)
			}
		}
	})
}

func TestGrounds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status, resolution string
		child              string
		first              string
		want               ticket.Outcome
	}{
		{"To Do", "", "", "status:10200", ticket.Open},
		{"In Progress", "", "", "status:10201", ticket.Open},
		{"In Progress", "Done", "", "resolution:10300", ticket.Open}, // opened again, and the resolution was left
		{"Done", "Done", "", "resolution:10300", ticket.Yes},
		{"Done", "", "", "status:10202", ticket.Yes}, // team-managed
		{"Done", "Won\u2019t Do", "", "resolution:10301", ticket.No},
		{"Done", "Duplicate", "", "resolution:10302", ticket.No},
		{"Done", "Deferred", "", "resolution:10304", ticket.Unclear},
		{"Won't do", "", "", "status:10203", ticket.No},
		{"Won't do", "Done", "", "status:10203", ticket.No}, // the same resolution in every end
		{"Parked", "", "", "status:10204", ticket.Unclear},
		{"Done", "Done", "Done", "resolution:10300", ticket.Yes},
		{"Done", "Done", "To Do", "children:open", ticket.Unclear},
		{"Done", "Done", "Won't do", "children:declined", ticket.Unclear},
		{"Done", "Duplicate", "Won't do", "resolution:10302", ticket.No},
		{"To Do", "", "Won't do", "status:10200", ticket.Open},
	}
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		for _, c := range cases {
			made := create(t, p)
			if c.child != "" {
				s.AddSubtask(t, made.ID, c.child)
			}
			s.End(t, made.ID, c.status, c.resolution)
			got := read(t, p, made.ID)
			if got.Outcome != c.want || got.Grounds[0].Key != c.first {
				t.Errorf("%+v reads as %s by %+v", c, got.Outcome, got.Grounds)
			}
			if (got.Reason != "") != (c.want == ticket.No) {
				t.Errorf("%+v: reason %q", c, got.Reason)
			}
		}
	})
}

// TestCloseWays closes tickets where workflows offer different ways.
func TestCloseWays(t *testing.T) {
	t.Parallel()
	const reason = "The access is not wanted any more."
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		closes := func(switches ...jiratest.Switch) (ticket.Snapshot, error) {
			for _, one := range switches {
				s.Set(one, true)
				defer s.Set(one, false)
			}
			made := create(t, p)
			err := p.Close(t.Context(), made.ID, reason)
			if n := strings.Count(s.Text(t, made.ID), reason); err == nil && n != 1 {
				t.Errorf("%q: the reason is there %d times", switches, n)
			}
			return read(t, p, made.ID), err
		}
		for _, switches := range [][]jiratest.Switch{nil, {jiratest.TeamManaged}, {jiratest.DropComments}} {
			if got, err := closes(switches...); err != nil || got.Outcome != ticket.No {
				t.Errorf("%q: %+v, %v", switches, got, err)
			}
		}
		got, err := closes(jiratest.NoRefusals, jiratest.TeamManaged)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "Won't Do") || got.Outcome != ticket.Open {
			t.Errorf("without a way out: %+v, %v", got, err)
		}
	})
}

// TestAssigneeSecondTry meets a Jira that drops an assignee without a word.
func TestAssigneeSecondTry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		alice, _, _ := p.Account(t.Context(), jiratest.Access, "alice@example.com")
		s.Set(jiratest.DropAssignee, true)
		d := draftOf(jiratest.Access, jiratest.Task)
		d.Assignee = alice
		if made, err := p.Create(t.Context(), d); err != nil || made.Assignee != alice {
			t.Errorf("made %+v, %v", made, err)
		}
	})
}

// TestRequestForSomebodyWhoCannot shows that a request, which is assigned in a
// call of its own, is filed to nobody.
func TestRequestForSomebodyWhoCannot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		d := draftOf(jiratest.Desk, jiratest.Request)
		d.Assignee = ticket.Account{ID: "nobody", Name: "Nobody"}
		if made, err := p.Create(t.Context(), d); err != nil || made.Assignee != (ticket.Account{}) {
			t.Errorf("made %+v, %v", made, err)
		}
	})
}

// TestRequestIsMarkedLater loses the step that gives a request its labels.
func TestRequestIsMarkedLater(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		s.Set(jiratest.NoEdit, true)
		made, err := p.Create(t.Context(), draftOf(jiratest.Desk, jiratest.Request))
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID == "" {
			t.Fatalf("made %+v, %v; want its id, and that it is not sure", made, err)
		}
		s.Set(jiratest.NoEdit, false)
		found, err := p.Find(t.Context(), key)
		if err != nil || len(found) != 1 || found[0].ID != made.ID || found[0].Key != key {
			t.Fatalf("found %+v, %v", found, err)
		}
		if labels := s.Labels(t, made.ID); !slices.Contains(labels, "admit") || !slices.Contains(labels, "admit-"+key) {
			t.Errorf("after it was found it has the labels %q", labels)
		}
	})
}

func TestRequestTypes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		for typ, says := range map[string]string{"request:4:26": "Description", "request:5:25": "", "request:4:99": "", "request:4": "", "request:4:../x": ""} {
			_, err := p.Create(t.Context(), draftOf(jiratest.Desk, typ))
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, says) {
				t.Errorf("%s: %v", typ, err)
			}
		}
		if _, err := p.Create(t.Context(), draftOf(jiratest.Access, jiratest.Request)); ticket.FailureOf(err).Certainty != ticket.Refused {
			t.Errorf("a request of another project: %v", err)
		}
	})
}

// TestEveryField fills in one field of every kind.
func TestEveryField(t *testing.T) {
	t.Parallel()
	fields := map[string]string{
		"labels": "access\nurgent", "priority": "1", "duedate": "2026-12-24", "components": "10400\n10401",
		jiratest.Environment: "10502", jiratest.Systems: "10512", jiratest.CostCentre: "4711", jiratest.Remarks: "See **below**.", jiratest.Seats: "2.5",
	}
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		form, err := p.Form(t.Context(), jiratest.Access, jiratest.Task)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range form {
			if ids = append(ids, f.ID); f.Required {
				t.Errorf("%+v has a default value and is not required", f)
			}
		}
		slices.Sort(ids)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(fields)), ids); diff != "" {
			t.Error(diff)
		}
		d := draftOf(jiratest.Access, jiratest.Task)
		d.Fields = fields
		made, err := p.Create(t.Context(), d)
		if err != nil || len(made.Dropped) > 0 {
			t.Fatalf("made %+v, %v", made, err)
		}
		if labels := s.Labels(t, made.ID); !slices.Equal(labels, []string{"access", "admit", "admit-" + key, "urgent"}) {
			t.Errorf("labels %q", labels)
		}
		s.Set(jiratest.DropField, true)
		if made, err = p.Create(t.Context(), d); err != nil || !slices.Equal(made.Dropped, []string{"Environment"}) {
			t.Errorf("dropped %q, %v; want Environment", made.Dropped, err)
		}
		for field, bad := range map[string]string{"labels": "two words", "duedate": "tomorrow", jiratest.Seats: "many", jiratest.Systems: "1", jiratest.CostCentre: strings.Repeat("x", 300)} {
			d.Fields = map[string]string{field: bad}
			_, err := p.Create(t.Context(), d)
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{field}) {
				t.Errorf("%s = %.20q: %+v", field, bad, f)
			}
		}
	})
}

func TestLabelsTakenAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		s.Set(jiratest.DropLabels, true)
		made, err := k.open(t, s).Create(t.Context(), draftOf(jiratest.Access, jiratest.Task))
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID == "" {
			t.Errorf("made %+v, %v", made, err)
		}
		s.Set(jiratest.NoLabels, true)
		_, err = k.open(t, s).Create(t.Context(), draftOf(jiratest.Access, jiratest.Task))
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{"labels"}) {
			t.Errorf("without labels on the screen: %+v", f)
		}
	})
}

// TestHiddenEmail looks for people who hide their address.
func TestHiddenEmail(t *testing.T) {
	t.Parallel()
	s := jiratest.Cloud(t, nil)
	s.Set(jiratest.HideEmail, true)
	p := tickettest.Open(t, jira.Cloud(), s.Settings())
	for email, name := range map[string]string{
		"alice@example.com": "Alice Jones",
		"bob@example.com":   "Bob Brown",
		"bob@":              "",
		"carol@example.com": "", // has left
		"dave@example.com":  "", // cannot be assigned to
		"erin@example.com":  "", // a customer
		"frank@example.com": "", // only somebody's name
	} {
		acct, ok, err := p.Account(t.Context(), jiratest.Access, email)
		if err != nil || acct.Name != name || ok != (name != "") {
			t.Errorf("%s is %+v, %v, %v; want %q", email, acct, ok, err, name)
		}
	}
}

func TestInactive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		if _, ok, err := p.Account(t.Context(), jiratest.Access, "carol@example.com"); ok || err != nil {
			t.Errorf("somebody who left is found: %v", err)
		}
		if acct, ok, err := p.Account(t.Context(), "", "dave@example.com"); !ok || err != nil || acct.Name != "Dave Guest" {
			t.Errorf("without a project: %+v, %v, %v", acct, ok, err)
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		s.Set(jiratest.Budget, true)
		_, err := k.open(t, s).Create(t.Context(), draftOf(jiratest.Access, jiratest.Task))
		if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.Certainty != ticket.NotSent || f.RetryAfter.Seconds() != 7 {
			t.Errorf("%+v", f)
		}
	})
}

// TestLostIssue meets a Jira that fails to read one issue of many, which must
// not be taken for gone.
func TestLostIssue(t *testing.T) {
	t.Parallel()
	s := jiratest.Cloud(t, nil)
	p := tickettest.Open(t, jira.Cloud(), s.Settings())
	made := create(t, p)
	s.Lose(made.ID)
	if got, err := p.Read(t.Context(), []string{made.ID}); err == nil || ticket.FailureOf(err).Trouble != ticket.Down {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestExpiredPages resumes a pass whose pages have expired.
func TestExpiredPages(t *testing.T) {
	t.Parallel()
	s := jiratest.Cloud(t, nil)
	p := tickettest.Open(t, jira.Cloud(), s.Settings())
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ids := s.Fill(t, 250)
	if page, err = p.Changed(t.Context(), page.Cursor); err != nil || !page.More {
		t.Fatalf("%+v, %v; want more", page, err)
	}
	s.Set(jiratest.ExpirePages, true)
	if page, err = p.Changed(t.Context(), page.Cursor); err != nil || page.More || len(page.Tickets) > 0 {
		t.Fatalf("%+v, %v; want that the next poll begins again", page, err)
	}
	s.Set(jiratest.ExpirePages, false)
	seen := map[string]bool{}
	for more := true; more; more = page.More {
		if page, err = p.Changed(t.Context(), page.Cursor); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Tickets {
			seen[one.ID] = true
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("saw %d of %d", len(seen), len(ids))
	}
}

// TestPropertyKeepsKey takes the labels of a ticket away, as people do.
func TestPropertyKeepsKey(t *testing.T) {
	t.Parallel()
	s := jiratest.Cloud(t, nil)
	p := tickettest.Open(t, jira.Cloud(), s.Settings())
	made := create(t, p)
	s.ClearLabels(t, made.ID)
	if got := read(t, p, made.ID); got.Key != key {
		t.Errorf("it carries %q", got.Key)
	}
}

// TestWithoutType files where nobody chose a type.
func TestWithoutType(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		if made, err := p.Create(t.Context(), draftOf(jiratest.Access, "")); err != nil || made.Key != key {
			t.Errorf("made %+v, %v", made, err)
		}
		if form, err := p.Form(t.Context(), jiratest.Access, ""); err != nil || len(form) == 0 {
			t.Errorf("form %+v, %v", form, err)
		}
	})
}

// TestOldHook asks a Jira that has no such interface, and one that does not let us.
func TestOldHook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		hook := ticket.Hook{URL: "https://admit.example.com/webhooks/1", Secret: "secret", Projects: []string{jiratest.Access}}
		if k.name == "DataCenter" {
			s.SetVersion(9)
			_, err := k.open(t, s).Register(t.Context(), hook)
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "10 or newer") {
				t.Errorf("version 9: %+v", f)
			}
			s.SetVersion(10)
		}
		s.Deny("ADMINISTER")
		_, err := k.open(t, s).Register(t.Context(), hook)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused && f.Trouble != ticket.Unauthorized {
			t.Errorf("no admin: %+v", f)
		}
	})
}

// TestManyHooks finds its webhook among many, and leaves others alone.
func TestManyHooks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p, system := k.open(t, s), s.System(t)
		for n := range 5 {
			system.Listen(t, fmt.Sprintf("https://others.example.com/%d", n), "x")
		}
		hook := ticket.Hook{ID: "3", URL: "https://admit.example.com/webhooks/1", Secret: "secret"} // a note of another Jira
		first, err := p.Register(t.Context(), hook)
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Register(t.Context(), hook)
		if err != nil || again.ID != first.ID || system.Hooks(t) != 6 {
			t.Errorf("registered as %q and %q, %v; now there are %d", first.ID, again.ID, err, system.Hooks(t))
		}
		moved := first
		moved.URL = "https://new.example.com/webhooks/1"
		if moved, err = p.Register(t.Context(), moved); err != nil || moved.ID != first.ID {
			t.Errorf("at a new address: %+v, %v", moved, err)
		}
		if err := p.Unregister(t.Context(), moved); err != nil || system.Hooks(t) != 5 {
			t.Errorf("unregistered: %v, left are %d", err, system.Hooks(t))
		}
	})
}

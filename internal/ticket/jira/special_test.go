package jira_test

import (
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

// TestLabelLikeKey gives a ticket a label that looks like that of a key.
func TestLabelLikeKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		d := draftOf(jiratest.Access, jiratest.Task)
		d.Key, d.Fields = strings.Repeat("f", 32), map[string]string{"labels": "admit-access"}
		made, err := p.Create(t.Context(), d)
		if err != nil || made.Key != d.Key {
			t.Errorf("made %+v, %v", made, err)
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
		"grace@example.com": "", // only the beginning of grace@example.com.au
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

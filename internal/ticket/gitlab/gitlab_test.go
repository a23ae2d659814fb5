package gitlab_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/gitlab"
	"admit/internal/ticket/gitlab/gitlabtest"
	"admit/internal/ticket/tickettest"
)

func subject(t *testing.T) tickettest.FaultSubject {
	return tickettest.Behind(t, gitlab.Spec(), gitlabtest.Start(t).System(t))
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tickettest.Run(t, func(t *testing.T) tickettest.Subject { return subject(t).Subject })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tickettest.RunFaults(t, subject)
}

func TestPage(t *testing.T) { tickettest.Page(t, "gitlab", gitlab.Spec()) }

// world is a GitLab with a provider in front of it, whose calls are counted.
type world struct {
	*gitlabtest.Server
	tickettest.FaultSubject
}

func start(t *testing.T, options ...gitlabtest.Options) world {
	t.Helper()
	s := gitlabtest.Start(t, options...)
	return world{s, tickettest.Behind(t, gitlab.Spec(), s.System(t))}
}

// as returns the provider with another token.
func (w world) as(t *testing.T, token string) ticket.Provider {
	t.Helper()
	return tickettest.Open(t, gitlab.Spec(), map[string]string{"base_url": w.Server.URL, "token": token})
}

func (w world) draft(n byte) ticket.Draft {
	key := strings.Repeat("0123456789abcde", 2) + "0" + string("0123456789abcdef"[n%16])
	return ticket.Draft{Key: key, Project: w.Project, Title: "Give access", Body: "Make sure of it.\n\nAdmit key: " + key}
}

func (w world) create(t *testing.T, n byte) ticket.Snapshot {
	t.Helper()
	made, err := w.Provider.Create(t.Context(), w.draft(n))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (w world) read(t *testing.T, id string) ticket.Snapshot {
	t.Helper()
	got, err := w.Provider.Read(t.Context(), []string{id})
	if err != nil || len(got) != 1 || got[0].ID != id {
		t.Fatalf("read %+v, %v; want ticket %s", got, err, id)
	}
	return got[0]
}

// calls fails unless f makes n calls.
func (w world) calls(t *testing.T, what string, n int, f func() error) {
	t.Helper()
	before := w.Calls()
	err := f()
	if made := w.Calls() - before; err != nil || made != n {
		t.Errorf("%s: %d calls, %v; want %d", what, made, err, n)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.calls(t, "create", 1, func() error { _, err := w.Provider.Create(t.Context(), w.draft(1)); return err })
	w.calls(t, "find", 1, func() error { _, err := w.Provider.Find(t.Context(), w.draft(1).Key); return err })
	w.calls(t, "find nothing", 2, func() error { _, err := w.Provider.Find(t.Context(), w.draft(2).Key); return err })
	here, there := w.create(t, 3), w.draft(4)
	there.Project = w.Other()
	other, err := w.Provider.Create(t.Context(), there)
	if err != nil {
		t.Fatal(err)
	}
	w.calls(t, "read of two projects", 2, func() error {
		got, err := w.Provider.Read(t.Context(), []string{here.ID, other.ID})
		if len(got) != 2 {
			t.Errorf("read %+v, want two", got)
		}
		return err
	})
	w.calls(t, "comment", 2, func() error { return w.Provider.Comment(t.Context(), here.ID, "x") })
	w.calls(t, "assign", 2, func() error { return hands(t, w.Provider).Assign(t.Context(), here.ID, ticket.Account{}) })
	w.calls(t, "complete", 4, func() error { return hands(t, w.Provider).Complete(t.Context(), other.ID, "Done by Carol.") })
	w.calls(t, "close", 5, func() error { return w.Provider.Close(t.Context(), here.ID, "not wanted") })
	w.calls(t, "close again", 1, func() error { return w.Provider.Close(t.Context(), here.ID, "not wanted") })
}

// TestSearchLags finds a ticket that GitLab's search does not know yet.
func TestSearchLags(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Fill(t, 250)
	w.SetLag(true)
	made := w.create(t, 1)
	found, err := w.Provider.Find(t.Context(), made.Key)
	if err != nil || len(found) != 1 || found[0].ID != made.ID {
		t.Errorf("found %+v, %v; want %s", found, err, made.ID)
	}
}

// TestNobodyListens asks for a ticket that is there.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.create(t, 1)
	w.Proxy.Stop()
	_, read := w.Provider.Read(t.Context(), []string{made.ID})
	for name, err := range map[string]error{
		"read": read, "comment": w.Provider.Comment(t.Context(), made.ID, "x"), "close": w.Provider.Close(t.Context(), made.ID, "x"),
	} {
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Down || f.Certainty != ticket.NotSent {
			t.Errorf("%s: %+v, want down and not sent", name, f)
		}
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.SetBusy(true)
	_, err := w.Provider.Create(t.Context(), w.draft(1))
	f := ticket.FailureOf(err)
	if err == nil || f.Trouble != ticket.RateLimited || f.Certainty != ticket.NotSent || f.RetryAfter < 50*time.Second {
		t.Errorf("%+v, want a wait of a minute", f)
	}
}

// TestBulkEdit meets more changes of one moment than fit on a page, while some of
// them change again.
func TestBulkEdit(t *testing.T) {
	t.Parallel()
	w := start(t)
	page, err := w.Provider.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ids := w.Fill(t, 450)
	w.Touch(t, ids[20:])
	unseen := map[string]bool{}
	for _, id := range ids {
		unseen[id] = true
	}
	pages := 0
	for page.More = true; page.More && pages < 30; pages++ {
		if page, err = w.Provider.Changed(t.Context(), page.Cursor); err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Tickets {
			delete(unseen, s.ID)
		}
		if pages < 5 { // leaves the bulk: the first of it, and the last
			w.Label(t, ids[20+pages], "x")
			w.Label(t, ids[449-pages], "x")
		}
	}
	if len(unseen) > 0 || page.More {
		t.Errorf("%d tickets were not seen in %d pages, more = %v", len(unseen), pages, page.More)
	}
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, token string
		base        string // behind the address
		project     string
		breaks      func(w world)
		field, says string
	}{
		{name: "address", base: "/nothing", field: "base_url", says: "no REST interface"},
		{name: "token", token: "glpat-wrong", field: "token", says: "does not know this token"},
		{name: "scope", token: "glpat-reads", breaks: func(w world) { w.SetToken("glpat-reads", gitlabtest.Reporter, "read_api") }, field: "token", says: "lacks the scope api"},
		{name: "no scope", token: "glpat-none", breaks: func(w world) { w.SetToken("glpat-none", gitlabtest.Reporter, "read_registry") }, field: "token", says: "higher privileges"},
		{name: "expiry", breaks: func(w world) { w.SetExpiry(72 * time.Hour) }, field: "token", says: "expires on"},
		{name: "project", project: "999999", says: "does not exist"},
		{name: "no project", project: "../1", says: "not valid"},
		{name: "role", token: "glpat-guest", breaks: func(w world) { w.SetToken("glpat-guest", gitlabtest.Guest, "api") }, says: "needs the role Reporter"},
		{name: "stranger", token: "glpat-out", breaks: func(w world) { w.SetToken("glpat-out", 0, "api") }, says: "not a member"},
		{name: "archived", breaks: func(w world) { w.SetProject(true, false) }, says: "archived"},
		{name: "no issues", breaks: func(w world) { w.SetProject(false, true) }, says: "has no issues"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			if c.breaks != nil {
				c.breaks(w)
			}
			settings := map[string]string{"base_url": w.Server.URL + c.base, "token": gitlabtest.Token}
			if c.token != "" {
				settings["token"] = c.token
			}
			project := w.Project
			if c.project != "" {
				project = c.project
			}
			found, err := tickettest.Open(t, gitlab.Spec(), settings).Check(t.Context(), project)
			if err != nil || len(found) != 1 || found[0].Field != c.field || !strings.Contains(found[0].Problem, c.says) {
				t.Errorf("found %+v, %v; want %q about %q", found, err, c.says, c.field)
			}
		})
	}
}

// TestDropped files what GitLab leaves out without a word.
func TestDropped(t *testing.T) {
	t.Parallel()
	t.Run("guest", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		w.SetToken("glpat-guest", gitlabtest.Guest, "api")
		p := w.as(t, "glpat-guest")
		acct, ok, err := p.Account(t.Context(), w.Project, w.Assignable)
		if err != nil || !ok {
			t.Fatal(acct, ok, err)
		}
		d := w.draft(1)
		d.Type, d.Assignee = "incident", acct
		d.Fields = map[string]string{"labels": "bug\nwontfix", "due_date": "2027-01-02", "confidential": "true", "weight": "3", "severity": "high"}
		made, err := p.Create(t.Context(), d)
		want := []string{"Type", "Labels", "Due date", "Severity", "Weight", ticket.AssigneeField}
		if err != nil || !slices.Equal(made.Dropped, want) || made.Assignee != (ticket.Account{}) {
			t.Errorf("made %+v, %v; want dropped %q", made, err, want)
		}
	})
	t.Run("free plan and a closed milestone", func(t *testing.T) {
		t.Parallel()
		w := start(t, gitlabtest.Options{Free: true})
		d := w.draft(1)
		d.Fields = map[string]string{"weight": "3", "milestone": "1", "labels": "bug", "confidential": "true", "due_date": "2027-01-02"}
		made, err := w.Provider.Create(t.Context(), d)
		if want := []string{"Milestone", "Weight"}; err != nil || !slices.Equal(made.Dropped, want) {
			t.Errorf("made %+v, %v; want dropped %q", made, err, want)
		}
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	cases := []struct {
		name   string
		change func(d *ticket.Draft)
		fields []string
	}{
		{"severity", func(d *ticket.Draft) { d.Fields = map[string]string{"severity": "awful"} }, []string{"severity"}},
		{"type", func(d *ticket.Draft) { d.Type = "epic" }, nil},
		{"assignee", func(d *ticket.Draft) { d.Assignee.ID = "alice" }, []string{ticket.AssigneeField}},
		{"labels", func(d *ticket.Draft) { d.Fields = map[string]string{"labels": "a,b"} }, []string{"labels"}},
		{"flag and number", func(d *ticket.Draft) { d.Fields = map[string]string{"confidential": "yes", "weight": "1.5"} }, []string{"confidential", "weight"}},
		{"milestone", func(d *ticket.Draft) { d.Fields = map[string]string{"milestone": "Q1"} }, []string{"milestone"}},
		{"title", func(d *ticket.Draft) { d.Title = "" }, nil},
		{"key", func(d *ticket.Draft) { d.Key = "abc" }, nil},
	}
	for _, c := range cases {
		d := w.draft(1)
		c.change(&d)
		made, err := w.Provider.Create(t.Context(), d)
		f := ticket.FailureOf(err)
		if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || !slices.Equal(f.Fields, c.fields) {
			t.Errorf("%s: %+v, %+v; want a refusal of %q", c.name, made, f, c.fields)
		}
	}
	w.SetProject(true, false)
	if f := ticket.FailureOf(func() error { _, err := w.Provider.Create(t.Context(), w.draft(1)); return err }()); f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
		t.Errorf("an archived project: %+v; want a refusal that is about this project only", f)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	form := func(w world, typ string) []string {
		f, ok := w.Provider.(ticket.Former)
		if !ok {
			t.Fatal("no form")
		}
		fields, err := f.Form(t.Context(), w.Project, typ)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, field := range fields {
			ids = append(ids, field.ID)
		}
		return ids
	}
	w := start(t)
	always := []string{"labels", "due_date", "confidential", "milestone"}
	if got := form(w, "issue"); !slices.Equal(got, always) {
		t.Errorf("without an issue: %q", got)
	}
	w.create(t, 1)
	if got, want := form(w, "incident"), append(slices.Clone(always), "weight", "severity"); !slices.Equal(got, want) {
		t.Errorf("with one: %q, want %q", got, want)
	}
	free := start(t, gitlabtest.Options{Free: true})
	free.create(t, 1)
	if got := form(free, "issue"); !slices.Equal(got, always) {
		t.Errorf("on the free plan: %q", got)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	for _, options := range []gitlabtest.Options{{}, {Private: true}} {
		w := start(t, options)
		for email, want := range map[string]bool{
			"alice@example.com": true, "BOB@example.com": true, // alice's address is mallory's name
			"carol@example.com": false, "zed@example.com": false, "alice": false, "@": false, "a b@c": false,
		} {
			acct, ok, err := w.Provider.Account(t.Context(), w.Project, email)
			if err != nil || ok != want || ok && (!strings.EqualFold(acct.Email, email) || acct.Name == email) {
				t.Errorf("%+v, account of %s: %+v, %v, %v; want %v", options, email, acct, ok, err, want)
			}
		}
	}
}

// TestCloseAsGuest is not to leave an issue behind that is closed and reads as
// done.
func TestCloseAsGuest(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.SetToken("glpat-guest", gitlabtest.Guest, "api")
	p := w.as(t, "glpat-guest")
	made, err := p.Create(t.Context(), w.draft(1))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Close(t.Context(), made.ID, "not wanted")
	if state, _ := w.State(t, made.ID); err == nil || state != "opened" {
		t.Errorf("closed: %v, and it is %s; want a failure, and it open", err, state)
	}
}

// TestCloseUnlabeled closes while somebody takes the label away again: that must
// not leave an issue that reads as done.
func TestCloseUnlabeled(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.create(t, 1)
	w.Proxy.Inject(tickettest.None, func(r *http.Request, body []byte) bool {
		if strings.Contains(string(body), `"close"`) {
			w.Unlabel(t, made.ID)
		}
		return false
	})
	if err := w.Provider.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Fatal(err)
	}
	if got := w.read(t, made.ID); got.Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
}

// TestQuickActions sends what GitLab would carry out.
func TestQuickActions(t *testing.T) {
	t.Parallel()
	w := start(t)
	const hostile = "/close\n\n/CLOSE\ntext\n  /close\n\t/close now\n```\n/close\n```\n~~~\n/close\n\n```\n/close"
	d := w.draft(1)
	d.Body = hostile + "\n\n" + d.Key
	made, err := w.Provider.Create(t.Context(), d)
	if err != nil || made.Outcome != ticket.Open {
		t.Fatalf("%+v, %v; want it open", made, err)
	}
	if err := w.Provider.Comment(t.Context(), made.ID, hostile); err != nil {
		t.Fatal(err)
	}
	if err := w.Provider.Comment(t.Context(), made.ID, "/close"); err != nil {
		t.Fatal(err)
	}
	got, text := w.read(t, made.ID), w.Server.Text(t, made.ID)
	if got.Outcome != ticket.Open || strings.Count(strings.ToLower(text), "/close") != 15 {
		t.Errorf("it is %s and reads %q", got.Outcome, text)
	}
}

// TestOutcomes ends tickets in every way.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	w := start(t)
	cases := []struct {
		name  string
		end   func(id string)
		first string
		want  ticket.Outcome
	}{
		{"closed", func(id string) { w.Server.Close(t, id) }, "state:closed", ticket.Yes},
		{"another label", func(id string) { w.Label(t, id, "bug"); w.Server.Close(t, id) }, "label:bug", ticket.Yes},
		{"declined", func(id string) { w.Label(t, id, "bug"); w.Label(t, id, "Wontfix"); w.Server.Close(t, id) }, "label:wontfix", ticket.No},
		{"scoped", func(id string) { w.Label(t, id, "status::declined"); w.Server.Close(t, id) }, "label:status::declined", ticket.No},
		{"declined, but open", func(id string) { w.Label(t, id, "wontfix") }, "state:opened", ticket.Open},
		{"duplicate", func(id string) { w.Duplicate(t, id) }, "duplicate", ticket.No},
	}
	for i, c := range cases {
		made := w.create(t, byte(i))
		c.end(made.ID)
		got := w.read(t, made.ID)
		if got.Outcome != c.want || got.Grounds[0].Key != c.first {
			t.Errorf("%s: %+v; want %s by %s", c.name, got, c.want, c.first)
		}
		if got.Outcome.Ended() && got.ClosedBy.Name != "Alice Doe" {
			t.Errorf("%s: closed by %+v, want alice", c.name, got.ClosedBy)
		}
	}
	made := w.create(t, 9)
	w.Say(t, made.ID, "on it")
	if w.read(t, made.ID).WorkSeen {
		t.Error("a comment counts as work")
	}
}

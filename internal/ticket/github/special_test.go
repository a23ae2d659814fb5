package github_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/github"
	"admit/internal/ticket/github/githubtest"
)

const key = "0123456789abcdef0123456789abcdef"

// provider is the provider with all that it can.
func provider(t *testing.T, p ticket.Provider) *github.Provider {
	t.Helper()
	whole, ok := p.(*github.Provider)
	if !ok {
		t.Fatalf("%T is not the provider", p)
	}
	return whole
}

// draft returns a ticket that can be filed.
func draft(s *githubtest.Server) ticket.Draft {
	return ticket.Draft{Key: key, Project: s.Repo().ID, Title: "Give Josh access", Body: "Make sure of it.\n\nAdmit key: " + key}
}

func create(t *testing.T, p ticket.Provider, s *githubtest.Server, change func(*ticket.Draft)) ticket.Snapshot {
	t.Helper()
	d := draft(s)
	if change != nil {
		change(&d)
	}
	made, err := p.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func read(t *testing.T, p ticket.Provider, id string) ticket.Snapshot {
	t.Helper()
	got, err := p.Read(t.Context(), []string{id})
	if err != nil || len(got) != 1 {
		t.Fatalf("read %+v, %v; want one", got, err)
	}
	return got[0]
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		label, reason string
		want          ticket.Outcome
		first         string // ground
	}{
		"completed":               {"", "COMPLETED", ticket.Yes, "reason:completed"},
		"not planned":             {"", "NOT_PLANNED", ticket.No, "reason:not_planned"},
		"duplicate":               {"", "DUPLICATE", ticket.No, "reason:duplicate"},
		"no reason":               {"", "", ticket.Unclear, "reason:none"},
		"completed, but wontfix":  {"wontfix", "COMPLETED", ticket.No, "label:wontfix"},
		"completed, other label":  {"bug", "COMPLETED", ticket.Yes, "label:bug"},
		"no reason, other label":  {"bug", "", ticket.Unclear, "reason:none"},
		"no reason, but Wontfix":  {"WontFix", "", ticket.No, "reason:none"},
		"not planned and a label": {"bug", "NOT_PLANNED", ticket.No, "label:bug"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := githubtest.Start(t)
			p := open(t, s, "")
			made := create(t, p, s, nil)
			if c.label != "" {
				s.Label(t, made.ID, c.label)
				if got := read(t, p, made.ID); got.Outcome != ticket.Open {
					t.Errorf("with a label it reads %+v, want it open", got)
				}
			}
			s.Close(t, made.ID, githubtest.Alice, c.reason)
			got := read(t, p, made.ID)
			if got.Outcome != c.want || got.Grounds[0].Key != c.first || !strings.HasPrefix(got.ClosedBy.Name, "Alice") {
				t.Errorf("read %+v; want %s by %s, closed by Alice", got, c.want, c.first)
			}
			offered, err := provider(t, p).Statuses(t.Context(), s.Repo().ID)
			for _, g := range got.Grounds {
				if err != nil || !slices.Contains(offered, g) {
					t.Errorf("the statuses %+v lack %+v (%v)", offered, g, err)
				}
			}
		})
	}
}

func TestReason(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	for text, c := range map[string]struct{ by, reason, want string }{
		"No such\nrole.":   {githubtest.Alice, "NOT_PLANNED", "No such role."},
		"It is done.":      {githubtest.Alice, "COMPLETED", ""},
		"What do you say?": {githubtest.Bob, "NOT_PLANNED", ""}, // somebody else than who closed it
	} {
		made := create(t, p, s, nil)
		s.Say(t, made.ID, c.by, text)
		s.Close(t, made.ID, githubtest.Alice, c.reason)
		if got := read(t, p, made.ID); got.Reason != c.want {
			t.Errorf("%s: the reason is %q, want %q", text, got.Reason, c.want)
		}
	}
}

func TestWorkSeen(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	for what, c := range map[string]struct {
		do   func(id string)
		want bool
	}{
		"nothing":           {func(string) {}, false},
		"a comment of ours": {func(id string) { s.Say(t, id, githubtest.Service, "Please hurry.") }, false},
		"a program":         {func(id string) { s.Say(t, id, "github-actions[bot]", "Thank you!") }, false},
		"a label":           {func(id string) { s.Label(t, id, "bug") }, false},
		"a comment":         {func(id string) { s.Say(t, id, githubtest.Bob, "On it.") }, true},
		"a sub-issue":       {func(id string) { s.Split(t, id) }, true},
		"opened again": {func(id string) {
			s.Close(t, id, githubtest.Alice, "COMPLETED")
			s.System(t).Fulfiller.Reopen(t, id)
		}, true},
	} {
		made := create(t, p, s, nil)
		c.do(made.ID)
		if got := read(t, p, made.ID); got.WorkSeen != c.want {
			t.Errorf("%s: work seen = %v, want %v", what, got.WorkSeen, c.want)
		}
	}
}

// whole asks for all that an issue can be given.
func whole(t *testing.T, p ticket.Provider, s *githubtest.Server) func(*ticket.Draft) {
	t.Helper()
	fields, err := provider(t, p).Form(t.Context(), s.Repo().ID, "")
	alice, ok, accountErr := p.Account(t.Context(), s.Repo().ID, "alice@example.com")
	if err = errors.Join(err, accountErr); err != nil || !ok || len(fields) != 2 {
		t.Fatal(fields, alice, err)
	}
	return func(d *ticket.Draft) {
		d.Type, d.Assignee = "Task", alice
		d.Fields = map[string]string{
			"labels":    fields[0].Options[1].ID + "\n" + fields[0].Options[0].ID,
			"milestone": fields[1].Options[0].ID,
		}
	}
}

func TestDropped(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t, official(t)...)
	p := open(t, s, "")
	ask := whole(t, p, s)
	if made := create(t, p, s, ask); len(made.Dropped) > 0 || made.Assignee.ID == "" {
		t.Errorf("made %+v, want all of it", made)
	}
	s.Change(func(*githubtest.Access) { s.Repo().Role = "TRIAGE" })
	made := create(t, p, s, ask)
	if want := []string{"assignee", "Labels", "Milestone", "type"}; !slices.Equal(made.Dropped, want) || made.Assignee != (ticket.Account{}) {
		t.Errorf("dropped %q, assigned to %+v; want %q, and nobody", made.Dropped, made.Assignee, want)
	}
	if diff := cmp.Diff(ticket.Snapshot{}.Assignee, read(t, p, made.ID).Assignee); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t, official(t)...)
	p := open(t, s, "")
	elsewhere := s.AddRepo("acme", "third")
	foreign, err := provider(t, p).Form(t.Context(), elsewhere.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	bob := ticket.Account{ID: "U_kgDO000003"}
	for name, c := range map[string]struct {
		change func(*ticket.Draft)
		fields []string
	}{
		"label of another repository": {func(d *ticket.Draft) { d.Fields = map[string]string{"labels": foreign[0].Options[0].ID} }, []string{"labels"}},
		"milestone of another":        {func(d *ticket.Draft) { d.Fields = map[string]string{"milestone": foreign[1].Options[0].ID} }, []string{"milestone"}},
		"milestone that is none":      {func(d *ticket.Draft) { d.Fields = map[string]string{"milestone": "no milestone"} }, []string{"milestone"}},
		"unknown field":               {func(d *ticket.Draft) { d.Fields = map[string]string{"colour": "red"} }, []string{"colour"}},
		"somebody who cannot":         {func(d *ticket.Draft) { d.Assignee = bob }, []string{"assignee"}},
		"somebody unknown":            {func(d *ticket.Draft) { d.Assignee.ID = "U_kgDO999999" }, []string{"assignee"}},
		"a label as assignee":         {func(d *ticket.Draft) { d.Assignee.ID = foreign[0].Options[0].ID }, []string{"assignee"}},
		"somebody impossible":         {func(d *ticket.Draft) { d.Assignee.ID = "alice & bob" }, []string{"assignee"}},
		"unknown type":                {func(d *ticket.Draft) { d.Type = "Epic" }, nil},
		"no title":                    {func(d *ticket.Draft) { d.Title = " " }, nil},
		"a user as repository":        {func(d *ticket.Draft) { d.Project = bob.ID }, nil},
	} {
		d := draft(s)
		c.change(&d)
		made, err := p.Create(t.Context(), d)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || !slices.Equal(f.Fields, c.fields) {
			t.Errorf("%s: %+v, %+v; want a refusal about %q", name, made, err, c.fields)
		}
	}
	for name, spoil := range map[string]func(*githubtest.Repo){
		"archived": func(r *githubtest.Repo) { r.Archived = true },
		"off":      func(r *githubtest.Repo) { r.Archived, r.NoIssues = false, true },
		"unseen":   func(r *githubtest.Repo) { r.NoIssues, r.Role = false, "" },
	} {
		s := githubtest.Start(t)
		spoil(s.Repo())
		_, err := open(t, s, "").Create(t.Context(), draft(s))
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	s.Change(func(a *githubtest.Access) { a.ReadOnly = true })
	_, err = p.Create(t.Context(), draft(s))
	if f := ticket.FailureOf(err); f.Trouble != ticket.Unauthorized || f.Certainty != ticket.NotSent {
		t.Errorf("a token that only reads: %+v", f)
	}
}

// TestRename renames the repository: what is filed, and where, is known by id.
func TestRename(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	before := create(t, p, s, nil)
	s.Change(func(*githubtest.Access) { s.Repo().Owner, s.Repo().Name = "umbrella", "rights" })
	after := read(t, p, before.ID)
	if after.Project != before.Project || after.Identifier != "umbrella/rights#1" || before.Identifier != "acme/access#1" {
		t.Errorf("read %+v, made %+v", after, before)
	}
	if next := create(t, p, s, nil); next.Identifier != "umbrella/rights#2" || next.Project != before.Project {
		t.Errorf("made %+v", next)
	}
}

// TestTransfer moves an issue: it is gone, and what is in its place has its key.
func TestTransfer(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	r := heard(t)
	made := create(t, p, s, nil)
	hook, err := provider(t, p).Register(t.Context(), ticket.Hook{URL: r.url, Secret: "secret", Projects: []string{s.Repo().ID}})
	if err != nil {
		t.Fatal(err)
	}
	other := s.AddRepo("acme", "third")
	now := s.Transfer(t, made.ID, other)
	if news := r.next(t, p, hook.Secret, "issues"); !slices.Equal(news.Tickets, []string{made.ID, now}) {
		t.Errorf("heard %+v, want the old and the new id", news)
	}
	if got, err := p.Read(t.Context(), []string{made.ID}); err != nil || len(got) > 0 {
		t.Errorf("read %+v, %v; want nothing", got, err)
	}
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 1 || found[0].ID != now || found[0].Project != other.ID {
		t.Errorf("found %+v, %v; want the new one", found, err)
	}
}

// receiver is Admit's webhook address.
type receiver struct {
	url string
	got chan ticket.Delivery
}

func heard(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{got: make(chan ticket.Delivery, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.got <- ticket.Delivery{Header: req.Header, Body: body}
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// next waits for the next delivery of an event.
func (r *receiver) next(t *testing.T, p ticket.Provider, secret, event string) ticket.News {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case d := <-r.got:
			if d.Header.Get("X-GitHub-Event") != event {
				continue
			}
			d.Secret = secret
			news, err := provider(t, p).Hear(d)
			if err != nil || !news.Signed || news.ID == "" {
				t.Errorf("heard %+v, %v", news, err)
			}
			return news
		case <-deadline:
			t.Fatal("nobody called")
		}
	}
}

func TestFindsWhatIsOld(t *testing.T) {
	t.Parallel()
	s, subject := subject(t)
	p := subject.Provider
	old := create(t, p, s, nil)
	s.Age(t, old.ID, 200*24*time.Hour)
	for _, id := range s.System(t).Fill(t, 150) {
		s.Age(t, id, 100*24*time.Hour)
	}
	s.Age(t, s.Post(githubtest.Bob, "A copy of somebody's.\n\nAdmit key: "+key), 150*24*time.Hour)
	twin := create(t, p, s, nil)
	before := subject.Calls()
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 2 || found[0].ID != old.ID || found[1].ID != twin.ID {
		t.Errorf("found %+v, %v; want %s and %s", found, err, old.ID, twin.ID)
	}
	if n := subject.Calls() - before; n != 2 {
		t.Errorf("it took %d calls, want one of the list and one of the search", n)
	}
}

// TestFindGoesOn goes through all that is within the window.
func TestFindGoesOn(t *testing.T) {
	t.Parallel()
	s, subject := subject(t)
	first := create(t, subject.Provider, s, nil)
	s.System(t).Fill(t, 350)
	before := subject.Calls()
	found, err := subject.Provider.Find(t.Context(), key)
	if err != nil || len(found) != 1 || found[0].ID != first.ID {
		t.Errorf("found %+v, %v; want %s", found, err, first.ID)
	}
	if n := subject.Calls() - before; n != 5 {
		t.Errorf("it took %d calls, want four pages and a search", n)
	}
}

func TestKeyInText(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	for text, want := range map[string]int{
		"Admit key: " + key:                        1,
		"Admit key: " + key + "\r\n\r\nP.S. Hurry": 1,
		"<!-- " + key + " -->":                     1,
		"`" + key + "`":                            1,
		"Replaces " + key + ", see there":          0,
		"Admit key: " + key + "0":                  0,
		"":                                         0,
	} {
		s.Write(t, made.ID, text)
		found, err := p.Find(t.Context(), key)
		if err != nil || len(found) != want {
			t.Errorf("%q: found %+v, %v; want %d", text, found, err, want)
		}
	}
}

// TestCalls counts what each method costs.
func TestCalls(t *testing.T) {
	t.Parallel()
	s, subject := subject(t)
	p := subject.Provider
	var made ticket.Snapshot
	for _, c := range []struct {
		name string
		want int
		call func() error
	}{
		{"Create", 2, func() error {
			var err error
			made, err = p.Create(t.Context(), draft(s))
			return err
		}},
		{"Find", 2, func() error { _, err := p.Find(t.Context(), key); return err }},
		{"Comment", 1, func() error { return p.Comment(t.Context(), made.ID, "Hello") }},
		{"Assign", 2, func() error { return provider(t, p).Assign(t.Context(), made.ID, ticket.Account{}) }},
		{"Close", 2, func() error { return p.Close(t.Context(), made.ID, "Not wanted") }},
		{"Close again", 1, func() error { return p.Close(t.Context(), made.ID, "Not wanted") }},
		{"Complete", 1, func() error { return provider(t, p).Complete(t.Context(), made.ID, "Done by Carol.") }},
		{"Account", 2, func() error { _, _, err := p.Account(t.Context(), s.Repo().ID, "alice@example.com"); return err }},
		{"Check", 4, func() error { _, err := p.Check(t.Context(), s.Repo().ID); return err }},
	} {
		before := subject.Calls()
		if err := c.call(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := subject.Calls() - before; n != c.want {
			t.Errorf("%s took %d calls, want %d", c.name, n, c.want)
		}
	}
}

// TestCloseGoesOn closes an issue that has its comment already: the call before
// got that far and no further.
func TestCloseGoesOn(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	const reason = "The access is not wanted any more.\r\nSorry."
	if err := errors.Join(p.Comment(t.Context(), made.ID, reason), p.Close(t.Context(), made.ID, reason)); err != nil {
		t.Fatal(err)
	}
	text := s.System(t).Text(t, made.ID)
	if got := read(t, p, made.ID); got.Outcome != ticket.No || strings.Count(text, "not wanted") != 1 {
		t.Errorf("read %+v with %q", got, text)
	}
}

// TestSignOnIsNoDeletion is refused by the organisation: tickets are not taken
// for gone.
func TestSignOnIsNoDeletion(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	s.Change(func(a *githubtest.Access) { a.Blocked = true })
	got, err := p.Read(t.Context(), []string{made.ID})
	if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Unauthorized || f.Certainty != ticket.NotSent {
		t.Errorf("read %+v, %v; want no rights", got, err)
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t, official(t)...)
	p := provider(t, open(t, s, ""))
	second := s.AddRepo("acme", "third")
	r := heard(t)
	sound := func(repo *githubtest.Repo, want int) {
		t.Helper()
		if n, ok := s.Hooks(repo, r.url); n != want || !ok {
			t.Errorf("%s has %d webhooks, sound = %v; want %d", repo.Name, n, ok, want)
		}
	}
	register := func(hook ticket.Hook) ticket.Hook {
		t.Helper()
		made, err := p.Register(t.Context(), hook)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	hook := register(ticket.Hook{URL: r.url, Secret: "one", Projects: []string{second.ID, s.Repo().ID, s.Repo().ID}})
	sound(s.Repo(), 1)
	sound(second, 1)
	if strings.Contains(hook.ID, "one") {
		t.Errorf("the note %q tells the secret", hook.ID)
	}

	hook.Secret, hook.Projects = "two", []string{s.Repo().ID}
	hook = register(hook)
	sound(s.Repo(), 1)
	sound(second, 0)
	create(t, open(t, s, ""), s, nil)
	if news := r.next(t, open(t, s, ""), "two", "issues"); len(news.Tickets) != 1 {
		t.Errorf("heard %+v", news)
	}

	s.System(t).Listen(t, r.url, "by hand") // an admin, who did not know
	register(hook)
	sound(s.Repo(), 1)

	s.Change(func(a *githubtest.Access) { a.NoHooks = true })
	_, err := p.Register(t.Context(), hook)
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused {
		t.Errorf("without rights: %v, want a refusal", err)
	}
}

// TestPagesOfProjects lists more than fit on a page.
func TestPagesOfProjects(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	for n := range 230 {
		s.AddRepo("acme", fmt.Sprintf("repo-%03d", n)).Archived = n%2 == 0
	}
	projects, err := open(t, s, "").Projects(t.Context())
	if err != nil || len(projects) != 117 {
		t.Errorf("%d projects, %v; want 117", len(projects), err)
	}
}

func TestHearsForms(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	r := heard(t)
	made := create(t, p, s, nil)
	s.ListenForm(r.url, "secret")
	s.Say(t, made.ID, githubtest.Alice, "Hello & goodbye = + %")
	if news := r.next(t, p, "secret", "issue_comment"); !slices.Equal(news.Tickets, []string{made.ID}) {
		t.Errorf("heard %+v", news)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	for part, want := range map[string]int{
		"alice@example.com": 1, "ALICE": 1, "Example": 1, "admit": 1, "": 2,
		"alice@hidden.example": 1,                       // the address is not shown, but the login is like it
		"bob":                  0, "bob@example.com": 0, // cannot be assigned
	} {
		got, err := p.People(t.Context(), s.Repo().ID, part)
		if err != nil || len(got) != want {
			t.Errorf("people by %q: %+v, %v; want %d", part, got, err, want)
		}
	}
	if got, err := p.People(t.Context(), "no repository", "a"); err == nil {
		t.Errorf("people of nowhere: %+v", got)
	}
}

// TestListLacks files where the list of the account's own issues does not show
// them: what GitHub's search finds is not filed again.
func TestListLacks(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	p := open(t, s, "")
	made := create(t, p, s, nil)
	s.Post(githubtest.Bob, "A copy of somebody's.\n\nAdmit key: "+key)
	s.Change(func(a *githubtest.Access) { a.Hidden = []string{"access"} })
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 1 || found[0].ID != made.ID {
		t.Errorf("found %+v, %v; want %s", found, err, made.ID)
	}
}

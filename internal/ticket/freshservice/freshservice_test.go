package freshservice_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/ticket/freshservice"
	"admit/internal/ticket/freshservice/freshservicetest"
	"admit/internal/ticket/tickettest"
)

func behind(t *testing.T, s *freshservicetest.Server) tickettest.FaultSubject {
	t.Helper()
	subject := tickettest.Behind(t, freshservice.Spec(), s.System(t))
	subject.Provider = told{provider(t, subject.Provider)}
	return subject
}

// told tells the suite the name and the address of an assignee, of whom
// Freshservice tells the number.
type told struct{ *freshservice.Provider }

func (p told) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	found, err := p.Provider.Read(ctx, ids)
	return tell(found), err
}

func (p told) Changed(ctx context.Context, cursor string) (ticket.Page, error) {
	page, err := p.Provider.Changed(ctx, cursor)
	page.Tickets = tell(page.Tickets)
	return page, err
}

func tell(tickets []ticket.Snapshot) []ticket.Snapshot {
	for i := range tickets {
		if tickets[i].Assignee.ID == alice().ID {
			tickets[i].Assignee = alice()
		}
	}
	return tickets
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tickettest.Run(t, func(t *testing.T) tickettest.Subject { return behind(t, freshservicetest.Start(t)).Subject })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject { return behind(t, freshservicetest.Start(t)) })
}

func TestPage(t *testing.T) { tickettest.Page(t, "freshservice", freshservice.Spec()) }

const key = "0123456789abcdef0123456789abcdef"

func draft() ticket.Draft {
	return ticket.Draft{Key: key, Project: strconv.Itoa(freshservicetest.Access), Type: "Incident", Title: "Give Josh access", Body: "Make sure.\n\n" + key}
}

func alice() ticket.Account {
	return ticket.Account{ID: strconv.Itoa(freshservicetest.Alice), Name: "Alice Example", Email: "alice@example.com"}
}

// start returns an account, changed before it is used, and a provider on it.
func start(t *testing.T, change func(*freshservicetest.Server)) (*freshservicetest.Server, ticket.Provider) {
	t.Helper()
	s := freshservicetest.Start(t)
	if change != nil {
		change(s)
	}
	return s, tickettest.Open(t, freshservice.Spec(), s.System(t).Settings)
}

func create(t *testing.T, p ticket.Provider, d ticket.Draft) ticket.Snapshot {
	t.Helper()
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
		t.Fatalf("read %+v, %v", got, err)
	}
	return got[0]
}

// TestCheck breaks one thing after the other.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		server         func(*freshservicetest.Server)
		settings       map[string]string
		project, field string
	}{
		"key":               {settings: map[string]string{"api_key": "wrong"}, field: "api_key"},
		"address":           {settings: map[string]string{"base_url": "/elsewhere"}, field: "base_url"},
		"requester":         {settings: map[string]string{"email": "nobody@example.com"}, field: "email"},
		"workspace":         {settings: map[string]string{"workspace": "7"}, field: "workspace"},
		"another workspace": {settings: map[string]string{"workspace": "3"}, field: "workspace"},
		"no tickets":        {server: func(s *freshservicetest.Server) { s.NoTickets = true }, field: "api_key"},
		"no agents":         {server: func(s *freshservicetest.Server) { s.NoAgents = true }},
		"no such group":     {project: "21000000199"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := freshservicetest.Start(t)
			if broken.server != nil {
				broken.server(s)
			}
			settings := s.System(t).Settings
			for setting, value := range broken.settings {
				if setting == "base_url" {
					value = s.URL + value
				}
				settings[setting] = value
			}
			project := cmp.Or(broken.project, strconv.Itoa(freshservicetest.Access))
			findings, err := tickettest.Open(t, freshservice.Spec(), settings).Check(t.Context(), project)
			if err != nil || len(findings) != 1 || findings[0].Field != broken.field || findings[0].Problem == "" {
				t.Errorf("findings %+v, %v; want one about %q", findings, err, broken.field)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, wrong := range []map[string]string{
		{"email": "admit"}, {"workspace": "IT"}, {"declined_tags": ", "}, {"declined_tags": "admit"}, {"declined_tags": strings.Repeat("x", 33)},
	} {
		settings := map[string]string{"base_url": "https://x.freshservice.com", "api_key": "x", "email": "a@example.com"}
		maps.Copy(settings, wrong)
		clean, err := freshservice.Spec().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := freshservice.Spec().Open(clean, tickettest.Client()); access.CodeOf(err) != access.Invalid {
			t.Errorf("%v: %v, want it refused", wrong, err)
		}
	}
}

// TestDropped files a ticket that a workflow changes at once.
func TestDropped(t *testing.T) {
	t.Parallel()
	_, p := start(t, func(s *freshservicetest.Server) {
		s.Mangle = func(one *freshservicetest.Ticket) {
			one.Group, one.Responder, one.Tags, one.Category, one.Priority = freshservicetest.Other, 0, one.Tags[1:2], "", 4
			one.DueBy, one.Custom = one.DueBy.Add(time.Hour), map[string]any{}
		}
	})
	d := draft()
	d.Assignee = alice()
	d.Fields = map[string]string{
		"tags": "crm", "due_by": "2090-01-02", "category": "Hardware", "priority": "2", "custom:choice:risk": "High", "custom:number:seats": "3",
	}
	made := create(t, p, d)
	want := []string{"Group", ticket.AssigneeField, "Category", "Risk", "Seats", "Due by", "Priority", "Tags"}
	if !slices.Equal(made.Dropped, want) || made.Assignee != (ticket.Account{}) {
		t.Errorf("%+v; want dropped %q", made, want)
	}
}

func TestFieldsArrive(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	d := draft()
	d.Fields = map[string]string{
		"tags": "crm\nVIP", "due_by": "2090-01-02", "category": "Hardware", "priority": "2", "urgency": "3",
		"custom:number:seats": "3", "custom:line:vendor": "Acme & Co", "custom:flag:urgent_access": "true",
	}
	made := create(t, p, d)
	one := s.Ticket(t, made.ID)
	if len(made.Dropped) > 0 || !slices.Equal(one.Tags, []string{"admit", key, "crm", "VIP"}) || one.Priority != 2 || one.Urgency != 3 || one.Category != "Hardware" {
		t.Errorf("made %+v of %+v", made, one)
	}
	if one.Custom["seats"] != 3.0 || one.Custom["vendor"] != "Acme & Co" || one.Custom["urgent_access"] != true {
		t.Errorf("custom fields %v", one.Custom)
	}
}

// TestRefusals names what is refused, by Freshservice or before it is asked.
func TestRefusals(t *testing.T) {
	t.Parallel()
	_, p := start(t, nil)
	for want, change := range map[string]func(*ticket.Draft){
		ticket.AssigneeField:  func(d *ticket.Draft) { d.Assignee.ID = "21000000004" },
		"tags":                func(d *ticket.Draft) { d.Fields["tags"] = strings.Repeat("x", 33) },
		"due_by":              func(d *ticket.Draft) { d.Fields["due_by"] = "2020-01-02" },
		"priority":            func(d *ticket.Draft) { d.Fields["priority"] = "9" },
		"custom:number:seats": func(d *ticket.Draft) { d.Fields["custom:number:seats"] = "0x1" },
		"custom:line:other":   func(d *ticket.Draft) { d.Fields["custom:line:other"] = "x" },
		"custom:x:vendor":     func(d *ticket.Draft) { d.Fields["custom:x:vendor"] = "x" },
	} {
		d := draft()
		d.Fields = map[string]string{}
		change(&d)
		_, err := p.Create(t.Context(), d)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{want}) {
			t.Errorf("%+v, want a refusal about %q", f, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	_, p := start(t, func(s *freshservicetest.Server) { s.Remaining = 0 })
	_, err := p.Find(t.Context(), key)
	if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.RetryAfter != 7*time.Second {
		t.Errorf("%+v", f)
	}
}

// TestFindOld finds twins of which one is only in the index of the filter.
func TestFindOld(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	const month = 31 * 24 * time.Hour
	old := strconv.FormatInt(s.Old(key, month), 10)
	made := create(t, p, draft())
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 2 || found[0].ID != old || found[1].ID != made.ID {
		t.Errorf("found %+v, %v; want %s and %s", found, err, old, made.ID)
	}
}

// TestFindInARush finds a ticket that the filter does not know yet, behind many
// newer ones.
func TestFindInARush(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	const many = 350
	s.System(t).Fill(t, many)
	if found, err := p.Find(t.Context(), key); err != nil || len(found) != 1 || found[0].ID != made.ID {
		t.Errorf("found %+v, %v; want %s", found, err, made.ID)
	}
}

// TestWithoutTags meets an account that leaves the tags out of its answers: the
// key is in the text too, and how a ticket ended is not known.
func TestWithoutTags(t *testing.T) {
	t.Parallel()
	s, p := start(t, func(s *freshservicetest.Server) { s.NoTags = true })
	made := create(t, p, draft())
	if err := p.Close(t.Context(), made.ID, "not wanted"); ticket.FailureOf(err).Certainty != ticket.Refused || len(s.Ticket(t, made.ID).Notes) > 0 {
		t.Errorf("closing: %v, want it refused before anything is written", err)
	}
	if found, err := p.Find(t.Context(), key); err != nil || len(found) != 1 || found[0].Key != key {
		t.Errorf("found %+v, %v", found, err)
	}
	s.Ticket(t, made.ID).Status = 4
	if got := read(t, p, made.ID); got.Outcome != ticket.Unclear {
		t.Errorf("read %+v, want it unclear", got)
	}
}

// TestOutcomes puts a ticket into all states there are.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	one := s.Ticket(t, made.ID)
	for _, c := range []struct {
		status  int64
		tag     string
		spam    bool
		outcome ticket.Outcome
		ground  string
	}{
		{2, "", false, ticket.Open, "status:2"},
		{3, "Declined", false, ticket.Open, "status:3"},
		{4, "", false, ticket.Yes, "status:4"},
		{5, "", false, ticket.Yes, "status:5"},
		{4, "Declined", false, ticket.No, "tag:declined"},
		{5, "wont-do", false, ticket.No, "tag:wont-do"},
		{8, "declined", false, ticket.Open, "status:8"},
		{5, "", true, ticket.Deleted, "deleted"},
	} {
		one.Status, one.Tags, one.Spam = c.status, []string{"admit", c.tag}, c.spam
		if got := read(t, p, made.ID); got.Outcome != c.outcome || got.Grounds[0].Key != c.ground {
			t.Errorf("%+v reads as %+v", c, got)
		}
	}
}

// TestWorkspaces files into a workspace that is not the primary one.
func TestWorkspaces(t *testing.T) {
	t.Parallel()
	s := freshservicetest.Start(t)
	settings := s.System(t).Settings
	settings["workspace"] = "3"
	p := tickettest.Open(t, freshservice.Spec(), settings)
	projects, err := p.Projects(t.Context())
	if err != nil || len(projects) != 1 || projects[0].Name != "Second" {
		t.Fatalf("groups %+v, %v", projects, err)
	}
	d := draft()
	d.Project = projects[0].ID
	made := create(t, p, d)
	if found, err := p.Find(t.Context(), key); err != nil || len(found) != 1 || found[0].ID != made.ID {
		t.Errorf("found %+v, %v", found, err)
	}
}

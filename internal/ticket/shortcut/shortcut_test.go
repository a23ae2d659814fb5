package shortcut_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/ticket/shortcut"
	"admit/internal/ticket/shortcut/shortcuttest"
	"admit/internal/ticket/tickettest"
)

func behind(t *testing.T, s *shortcuttest.Server) tickettest.FaultSubject {
	t.Helper()
	subject := tickettest.Behind(t, shortcut.Spec(), s.System(t))
	subject.Provider = told{provider(t, subject.Provider)}
	return subject
}

// told tells the suite the address of an assignee, of whom Shortcut tells the
// name.
type told struct{ *shortcut.Provider }

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
		if tickets[i].Assignee.ID == shortcuttest.Alice {
			tickets[i].Assignee.Email = "alice@example.com"
		}
	}
	return tickets
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tickettest.Run(t, func(t *testing.T) tickettest.Subject { return behind(t, shortcuttest.Start(t)).Subject })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject { return behind(t, shortcuttest.Start(t)) })
}

func TestPage(t *testing.T) { tickettest.Page(t, "shortcut", shortcut.Spec()) }

const key = "0123456789abcdef0123456789abcdef"

func draft() ticket.Draft {
	return ticket.Draft{Key: key, Project: shortcuttest.Access, Type: "chore", Title: "Give Josh access", Body: "Make sure.\n\n" + key}
}

func alice() ticket.Account {
	return ticket.Account{ID: shortcuttest.Alice, Name: "Alice Example", Email: "alice@example.com"}
}

// start returns a workspace, changed before it is used, and a provider on it.
func start(t *testing.T, change func(*shortcuttest.Server)) (*shortcuttest.Server, ticket.Provider) {
	t.Helper()
	s := shortcuttest.Start(t)
	if change != nil {
		change(s)
	}
	return s, tickettest.Open(t, shortcut.Spec(), s.System(t).Settings)
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
		server         func(*shortcuttest.Server)
		settings       map[string]string
		project, field string
	}{
		"token":             {settings: map[string]string{"token": "wrong"}, field: "token"},
		"address":           {settings: map[string]string{"base_url": "/elsewhere"}, field: "base_url"},
		"another workspace": {settings: map[string]string{"workspace": "another"}, field: "workspace"},
		"observer":          {server: func(s *shortcuttest.Server) { s.Role = "observer" }, field: "token"},
		"no version 4":      {server: func(s *shortcuttest.Server) { s.NoV4 = true }, field: "token"},
		"no such team":      {project: "00000000-0000-4000-8000-000000000199"},
		"archived team":     {project: shortcuttest.Old},
		"no workflow":       {project: shortcuttest.Empty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shortcuttest.Start(t)
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
			findings, err := tickettest.Open(t, shortcut.Spec(), settings).Check(t.Context(), cmp.Or(broken.project, shortcuttest.Access))
			if err != nil || len(findings) != 1 || findings[0].Field != broken.field || findings[0].Problem == "" {
				t.Errorf("findings %+v, %v; want one about %q", findings, err, broken.field)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, wrong := range []map[string]string{
		{"workspace": "app.shortcut.com/x"}, {"workspace": "a b"}, {"declined_label": "Admit"}, {"declined_label": strings.Repeat("x", 129)},
	} {
		settings := map[string]string{"workspace": "example", "token": "x"}
		maps.Copy(settings, wrong)
		clean, err := shortcut.Spec().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := shortcut.Spec().Open(clean, tickettest.Client()); access.CodeOf(err) != access.Invalid {
			t.Errorf("%v: %v, want it refused", wrong, err)
		}
	}
}

// TestDropped files a story that an automation changes at once.
func TestDropped(t *testing.T) {
	t.Parallel()
	_, p := start(t, func(s *shortcuttest.Server) {
		s.Mangle = func(st *shortcuttest.Story) {
			st.Type, st.State, st.Group = "bug", 500000010, shortcuttest.Platform
			st.Labels, st.Owners, st.Custom, st.Deadline, st.Estimate = nil, nil, nil, "", nil
		}
	})
	d := draft()
	d.Assignee = alice()
	d.Fields = map[string]string{"labels": "x", "deadline": "2030-01-02", "estimate": "3", "custom:" + shortcuttest.Priority: shortcuttest.High}
	made := create(t, p, d)
	want := []string{"Team", "Type", ticket.AssigneeField, "State", "Labels", "Due date", "Estimate", "Priority"}
	if !slices.Equal(made.Dropped, want) || made.Assignee != (ticket.Account{}) || made.Project != shortcuttest.Platform {
		t.Errorf("%+v; want dropped %q", made, want)
	}
}

func TestFieldsArrive(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	d := draft()
	d.Fields = map[string]string{"labels": "crm\nVIP", "deadline": "2030-01-02", "estimate": "3", "state": "500000010"}
	made := create(t, p, d)
	st := s.Story(t, made.ID)
	if len(made.Dropped) > 0 || !slices.Equal(st.Labels, []string{"admit", "crm", "VIP"}) || st.Deadline != "2030-01-02T12:00:00Z" || *st.Estimate != 3 || made.Status != "Backlog" {
		t.Errorf("made %+v of %+v", made, st)
	}
}

// TestRefusals names what is refused, by Shortcut or before it is asked.
func TestRefusals(t *testing.T) {
	t.Parallel()
	_, p := start(t, nil)
	custom := "custom:" + shortcuttest.Priority
	for want, change := range map[string]func(*ticket.Draft){
		ticket.AssigneeField: func(d *ticket.Draft) { d.Assignee.ID = shortcuttest.Olga },
		"labels":             func(d *ticket.Draft) { d.Fields["labels"] = strings.Repeat("x", 129) + "\n" },
		"deadline":           func(d *ticket.Draft) { d.Fields["deadline"] = "tomorrow" },
		"estimate":           func(d *ticket.Draft) { d.Fields["estimate"] = "1.5" },
		"state":              func(d *ticket.Draft) { d.Fields["state"] = "500000013" },
		custom:               func(d *ticket.Draft) { d.Fields[custom] = shortcuttest.Alice },
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
	_, p := start(t, func(s *shortcuttest.Server) { s.Remaining = 0 })
	_, err := p.Find(t.Context(), key)
	if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.RetryAfter != 7*time.Second {
		t.Errorf("%+v", f)
	}
}

// TestOutcomes moves a story through all there is.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	f := s.System(t).Fulfiller
	for _, one := range []struct {
		change  func(*shortcuttest.Story)
		outcome ticket.Outcome
		ground  string
	}{
		{func(st *shortcuttest.Story) { st.Labels = append(st.Labels, "Wont-Do") }, ticket.Open, "state:500000011"},
		{func(st *shortcuttest.Story) { st.State = shortcuttest.Doing }, ticket.Open, "state:500000012"},
		{func(st *shortcuttest.Story) { st.State = shortcuttest.Done }, ticket.No, "label:wont-do"},
		{func(st *shortcuttest.Story) { st.Labels = nil }, ticket.Yes, "state:500000013"},
		{func(st *shortcuttest.Story) { st.Archived = true }, ticket.Yes, "state:500000013"},
		{func(st *shortcuttest.Story) { st.State = shortcuttest.WontDo }, ticket.No, "state:500000014"},
		{func(st *shortcuttest.Story) { st.State = shortcuttest.Ready }, ticket.Unclear, "archived"},
	} {
		if one.outcome == ticket.Open && one.ground == "state:500000011" {
			create(t, p, draft())
		}
		found, err := p.Find(t.Context(), key)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		one.change(s.Story(t, found[0].ID))
		got := read(t, p, found[0].ID)
		if got.Outcome != one.outcome || got.Grounds[0].Key != one.ground {
			t.Errorf("read %+v, want %s because of %s", got, one.outcome, one.ground)
		}
	}
	made := create(t, p, ticket.Draft{Key: strings.Repeat("a", 32), Project: shortcuttest.Access, Title: "x", Body: "x"})
	s.Story(t, made.ID).SubTasks = []int64{7}
	if got := read(t, p, made.ID); !got.WorkSeen {
		t.Error("a sub-task is no work")
	}
	f.Delete(t, made.ID)
	if got, err := p.Read(t.Context(), []string{made.ID}); err != nil || len(got) > 0 {
		t.Errorf("a deleted story: %+v, %v", got, err)
	}
}

// TestDeletedWhilePaging deletes stories that were read already: those behind
// them move forward, and must be seen all the same.
func TestDeletedWhilePaging(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	system := s.System(t)
	const many = 250
	ids := system.Fill(t, many)
	seen := map[string]bool{}
	for pages := 0; ; pages++ {
		if page, err = p.Changed(t.Context(), page.Cursor); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Tickets {
			seen[one.ID] = true
		}
		if pages == 0 {
			for _, one := range page.Tickets[:3] {
				system.Fulfiller.Delete(t, one.ID)
			}
		}
		if !page.More {
			break
		}
	}
	for _, id := range ids {
		if !seen[id] {
			t.Errorf("ticket %s was not seen", id)
		}
	}
}

// TestOthersStories is about stories that are none of Admit's.
func TestOthersStories(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	made := create(t, p, draft())
	s.Story(t, made.ID).ExternalID = "https://jira.example.com/AR-1"
	if page, err = p.Changed(t.Context(), page.Cursor); err != nil || len(page.Tickets) > 0 {
		t.Errorf("changed: %+v, %v; want nothing", page, err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	_, p := start(t, nil)
	people, err := p.People(t.Context(), shortcuttest.Access, "example")
	if want := []string{"Admit", "Alice Example", "Bob Example"}; err != nil || !slices.Equal(names(people), want) {
		t.Errorf("people %+v, %v; want %q", people, err, want)
	}
	if _, ok, err := p.Account(t.Context(), shortcuttest.Access, "gone@example.com"); ok || err != nil {
		t.Errorf("somebody disabled can be assigned: %v", err)
	}
}

func names(people []ticket.Account) []string {
	var all []string
	for _, a := range people {
		all = append(all, a.Name)
	}
	return all
}

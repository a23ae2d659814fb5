package servicenow_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/servicenow/servicenowtest"
	"admit/internal/ticket/tickettest"
)

const key = "0123456789abcdef0123456789abcdef"

// fake starts an instance and a provider on it, with these settings beside the
// usual.
func fake(t *testing.T, more map[string]string) (*servicenowtest.Server, ticket.Provider) {
	t.Helper()
	s := servicenowtest.Start(t)
	settings := maps.Clone(s.System(t).Settings)
	maps.Copy(settings, more)
	return s, tickettest.Open(t, servicenow.Spec(), settings)
}

func former(t *testing.T, p ticket.Provider) ticket.Former {
	t.Helper()
	f, ok := p.(ticket.Former)
	if !ok {
		t.Fatal("there are no forms")
	}
	return f
}

func lister(t *testing.T, p ticket.Provider) ticket.Lister {
	t.Helper()
	l, ok := p.(ticket.Lister)
	if !ok {
		t.Fatal("there are no statuses")
	}
	return l
}

func draft(project string) ticket.Draft {
	return ticket.Draft{Key: key, Project: project, Title: "Give Josh access", Body: "Make sure **Josh HAS** it.\n\n" + key}
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
		t.Fatalf("read %+v, %v; want one ticket", got, err)
	}
	return got[0]
}

// TestCheckFinds breaks one thing after the other.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	catalog := ways["order"]
	cases := []struct {
		name     string
		settings map[string]string
		spoil    func(*servicenowtest.Server)
		project  string
		field    string
		says     string
	}{
		{"password", map[string]string{"password": "wrong"}, nil, "", "password", "user and password"},
		{"api key", map[string]string{"auth": "api_key", "api_key": "wrong"}, nil, "", "api_key", "API key"},
		{"no tickets", nil, func(s *servicenowtest.Server) { s.Deny("task", true) }, "", "", "itil"},
		{"people", nil, func(s *servicenowtest.Server) { s.Conceal("email") }, "", "", "e-mail"},
		{"people, without a word", nil, func(s *servicenowtest.Server) { s.Strict(); s.Conceal("email") }, "", "", "e-mail"},
		{"active people", nil, func(s *servicenowtest.Server) { s.Conceal("active") }, "", "", "active"},
		{"key", nil, func(s *servicenowtest.Server) { s.Conceal("correlation_id") }, "", "", "correlation_id"},
		{"time zone", nil, func(s *servicenowtest.Server) { s.Zone(9 * time.Hour) }, "", "", "GMT"},
		{"time zone in the west", nil, func(s *servicenowtest.Server) { s.Zone(-5 * time.Hour) }, "", "", "GMT"},
		{"short description", nil, func(s *servicenowtest.Server) { s.Shorten("description", "1000") }, "", "", "1000 characters"},
		{"short key", nil, func(s *servicenowtest.Server) { s.Shorten("correlation_id", "30") }, "", "", "correlation_id"},
		{"variables", nil, func(s *servicenowtest.Server) { s.Deny("sc_item_option_mtom", true) }, "", "key_variable", "sc_item_option"},
		{"variables, without a word", nil, func(s *servicenowtest.Server) { s.Blind("sc_item_option_mtom") }, "", "key_variable", "sc_item_option"},
		{"tasks", nil, func(s *servicenowtest.Server) { s.Deny("sc_task", true) }, "", "key_variable", "sc_task"},
		{"incidents", nil, func(s *servicenowtest.Server) { s.Deny("incident", true) }, "incident", "", "incident"},
		{"no key variable set", map[string]string{"key_variable": ""}, nil, catalog, "key_variable", "name the key variable"},
		{"no key variable there", nil, nil, "catalog:" + servicenowtest.ItemNoKey, "key_variable", "no variable admit_key"},
		{"item of others", nil, nil, "catalog:" + servicenowtest.ItemForeign, "", "may not order"},
		{"no item", nil, nil, "catalog:00000000000000000000000000000000", "", "does not exist"},
		{"record producer", nil, nil, "catalog:" + servicenowtest.ItemProducer, "", "record_producer"},
		{"other table", nil, nil, "problem", "", "no such way"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, good := fake(t, nil)
			create(t, good, draft("incident"))
			create(t, good, draft(catalog))
			if c.spoil != nil {
				c.spoil(s)
			}
			settings := maps.Clone(s.System(t).Settings)
			maps.Copy(settings, c.settings)
			findings, err := tickettest.Open(t, servicenow.Spec(), settings).Check(t.Context(), c.project)
			if err != nil || len(findings) == 0 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
				t.Errorf("found %+v, %v; want %q about %q", findings, err, c.says, c.field)
			}
		})
	}
}

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	s, _ := fake(t, nil)
	settings := maps.Clone(s.System(t).Settings)
	settings["base_url"] = s.URL + "/portal"
	findings, err := tickettest.Open(t, servicenow.Spec(), settings).Check(t.Context(), "")
	if err != nil || len(findings) != 1 || findings[0].Field != "base_url" {
		t.Errorf("found %+v, %v; want one about the address", findings, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := map[string]string{"base_url": "https://example.service-now.com", "user": "admit", "password": "x"}
	for field, change := range map[string]map[string]string{
		"user":                  {"user": ""},
		"password":              {"password": ""},
		"api_key":               {"auth": "api_key"},
		"key_variable":          {"key_variable": "admit^key"},
		"text_variable":         {"key_variable": "admit", "text_variable": "admit"},
		"incident_cancel_state": {"incident_cancel_state": "6"},
		"task_cancel_state":     {"task_cancel_state": "closed"},
		"done_close_code":       {"done_close_code": "Duplicate"},
	} {
		settings := maps.Clone(good)
		maps.Copy(settings, change)
		clean, err := servicenow.Spec().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		_, err = servicenow.Spec().Open(clean, nil)
		if wrong, ok := errors.AsType[*access.Error](err); !ok || wrong.Fields["settings."+field] == "" {
			t.Errorf("%v: %v; want a problem with %s", change, err, field)
		}
	}
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	_, p := fake(t, map[string]string{"auth": "api_key", "api_key": servicenowtest.APIKey, "user": "", "password": ""})
	create(t, p, draft("incident"))
}

// TestTwoPeople: who cannot be told apart is nobody.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	_, p := fake(t, nil)
	for _, email := range []string{"twin@example.com", "carol@example.com", "a^ORactive=true@example.com", "javascript:gs.getUserID()@example.com"} {
		if acct, ok, err := p.Account(t.Context(), "incident", email); err != nil || ok {
			t.Errorf("%s is %+v, %v, %v; want nobody", email, acct, ok, err)
		}
	}
}

// TestDropped: what ServiceNow drops without a word is noticed.
func TestDropped(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	alice, ok, err := p.Account(t.Context(), "incident", "alice@example.com")
	if err != nil || !ok {
		t.Fatal(err)
	}
	for _, column := range []string{"urgency", "description", "assigned_to"} {
		s.Protect(column)
	}
	d := draft("incident")
	d.Assignee, d.Fields = alice, map[string]string{"urgency": "1", "impact": "2", "u_no_such": "x"}
	made := create(t, p, d)
	if want := []string{"text", "u_no_such", "Urgency"}; !slices.Equal(made.Dropped, want) {
		t.Errorf("dropped %q, want %q", made.Dropped, want)
	}
	if made.Assignee != (ticket.Account{}) {
		t.Errorf("assigned to %+v, who was dropped", made.Assignee)
	}
}

// TestKeyDropped: a ticket without its key is told, with its reference.
func TestKeyDropped(t *testing.T) {
	t.Parallel()
	for name, project := range ways {
		s, p := fake(t, nil)
		s.Protect("correlation_id")
		made, err := p.Create(t.Context(), draft(project))
		f := ticket.FailureOf(err)
		if err == nil || made.ID == "" || f.Certainty != ticket.Ambiguous || !strings.Contains(f.Msg, "correlation_id") {
			t.Errorf("%s: made %+v, %v; want its id and a word about the key", name, made, err)
		}
	}
}

// TestRefusals: a refusal names the fields it is about.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	s.Require("assignment_group")
	_, err := p.Create(t.Context(), draft("incident"))
	f := ticket.FailureOf(err)
	if f.Certainty != ticket.Refused || f.Trouble != ticket.Input || !slices.Equal(f.Fields, []string{"assignment_group"}) {
		t.Errorf("refused with %+v, want it to be about the assignment group", f)
	}
	form, err := former(t, p).Form(t.Context(), "incident", "")
	if err != nil || len(form) == 0 || form[0].ID != "assignment_group" || !form[0].Required || len(form[0].Options) != 1 {
		t.Errorf("the form is %+v, %v; want the group first, required, with one option", form, err)
	}
	d := draft("incident")
	d.Fields = map[string]string{"assignment_group": form[0].Options[0].ID}
	if made := create(t, p, d); len(made.Dropped) > 0 {
		t.Errorf("dropped %q", made.Dropped)
	}
	s.Deny("incident", true)
	_, err = p.Create(t.Context(), draft("incident"))
	if f := ticket.FailureOf(err); f.Certainty != ticket.NotSent || f.Trouble != ticket.Unauthorized {
		t.Errorf("without rights: %+v, want unauthorized and not sent", f)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	s.Limit(0)
	_, err := p.Find(t.Context(), key)
	if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.RetryAfter != 90*time.Second || f.Certainty != ticket.NotSent {
		t.Errorf("got %+v, want a pause of 90 s", f)
	}
}

// TestCutOff: a search that took too long answers 200 with a part and an error.
func TestCutOff(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	made := create(t, p, draft("incident"))
	s.Cut(true)
	_, find := p.Find(t.Context(), key)
	_, get := p.Read(t.Context(), []string{made.ID})
	d := draft("incident")
	d.Fields = map[string]string{"caller_id": "6816f79cc0a8016401c5a33be04be441"} // the first call is the one that files
	_, file := p.Create(t.Context(), d)
	for name, err := range map[string]error{"Find": find, "Read": get} {
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Down || f.Certainty != ticket.NotSent {
			t.Errorf("%s: %+v, want down", name, err)
		}
	}
	if f := ticket.FailureOf(file); file == nil || f.Certainty != ticket.Ambiguous {
		t.Errorf("Create: %v, want it ambiguous", file)
	}
}

// TestConcealed: a column that may not be read must not look like an empty list.
func TestConcealed(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"correlation_id", "state", "active", "sys_updated_on", "sys_class_name"} {
		s, p := fake(t, nil)
		made := create(t, p, draft("incident"))
		s.Conceal(column)
		if found, err := p.Find(t.Context(), key); err == nil {
			t.Errorf("without %s Find gave %+v, want an error", column, found)
		}
		if got, err := p.Read(t.Context(), []string{made.ID}); err == nil && column != "correlation_id" {
			t.Errorf("without %s Read gave %+v, want an error", column, got)
		}
	}
}

// TestZone: changes that come from a search in another time zone are refused
// where it shows.
func TestZone(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	old := create(t, p, draft("incident"))
	page, err := p.Changed(t.Context(), "") // from the time of the newest ticket on
	if err != nil {
		t.Fatal(err)
	}
	s.Age(t, old.ID, 3*time.Hour)
	s.Zone(9 * time.Hour)
	if _, err := p.Changed(t.Context(), page.Cursor); err == nil || !strings.Contains(ticket.FailureOf(err).Msg, "GMT") {
		t.Errorf("got %v, want a word about the time zone", err)
	}
}

// TestHiddenPages: the limit cuts before access rules are looked at, so that a
// page can be short, or empty, and not the last.
func TestHiddenPages(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ids := s.System(t).Fill(t, 450)
	slices.Sort(ids) // as pages come: all have one time
	for _, id := range ids[:350] {
		s.System(t).Hide(t, id)
	}
	seen := map[string]bool{}
	for range 10 {
		if page, err = p.Changed(t.Context(), page.Cursor); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Tickets {
			seen[one.ID] = true
		}
		if !page.More {
			break
		}
	}
	if len(seen) != 100 || page.More {
		t.Errorf("saw %d tickets, more = %v; want the 100 that can be seen", len(seen), page.More)
	}
}

func TestFormWithoutRights(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	for _, table := range []string{"sys_dictionary", "sys_data_policy_rule", "sys_user_group", "sys_db_object"} {
		s.Deny(table, true)
	}
	form, err := former(t, p).Form(t.Context(), "incident", "")
	if err != nil || !slices.ContainsFunc(form, func(f ticket.FormField) bool { return f.ID == "urgency" && len(f.Options) == 3 }) {
		t.Errorf("the form is %+v, %v; want the urgency in it", form, err)
	}
	projects, err := p.Projects(t.Context())
	if err != nil || len(projects) != 4 {
		t.Errorf("the projects are %+v, %v; want four", projects, err)
	}
	s.Deny("sys_choice", true)
	if statuses, err := lister(t, p).Statuses(t.Context(), ""); err != nil || len(statuses) < 15 {
		t.Errorf("the statuses are %+v, %v; want those that are delivered", statuses, err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	_, p := fake(t, nil)
	form, err := former(t, p).Form(t.Context(), "incident", "")
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]ticket.Entry{}
	for _, f := range form {
		entries[f.ID] = f.Entry
		if len(f.Options) > 0 && strings.HasPrefix(f.Options[0].Name, "de ") {
			t.Errorf("the options of %s are in German: %+v", f.ID, f.Options)
		}
	}
	for id, entry := range map[string]ticket.Entry{
		"u_cost_center": ticket.Line, "urgency": ticket.Choice, "due_date": ticket.Date, "assignment_group": ticket.Choice, "category": ticket.Choice,
	} {
		if entries[id] != entry {
			t.Errorf("%s is entered as %q, want %q", id, entries[id], entry)
		}
	}
	for _, id := range []string{"short_description", "description", "assigned_to", "caller_id", "state", "correlation_id", "subcategory"} {
		if _, there := entries[id]; there {
			t.Errorf("%s is in the form", id)
		}
	}
}

package apps_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/ticket"
	"admit/internal/web/apps"
	"admit/internal/web/webtest"
)

// desk is a ticket system that can be down and can miss rights.
type desk struct {
	ticket.Provider
	down, poor atomic.Bool
}

func (d *desk) Projects(context.Context) ([]ticket.Project, error) {
	if d.down.Load() {
		return nil, &ticket.Failure{Trouble: ticket.Down, Certainty: ticket.Refused, Msg: "no answer in time"}
	}
	return []ticket.Project{{ID: "7", Name: "Access"}, {ID: "8", Name: "General"}}, nil
}

func (d *desk) Check(_ context.Context, project string) ([]ticket.Finding, error) {
	if d.poor.Load() {
		return []ticket.Finding{{Field: "project", Problem: "Grant the right to create tickets in queue " + project + "."}}, nil
	}
	return nil, nil
}

// formal is a desk whose tickets have a type and something to fill in.
type formal struct{ *desk }

func (formal) Types(_ context.Context, project string) ([]ticket.Type, error) {
	if project == "8" {
		return nil, nil
	}
	return []ticket.Type{{ID: "t1", Name: "Access request"}, {ID: "t2", Name: "Fault"}}, nil
}

func (formal) Form(_ context.Context, _, typ string) ([]ticket.FormField, error) {
	if typ != "t1" {
		return nil, nil
	}
	return []ticket.FormField{
		{ID: "team", Name: "team", Entry: ticket.Choice, Required: true, Options: []ticket.Option{{ID: "7", Name: "Seven"}, {ID: "8", Name: "Eight <b>"}}},
		{ID: "due", Name: "Due", Entry: ticket.Date},
		{ID: "parts", Name: "Parts", Entry: ticket.Choices, Options: []ticket.Option{{ID: "a", Name: "Part A"}, {ID: "b", Name: "Part B"}}},
		{ID: "urgent", Name: "Urgent", Entry: ticket.Flag},
		{ID: "who", Name: "Who", Entry: ticket.Line},
	}, nil
}

// withDesk adds the ticket system to a company and returns its id.
func withDesk(t *testing.T, c *webtest.Company) (*desk, string) {
	t.Helper()
	d := &desk{}
	return d, add(t, c, d)
}

// add adds a provider to a company and returns its id.
func add(t *testing.T, c *webtest.Company, d ticket.Provider) string {
	t.Helper()
	specs := append(c.Propagation.Registry.Specs(), ticket.Spec{
		Kind: "desk", Name: "Desk", Project: "queue", Batch: 10,
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return d, nil },
	})
	c.Propagation.Registry = ticket.NewRegistry(specs...)
	p, err := c.Propagation.CreateProvider(t.Context(), c.Actor(webtest.Ada), propagation.ProviderParams{Kind: "desk", Name: "Help desk"})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func app(t *testing.T, c *webtest.Company, name string) access.App {
	t.Helper()
	a, err := c.Inventory.App(t.Context(), c.Actor(webtest.Ada), c.Apps[name])
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// basics are the fields every post of the form has.
func basics(a access.App) url.Values {
	return url.Values{"name": {a.Name}, "description": {a.Description}, "admin_owner_id": {a.AdminOwnerID}}
}

func TestSwitchingTicketsOnWithoutScript(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	_, deskID := withDesk(t, c)
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Office"]
	ada.Get(at).Says("main", "Tickets are off for this app", "only written down")
	ada.Get(at+"/edit").Says("#tickets", "nobody is asked to do anything").Has(0, "#tickets select").Has(1, `noscript`)

	form := basics(app(t, c, "Office"))
	form.Set("tickets.enabled", "on")
	page := ada.Post(at+"/preview", form).Is(http.StatusOK)
	page.Has(1, `select[name="tickets.provider_id"]`).Has(0, `select[name="tickets.project_id"]`).Has(1, `a[href="/settings/providers/new"]`)
	page.Has(1, `input[name="tickets.on_grant"][checked]`).Has(1, `input[name="tickets.on_removal"][checked]`)

	form.Set("tickets.shown", "1")
	form.Set("tickets.provider_id", deskID)
	form.Set("tickets.on_grant", "on")
	form.Set("tickets.instructions", "Open the <b>door</b> list.")
	page = ada.Post(at+"/preview", form).Is(http.StatusOK)
	page.Says(`select[name="tickets.project_id"]`, "Access", "General").Says(`label[for="tickets.project_id"]`, "Queue")
	page.Says("#ticket-preview", "Make sure josh@example.com HAS My Role in Office", "Open the <b>door</b> list.", "Help desk").Has(0, "#ticket-preview b")
	if app(t, c, "Office").TicketsEnabled {
		t.Fatal("a preview saved")
	}
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Queue: Is required when tickets are on")

	form.Set("tickets.project_id", "8")
	ada.Post(at+"/edit", form).LeadsTo(at)
	a := app(t, c, "Office")
	if !a.Files(access.ToGrant) || a.Files(access.ToRemove) || *a.TicketProviderID != deskID || a.TicketProjectID != "8" || a.TicketProjectName != "General" {
		t.Errorf("stored %+v", a.TicketPolicy)
	}
	ada.Get(at).Says(".toast", "From now on, tickets are filed").Says("main", "A ticket is filed in Help desk, General, when access is given.", "Open the <b>door</b> list.")
	ada.Get("/apps").Says("#apps", "On, giving only", "General")
}

func TestSwitchingTicketsOffKeepsTheSettings(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Payroll"]
	was := app(t, c, "Payroll")
	ada.Post(at+"/edit", basics(was)).LeadsTo(at)
	is := app(t, c, "Payroll")
	if is.TicketsEnabled || is.TicketProjectID != was.TicketProjectID || *is.TicketProviderID != *was.TicketProviderID {
		t.Errorf("stored %+v, before %+v", is.TicketPolicy, was.TicketPolicy)
	}
	ada.Get(at).Says(".toast", "only written down now")
}

func TestAProviderThatIsDownLosesNothing(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	d, deskID := withDesk(t, c)
	on, project, name := true, "8", "General"
	if _, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Office"], inventory.AppPatch{Tickets: inventory.TicketPatch{
		Enabled: &on, ProviderID: &deskID, ProjectID: &project, ProjectName: &name,
	}}); err != nil {
		t.Fatal(err)
	}
	d.down.Store(true)
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Office"]
	page := ada.Get(at + "/edit").Is(http.StatusOK)
	page.Says("#tickets", "Help desk cannot list where tickets can go", "No answer in time", "General (stored)")
	form := basics(app(t, c, "Office"))
	for name, value := range map[string]string{"enabled": "on", "shown": "1", "provider_id": deskID, "project_id": "8", "on_grant": "on", "on_removal": "on"} {
		form.Set("tickets."+name, value)
	}
	form.Set("tickets.instructions", "New words")
	ada.Post(at+"/edit", form).LeadsTo(at)
	if a := app(t, c, "Office"); a.TicketInstructions != "New words" || a.TicketProjectName != "General" {
		t.Errorf("stored %+v", a.TicketPolicy)
	}
	form.Set("tickets.project_id", "7")
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Queue: Cannot be chosen now: no answer in time")
}

func TestAProjectMustBeOneOfItsProvider(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	_, deskID := withDesk(t, c)
	form := basics(app(t, c, "Payroll"))
	for name, value := range map[string]string{"enabled": "on", "shown": "1", "provider_id": deskID, "project_id": "access", "on_grant": "on"} {
		form.Set("tickets."+name, value)
	}
	at := "/apps/" + c.Apps["Payroll"]
	ada := c.As(webtest.Ada)
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Queue: Is not one of this ticket provider")
	form.Set("tickets.provider_id", "rubbish")
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Ticket provider: Does not exist any more")
	form.Set("tickets.provider_id", access.BuiltInProviderID)
	form.Del("tickets.on_grant")
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Choose one or both")
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	d, deskID := withDesk(t, c)
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Office"]
	form := basics(app(t, c, "Office"))
	for name, value := range map[string]string{"enabled": "on", "shown": "1", "provider_id": deskID, "on_grant": "on", "instructions": "Typed"} {
		form.Set("tickets."+name, value)
	}
	ada.Post(at+"/check", form).Is(http.StatusOK).Says(".error-summary", "must be chosen before a check")
	form.Set("tickets.project_id", "7")
	ada.Post(at+"/check", form).Is(http.StatusOK).Says("#check", "All is well").Says("textarea[name='tickets.instructions']", "Typed")
	d.poor.Store(true)
	ada.Post(at+"/check", form).Is(http.StatusOK).Says("#check", "Grant the right to create tickets in queue 7.").SaysNot("#check", "All is well")
	if app(t, c, "Office").TicketsEnabled {
		t.Error("a check saved")
	}
	ada.Get(at + "/check").LeadsTo(at + "/edit")
}

func TestWhoSeesWhatOfApps(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	at := "/apps/" + c.Apps["Payroll"]
	josh, ana := c.As(webtest.Josh), c.As(webtest.Ana)
	josh.Get("/apps").Is(http.StatusOK).Has(2, "#apps tbody tr").SaysNot("main", "Payroll admins", "Add an app")
	josh.Get(at).Is(http.StatusOK).SaysNot("main", "Settings", "Sync", "Events", "Payroll admins", "Built-in queue")
	josh.Get(at+"/resources").Is(http.StatusOK).Has(3, "#resources tbody tr").SaysNot("thead", "Users")
	josh.Get(at + "/events").Is(http.StatusForbidden)
	ana.Get(at+"/events").Is(http.StatusOK).Says("#events", "created app Payroll")
	ana.Get(at).Says("main", "Payroll admins", "Sync").SaysNot(".tabs", "Settings")
	ana.Post(at+"/sync", nil).LeadsTo(at)
	ana.Get(at).Says("#sync", "Reading the tickets")
	for _, path := range []string{"/edit", "/check", "/preview", "/delete"} {
		ana.Post(at+path, basics(app(t, c, "Payroll"))).Is(http.StatusForbidden)
		josh.Post(at+path, nil).Is(http.StatusForbidden)
	}
	josh.Post(at+"/sync", nil).Is(http.StatusForbidden)
	ana.Get(at + "/edit").Is(http.StatusForbidden)
	ana.Get("/apps/new").Is(http.StatusForbidden)
	ana.Get("/apps/rubbish").Is(http.StatusNotFound)
	c.Nobody().Get("/apps").LeadsTo("/personas?next=%2Fapps")
}

func TestNewAndDeletedApp(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	ada := c.As(webtest.Ada)
	owner := app(t, c, "Payroll").AdminOwnerID
	ada.Post("/apps/new", url.Values{"name": {" "}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Name: Is required", "Admins: Is required")
	ada.Post("/apps/new", url.Values{"name": {"Payroll"}, "admin_owner_id": {owner}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Name: Is already in use")
	to := ada.Post("/apps/new", url.Values{"name": {"Wiki"}, "admin_owner_id": {owner}}).Is(http.StatusSeeOther).Header.Get("Location")
	ada.Get(to).Is(http.StatusOK).Says("h1", "Wiki")
	ada.Get(strings.TrimSuffix(to, "/edit")).Says("main", "Nothing to ask for yet")

	if err := c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), inventory.Place{ResourceID: c.Resources["My Role"], UserID: c.Users[webtest.Josh].ID}, "", nil); err != nil {
		t.Fatal(err)
	}
	at := "/apps/" + c.Apps["Payroll"]
	ada.Get(at+"/delete").Says("#dialog-content", "Its 3 resources leave the catalog", "1 removal will be carried out", "Tickets ask for them")
	ada.Post(at+"/delete", nil).LeadsTo("/apps")
	ada.Get(at).Is(http.StatusNotFound)
	ada.Get("/apps?q=pay").Says("#apps", "No app matches")
	if csv := ada.Get("/apps?format=csv").Is(http.StatusOK); strings.Count(csv.Body, "\n") != 3 {
		t.Errorf("export: %s", csv.Body)
	}
}

// TestTicketsAreFilledIn: what the system asks for is offered, what it requires
// must be there, and what is entered is kept with its name.
func TestTicketsAreFilledIn(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	deskID := add(t, c, formal{&desk{}})
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Office"]
	form := basics(app(t, c, "Office"))
	set := func(values map[string]string) {
		for name, value := range values {
			form.Set("tickets."+name, value)
		}
	}
	set(map[string]string{"enabled": "on", "shown": "1", "provider_id": deskID, "project_id": "7", "on_grant": "on", "on_removal": "on"})
	ada.Post(at+"/preview", form).Is(http.StatusOK).Says(`select[name="tickets.type_id"]`, "Access request", "Fault").Has(0, `select[name="tickets.fields.team"]`)
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Type: Choose the type").Has(1, `input[name="tickets.save_anyway"]`)

	set(map[string]string{"type_id": "t1"})
	page := ada.Post(at+"/preview", form).Is(http.StatusOK).Says(`label[for="tickets.fields.team"]`, "Team").Says("details.more", "More that Help desk lets a ticket be filled in with")
	page.Has(1, `select[name="tickets.fields.team"][required]`).Has(2, `input[name="tickets.fields.parts"][type=checkbox]`).Has(1, `input[name="tickets.fields.due"][type=number]`)
	form["tickets.fields"] = []string{"team", "due", "parts", "urgent", "who"}
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Team: Is required")

	set(map[string]string{"fields.team": "8", "fields.due": "tomorrow", "fields.urgent": "true", "fields.who": "{{user_email}}", "title": "{{user_email}} and {{resource}}"})
	form["tickets.fields.parts"] = []string{"b", "a"}
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Due: Must be a number of days").Has(2, `input[name="tickets.fields.parts"][checked]`)
	set(map[string]string{"fields.due": "3"})
	ada.Post(at+"/preview", form).Says("#ticket-preview", "josh@example.com and My Role")
	ada.Post(at+"/edit", form).LeadsTo(at)
	got := app(t, c, "Office").TicketForm
	want := access.TicketForm{TypeID: "t1", TypeName: "Access request", Title: "{{user_email}} and {{resource}}", Fields: []access.TicketField{
		{ID: "team", Name: "team", Entry: "choice", Value: "8"},
		{ID: "due", Name: "Due", Entry: "date", Value: "3"},
		{ID: "parts", Name: "Parts", Entry: "choices", Value: "b\na"},
		{ID: "urgent", Name: "Urgent", Entry: "flag", Value: "true"},
		{ID: "who", Name: "Who", Entry: "line", Value: "{{user_email}}"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	ada.Get(at+"/edit").Is(http.StatusOK).Has(1, `select[name="tickets.fields.team"] option[value="8"][selected]`).Has(1, "details.more[open] input[name='tickets.fields.due']")

	// Whatever the preflight finds, it can be saved.
	set(map[string]string{"fields.team": "", "save_anyway": "on"})
	ada.Post(at+"/edit", form).LeadsTo(at)
	// A wrong placeholder cannot.
	set(map[string]string{"title": "{{nobody}}"})
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Title: Has {{nobody}}, which is not one of")
}

package apps_test

import (
	"net/http"
	"net/url"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/apps"
	"admit/internal/web/webtest"
)

// TestTicketsThatAreElsewhereCanBeMoved: the page says how many are where, and the
// confirmation names the number.
func TestTicketsThatAreElsewhereCanBeMoved(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	at, ana := "/apps/"+c.Apps["Payroll"], c.As(webtest.Ana)
	hold := func(email string) {
		t.Helper()
		place := inventory.Place{ResourceID: c.Resources["My Role"], UserID: c.Users[email].ID}
		if err := c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), place, "", nil); err != nil {
			t.Fatal(err)
		}
		c.Settle()
	}
	hold(webtest.Josh)
	ana.Get(at).Is(http.StatusOK).SaysNot("main", "still in")
	ana.Get(at + "/move").LeadsTo(at)

	_, deskID := withDesk(t, c)
	route := func(provider, project, name string) {
		t.Helper()
		patch := inventory.AppPatch{Tickets: inventory.TicketPatch{ProviderID: &provider, ProjectID: &project, ProjectName: &name}}
		if _, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], patch); err != nil {
			t.Fatal(err)
		}
	}
	route(deskID, "7", "Access")
	ana.Get(at).Says(".callout", "1 change is still in Built-in queue / access", "followed to their end there", "Move them here")
	route(access.BuiltInProviderID, "access", "Access work")
	hold(webtest.Rita)
	route(deskID, "7", "Access")
	ana.Get(at).Says(".callout", "2 changes are still in Built-in queue / access")
	ana.Get(at+"/move").Is(http.StatusOK).Says("#dialog-content", "Move 2 changes to Help desk, Access?", "closed with a word").Has(1, `input[name=changes][value="2"]`)
	for _, wrong := range []string{"", "x", "1", "-7", "99999999999999999999"} {
		ana.Post(at+"/move", url.Values{"changes": {wrong}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "ook again").Has(1, `input[name=changes][value="2"]`)
	}
	for _, b := range []*webtest.Browser{c.As(webtest.Josh), c.As(webtest.Otto)} {
		b.Get(at).Is(http.StatusOK).SaysNot("main", "still in")
		b.Get(at + "/move").Is(http.StatusForbidden)
		b.Post(at+"/move", url.Values{"changes": {"2"}}).Is(http.StatusForbidden)
	}
	ana.Post(at+"/move", url.Values{"changes": {"2"}}).LeadsTo(at)
	ana.Get(at).Says(".toast", "2 changes will be moved to Help desk, Access")
}

// TestWhoGetsTheTickets is chosen without script: what a rule needs is shown when
// it was chosen, or when the form comes back.
func TestWhoGetsTheTickets(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, apps.Register)
	ada, at := c.As(webtest.Ada), "/apps/"+c.Apps["Payroll"]
	form := basics(app(t, c, "Payroll"))
	set := func(values map[string]string) {
		for name, value := range values {
			form.Set("tickets."+name, value)
		}
	}
	set(map[string]string{"enabled": "on", "shown": "1", "provider_id": access.BuiltInProviderID, "project_id": "access", "on_grant": "on", "on_removal": "on"})
	ada.Get(at+"/edit").Is(http.StatusOK).Has(6, `input[name="tickets.assign"]`).Has(1, `input[name="tickets.assign"][value=""][checked]`).
		Has(3, `input[name="tickets.group"]`).Has(0, `input[name="tickets.assign_to"], input[name="tickets.schedule"]`)

	set(map[string]string{"assign": "person"})
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Person: Must name a user").Has(1, `input[name="tickets.assign_to"]`)
	for wrong, email := range map[string]string{"Nobody in Admit has this": "nobody@example.com", "Must be an e-mail": "\xff"} {
		set(map[string]string{"assign_to": email})
		ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", wrong)
	}
	set(map[string]string{"assign_to": "an", "by_hand_too": "on", "group": "person"})
	ada.Post(at+"/preview", form).Is(http.StatusOK).Says("#ticket-assignees", "Ana Ruiz").Has(1, `input[name="tickets.assign_to"][value="an"]`)
	set(map[string]string{"assign_to": webtest.Ana})
	ada.Post(at+"/edit", form).LeadsTo(at)
	want := access.Fulfilment{Assign: access.ToPerson, UserID: c.Users[webtest.Ana].ID, ByHandToo: true, Group: access.GroupByPerson}
	if got := app(t, c, "Payroll").Fulfilment; got != want {
		t.Errorf("stored %+v", got)
	}
	ada.Get(at).Says("main", "It always goes to the same person")
	ada.Get(at+"/edit").Has(1, `input[name="tickets.assign_to"][value="`+webtest.Ana+`"]`).Has(1, `input[name="tickets.by_hand_too"][checked]`)

	set(map[string]string{"assign": "on_call"})
	form.Del("tickets.assign_to")
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Schedule: Is required").Has(1, `input[name="tickets.schedule"]`)
	set(map[string]string{"schedule": "PI7DH85", "schedule_name": "Payroll duty"})
	ada.Post(at+"/edit", form).LeadsTo(at)
	if got := app(t, c, "Payroll").Fulfilment; got.Schedule != "PI7DH85" || got.ScheduleName != "Payroll duty" || got.UserID != "" {
		t.Errorf("stored %+v", got)
	}
	set(map[string]string{"assign": "the moon", "group": "\xff"})
	ada.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Who gets the tickets: Must be empty", "Several changes at once: Must be")
	// Switched off and on again, it is as it was.
	ada.Post(at+"/edit", basics(app(t, c, "Payroll"))).LeadsTo(at)
	if got := app(t, c, "Payroll").Fulfilment; got.Schedule != "PI7DH85" {
		t.Errorf("with tickets off it is %+v", got)
	}
}

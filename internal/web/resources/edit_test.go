package resources_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/resources"
	"admit/internal/web/webtest"
)

// settings is the form as the page shows it.
func settings(t *testing.T, page webtest.Answer) url.Values {
	t.Helper()
	form := url.Values{}
	for _, c := range page.Find("main form.form").First().Find("input[name], textarea[name]").EachIter() {
		name, _ := c.Attr("name")
		kind, _ := c.Attr("type")
		_, checked := c.Attr("checked")
		if (kind == "checkbox" || kind == "radio") && !checked {
			continue
		}
		value, ok := c.Attr("value")
		if !ok {
			value = c.Text()
		}
		form.Add(name, value)
	}
	for _, c := range page.Find("main form.form").First().Find("select[name]").EachIter() {
		name, _ := c.Attr("name")
		value, _ := c.Find("option[selected]").Attr("value")
		form.Add(name, value)
	}
	return form
}

func resource(t *testing.T, c *webtest.Company, name string) inventory.ResourceView {
	t.Helper()
	r, err := c.Inventory.Resource(t.Context(), c.Actor(webtest.Ada), c.Resources[name])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSavingTheSettingsUntouchedChangesNothing(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	ana := c.As(webtest.Ana)
	for name, id := range c.Resources {
		was := resource(t, c, name)
		page := ana.Get("/resources/" + id + "/edit").Is(http.StatusOK)
		ana.Post("/resources/"+id+"/edit", settings(t, page)).LeadsTo("/resources/" + id)
		is := resource(t, c, name)
		is.UpdatedAt = was.UpdatedAt
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("%s changed: %s", name, diff)
		}
	}
}

func TestSettingsOfAResource(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	ana := c.As(webtest.Ana)
	form := settings(t, ana.Get(at+"/edit"))
	form.Set("name", "Your Role")
	form.Set("max_duration", "10080")
	form.Set("recommended_duration", "480")
	form.Set("risk", "high")
	form.Set("access_levels", "read = May read\r\n\r\nwrite\r\n")
	form["reviewers"] = []string{"", resource(t, c, "My Role").AdminOwnerID, form.Get("reviewers")}
	ana.Post(at+"/edit", form).LeadsTo(at)
	r := resource(t, c, "My Role")
	if r.Name != "Your Role" || *r.MaxMinutes != 10080 || *r.RecommendedMinutes != 480 || r.Risk != access.HighRisk {
		t.Errorf("saved %+v", r.Resource)
	}
	if got := []string{r.Reviewers[0].Name, r.Reviewers[1].Name}; !cmp.Equal(got, []string{"Payroll admins", "Payroll reviewers"}) {
		t.Errorf("reviewers %v", got)
	}
	want := []access.Level{{ResourceID: r.ID, ID: "read", Name: "May read"}, {ResourceID: r.ID, ID: "write", Name: "write"}}
	if diff := cmp.Diff(want, r.Levels); diff != "" {
		t.Error(diff)
	}
	ana.Get(at).Says("main", "May read", "Payroll admins", "7 days", "A ticket is filed in Built-in queue", "It goes to a random admin", "RiskHigh")
}

func TestMistakesInTheSettingsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	ana := c.As(webtest.Ana)
	form := settings(t, ana.Get(at+"/edit"))
	form.Set("name", "")
	form.Set("description", "A new text")
	form.Set("max_duration", "60")
	form.Set("recommended_duration", "junk")
	form.Set("access_levels", "a\na")
	form.Set("risk", "\xff")
	form["reviewers"] = []string{"\xff"}
	page := ana.Post(at+"/edit", form).Is(http.StatusUnprocessableEntity)
	page.Says(".error-summary", "Name: Is required", "Usually for: Must be between", "Access levels: Names \"a\" twice", "Reviewers: Names an owner that does not exist", "Risk: Must be low, normal or high")
	page.Says("textarea[name=description]", "A new text")
	form.Set("name", strings.Repeat("x", 300<<10))
	ana.Post(at+"/edit", form).Is(http.StatusBadRequest)
}

func TestOwnTicketSettings(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	ana := c.As(webtest.Ana)
	form := settings(t, ana.Get(at+"/edit"))
	form.Set("overrides", "own")
	page := ana.Post(at+"/preview", form).Is(http.StatusOK)
	page.Has(1, `input[name="tickets.enabled"][checked]`).Has(0, `button[formaction$="/check#check"]`)
	form = settings(t, page)
	form.Del("tickets.on_removal")
	form.Set("tickets.assign", "least_open")
	form.Set("tickets.by_hand_too", "on")
	ana.Post(at+"/edit", form).LeadsTo(at)
	r := resource(t, c, "My Role")
	if !r.OverridesTickets || !r.Files(access.ToGrant) || r.Files(access.ToRemove) || r.TicketProjectName != "Access work" {
		t.Errorf("stored %+v", r.TicketPolicy)
	}
	if r.Fulfilment.Assign != access.LeastOpen || !r.Fulfilment.ByHandToo {
		t.Errorf("stored %+v", r.Fulfilment)
	}
	ana.Get(at+"/users").Says(".callout", "A removal is only written down")
	ana.Get(at+"/users/add").Says("#dialog-content", "the ticket goes to whom the settings choose")
}

func TestReviewersCanBeMovedWithoutSaving(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	ana := c.As(webtest.Ana)
	form := settings(t, ana.Get(at+"/edit"))
	first, second := form.Get("reviewers"), resource(t, c, "My Role").AdminOwnerID
	form["reviewers"] = []string{first, second}
	form.Set("up", "1")
	got := settings(t, ana.Post(at+"/preview", form).Is(http.StatusOK))["reviewers"]
	if diff := cmp.Diff([]string{second, first, ""}, got); diff != "" {
		t.Error(diff)
	}
	if r := resource(t, c, "My Role"); len(r.Reviewers) != 1 {
		t.Errorf("the preview saved %v", r.Reviewers)
	}
}

func TestNewAndDeletedResource(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	ada := c.As(webtest.Ada)
	c.As(webtest.Ana).Get("/resources/new").Is(http.StatusForbidden)
	ada.Get("/resources/new?app="+c.Apps["Payroll"]).Has(1, `select[name=app_id] option[selected][value="`+c.Apps["Payroll"]+`"]`)
	ada.Get("/resources/new?app=rubbish").Is(http.StatusBadRequest)
	ada.Post("/resources/new", url.Values{"app_id": {"rubbish"}, "name": {"X"}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "App: Names an app that does not exist")
	ada.Post("/resources/new", url.Values{"app_id": {c.Apps["Payroll"]}, "name": {"My Role"}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Is already in use")
	to := ada.Post("/resources/new", url.Values{"app_id": {c.Apps["Payroll"]}, "name": {"Archive"}}).Is(http.StatusSeeOther).Header.Get("Location")
	at := strings.TrimSuffix(to, "/edit")
	ada.Get(at).Is(http.StatusOK).Says("h1", "Archive")

	if err := c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), inventory.Place{ResourceID: strings.TrimPrefix(at, "/resources/"), UserID: c.Users[webtest.Josh].ID}, "", nil); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	ada.Get(at+"/delete").Says("#dialog-content", "1 user on its list: 1 removal will be carried out", "tickets ask for them")
	ada.Post(at+"/delete", nil).LeadsTo("/apps/" + c.Apps["Payroll"] + "/resources")
	ada.Get(at).Is(http.StatusNotFound)
}

func TestListOfResources(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	ada, josh := c.As(webtest.Ada), c.As(webtest.Josh)
	ada.Get("/resources").Is(http.StatusOK).Has(5, "#resources tbody tr").Says("#resources", "My Role", "Payroll reviewers", "Approved at once", "Cannot be asked for")
	ada.Get("/resources?q=office").Has(2, "#resources tbody tr")
	ada.Get("/resources?app="+c.Apps["Payroll"]).Has(3, "#resources tbody tr")
	ada.Get("/resources?q=nothing").Says("#resources", "Nothing matches")
	ada.Get("/resources?app=rubbish").Is(http.StatusBadRequest)
	josh.Get("/resources").Is(http.StatusOK).Has(5, "#resources tbody tr").SaysNot("thead", "Users").SaysNot("main", "Add a resource")
	if csv := ada.Get("/resources?q=role&format=csv").Is(http.StatusOK); strings.Count(csv.Body, "\n") != 2 {
		t.Errorf("the export does not keep the filter: %s", csv.Body)
	}
	c.Ask(webtest.Josh, "Please", nil, c.Wish("My Role"))
	at := "/resources/" + c.Resources["My Role"]
	ada.Get(at+"/requests").Says("#requests", "Josh Miller", "themselves", "Pending")
	c.As(webtest.Otto).Get(at+"/events").Says("#events", "Josh Miller asked for My Role")
}

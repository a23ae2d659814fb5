package owners_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/inventory"
	"admit/internal/web/owners"
	"admit/internal/web/webtest"
)

// people are those on the page, in order.
func people(page webtest.Answer) []string {
	var all []string
	for _, row := range page.Find("#people-list tbody tr").EachIter() {
		all = append(all, strings.TrimSpace(row.Find(".cell-sub").Text()))
	}
	return all
}

func create(t *testing.T, c *webtest.Company, p inventory.OwnerParams) string {
	t.Helper()
	o, err := c.Inventory.CreateOwner(t.Context(), c.Actor(webtest.Ada), p)
	if err != nil {
		t.Fatal(err)
	}
	return "/owners/" + o.ID
}

func TestPeopleOfAnOwner(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, owners.Register)
	ada := c.As(webtest.Ada)
	at := create(t, c, inventory.OwnerParams{Name: "Leads"})
	ada.Get(at).Is(http.StatusOK).Says("#people-list", "Nobody yet").Says("main", "Nowhere.")
	for _, email := range []string{webtest.Ana, webtest.Rita, webtest.Josh} {
		ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {email}}).LeadsTo(at)
	}
	step := func(do, email string) {
		t.Helper()
		ada.Post(at+"/users", url.Values{"do": {do}, "user": {c.Users[email].ID}}).LeadsTo(at)
	}
	step("up", webtest.Josh)
	step("down", webtest.Ana)
	step("up", webtest.Josh)
	step("remove", webtest.Rita)
	if diff := cmp.Diff([]string{webtest.Josh, webtest.Ana}, people(ada.Get(at))); diff != "" {
		t.Error(diff)
	}
	for mistake, form := range map[string]url.Values{
		"Nobody in Admit has":         {"do": {"add"}, "email": {"nobody@example.com"}},
		"Must be an e-mail address":   {"do": {"add"}, "email": {"\xff"}},
		"Names ana@example.com twice": {"do": {"add"}, "email": {webtest.Ana}},
		"changed by somebody else":    {"do": {"up"}, "user": {c.Users[webtest.Rita].ID}},
	} {
		ada.Post(at+"/users", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", mistake)
	}
	ada.Get(at+"?email=rit").Has(1, "#people option")
}

func TestOwnerThatFollowsAGroup(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, owners.Register)
	g, err := c.Inventory.CreateGroup(t.Context(), c.Actor(webtest.Ada), inventory.GroupParams{Name: "Team", UserIDs: []string{c.Users[webtest.Ana].ID}})
	if err != nil {
		t.Fatal(err)
	}
	ada := c.As(webtest.Ada)
	at := ada.Post("/owners/new", url.Values{"name": {"Leads"}, "source_group_id": {g.ID}}).Is(http.StatusSeeOther).Header.Get("Location")
	page := ada.Get(at).Says("main", "They come from the group Team").Has(0, `form[action$="/users"]`)
	if diff := cmp.Diff([]string{webtest.Ana}, people(page)); diff != "" {
		t.Error(diff)
	}
	ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {webtest.Josh}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "come from a group")
	ada.Post(at, url.Values{"name": {"Leads"}}).LeadsTo(at)
	ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {webtest.Josh}}).LeadsTo(at)
	ada.Get("/owners").Says("#owners", "Leads", "named here")
}

func TestOwnerInUse(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, owners.Register)
	ada, ana, josh := c.As(webtest.Ada), c.As(webtest.Ana), c.As(webtest.Josh)
	link, _ := ada.Get("/owners?q=reviewers").Has(1, "#owners tbody tr").Find("#owners tbody a").Attr("href")
	ada.Get(link).Says("main", "Reviews", "My Role in Payroll", "Front door in Office")
	ada.Get(link+"/delete").Has(1, "#dialog-content")
	ada.Post(link+"/delete", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "still used by", "reviews of My Role")
	ana.Get(link).Is(http.StatusOK).Has(0, "form[action^='/owners/']")
	ana.Get(link + "/delete").Is(http.StatusForbidden)
	josh.Get("/owners").Is(http.StatusForbidden)
	josh.Get(link).Is(http.StatusForbidden)
	for _, path := range []string{"", "/users", "/delete"} {
		ana.Post(link+path, url.Values{"name": {"X"}, "do": {"add"}, "email": {webtest.Josh}}).Is(http.StatusForbidden)
	}
	ada.Post(link, url.Values{"name": {""}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Name: Is required")
	ada.Post("/owners/new", url.Values{"name": {"Payroll admins"}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Is already in use")
	at := create(t, c, inventory.OwnerParams{Name: "Leads"})
	ada.Post(at+"/delete", nil).LeadsTo("/owners")
	ada.Get(at).Is(http.StatusNotFound)
}

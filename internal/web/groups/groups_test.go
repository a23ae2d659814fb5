package groups_test

import (
	"net/http"
	"net/url"
	"testing"

	"admit/internal/inventory"
	"admit/internal/web/groups"
	"admit/internal/web/webtest"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, groups.Register)
	ada := c.As(webtest.Ada)
	ada.Get("/groups").Is(http.StatusOK).Says("#groups", "No groups yet")
	ada.Post("/groups/new", url.Values{}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Name: Is required")
	at := ada.Post("/groups/new", url.Values{"name": {"Team"}}).Is(http.StatusSeeOther).Header.Get("Location")
	ada.Post("/groups/new", url.Values{"name": {"Team"}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Is already in use")

	for _, email := range []string{webtest.Ana, webtest.Rita} {
		ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {email}}).LeadsTo(at)
	}
	ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {"\xff"}}).Is(http.StatusUnprocessableEntity)
	ada.Post(at+"/users", url.Values{"do": {"add"}, "email": {webtest.Ana}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "twice")
	ada.Get(at).Has(2, "#people-list tbody tr")
	ada.Get(at+"?q=ana").Has(1, "#people-list tbody tr")
	ada.Post(at+"/users", url.Values{"do": {"remove"}, "user": {c.Users[webtest.Ana].ID}}).LeadsTo(at)
	ada.Post(at+"/users", url.Values{"do": {"remove"}, "user": {c.Users[webtest.Ana].ID}}).Is(http.StatusUnprocessableEntity)
	ada.Get(at).Has(1, "#people-list tbody tr").Says("#people-list", "Rita Okafor")

	ada.Post(at, url.Values{"name": {"Crew"}, "description": {"They work."}}).LeadsTo(at)
	ada.Post(at, url.Values{"name": {"two\nlines"}}).Is(http.StatusUnprocessableEntity)
	ada.Get("/groups?q=crew").Has(1, "#groups tbody tr").Says("#groups", "They work.")
}

func TestGroupThatIsFollowed(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, groups.Register)
	ada, ana := c.As(webtest.Ada), c.As(webtest.Ana)
	g, err := c.Inventory.CreateGroup(t.Context(), c.Actor(webtest.Ada), inventory.GroupParams{Name: "Team"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Inventory.CreateOwner(t.Context(), c.Actor(webtest.Ada), inventory.OwnerParams{Name: "Leads", SourceGroupID: g.ID}); err != nil {
		t.Fatal(err)
	}
	at := "/groups/" + g.ID
	ada.Get(at).Says("main", "Followed by", "Leads")
	ada.Post(at+"/delete", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "still used by", "owner Leads")
	ana.Get(at).Is(http.StatusOK).SaysNot("main", "Add somebody", "Settings")
	for _, path := range []string{"", "/users", "/delete"} {
		ana.Post(at+path, url.Values{"name": {"X"}, "do": {"add"}, "email": {webtest.Josh}}).Is(http.StatusForbidden)
	}
	ana.Get(at + "/delete").Is(http.StatusForbidden)
	c.As(webtest.Josh).Get(at).Is(http.StatusForbidden)
	ada.Get("/groups/rubbish").Is(http.StatusNotFound)
}

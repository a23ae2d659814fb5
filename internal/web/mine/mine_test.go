package mine_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/web/changes"
	"admit/internal/web/mine"
	"admit/internal/web/webtest"
)

func TestMyAccessFromOnItsWayToGivenBack(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, mine.Register, changes.Register)
	josh := c.As(webtest.Josh)
	josh.Get("/access").Is(http.StatusOK).Says("#access", "You have nothing yet").SaysNot("#access", "It is not so")
	quarter := 90 * 24 * 60
	r := c.Ask(webtest.Josh, "I close the month", &quarter, c.Wish("My Role"))
	c.Approve(webtest.Rita, r.ID)
	c.Settle()

	page := josh.Get("/access").Is(http.StatusOK)
	page.Says("#access", "My Role", "Payroll", "Request", "I close the month", "Ticket open", "assigned to Ana Ruiz", "Waits for Ana Ruiz")
	page.Has(0, `#access a[href^="/tickets/"]`).Has(1, `#access a[href="/requests/`+r.ID+`"]`)
	if live, _ := page.Find("body").Attr("data-live"); !strings.Contains(live, "resource:"+c.Resources["My Role"]) {
		t.Errorf("listens to %q", live)
	}
	c.Finish(webtest.Ana)
	page = josh.Get("/access").Is(http.StatusOK).Says("#access", "In place", "It is not so")
	opens, _ := page.Find("#access a.mark[data-dialog]").Attr("href")
	page.Has(1, `#access a[data-dialog][href="`+opens+`/dispute?next=%2Faccess"]`)
	josh.Get(opens).Is(http.StatusOK).Says("#dialog-content", "Josh Miller has My Role in Payroll")

	back := "/access/give-back?resource=" + c.Resources["My Role"]
	josh.Get(back).Is(http.StatusOK).Says("#dialog-content", "Give back My Role?", "A ticket asks the people who run Payroll", "ask again")
	form := url.Values{"resource": {c.Resources["My Role"]}, "level": {""}}
	josh.Post("/access/give-back", form).LeadsTo("/access")
	c.Settle()
	page = josh.Get("/access").Is(http.StatusOK)
	page.Says("#toasts", "You have given it back").Says("#access", "Removal pending", "Given back").Has(0, `a[href="`+back+`"]`)
	josh.Get(back).LeadsTo("/access")
	josh.Post("/access/give-back", form).Is(http.StatusNotFound)
}

func TestGivingBackNamesOnesOwnAccessOnly(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, mine.Register)
	c.Ask(webtest.Ana, "work", nil, c.Wish("Front door"))
	c.Settle()
	josh, ana := c.As(webtest.Josh), c.As(webtest.Ana)
	form := url.Values{"resource": {c.Resources["Front door"]}, "user": {c.Users[webtest.Ana].ID}}
	josh.Post("/access/give-back", form).Is(http.StatusNotFound)
	josh.Get("/access/give-back?resource=" + c.Resources["Front door"]).Is(http.StatusNotFound)
	josh.Get("/access/give-back?resource=nonsense").Is(http.StatusNotFound)
	josh.Get("/access/give-back?resource=" + c.Resources["Front door"] + "&level=%ff").Is(http.StatusNotFound)
	ana.Get("/access").Says("#access", "Front door", "Recorded")
	ana.Get("/access/give-back?resource="+c.Resources["Front door"]).Is(http.StatusOK).Says("#dialog-content", "written down at once")
}

func TestMyAccessAsCSV(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, mine.Register)
	c.Ask(webtest.Josh, "@SUM(1)", nil, c.Wish("Front door"))
	c.Settle()
	page := c.As(webtest.Josh).Get("/access?format=csv").Is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(page.Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "Front door" || rows[1][6] != "'@SUM(1)" {
		t.Errorf("rows %q: %v", rows, err)
	}
}

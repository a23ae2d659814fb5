package work_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/web/webtest"
	"admit/internal/web/work"
)

// makeLate makes a change late since now.
func makeLate(t *testing.T, c *webtest.Company, change access.AccessChange) {
	t.Helper()
	change.LateAt = new(c.DB.Time())
	check(t, c.DB.InTx(t.Context(), func(tx *sqldb.Tx) error {
		_, err := store.SetClock(t.Context(), tx, change)
		return err
	}))
}

func TestOverview(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	ada := c.As(webtest.Ada)
	ada.Get("/work/overview").Is(http.StatusOK).Says("#overview", "Opened 0", "nothing to measure", "Nothing to count").Has(0, "#overview rect")

	makeLate(t, c, open(t, c, "My Role", webtest.Josh, "").AccessChange)
	c.Finish(webtest.Ada)
	makeLate(t, c, open(t, c, "Bank files", webtest.Josh, "").AccessChange)
	page := ada.Get("/work/overview").Says("#overview", "Opened 2", "Done 1", "Open now 1", "Late now 1", "Half took at most under a minute", "of 1 change measured (p50)", "too few to say more")
	page.Says(".tabs", "Late 1", "Overview").Has(1, `.tabs a[href="/work/overview"][aria-current]`)
	page.Has(1, `svg[role=img][aria-label*="1 in all, of these 1 late"]`).Has(1, "rect.chart-part").Has(1, "rect").Has(0, "[style]")
	page.Says("figure table", "1")
	payroll := c.Apps["Payroll"]
	page.Has(1, `#overview a[href="/work?app=`+payroll+`"].bare-link`).Has(1, `#overview a[href="/work/late?app=`+payroll+`"]`)
	ada.Get("/work/late?app="+payroll).Has(1, "#work tbody tr")

	page = ada.Get("/work/overview?by=assignee&days=7").Says("#overview", "By assignee", "Ada Lind").Has(7, "svg g")
	page.Has(1, `#overview a[href="/work?assignee=`+c.Users[webtest.Ada].ID+`"].bare-link`).Has(1, `select[name=days] option[value="7"][selected]`)
	ada.Get("/work/overview?by=provider&days=90").Says("#overview", "Built-in queue").Has(90, "svg g")
	for _, bad := range []string{"days=8", "days=-1", "days=%00", "by=person", "by='", "days=30&by=%FF"} {
		ada.Get("/work/overview?" + bad).Is(http.StatusBadRequest)
	}
}

func TestOverviewShowsEverybodyTheirPart(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	open(t, c, "My Role", webtest.Josh, "")
	c.Finish(webtest.Ada)
	c.As(webtest.Ana).Get("/work/overview?by=assignee").Is(http.StatusOK).Says("#overview", "Done 1", "Ada Lind")
	c.As(webtest.Otto).Get("/work/overview").Says("#overview", "Done 1", "Payroll")
	c.As(webtest.Josh).Get("/work/overview").Is(http.StatusOK).Says("#overview", "Done 0").SaysNot("#overview", "Payroll")
	c.Nobody().Get("/work/overview").Is(http.StatusSeeOther)
}

func TestOverviewExport(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	open(t, c, "My Role", webtest.Josh, "")
	answer := c.As(webtest.Ada).Get("/work/overview?by=provider&format=csv").Is(http.StatusOK)
	if got := answer.Header.Get("Content-Disposition"); got != "attachment; filename=work-by-provider.csv" {
		t.Error(got)
	}
	rows, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
	check(t, err)
	if len(rows) != 3 || rows[0][1] != "provider" || strings.Join(rows[1][1:], ",") != "all,1,0,1,0,0,0,," || rows[2][1] != "Built-in queue" {
		t.Errorf("exported %q", rows)
	}
}

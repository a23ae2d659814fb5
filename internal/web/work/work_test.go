package work_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/tickets"
	"admit/internal/web/webtest"
	"admit/internal/web/work"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open starts a change by hand and returns it with its ticket.
func open(t *testing.T, c *webtest.Company, resource, email, level string) propagation.WorkItem {
	t.Helper()
	at := inventory.Place{ResourceID: c.Resources[resource], UserID: c.Users[email].ID, Level: level}
	check(t, c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), at, "needed", nil))
	c.Settle()
	return newest(t, c)
}

func newest(t *testing.T, c *webtest.Company) propagation.WorkItem {
	t.Helper()
	list, err := c.Propagation.Work(t.Context(), c.Actor(webtest.Ada), store.ChangeFilter{})
	check(t, err)
	return list.Items[0]
}

func TestWorkShowsWhatIsUnderWayAndWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	item := open(t, c, "My Role", webtest.Josh, "")
	row := "#change-" + item.ID
	page := c.As(webtest.Ada).Get("/work").Is(http.StatusOK)
	page.Says(row, "Josh Miller", "Give", "My Role", "Payroll", "Ticket open", "W-1", "Ada Lind to make the change and mark W-1 done", "just now")
	page.Says("#work-tabs", "All open 1", "Mine 1").Says("#work-stats", "With people 1")
	page.Has(1, row+` a[data-dialog][href="/tickets/`+item.Ticket.ID+`"]`)
	page.Has(1, `#work[data-refresh="changes tickets"]`)

	c.Finish(webtest.Ada)
	c.As(webtest.Ada).Get("/work").Says("#work", "Nothing is under way")
	c.As(webtest.Ada).Get("/work/done").Says(row, "In place")
}

func TestWorkShowsEverybodyTheirPart(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	item := open(t, c, "My Role", webtest.Josh, "")
	row := "#change-" + item.ID
	c.As(webtest.Ana).Get("/work").Has(1, row) // administers it
	c.As(webtest.Ana).Get("/work/mine").Has(0, row).Says("#work", "Nothing is assigned to you")
	c.As(webtest.Otto).Get("/work").Has(1, row).Has(0, row+" .menu") // looks only
	c.As(webtest.Josh).Get("/work").Has(0, row).Says("#work", "My access")
	if to := c.Nobody().Get("/work").Is(http.StatusSeeOther).Header.Get("Location"); to != "/personas?next=%2Fwork" {
		t.Errorf("nobody is led to %s", to)
	}
}

func TestWorkFilters(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	role := "#change-" + open(t, c, "My Role", webtest.Josh, "").ID
	table := "#change-" + open(t, c, "Salary table", webtest.Rita, "read").ID
	ada := c.As(webtest.Ada)
	for path, want := range map[string]int{
		"/work": 2, "/work?q=rita": 1, "/work?q=w-2": 1, "/work?q=SALARY": 1, "/work?app=" + c.Apps["Payroll"]: 2, "/work?app=" + c.Apps["Office"]: 0,
		"/work?direction=removal": 0, "/work?direction=grant": 2, "/work/attention": 0, "/work/unassigned": 0, "/work/done": 0, "/work/mine?q=josh": 1,
		"/work?provider=" + access.BuiltInProviderID: 2, "/work?provider=" + c.Apps["Office"]: 0, "/work?app=&q=&direction=": 2,
		"/work?q=%25%27%FF%00zzz": 0, "/work?q=" + strings.Repeat("x", 10_000): 0,
	} {
		if got := ada.Get(path).Is(http.StatusOK).Find(role + ", " + table).Length(); got != want {
			t.Errorf("%.60s shows %d, want %d", path, got, want)
		}
	}
	ada.Get("/work?q=zzz").Says("#work", "Nothing matches").Has(1, `#work a[href="/work"]`)
	ada.Get("/work?q=rita").Has(1, `.tabs a[href="/work/mine?q=rita"]`)
	for _, path := range []string{"/work?app=x", "/work?provider=%FF", "/work?direction=up", "/work?cursor=nonsense"} {
		ada.Get(path).Is(http.StatusBadRequest)
	}
}

func TestWorkShowsWhatIsLate(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	check(t, c.Inventory.UpdateResources(t.Context(), c.Actor(webtest.Ada), []inventory.ResourcePatch{{ID: c.Resources["My Role"], Risk: new(access.HighRisk)}}))
	item := open(t, c, "My Role", webtest.Josh, "")
	row := "#change-" + item.ID
	ada := c.As(webtest.Ada)
	ada.Get("/work").Says(row, "High risk").SaysNot(row, "Late")
	ada.Get("/work/late").Has(0, row).Says("#work", "Nothing is late")
	makeLate(t, c, item.AccessChange)
	ada.Get("/work/late").Says(row, "Late since just now").Says("#work-tabs", "Late 1").Says("#work-stats", "Late 1")
	rows, err := csv.NewReader(strings.NewReader(ada.Get("/work/late?format=csv").Is(http.StatusOK).Body)).ReadAll()
	check(t, err)
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	if got["late_since"] == "" || got["risk"] != "high" || got["waits_for"] != "Ada Lind" || !strings.Contains(got["waits_for_what"], "to make the change") {
		t.Errorf("exported %q", got)
	}
	c.Finish(webtest.Ada)
	ada.Get("/work/late").Has(0, row)
	ada.Get("/work/done").Says(row, "Was late")
}

func TestWorkShowsWhatIsStuck(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	ctx := t.Context()
	declined := open(t, c, "My Role", webtest.Josh, "")
	check(t, c.Propagation.CloseTicket(ctx, c.Actor(webtest.Ada), declined.Ticket.ID, ticket.No, "no"))
	at := inventory.Place{ResourceID: c.Resources["Bank files"], UserID: c.Users[webtest.Josh].ID}
	check(t, c.Inventory.AddHolder(ctx, c.Actor(webtest.Ada), at, "", nil))
	slots, err := store.AdriftSlots(ctx, c.DB.Read(), 10)
	check(t, err)
	check(t, c.Propagation.Reconcile(ctx, slots))
	ada := c.As(webtest.Ada)
	ada.Get("/work/stuck").Says("#work-tabs", "Stuck 1").Has(1, "#work tbody tr").Has(1, "#change-"+declined.ID)
	check(t, c.DB.InTx(ctx, func(tx *sqldb.Tx) error {
		_, err := store.SetProviderHealth(ctx, tx, access.BuiltInProviderID, access.Down, "the desk is closed", c.DB.Time())
		return err
	}))
	ada.Get("/work/stuck").Says("#work-tabs", "Stuck 2").Has(2, "#work tbody tr").Says("#work", "Bank files")
	c.As(webtest.Josh).Get("/work/stuck").Says("#work", "Nothing is stuck")
}

func TestWorkOfSomebody(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	role := "#change-" + open(t, c, "My Role", webtest.Josh, "").ID
	ada, mine := c.As(webtest.Ada), c.Users[webtest.Ada].ID
	ada.Get("/work?assignee="+mine).Has(1, role).Has(1, `select[name=assignee] option[value="`+mine+`"][selected]`)
	other := ada.Get("/work?assignee="+c.Users[webtest.Ana].ID).Has(0, role).Says("#work", "Nothing matches")
	other.Says(`select[name=assignee] option[selected]`, "Somebody else").SaysNot("select[name=assignee]", "Ana Ruiz")
	ada.Get("/work/mine?assignee="+c.Users[webtest.Ana].ID).Has(1, role).Has(0, "select[name=assignee]")
	ada.Get("/work?assignee=ada").Is(http.StatusBadRequest)
}

func TestWorkPages(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	ctx, ada := t.Context(), c.Actor(webtest.Ada)
	for range 51 {
		name := "Role " + store.NewID()
		r, err := c.Inventory.CreateResource(ctx, ada, inventory.ResourceParams{AppID: c.Apps["Payroll"], Name: name})
		check(t, err)
		check(t, c.Inventory.AddHolder(ctx, ada, inventory.Place{ResourceID: r.ID, UserID: c.Users[webtest.Josh].ID}, "", nil))
	}
	c.Settle()
	browser := c.As(webtest.Ada)
	first := browser.Get("/work?direction=grant").Is(http.StatusOK).Has(50, "#work tbody tr")
	next, _ := first.Find(".pager a").Attr("href")
	second := browser.Get(next).Is(http.StatusOK).Has(1, "#work tbody tr")
	second.Has(1, `.pager a[href="/work?direction=grant"]`)
	rows, err := csv.NewReader(strings.NewReader(browser.Get("/work?format=csv").Is(http.StatusOK).Body)).ReadAll()
	check(t, err)
	if len(rows) != 52 {
		t.Errorf("the export has %d lines", len(rows))
	}
}

func TestWorkExportIsHarmless(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	_, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Name: new("=HYPERLINK(1)")})
	check(t, err)
	open(t, c, "My Role", webtest.Josh, "")
	answer := c.As(webtest.Ada).Get("/work?format=csv").Is(http.StatusOK)
	if got := answer.Header.Get("Content-Disposition"); got != "attachment; filename=work-open.csv" {
		t.Error(got)
	}
	rows, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
	check(t, err)
	if len(rows) != 2 || rows[1][3] != "'=HYPERLINK(1)" || rows[1][11] != "W-1" {
		t.Errorf("exported %q", rows)
	}
}

func TestRowsOfTheBuiltInQueueCanBeWorkedOnRightThere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register, tickets.Register)
	item := open(t, c, "My Role", webtest.Josh, "")
	row, base := "#change-"+item.ID, "/tickets/"+item.Ticket.ID
	ana := c.As(webtest.Ana)
	menu := ana.Get("/work?q=josh").Says(row+" .menu", "Take it", "Done", "Won’t do")
	take, _ := menu.Find(row + ` form[action^="` + base + `/take"]`).Attr("action")
	ana.Post(take, nil).LeadsTo("/work?q=josh")
	ana.Get("/work").Says(row, "Ana Ruiz").SaysNot(row+" .menu", "Take it")
	ana.Post(base+"/close?next=/work", url.Values{"outcome": {"yes"}}).LeadsTo("/work")
	ana.Get("/work").Says(".toast", "recorded as complete").Has(0, row)
	if got := newest(t, c); got.State != access.Done {
		t.Errorf("the change is %s", got.State)
	}
}

func TestNobodyEndsTheirOwnAccessFromTheRow(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	item := open(t, c, "My Role", webtest.Ana, "")
	c.As(webtest.Ana).Get("/work").Says("#change-"+item.ID+" .menu", "Won’t do").SaysNot("#change-"+item.ID+" .menu", "Done")
}

func TestRetry(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	item := open(t, c, "My Role", webtest.Josh, "")
	retry := "/changes/" + item.ID + "/retry"
	ana := c.As(webtest.Ana)
	ana.Post(retry+"?next=//evil.example.com", nil).LeadsTo("/work")
	ana.Get("/work").Says(".toast", "Only a change that needs attention")
	check(t, c.Propagation.CloseTicket(t.Context(), c.Actor(webtest.Ada), item.Ticket.ID, ticket.No, "no such role"))
	ana.Get("/work/attention").Says("#change-"+item.ID, "Needs attention", "no such role", "Try again")
	c.As(webtest.Josh).Post(retry, nil).Is(http.StatusForbidden)
	c.As(webtest.Otto).Post(retry, nil).Is(http.StatusForbidden)
	ana.Post("/changes/nonsense/retry", nil).Is(http.StatusNotFound)
	ana.Post("/changes/"+store.NewID()+"/retry", nil).Is(http.StatusNotFound)
	ana.Post(retry+"?next=/work/attention", nil).LeadsTo("/work/attention")
	if got := newest(t, c); got.State != access.Queued {
		t.Errorf("the change is %s", got.State)
	}
}

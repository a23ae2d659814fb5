package events_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/events"
	"admit/internal/web/webtest"
)

func TestEventsTellWhoDidWhat(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, events.Register)
	r := c.Ask(webtest.Josh, "I close the month", nil, c.Wish("My Role"))
	c.Approve(webtest.Rita, r.ID)
	c.Settle()
	page := c.As(webtest.Ada).Get("/events").Is(http.StatusOK)
	page.Says("#events", "Josh Miller asked for My Role", "Filed W-1", "because of a request", "I close the month")
	page.Has(1, `body[data-live~=events]`).Has(1, `#events[data-refresh=events]`)
	if page.Find(`#events a[href="/requests/`+r.ID+`"]`).Length() == 0 || page.Find("#events details").Length() == 0 {
		t.Error("no links or no details")
	}
}

func TestEventsAreForAuditorsAndForResourceAdminsOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, events.Register)
	role, app := c.Resources["My Role"], c.Apps["Payroll"]
	c.As(webtest.Otto).Get("/events").Is(http.StatusOK)
	c.As(webtest.Josh).Get("/events").Is(http.StatusForbidden)
	c.As(webtest.Josh).Get("/events?resource=" + role).Is(http.StatusForbidden)
	c.As(webtest.Josh).Get("/events?format=csv").Is(http.StatusForbidden)
	ana := c.As(webtest.Ana)
	ana.Get("/events").Is(http.StatusForbidden)
	ana.Get("/events?resource="+role).Is(http.StatusOK).Says("#events", "created resource My Role", "Only one resource")
	ana.Get("/events?app="+app).Is(http.StatusOK).Says("#events", "created app Payroll").SaysNot("#events", "Office")
}

func TestEventFilters(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, events.Register)
	c.Ask(webtest.Josh, "work", nil, c.Wish("My Role"))
	josh, today := c.Users[webtest.Josh].ID, time.Now().UTC().Format(time.DateOnly)
	ada := c.As(webtest.Ada)
	for path, want := range map[string]int{
		"type=request": 1, "type=app": 2, "type=resource": 5, "actor=" + josh: 1, "user=" + josh: 1, "object=" + c.Resources["My Role"]: 2,
		"q=ASKED": 1, "q=josh+mil": 1, "type=request&q=created": 0, "from=" + today + "&type=app": 2, "to=" + today + "&type=app": 2, "to=2000-01-01": 0,
		"from=2999-01-01": 0, "q=%25%27%FF%00zzz": 0, "q=" + strings.Repeat("x", 10_000): 0, "ticket=" + store.NewID(): 0,
	} {
		if got := ada.Get("/events?" + path).Is(http.StatusOK).Find("#events tbody tr").Length(); got != want {
			t.Errorf("%.60s shows %d, want %d", path, got, want)
		}
	}
	ada.Get("/events?actor="+josh).Says("#events", "Only by Josh Miller").Has(1, `form input[type=hidden][name=actor][value="`+josh+`"]`)
	ada.Get("/events?q=zzz").Says("#events", "Nothing matches")
	for _, path := range []string{"actor=x", "object=%FF", "type=nonsense", "type=%25", "from=yesterday", "to=2026-13-01", "from=9999-01-01", "cursor=x"} {
		ada.Get("/events?" + path).Is(http.StatusBadRequest)
	}
}

func TestEventsPageAndExport(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, events.Register)
	for range 60 {
		if _, err := c.Inventory.CreateGroup(t.Context(), c.Actor(webtest.Ada), inventory.GroupParams{Name: "=1+" + store.NewID()}); err != nil {
			t.Fatal(err)
		}
	}
	ada := c.As(webtest.Ada)
	first := ada.Get("/events?type=group").Has(50, "#events tbody tr")
	next, _ := first.Find(".pager a").Attr("href")
	second := ada.Get(next).Is(http.StatusOK).Has(10, "#events tbody tr")
	second.Has(0, `body[data-live~=events]`).Has(1, `.pager a[href="/events?type=group"]`)
	rows, err := csv.NewReader(strings.NewReader(ada.Get("/events?type=group&format=csv").Is(http.StatusOK).Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 61 || rows[1][2] != "group.created" || rows[1][3] != "Ada Lind" {
		t.Errorf("%d lines, the first %q", len(rows), rows[1])
	}
}

func TestEventsShowTextAsText(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, events.Register)
	c.Ask(webtest.Josh, "<script>alert(1)</script>", nil, c.Wish("My Role"))
	page := c.As(webtest.Ada).Get("/events?" + url.Values{"q": {"<b>"}}.Encode())
	page.Has(0, "main b")
	c.As(webtest.Ada).Get("/events").Says("#events", "<script>alert(1)</script>").Has(0, "#events script")
}

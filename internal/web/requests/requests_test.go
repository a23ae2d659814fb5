package requests_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/requests"
	"admit/internal/web/webtest"
)

const unknown = "0199a0c0-0000-7000-8000-000000000000"

func TestRequestFromAskingToInPlace(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Josh, "I close the month", nil, c.Wish("My Role"))
	path := "/requests/" + r.ID
	josh, rita := c.As(webtest.Josh), c.As(webtest.Rita)

	page := josh.Get(path).Is(http.StatusOK)
	page.Says("#request-facts", "Pending", "I close the month", "No end").Has(0, `form[action="`+path+`/approve"]`)
	page.Says("#request-steps", "Josh Miller asked", "Waits for Rita Okafor to decide", "A ticket asks for the change", "In place")
	page.Has(1, `a[href="`+path+`/cancel"][data-dialog]`)
	if live, _ := page.Find("body").Attr("data-live"); !strings.Contains(live, "request:"+r.ID) || !strings.Contains(live, "resource:"+c.Resources["My Role"]) {
		t.Errorf("listens to %q", live)
	}

	rita.Get(path).Is(http.StatusOK).Says("#request-facts", "You decide on this").Has(1, `form[action="`+path+`/approve"]`)
	rita.Post(path+"/approve", nil).LeadsTo(path)
	rita.Get(path).Is(http.StatusOK).Says("#toasts", "Approved for Josh Miller").Says("#request-steps", "Waits for Admit to begin")
	rita.Post(path+"/approve", nil).LeadsTo(path)
	rita.Get(path).Says("#toasts", "already approved")

	c.Settle()
	page = josh.Get(path).Is(http.StatusOK)
	page.Says("#request-steps", "Rita Okafor approved", "Ticket", "Waits for Ana Ruiz to make the change", "Ticket open")
	page.Has(0, `#request-steps a[href^="/tickets/"]`).Has(1, `#request-steps a.mark[href^="/changes/"]`)
	c.As(webtest.Ana).Get(path).Is(http.StatusOK).Has(1, `#request-steps a[href^="/tickets/"]`).Has(1, `#request-steps a.mark[href^="/changes/"]`)
	rita.Get(path).Is(http.StatusOK).Has(0, `#request-steps a[href^="/changes/"]`)

	c.Finish(webtest.Ada) // not the assignee: the page names who did it
	josh.Get(path).Is(http.StatusOK).Says("#request-steps", "Ada Lind closed it", "In place").SaysNot("#request-steps", "Waits")
}

func TestDenyingNeedsAReason(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	path := "/requests/" + r.ID
	rita := c.As(webtest.Rita)
	rita.Get(path+"/deny?next=/approvals").Is(http.StatusOK).Has(1, `#dialog-content input[name=next][value="/approvals"]`)
	rita.Post(path+"/deny", url.Values{"next": {"/approvals"}}).Is(http.StatusUnprocessableEntity).
		Says("#comment-error", "required").Has(1, `input[name=next][value="/approvals"]`)
	rita.Post(path+"/deny", url.Values{"comment": {"no <b>need</b>"}, "next": {"//evil.example"}}).LeadsTo(path)
	page := c.As(webtest.Josh).Get(path).Is(http.StatusOK)
	page.Says("#request-facts", "Denied").Says("#request-steps", "Rita Okafor denied", "no <b>need</b>").SaysNot("#request-steps", "In place")
}

func TestAdminsOverrideUnderAClearLabel(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	path := "/requests/" + r.ID
	ada := c.As(webtest.Ada)
	ada.Get(path).Is(http.StatusOK).Says("#request-facts", "You do not review this", "Override: approve").Has(0, `form[action="`+path+`/approve"]`)
	ada.Post(path+"/approve", nil).Is(http.StatusForbidden)
	ada.Get(path+"/approve?override=1").Is(http.StatusOK).Says("#dialog-content", "You override the reviewers")
	ada.PostInPlace(path+"/approve", url.Values{"override": {"1"}, "comment": {"Rita is away"}}).Is(http.StatusOK)
	ada.Get(path).Says("#request-steps", "as an admin, overriding the reviewers", "Rita is away")
}

func TestWhoMayDoWhatOnARequest(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Rita, "for me", nil, c.Wish("My Role"))
	path := "/requests/" + r.ID
	rita, otto, josh := c.As(webtest.Rita), c.As(webtest.Otto), c.As(webtest.Josh)
	rita.Get(path).Is(http.StatusOK).Says("#request-steps", "an admin of Admit, since nobody else reviews it, to decide").Has(0, `form[action="`+path+`/approve"]`)
	rita.Post(path+"/approve", nil).Is(http.StatusForbidden)
	josh.Get(path).Is(http.StatusNotFound)
	for _, verb := range []string{"approve", "deny", "cancel", "comments"} {
		josh.Post(path+"/"+verb, url.Values{"comment": {"x"}}).Is(http.StatusNotFound)
		otto.Post(path+"/"+verb, url.Values{"comment": {"x"}}).Is(http.StatusForbidden)
		rita.Post("/requests/"+unknown+"/"+verb, url.Values{"comment": {"x"}}).Is(http.StatusNotFound)
		rita.Post("/requests/%ff/"+verb, url.Values{"comment": {"x"}}).Is(http.StatusNotFound)
	}
	otto.Get(path).Is(http.StatusOK).Has(0, `form[action="`+path+`/comments"]`).Has(0, `a[href="`+path+`/cancel"]`)
	rita.Get(path+"/cancel").Is(http.StatusOK).Says("#dialog-content", "Nobody decides on it any more")
	rita.Post(path+"/cancel", nil).LeadsTo(path)
	rita.Get(path).Is(http.StatusOK).Says("#request-facts", "Canceled").Says("#request-steps", "Rita Okafor canceled the request")
	rita.Post(path+"/cancel", nil).LeadsTo(path)
}

func TestComments(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	path := "/requests/" + r.ID
	rita := c.As(webtest.Rita)
	rita.Post(path+"/comments", url.Values{"comment": {"which <month>?"}}).LeadsTo(path + "#comments")
	c.As(webtest.Josh).Get(path).Says("#request-comments", "Rita Okafor", "which <month>?")
	for _, bad := range []string{"", "\xff", strings.Repeat("x", 5_000)} {
		rita.Post(path+"/comments", url.Values{"comment": {bad}}).Is(http.StatusUnprocessableEntity).Has(1, "#comment-error")
	}
	rita.Post(path+"/comments", url.Values{"comment": {strings.Repeat("x", 300_000)}}).Is(http.StatusBadRequest)
}

func TestListShowsOnesOwnOrAllOneMaySee(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	c.Ask(webtest.Ana, "please", nil, c.Wish("Front door"))
	c.Settle()
	josh := c.As(webtest.Josh)
	josh.Get("/requests").Is(http.StatusOK).Says("#requests", "My Role", "Waits for Rita Okafor").SaysNot("#requests", "Front door")
	josh.Get("/requests?scope=all").Is(http.StatusOK).SaysNot("#requests", "Front door")
	josh.Get("/requests?state=approved").Is(http.StatusOK).Says("#requests", "No request is in this state")
	josh.Get("/requests?state=nonsense").Is(http.StatusBadRequest)
	otto := c.As(webtest.Otto)
	otto.Get("/requests").Is(http.StatusOK).Says("#requests", "You have not asked for anything yet")
	otto.Get("/requests?scope=all").Is(http.StatusOK).Says("#requests", "My Role", "Front door", "Ana Ruiz", "Carried out")
	otto.Get("/requests?scope=all&state=pending").Is(http.StatusOK).SaysNot("#requests", "Front door")
}

func TestListAsCSVRunsNoFormula(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	week := 7 * 24 * 60
	c.Ask(webtest.Josh, `=HYPERLINK("http://evil.example")`, &week, c.Wish("My Role"), c.Wish("Bank files"))
	page := c.As(webtest.Josh).Get("/requests?format=csv").Is(http.StatusOK)
	if kind := page.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		t.Errorf("content type %q", kind)
	}
	rows, err := csv.NewReader(strings.NewReader(page.Body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	if row := rows[1]; row[5] != "My Role" || row[8] != "10080" || row[9] != "pending" || !strings.HasPrefix(row[7], "'=") {
		t.Errorf("row %q", row)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	for range 60 {
		r := c.Ask(webtest.Josh, "please", nil, request.Wish{ResourceID: c.Resources["My Role"]})
		if err := c.Requests.Cancel(t.Context(), c.Actor(webtest.Josh), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	josh := c.As(webtest.Josh)
	page := josh.Get("/requests").Is(http.StatusOK).Has(50, "#requests tbody tr")
	next, _ := page.Find(`.pager a`).Attr("href")
	page = josh.Get(next).Is(http.StatusOK).Has(10, "#requests tbody tr")
	back, _ := page.Find(`.pager a`).Attr("href")
	josh.Get(back).Is(http.StatusOK).Has(50, "#requests tbody tr")
	josh.Get("/requests?cursor=%00x").Is(http.StatusBadRequest)
}

func TestApprovingPartOfARequest(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, requests.Register)
	r := c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"), c.Wish("Front door"))
	page := c.As(webtest.Josh).Get("/requests/" + r.ID).Is(http.StatusOK)
	page.Says("#request-steps", "Approved by policy", "Waits for the decision on the other resources")
	if r.State != access.Pending {
		t.Errorf("the request is %s", r.State)
	}
}

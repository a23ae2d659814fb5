package approvals_test

import (
	"net/http"
	"net/url"
	"testing"

	"admit/internal/web/approvals"
	"admit/internal/web/requests"
	"admit/internal/web/webtest"
)

func TestApprovalsShowWhatOneNeedsToDecideAndDecideThere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, approvals.Register, requests.Register)
	rita := c.As(webtest.Rita)
	rita.Get("/approvals").Is(http.StatusOK).Says("#approvals", "Nothing waits for you")

	week := 7 * 24 * 60
	one := c.Ask(webtest.Josh, "I close <November>", &week, c.Wish("My Role"), c.Wish("Front door"))
	two := c.Ask(webtest.Ana, "always", nil, c.Wish("My Role"))
	page := rita.Get("/approvals").Is(http.StatusOK)
	page.Says("#approvals", "2 requests wait for you")
	page.Says("#request-"+one.ID, "Josh Miller", "Accountant", "My Role in Payroll", "I close <November>", "7 days", "Front door", "decided already")
	page.Says("#request-"+two.ID, "Ana Ruiz", "No end").Has(1, ".btn-primary")
	if live, _ := page.Find("#approvals").Attr("data-refresh"); live != "requests" {
		t.Errorf("refreshed by %q", live)
	}

	form := page.Find(`form[action="/requests/` + one.ID + `/approve"] input[name=next]`)
	next, _ := form.Attr("value")
	rita.Post("/requests/"+one.ID+"/approve", url.Values{"next": {next}}).LeadsTo("/approvals")
	rita.PostInPlace("/requests/"+two.ID+"/deny", url.Values{"next": {"/approvals"}, "comment": {"no"}}).Is(http.StatusOK)
	rita.Get("/approvals").Is(http.StatusOK).Says("#toasts", "Denied for Ana Ruiz").Says("#approvals", "Nothing waits for you")
}

func TestApprovalsAreOnesOwn(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, approvals.Register)
	c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	c.Ask(webtest.Rita, "for me", nil, c.Wish("My Role"))
	for _, email := range []string{webtest.Josh, webtest.Ada, webtest.Otto, webtest.Ana} {
		c.As(email).Get("/approvals").Is(http.StatusOK).Says("#approvals", "Nothing waits for you")
	}
	c.As(webtest.Rita).Get("/approvals").Says("#approvals", "1 request waits").SaysNot("#approvals", "for me")
	c.As(webtest.Rita).Get("/approvals?cursor=%ff").Is(http.StatusBadRequest)
}

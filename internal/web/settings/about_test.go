package settings_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/ticket"
	"admit/internal/web/settings"
	"admit/internal/web/webtest"
)

func TestWhatStatusesMean(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	desk := with(c)
	ada := c.As(webtest.Ada)
	path := added(t, ada) + "/statuses"
	page := ada.Get(path).Is(http.StatusOK).Says("main", "on the pile", "Usual: still open", "burnt <b>", "not known", "Usual: ask a person", "stamped", "Usual: nothing")
	page.Has(1, `a[aria-current][href$="/statuses"]`).Has(1, `select[name="outcome.status:burnt"][aria-label="What burnt <b> means"]`)
	ada.Post(path, url.Values{"outcome.status:burnt": {"no"}, "outcome.status:pile": {""}}).LeadsTo(path)
	ada.Get(path).Says(".toast", "Saved").Has(1, `select[name="outcome.status:burnt"] option[value=no][selected]`).SaysNot("main", "not known")
	ada.Post(path, url.Values{"outcome.status:burnt": {"perhaps"}}).Is(http.StatusUnprocessableEntity).Says("[role=alert]", "not valid", "Nothing was changed").SaysNot("main", "cannot list")
	otto := c.As(webtest.Otto)
	otto.Get(path).Is(http.StatusOK).Has(0, "main form button").Has(3, "main select[disabled]")
	otto.Post(path, url.Values{"outcome.status:burnt": {"yes"}}).Is(http.StatusForbidden)
	c.As(webtest.Ana).Post(path, nil).Is(http.StatusForbidden)
	desk.down = true
	ada.Get(path).Is(http.StatusOK)
}

func TestPeopleOfAProvider(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada := c.As(webtest.Ada)
	provider := added(t, ada)
	path := provider + "/people"
	ada.Get(path).Is(http.StatusOK).Says("main", "Nobody is assigned tickets here yet")
	id, on, tray := strings.TrimPrefix(provider, "/settings/providers/"), true, "1"
	if _, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{
		Tickets: inventory.TicketPatch{Enabled: &on, ProviderID: &id, ProjectID: &tray},
	}); err != nil {
		t.Fatal(err)
	}
	ana := path + "/" + c.Users[webtest.Ana].ID
	ada.Get(path).Says("main", "Ana", "not looked up yet", "Correct")
	ada.Get(ana+"?q=nobody").Is(http.StatusOK).Says("main", "Nobody found")
	ada.Get(ana+"?q=ann").Is(http.StatusOK).Says("main", "Ann <i>Hidden</i>", "not shown", "annette@paper.example.com").Has(2, `input[name=account_id]`)
	ada.Post(ana, url.Values{"account_id": {"a-1"}, "account_name": {"Ann"}}).LeadsTo(path)
	ada.Get(path).Says("main", "Ann", "chosen by an admin", "Look up again")
	ada.Post(ana, url.Values{"how": {"again"}}).LeadsTo(path)
	ada.Get(path).SaysNot("main", "chosen by an admin")
	ada.Post(ana, nil).LeadsTo(path)
	ada.Get(path).Says("main", "has no account there", "chosen by an admin")
	otto := c.As(webtest.Otto)
	otto.Get(path).Is(http.StatusOK).SaysNot("main", "Correct")
	otto.Get(ana).Is(http.StatusForbidden)
	otto.Post(ana, nil).Is(http.StatusForbidden)
}

func TestWebhookOfAProvider(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada, otto := c.As(webtest.Ada), c.As(webtest.Otto)
	path := added(t, ada) + "/webhook"
	ada.Get(path).Is(http.StatusOK).Says("main", "The webhook is off", "Switch on")
	otto.Get(path).Is(http.StatusOK).SaysNot("main", "Switch on")
	otto.Post(path, nil).Is(http.StatusForbidden)
	ada.Post(path, url.Values{"on": {"yes"}}).LeadsTo(path)
	page := ada.Get(path).Says("main", "Nothing delivered yet", "none yet", "Set it up by hand", "/hooks/")
	secret := regexp.MustCompile(`with <code>([^<]+)</code>`).FindStringSubmatch(page.Body)
	if secret == nil {
		t.Fatal("the secret is not shown to who must enter it")
	}
	if otto := otto.Get(path); strings.Contains(otto.Body, secret[1]) || strings.Contains(otto.Body, "/hooks/") {
		t.Error("an auditor sees the secret or the address")
	}
	ada.Post(path, url.Values{"on": {"no"}}).LeadsTo(path)
	ada.Get(path).Says("main", "The webhook is off")
	queue := "/settings/providers/" + access.BuiltInProviderID
	ada.Get(queue).Is(http.StatusOK).Has(0, ".tabs")
	ada.Get(queue + "/webhook").Is(http.StatusNotFound)
}

func TestPreflightBeforeSaving(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	desk := with(c)
	desk.findings = []ticket.Finding{{Field: "token", Problem: "the key does not fit"}}
	ada := c.As(webtest.Ada)
	form := typed("The Desk", "https://paper.example.com", "s3cret")
	refused := ada.Post("/settings/providers/new", form).Is(http.StatusUnprocessableEntity)
	refused.Says(`[id="settings.token-error"]`, "key does not fit").Has(1, `input[name=save_anyway]`)
	form.Set("save_anyway", "on")
	added := ada.Post("/settings/providers/new", form).Is(http.StatusSeeOther).Header.Get("Location")
	ada.Get(added).Says(".toast", "is added as it is").SaysNot(".toast", "can sign in")
}

package settings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/settings"
	"admit/internal/web/webtest"
)

func typed(name, address, token string) url.Values {
	return url.Values{"kind": {"paper"}, "name": {name}, "settings.base_url": {address}, "settings.token": {token}, "settings.ink": {"blue"}}
}

// added adds a provider through the pages and returns its path.
func added(t *testing.T, b *webtest.Browser) string {
	t.Helper()
	return b.Post("/settings/providers/new", typed("The Desk", "https://paper.example.com/", "s3cret")).Is(http.StatusSeeOther).Header.Get("Location")
}

func TestSettingsAreForAdminsAndAuditors(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada := c.As(webtest.Ada)
	provider := added(t, ada)
	pages := []string{"/settings", "/settings/tokens", "/settings/providers", provider}
	for _, path := range append(pages, "/settings/providers/new?kind=paper") {
		ada.Get(path).Is(http.StatusOK)
		for _, who := range []string{webtest.Josh, webtest.Ana} {
			c.As(who).Get(path).Is(http.StatusForbidden).Says("main", "You may not do this")
		}
	}
	otto := c.As(webtest.Otto)
	for _, path := range pages {
		otto.Get(path).Is(http.StatusOK)
	}
	otto.Get(provider).Says("main", "only an admin can change this").Has(0, "main form button").Has(3, "main input[disabled]:not([type=hidden]):not([type=password])")
	for _, path := range []string{"/settings/providers/new?kind=paper", provider + "/delete"} {
		otto.Get(path).Is(http.StatusForbidden)
	}
	for _, path := range []string{"/settings/providers/new", provider, provider + "/check", provider + "/delete"} {
		otto.Post(path, typed("Mine", "https://x.example.com", "x")).Is(http.StatusForbidden)
		c.As(webtest.Josh).Post(path, typed("Mine", "https://x.example.com", "x")).Is(http.StatusForbidden)
	}
}

func TestAddingAProvider(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada := c.As(webtest.Ada)
	ada.Get("/settings/providers/new").Says("main", "Paper Desk", "Files tickets on paper").SaysNot("main", "Built-in")
	form := ada.Get("/settings/providers/new?kind=paper").Is(http.StatusOK).Says("main", "Where the desk stands", "Set it up", "the rules")
	form.Has(1, `input[name="settings.base_url"][type=url][required][placeholder="https://paper.example.com"]`)
	form.Has(1, `input[name="settings.token"][type=password][required][value=""]`).Has(1, `input[name="settings.ink"][value=blue]`)
	if strings.Contains(form.Body, "alert(1)") {
		t.Error("the help may hold script")
	}
	bad := ada.Post("/settings/providers/new", typed("", "ftp://x", "hidden-token")).Is(http.StatusUnprocessableEntity)
	bad.Says("#name-error", "is required").Says(".error-summary", "2 things").Has(1, `input[name="settings.base_url"][value="ftp://x"][aria-invalid=true]`)
	if strings.Contains(bad.Body, "hidden-token") {
		t.Error("a secret is shown again")
	}
	path := added(t, ada)
	page := ada.Get(path).Is(http.StatusOK).Says(".toast", "The Desk is added").Says("main", "Not tried yet", "leave empty to keep it")
	page.Has(1, `input[name="settings.base_url"][value="https://paper.example.com"]`)
	if strings.Contains(page.Body, "s3cret") {
		t.Error("a secret is shown")
	}
	ada.Post("/settings/providers/new", typed("The Desk", "https://paper.example.com", "x")).Is(http.StatusUnprocessableEntity).Says("#name-error", "already in use")
	ada.Post("/settings/providers/new", url.Values{"kind": {"nonsense"}, "name": {"x"}}).Is(http.StatusBadRequest)
	ada.Get("/settings/providers").Says("#providers", "The Desk", "Paper Desk", "Not tried yet", "nothing yet", "Built-in queue", "1 app or resource")
}

func TestSavingKeepsTheSecret(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada := c.As(webtest.Ada)
	path := added(t, ada)
	id := strings.TrimPrefix(path, "/settings/providers/")
	sealed := func() string {
		p, err := store.Provider(t.Context(), c.DB.Read(), id)
		if err != nil {
			t.Fatal(err)
		}
		return p.Secrets
	}
	if sealed() == "" {
		t.Fatal("no secret is stored")
	}
	ada.Post(path, typed("Our Desk", "https://desk.example.com", "")).LeadsTo(path)
	ada.Get(path).Says("h1", "Our Desk").Has(1, `input[value="https://desk.example.com"]`)
	if sealed() == "" {
		t.Error("the secret is gone")
	}
	bad := ada.Post(path, typed("Our Desk", "nonsense\x00", "")).Is(http.StatusUnprocessableEntity)
	bad.Says(".error-summary", "Address")
	ada.Post(path, typed(strings.Repeat("x", 500), "https://x.example.com", "")).Is(http.StatusUnprocessableEntity).Says("#name-error", "too long")
	for _, other := range []string{"nonsense", "%FF", store.NewID()} {
		ada.Get("/settings/providers/" + other).Is(http.StatusNotFound)
		ada.Post("/settings/providers/"+other+"/check", nil).Is(http.StatusNotFound)
	}
}

func TestCheckSaysWhatIsMissingWhereItIs(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	desk := with(c)
	ada := c.As(webtest.Ada)
	path := added(t, ada)
	ada.Post(path+"/check", nil).Is(http.StatusOK).Says("main", "All is well", "Works", "Upper tray", "Admit found 2 trays")
	desk.findings = []ticket.Finding{{Field: "token", Problem: "the key does not fit"}, {Problem: "the tray is locked"}}
	page := ada.Post(path+"/check", url.Values{"project": {"2"}}).Is(http.StatusOK)
	page.Says(".error-summary", "2 things to set right", "Token: The key does not fit.", "The tray is locked.")
	if got := page.Find(`[id="settings.token-error"]`).Text(); !strings.Contains(got, "The key does not fit.") {
		t.Errorf("the setting says %q", got)
	}
	page.Has(1, `select[name=project] option[value="2"][selected]`)
	if last := desk.asked[len(desk.asked)-1]; last != "2" {
		t.Errorf("checked %q", last)
	}
	desk.down = true
	ada.Post(path+"/check", nil).Is(http.StatusOK).Says("main", "The desk is closed.", "Not reachable")
	ada.Get("/settings").Says("main", "in trouble", "The Desk: The desk is closed.")
	ada.Get("/settings/providers").Says("#providers", "Not reachable", "The desk is closed.")
}

func TestDeletingAProvider(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	with(c)
	ada := c.As(webtest.Ada)
	path := added(t, ada)
	id, project := strings.TrimPrefix(path, "/settings/providers/"), "1"
	tickets := inventory.TicketPatch{ProviderID: &id, ProjectID: &project}
	if _, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: tickets}); err != nil {
		t.Fatal(err)
	}
	ada.Get(path+"/delete").Is(http.StatusOK).Says("#dialog-content", "cannot be deleted yet", "app Payroll").Has(0, "#dialog-content form")
	ada.Post(path+"/delete", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "still used by", "app Payroll", "Nothing was deleted")
	builtIn := access.BuiltInProviderID
	tickets.ProviderID, project = &builtIn, "access"
	if _, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: tickets}); err != nil {
		t.Fatal(err)
	}
	ada.Get(path+"/delete").Has(1, "#dialog-content form")
	ada.Post(path+"/delete", nil).LeadsTo("/settings/providers")
	ada.Get("/settings/providers").SaysNot("#providers", "The Desk").Says(".toast", "The Desk is deleted")
	ada.Get(path).Is(http.StatusNotFound)
	ada.Get("/settings/providers/"+builtIn).Is(http.StatusOK).Has(0, `a[href$="/delete"]`)
	ada.Post("/settings/providers/"+builtIn+"/delete", nil).Is(http.StatusUnprocessableEntity)
}

func TestOverviewAndTokens(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	ada := c.As(webtest.Ada)
	ada.Get("/settings/tokens").Says("main", "You have no API token")
	token, _, err := c.Authn.CreateToken(t.Context(), c.Actor(webtest.Ada), authn.TokenParams{Name: "Terraform"})
	if err != nil {
		t.Fatal(err)
	}
	page := ada.Get("/settings/tokens").Says("main", "Terraform", "never", "No end")
	if strings.Contains(page.Body, token) {
		t.Error("the token is shown again")
	}
	ada.Get("/settings").Says("main", "1 provider", "No trouble", "1 token of yours", "end after 3 days", "http://admit.test")
}

package catalog_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/web/catalog"
	"admit/internal/web/webtest"
)

func TestCatalogShowsWhatOneMayAskForAndHowOneStands(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	c.Ask(webtest.Josh, "work", nil, c.Wish("Front door")) // nobody reviews it
	c.Settle()
	pending := c.Ask(webtest.Josh, "work", nil, c.Wish("My Role"))
	page := c.As(webtest.Josh).Get("/catalog").Is(http.StatusOK)
	page.Says("#catalog", "Payroll", "Office", "My Role", "Bank files", "At most 7 days", "Decided by Payroll reviewers", "Approved at once")
	page.SaysNot("#catalog", "Secret vault")
	page.Says("#resource-"+c.Resources["Front door"], "You have this", "Ask again")
	page.Says("#resource-"+c.Resources["My Role"], "Asked for")
	page.Has(1, `#resource-`+c.Resources["My Role"]+` a[href="/requests/`+pending.ID+`"]`)
	page.Has(1, `#resource-`+c.Resources["Bank files"]+` a[data-dialog][href="/request/new?resource=`+c.Resources["Bank files"]+`"]`)
	page.Has(4, `form#ask[method=get][action="/request/new"] input[type=checkbox][name=resource]`)
	page.Has(1, `button[form=ask]`)
}

func TestCatalogFilters(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	josh := c.As(webtest.Josh)
	josh.Get("/catalog?q=bank").Is(http.StatusOK).Says("#catalog", "Bank files").SaysNot("#catalog", "My Role")
	josh.Get("/catalog?app="+c.Apps["Office"]).Is(http.StatusOK).Says("#catalog", "Front door").SaysNot("#catalog", "My Role")
	josh.Get("/catalog?q=%25%27%FF%00zzz").Is(http.StatusOK).Says("#catalog", "Nothing is called that")
	josh.Get("/catalog?q="+strings.Repeat("x", 10_000)).Is(http.StatusOK).Says("#catalog", "Nothing is called that")
	josh.Get("/catalog?app=nonsense").Is(http.StatusBadRequest)
	josh.Get("/catalog?cursor=nonsense").Is(http.StatusBadRequest)
}

func TestAskingForSeveralAtOnce(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	josh := c.As(webtest.Josh)
	role, table := c.Resources["My Role"], c.Resources["Salary table"]
	form := josh.Get("/request/new?resource=" + role + "&resource=" + table + "&resource=" + role).Is(http.StatusOK)
	form.Says("#dialog-content", "Ask for 2 resources", "Rita Okafor", "Access level of Salary table", "No end", "recommended")
	form.Has(1, `input[name=length][value="129600"][checked]`)
	form.Has(0, `input[name=person]`)
	form.Has(2, `input[type=hidden][name=resource]`)

	values := url.Values{"resource": {role, table}, "reason": {"I close the month"}, "length": {"none"}, "level-" + table: {"write"}}
	to := josh.Post("/request/new", values).Is(http.StatusSeeOther).Header.Get("Location")
	v, err := c.Requests.Get(t.Context(), c.Actor(webtest.Josh), strings.TrimPrefix(to, "/requests/"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Reason != "I close the month" || v.Minutes != nil || len(v.Items) != 2 || v.Items[1].Level != "write" {
		t.Errorf("asked for %+v", v.Request)
	}
	again := josh.Post("/request/new", values).Is(http.StatusUnprocessableEntity)
	again.Says(".error-summary", "pending").Says("#thing-"+role, "already asked for")
}

func TestAskingKeepsWhatWasTypedAndNamesEveryMistake(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	josh := c.As(webtest.Josh)
	table, bank := c.Resources["Salary table"], c.Resources["Bank files"]
	for _, test := range []struct {
		name  string
		form  url.Values
		field string
		says  string
	}{
		{"no reason", url.Values{"resource": {bank}, "length": {"60"}}, "#reason-error", "required"},
		{"no length", url.Values{"resource": {bank}, "reason": {"x"}}, "#length-error", "required"},
		{"too long", url.Values{"resource": {bank}, "reason": {"x"}, "length": {"99999"}}, "#length-error", "longer"},
		{"no end", url.Values{"resource": {bank}, "reason": {"x"}, "length": {"none"}}, "#length-error", "Must have an end"},
		{"no level", url.Values{"resource": {table}, "reason": {"x"}, "length": {"60"}}, "#level-" + table + "-error", "required"},
		{"unknown level", url.Values{"resource": {table}, "reason": {"x"}, "length": {"60"}, "level-" + table: {"\xff"}}, "#level-" + table + "-error", "required"},
		{"huge reason", url.Values{"resource": {bank}, "reason": {strings.Repeat("x", 5_000)}, "length": {"60"}}, "#reason-error", "too long"},
		{"own length", url.Values{"resource": {bank}, "reason": {"x"}, "number": {"-4"}}, "#number-error", "whole number"},
	} {
		page := josh.Post("/request/new", test.form).Is(http.StatusUnprocessableEntity)
		page.Says(test.field, test.says).Has(1, ".error-summary")
		if reason := test.form.Get("reason"); page.Find("textarea[name=reason]").Text() != reason {
			t.Errorf("%s: the reason is lost", test.name)
		}
	}
	if list, err := c.Requests.ToReview(t.Context(), c.Actor(webtest.Rita), access.Page{}); err != nil || len(list.Items) > 0 {
		t.Errorf("%d requests were made: %v", len(list.Items), err)
	}
}

func TestAskingForALengthOfOnesOwn(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	to := c.As(webtest.Josh).PostInPlace("/request/new", url.Values{
		"resource": {c.Resources["My Role"]}, "reason": {"x"}, "length": {"60"}, "number": {"36"}, "unit": {"hours"},
	}).Is(http.StatusOK).Header.Get("HX-Redirect")
	v, err := c.Requests.Get(t.Context(), c.Actor(webtest.Josh), strings.TrimPrefix(to, "/requests/"))
	if err != nil || v.Minutes == nil || *v.Minutes != 36*60 {
		t.Errorf("asked for %+v, %v", v.Minutes, err)
	}
}

func TestOnlyAdminsAskForOthers(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	form := url.Values{"resource": {c.Resources["My Role"]}, "reason": {"new here"}, "length": {"60"}, "person": {webtest.Ana}}
	for email, want := range map[string]string{webtest.Ada: webtest.Ana, webtest.Josh: webtest.Josh} {
		to := c.As(email).Post("/request/new", form).Is(http.StatusSeeOther).Header.Get("Location")
		v, err := c.Requests.Get(t.Context(), c.Actor(webtest.Otto), strings.TrimPrefix(to, "/requests/"))
		if err != nil || v.Target.Email != want {
			t.Errorf("%s asked for %s: %v", email, v.Target.Email, err)
		}
	}
	form.Set("person", "nobody@example.com")
	c.As(webtest.Ada).Post("/request/new", form).Is(http.StatusUnprocessableEntity).Says("#person-error", "Nobody in Admit")
}

func TestAskingForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, catalog.Register)
	josh := c.As(webtest.Josh)
	josh.Get("/request/new").LeadsTo("/catalog")
	josh.Get("/request/new?resource=nonsense").Is(http.StatusNotFound)
	josh.Get("/request/new?resource=0199a0c0-0000-7000-8000-000000000000").Is(http.StatusNotFound)
	josh.Post("/request/new", url.Values{"resource": {c.Resources["Secret vault"]}, "reason": {"x"}, "length": {"60"}}).
		Is(http.StatusUnprocessableEntity).Says(".error-summary", "cannot be asked for")
	c.Nobody().Get("/catalog").LeadsTo("/personas?next=%2Fcatalog")
}

package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/web/account"
	"admit/internal/web/webtest"
)

func TestTokensAreShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, account.Register)
	josh := c.As(webtest.Josh)
	josh.Get("/account").Is(http.StatusOK).Says("#content", "Josh Miller", "Accountant", "Member")
	page := josh.Post("/account/tokens", url.Values{"name": {"laptop"}, "life": {"30"}}).Is(http.StatusOK)
	token := page.Say("#made code")
	if actor, err := c.Authn.Bearer(t.Context(), "Bearer "+token); err != nil || actor.Email != webtest.Josh || actor.TokenName != "laptop" {
		t.Fatalf("token %q is of %+v: %v", token, actor, err)
	}
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page with the token may be stored")
	}
	page = josh.Get("/account").Is(http.StatusOK).Says("#content", "laptop", "in 30 days")
	if strings.Contains(page.Body, token) {
		t.Error("the token is shown again")
	}
	revoke, _ := page.Find(`a[href$="/revoke"]`).Attr("href")
	josh.Get(revoke).Is(http.StatusOK).Says("#dialog-content", "refused at once")
	c.As(webtest.Ana).Get(revoke).Is(http.StatusNotFound)
	c.As(webtest.Ana).Post(revoke, nil).Is(http.StatusNotFound)
	josh.Post(revoke, nil).LeadsTo("/account")
	if _, err := c.Authn.Bearer(t.Context(), "Bearer "+token); err == nil {
		t.Error("the revoked token works")
	}
	josh.Get("/account").SaysNot("#content", "…"+token[len(token)-4:])
	josh.Post(revoke, nil).Is(http.StatusNotFound)
}

func TestTokenFormNamesMistakes(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, account.Register)
	josh := c.As(webtest.Josh)
	josh.Post("/account/tokens", url.Values{"name": {""}, "life": {"30"}}).Is(http.StatusUnprocessableEntity).Says("#name-error", "required")
	josh.Post("/account/tokens", url.Values{"name": {"\xff"}, "life": {"30"}}).Is(http.StatusUnprocessableEntity).Has(1, "#name-error")
	josh.Post("/account/tokens", url.Values{"name": {"x"}, "life": {"-1"}}).Is(http.StatusUnprocessableEntity).Has(1, "#life-error").Has(1, `#name[value=x]`)
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, account.Register)
	josh := c.As(webtest.Josh)
	josh.Get("/account").Says("#content", "You have no password yet").Has(0, "#old_password")
	form := func(old, password, again string) url.Values {
		return url.Values{"old_password": {old}, "password": {password}, "again": {again}}
	}
	josh.Post("/account/password", form("", "short", "short")).Is(http.StatusUnprocessableEntity).Says("#password-error", "10 characters")
	josh.Post("/account/password", form("", "long enough 1", "long enough 2")).Is(http.StatusUnprocessableEntity).Has(1, "#again-error")
	josh.Post("/account/password", form("", "long enough 1", "long enough 1")).LeadsTo("/account")
	page := josh.Post("/account/password", form("wrong", "long enough 2", "long enough 2")).Is(http.StatusUnprocessableEntity)
	page.Says("#old_password-error", "wrong")
	if strings.Contains(page.Body, "long enough 2") {
		t.Error("a password is shown again")
	}
	josh.Post("/account/password", form("long enough 1", "long enough 2", "long enough 2")).LeadsTo("/account")
	if has, err := c.Authn.HasPassword(t.Context(), c.Actor(webtest.Josh)); err != nil || !has {
		t.Errorf("has a password: %v, %v", has, err)
	}
}

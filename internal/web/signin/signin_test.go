package signin_test

import (
	"net/http"
	"net/url"
	"testing"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/web/signin"
	"admit/internal/web/site"
	"admit/internal/web/webtest"
)

const password = "correct horse battery"

// withWho adds a page that tells who is signed in.
func withWho(s *site.Site) {
	signin.Register(s)
	s.Handle("GET /who", func(v *site.Visit) error { return v.JSON(v.Actor.Email) })
}

func invited(t *testing.T, c *webtest.Company, email string) string {
	t.Helper()
	token, err := c.Authn.Invite(t.Context(), c.Actor(webtest.Ada), c.Users[email].ID)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestInviteSetsAPasswordThatSignsIn(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, withWho)
	token := invited(t, c, webtest.Josh)
	b := c.Nobody()
	b.Get("/invite?token="+token).Is(http.StatusOK).Says("main", "Welcome, Josh Miller")
	b.Post("/invite", url.Values{"token": {token}, "password": {"short"}}).Is(http.StatusUnprocessableEntity).Says("#password-error", "10 characters")
	b.Post("/invite", url.Values{"token": {token}, "password": {password}}).LeadsTo("/catalog")
	if who := b.Get("/who").Body; who != `"`+webtest.Josh+`"` {
		t.Errorf("signed in as %s", who)
	}
	b.Get("/invite?token=" + token).Is(http.StatusNotFound)
	b.Post("/invite", url.Values{"token": {token}, "password": {password}}).Is(http.StatusNotFound)
	b.Get("/invite").Is(http.StatusNotFound)

	b = c.Nobody()
	page := b.Post("/sign-in", url.Values{"email": {webtest.Josh}, "password": {"wrong"}, "next": {"/access"}}).Is(http.StatusUnprocessableEntity)
	page.Says(".error-summary", "The e-mail or the password is wrong").Has(1, `#email[value="`+webtest.Josh+`"]`).Has(1, `input[name=next][value="/access"]`)
	b.Post("/sign-in", url.Values{"email": {"JOSH@example.com "}, "password": {password}, "next": {"/access"}}).LeadsTo("/access")
	b.Get("/sign-in?next=//evil.example").LeadsTo("/catalog")
	b.Get("/").LeadsTo("/catalog")
	b.Post("/sign-out", nil).LeadsTo("/personas")
	b.Get("/who").LeadsTo("/personas?next=%2Fwho")
}

func TestSignInLeadsNowhereElseAndTakesAnything(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, withWho)
	b := c.Nobody()
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		b.Get("/sign-in?next="+url.QueryEscape(next)).Is(http.StatusOK).Has(1, `input[name=next][value="/catalog"]`)
		b.Post("/personas", url.Values{"email": {webtest.Josh}, "next": {next}}).LeadsTo("/catalog")
		b.Post("/sign-out", nil)
	}
	for _, email := range []string{"", "\xff", "nobody@example.com", "x"} {
		b.Post("/sign-in", url.Values{"email": {email}, "password": {"\xff"}}).Is(http.StatusUnprocessableEntity)
	}
	for range 20 {
		b.Post("/sign-in", url.Values{"email": {webtest.Josh}, "password": {"x"}})
	}
	b.Post("/sign-in", url.Values{"email": {webtest.Josh}, "password": {"x"}}).Is(http.StatusTooManyRequests).Says(".error-summary", "Too many tries")
}

func TestPersonasAreListedInTheOrderToTryThem(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, withWho)
	b := c.Nobody()
	page := b.Get("/personas?next=/work").Is(http.StatusOK)
	page.Says("main", "Josh Miller", "Asks for access", "Approves or denies requests", "marks the ticket done", "Runs Admit", "Reads everything")
	if first, _ := page.Find("button[name=email]").First().Attr("value"); first != webtest.Josh {
		t.Errorf("the first is %s", first)
	}
	b.Post("/personas", url.Values{"email": {webtest.Rita}}).LeadsTo("/approvals")
	b.Get("/personas").Is(http.StatusOK).Says("main", "You are here")
	b.Post("/personas", url.Values{"email": {"nobody@example.com"}}).Is(http.StatusNotFound)
	b.Post("/personas", url.Values{"email": {"\xff"}}).Is(http.StatusNotFound)
}

func TestPersonasAreOfDemosOnly(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, withWho)
	c.Authn.Demo = false
	b := c.Nobody()
	b.Get("/personas").Is(http.StatusNotFound)
	b.Post("/personas", url.Values{"email": {webtest.Ada}}).Is(http.StatusNotFound)
}

func TestSetUpMakesTheFirstAdminOnce(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, withWho)
	if token, err := c.Authn.SetupToken(t.Context()); err != nil || token != "" {
		t.Fatalf("there are people already, but the token is %q: %v", token, err)
	}
	err := c.DB.InTx(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET deleted_at = ?`, c.DB.Time())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Authn.SetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := c.Nobody()
	b.Get("/setup?token=wrong").Is(http.StatusNotFound)
	b.Get("/setup").Is(http.StatusNotFound)
	b.Get("/setup?token="+token).Is(http.StatusOK).Says("main", "You become its first admin")
	form := url.Values{"token": {token}, "email": {"not one"}, "first_name": {"Kim"}, "password": {"x"}}
	b.Post("/setup", form).Is(http.StatusUnprocessableEntity).Has(1, "#email-error").Has(1, "#password-error").Has(1, "#first_name[value=Kim]")
	form.Set("email", "kim@example.com")
	form.Set("password", password)
	b.Post("/setup", form).LeadsTo("/apps")
	if u, err := store.UserByEmail(t.Context(), c.DB.Read(), "kim@example.com"); err != nil || u.Role != access.Admin {
		t.Errorf("made %+v: %v", u, err)
	}
	b.Post("/setup", form).Is(http.StatusNotFound)
}

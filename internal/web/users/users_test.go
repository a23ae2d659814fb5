package users_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/web/users"
	"admit/internal/web/webtest"
)

func TestListOfUsers(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, users.Register)
	ada := c.As(webtest.Ada)
	ada.Get("/users").Is(http.StatusOK).Has(5, "#users tbody tr").Says("#users", "Josh Miller", "Accountant", "Auditor")
	ada.Get("/users?q=MILLER").Has(1, "#users tbody tr")
	ada.Get("/users?role=auditor").Has(1, "#users tbody tr").Says("#users", "Otto Brandt")
	ada.Get("/users?role=%ff&q=%00").Is(http.StatusOK)
	if csv := ada.Get("/users?role=auditor&format=csv").Is(http.StatusOK); !strings.Contains(csv.Body, "otto@example.com,Otto,Brandt,Internal audit,auditor") {
		t.Errorf("export: %s", csv.Body)
	}
	josh := c.As(webtest.Josh)
	josh.Get("/users").Is(http.StatusForbidden)
	josh.Get("/users?format=csv").Is(http.StatusForbidden)
	josh.Get("/users/" + c.Users[webtest.Ana].ID).Is(http.StatusForbidden)
}

func TestPageOfAUser(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, users.Register)
	c.Approve(webtest.Rita, c.Ask(webtest.Josh, "I close the month", nil, c.Wish("My Role")).ID)
	c.Settle()
	at := "/users/" + c.Users[webtest.Josh].ID
	c.As(webtest.Ada).Get(at).Is(http.StatusOK).Says("#access", "My Role", "Payroll", "Ticket open", "W-1", "Waits for Ana Ruiz")
	c.As(webtest.Otto).Get(at).Is(http.StatusOK).Says("#access", "My Role").SaysNot("main", "Edit", "Delete")
	c.As(webtest.Ana).Get(at).Is(http.StatusOK).Says("main", "josh@example.com").Has(0, "#access")
	c.As(webtest.Josh).Get(at).Is(http.StatusOK).Says("#access", "My Role").SaysNot("main", "Belongs to owners")
	c.As(webtest.Ada).Get("/users/"+c.Users[webtest.Ana].ID).Says("main", "Belongs to owners", "Payroll admins")
	c.As(webtest.Ada).Get("/users/rubbish").Is(http.StatusNotFound)
}

func TestAddEditAndDeleteUser(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, users.Register)
	ada := c.As(webtest.Ada)
	page := ada.Post("/users/new", url.Values{"email": {"not one"}, "first_name": {strings.Repeat("x", 999)}, "role": {"king"}}).Is(http.StatusUnprocessableEntity)
	page.Says(".error-summary", "E-mail: Must be an e-mail address", "First name: Is too long", "Role: Must be one of")
	ada.Post("/users/new", url.Values{"email": {webtest.Josh}, "role": {"member"}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "E-mail: Is already in use")
	at := ada.Post("/users/new", url.Values{"email": {"priya@example.com"}, "first_name": {"Priya"}, "role": {"member"}}).Is(http.StatusSeeOther).Header.Get("Location")

	ada.Get(at+"/edit").Has(1, `input[name=first_name][value=Priya]`)
	ada.Post(at+"/edit", url.Values{"email": {"priya@example.com"}, "first_name": {"Priya"}, "last_name": {"Nair"}, "role": {"auditor"}}).LeadsTo(at)
	ada.Get(at).Says("h1", "Priya Nair").Says("main", "Auditor")

	page = ada.Post(at+"/invite", nil).Is(http.StatusOK)
	link := page.Say("main pre")
	if !strings.HasPrefix(link, "http://admit.test/invite?token=") || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the link is %q", link)
	}
	if u, err := c.Authn.Invited(t.Context(), strings.TrimPrefix(link, "http://admit.test/invite?token=")); err != nil || u.Email != "priya@example.com" {
		t.Errorf("the link is for %v, %v", u, err)
	}
	ada.Get(at+"/delete").Says("#dialog-content", "nothing that would have to be removed")
	ada.Post(at+"/delete", nil).LeadsTo("/users")
	ada.Get(at).Is(http.StatusOK).Says("main", "Deleted").SaysNot("main", "Edit")
	ada.Get(at + "/edit").Is(http.StatusNotFound)
	ada.Post(at+"/invite", nil).Is(http.StatusNotFound)
}

func TestDeletingUsersNamesTheConsequence(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, users.Register)
	c.Approve(webtest.Rita, c.Ask(webtest.Josh, "I close the month", nil, c.Wish("My Role")).ID)
	ada := c.As(webtest.Ada)
	ada.Get("/users/"+c.Users[webtest.Josh].ID+"/delete").Says("#dialog-content", "1 removal will be carried out")
	ada.Post("/users/"+c.Users[webtest.Ada].ID+"/delete", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "You cannot delete yourself")
	form := url.Values{"email": {webtest.Ada}, "role": {"member"}}
	ada.Post("/users/"+c.Users[webtest.Ada].ID+"/edit", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "last admin")
	ana := c.As(webtest.Ana)
	for _, path := range []string{"/edit", "/invite", "/delete"} {
		ana.Post("/users/"+c.Users[webtest.Josh].ID+path, form).Is(http.StatusForbidden)
	}
	ana.Get("/users/new").Is(http.StatusForbidden)
	ana.Post("/users/new", form).Is(http.StatusForbidden)
}

package done_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/mail"
	"admit/internal/mail/mailtest"
	"admit/internal/propagation"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/web/done"
	"admit/internal/web/webtest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mailed is a company that can send mail.
func mailed(t *testing.T) (*webtest.Company, *mailtest.Server) {
	t.Helper()
	c := webtest.New(t, done.Register)
	server := mailtest.New(t, mailtest.Options{})
	var err error
	c.Propagation.Mail, err = mail.New(server.URL, "Admit <admit@example.com>", mail.Options{Now: c.DB.Now})
	check(t, err)
	return c, server
}

// filed gives somebody things of Payroll by hand and returns the last ticket.
func filed(t *testing.T, c *webtest.Company, email string, names ...string) propagation.TicketView {
	t.Helper()
	for _, name := range names {
		at := inventory.Place{ResourceID: c.Resources[name], UserID: c.Users[email].ID}
		check(t, c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), at, "", nil))
	}
	c.Settle()
	list, err := c.Propagation.Tickets(t.Context(), c.Actor(webtest.Ada), store.TicketFilter{})
	check(t, err)
	return list.Items[0]
}

// link has somebody asked by mail and returns the path of the link in it.
func link(t *testing.T, c *webtest.Company, server *mailtest.Server, ticketID, email string) string {
	t.Helper()
	n := len(server.Mails())
	check(t, c.Propagation.SendDoneLink(t.Context(), ticketID, c.Users[email].ID))
	found := regexp.MustCompile(`http://admit\.test(/done/[A-Za-z0-9_-]+)\s`).FindStringSubmatch(server.Wait(t, n+1).Text)
	if found == nil {
		t.Fatal("the mail holds no link that any program can read")
	}
	return found[1]
}

func state(t *testing.T, c *webtest.Company, id string, want access.ChangeState) {
	t.Helper()
	v, err := c.Propagation.Change(t.Context(), c.Actor(webtest.Ada), id)
	check(t, err)
	if v.State != want {
		t.Errorf("the change is %s, want %s", v.State, want)
	}
}

func TestALinkSaysOnceThatItIsSo(t *testing.T) {
	t.Parallel()
	c, server := mailed(t)
	how := "Open **Payroll** > Roles.\n\n<script>alert(1)</script>"
	_, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: inventory.TicketPatch{Instructions: &how}})
	check(t, err)
	ticket := filed(t, c, webtest.Josh, "My Role")
	path := link(t, c, server, ticket.ID, webtest.Ana)
	if again := link(t, c, server, ticket.ID, webtest.Ana); again == path {
		t.Error("two mails hold the same sealed link")
	}
	nobody := c.Nobody()
	for range 3 { // as a mail scanner does
		page := nobody.Get(path).Is(http.StatusOK).Says("main", "W-1", "Josh Miller (josh@example.com) has My Role in Payroll.", "Open Payroll > Roles.",
			"It is so now", "It cannot be done", "You were asked as ana@example.com", "works once")
		page.Has(0, "nav").Has(0, "main script").Has(2, `form[method=post][action="`+path+`"]`)
		if page.Header.Get("X-Robots-Tag") != "noindex, nofollow" || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a search engine may keep it: %v", page.Header)
		}
	}
	state(t, c, ticket.Change.ID, access.Open)
	nobody.Post(path, url.Values{"outcome": {"yes"}}).Is(http.StatusOK).Says("main", "Thank you", "It is recorded as complete: Josh Miller has My Role in Payroll", "Admit closes W-1")
	state(t, c, ticket.Change.ID, access.Done)
	for _, again := range []webtest.Answer{nobody.Get(path), nobody.Post(path, url.Values{"outcome": {"no"}, "reason": {"x"}})} {
		again.Is(http.StatusGone).Says("main", "This link was used already").Has(0, "form")
	}
	state(t, c, ticket.Change.ID, access.Done)
}

func TestALinkSaysWhyItCannotBe(t *testing.T) {
	t.Parallel()
	c, server := mailed(t)
	ticket := filed(t, c, webtest.Josh, "My Role")
	path := link(t, c, server, ticket.ID, webtest.Ana)
	nobody := c.Nobody()
	nobody.Post(path, url.Values{"outcome": {"no"}, "reason": {" "}}).Is(http.StatusUnprocessableEntity).Says("#reason-error", "Is required")
	long := strings.Repeat("x", access.MaxText+1)
	if page := nobody.Post(path, url.Values{"outcome": {"no"}, "reason": {long}}).Is(http.StatusUnprocessableEntity); page.Find("#reason").Text() != long {
		t.Error("the reason was not kept")
	}
	for _, form := range []url.Values{nil, {"outcome": {"maybe"}}, {"outcome": {"unclear"}, "reason": {"x"}}} {
		nobody.Post(path, form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Outcome must be done or declined")
	}
	nobody.Post(path, url.Values{"outcome": {"no"}, "reason": {strings.Repeat("x", 1<<20)}}).Is(http.StatusBadRequest)
	state(t, c, ticket.Change.ID, access.Open)
	nobody.Post(path, url.Values{"outcome": {"no"}, "reason": {"There is no <b>such</b> role"}}).Is(http.StatusOK).Says("main", "Thank you", "An admin of Payroll is told")
	state(t, c, ticket.Change.ID, access.NeedsAttention)
}

func TestLinksThatDoNotWorkSaySo(t *testing.T) {
	t.Parallel()
	c, server := mailed(t)
	ticket := filed(t, c, webtest.Josh, "My Role")
	path := link(t, c, server, ticket.ID, webtest.Ana)
	nobody := c.Nobody()
	for _, wrong := range []string{"/done/x", "/done/%ff%00", "/done/" + strings.Repeat("A", 9000), path[:len(path)-2], path + "AA", "/done/" + store.NewID()} {
		nobody.Get(wrong).Is(http.StatusNotFound).Says("main", "This link is not valid").Has(0, "form")
		nobody.Post(wrong, url.Values{"outcome": {"yes"}}).Is(http.StatusNotFound)
	}
	change := func(statement string, args ...any) {
		check(t, c.DB.InTx(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), statement, args...)
			return err
		}))
	}
	change(`UPDATE done_links SET expires_at = ?`, c.DB.Time())
	nobody.Get(path).Is(http.StatusGone).Says("main", "This link works no more")
	nobody.Post(path, url.Values{"outcome": {"yes"}}).Is(http.StatusGone)
	change(`UPDATE done_links SET expires_at = ?`, c.DB.Time().AddDate(0, 0, 1))
	change(`UPDATE users SET deleted_at = ? WHERE id = ?`, c.DB.Time(), c.Users[webtest.Ana].ID)
	nobody.Get(path).Is(http.StatusGone) // who left says nothing
	change(`UPDATE users SET deleted_at = NULL`)
	c.Finish(webtest.Ada)
	nobody.Get(path).Is(http.StatusGone).Says("main", "Nothing is left to do").Has(0, "form")
	nobody.Post(path, url.Values{"outcome": {"yes"}}).Is(http.StatusGone)
}

func TestNobodyAnswersForTheirOwnAccess(t *testing.T) {
	t.Parallel()
	c, server := mailed(t)
	ticket := filed(t, c, webtest.Ana, "My Role")
	path := link(t, c, server, ticket.ID, webtest.Ana)
	c.Nobody().Get(path).Is(http.StatusForbidden).Says("main", "Your own access", "somebody else is asked").Has(0, "form")
	c.Nobody().Post(path, url.Values{"outcome": {"yes"}}).Is(http.StatusForbidden)
	state(t, c, ticket.Change.ID, access.Open)
}

// TestSeveralChangesInOneTicket: all of them are named, but the one of who was
// asked.
func TestSeveralChangesInOneTicket(t *testing.T) {
	t.Parallel()
	c, server := mailed(t)
	for _, email := range []string{webtest.Josh, webtest.Rita, webtest.Ana} {
		filed(t, c, email, "My Role")
	}
	c.Finish(webtest.Ada)
	_, err := c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"],
		inventory.AppPatch{Tickets: inventory.TicketPatch{Fulfilment: &access.Fulfilment{Group: access.GroupByResource}}})
	check(t, err)
	check(t, c.Inventory.DeleteResource(t.Context(), c.Actor(webtest.Ada), c.Resources["My Role"]))
	c.Settle()
	list, err := c.Propagation.Tickets(t.Context(), c.Actor(webtest.Ada), store.TicketFilter{Open: true})
	check(t, err)
	if len(list.Items) != 1 {
		t.Fatalf("%d tickets, want one for all", len(list.Items))
	}
	path := link(t, c, server, list.Items[0].ID, webtest.Ana)
	page := c.Nobody().Get(path).Is(http.StatusOK).Says("main", "Josh Miller (josh@example.com) does not have My Role", "Rita Okafor", "about your own access is not listed")
	page.SaysNot("main", "Ana Ruiz")
	c.Nobody().Post(path, url.Values{"outcome": {"yes"}}).Is(http.StatusOK).Says("main", "Josh Miller does not have My Role", "Rita Okafor does not have")
}

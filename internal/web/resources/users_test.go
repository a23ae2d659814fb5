package resources_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/resources"
	"admit/internal/web/webtest"
)

func TestUsersTabTellsHowFarEachChangeIs(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	users := "/resources/" + c.Resources["My Role"] + "/users"
	ana := c.As(webtest.Ana)
	ana.Get(users).Is(http.StatusOK).Says("#users", "Nobody has this yet")

	c.Approve(webtest.Rita, c.Ask(webtest.Josh, "I close the month", nil, c.Wish("My Role")).ID)
	ana.Get(users).Has(1, "#users tbody tr").Says("#users", "Josh Miller", "Request", "No end", "Waiting", "Waits for Admit")
	c.Settle()
	page := ana.Get(users).Says("#users", "Ticket open", "assigned to Ana Ruiz", "Waits for Ana Ruiz to make the change and mark W-1 done", "W-1")
	page.Has(1, `#users a.mark[href^="/changes/"][data-dialog]`)
	page.Has(1, `#users a.ticket-link[href^="/tickets/"][data-dialog]`).Has(1, `#users a[href^="/requests/"]`)
	row, _ := page.Find("#users tbody tr").Attr("id")
	if !strings.HasPrefix(row, "slot-") {
		t.Errorf("the row's id is %q, want one of the slot", row)
	}
	c.Finish(webtest.Ana)
	page = ana.Get(users).Says("#users", "In place", "marked W-1 done")
	if again, _ := page.Find("#users tbody tr").Attr("id"); again != row {
		t.Errorf("the row's id changed from %q to %q", row, again)
	}
}

func TestAddAndRemoveUser(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	users := "/resources/" + c.Resources["My Role"] + "/users"
	ana := c.As(webtest.Ana)
	ana.Get(users+"/add?email=josh").Is(http.StatusOK).Has(1, "#dialog-content").Has(1, "#people option").Says("#people", "Josh Miller")

	for name, form := range map[string]url.Values{
		"Nobody in Admit has this e-mail address": {"email": {"nobody@example.com"}},
		"Must be an e-mail address":               {"email": {strings.Repeat("x", 5000)}},
		"Needs a day":                             {"email": {webtest.Josh}, "ends": {"day"}},
		"Must be in the future":                   {"email": {webtest.Josh}, "ends": {"day"}, "until": {"2001-02-03"}},
		"Must be one of the choices":              {"email": {webtest.Josh}, "ends": {"soon"}},
		"choose that, or clear the day":           {"email": {webtest.Josh}, "ends": {"480"}, "until": {"2031-01-01"}},
		"Must be valid UTF-8 text":                {"email": {webtest.Josh}, "reason": {"\xff\xfe"}},
		"no access levels":                        {"email": {webtest.Josh}, "level": {"admin"}},
	} {
		ana.Post(users+"/add", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", name)
	}
	ana.Post(users+"/add", url.Values{"email": {" Josh@Example.com "}, "ends": {"480"}, "reason": {"Stands in"}}).LeadsTo(users)
	ana.Get(users).Says(".toast", "Josh Miller was added to My Role", "A ticket asks").Says("#users", "Added by Ana Ruiz", "in 8 h")
	ana.Post(users+"/add", url.Values{"email": {webtest.Josh}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "already has My Role by hand")
	c.Settle()

	row := users + "/" + c.Users[webtest.Josh].ID
	ana.Get(row+"/end").Is(http.StatusOK).Has(1, `input[name=ends][value=day][checked]`)
	ana.Post(row+"/end", url.Values{"ends": {""}}).LeadsTo(users)
	ana.Get(users).Says("#users", "No end")
	ana.Get(row+"/remove").Is(http.StatusOK).Says("#dialog-content", "Remove Josh Miller from My Role?", "not in place yet")
	if to := ana.PostInPlace(row+"/remove", nil).Is(http.StatusOK).Header.Get("Hx-Redirect"); to != users {
		t.Errorf("the dialog leads to %q, want %q", to, users)
	}
	ana.Post(row+"/remove", nil).Is(http.StatusNotFound)
}

func TestRemovalStaysListedUntilItIsDone(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	users := "/resources/" + c.Resources["My Role"] + "/users"
	ana := c.As(webtest.Ana)
	ana.Post(users+"/add", url.Values{"email": {webtest.Josh}}).LeadsTo(users)
	c.Settle()
	c.Finish(webtest.Ana)
	row := users + "/" + c.Users[webtest.Josh].ID
	ana.Get(row+"/remove").Says("#dialog-content", "A ticket asks to take the access away", "stays listed")
	ana.Post(row+"/remove", nil).LeadsTo(users)
	c.Settle()
	ana.Get(users).Says("#users", "Removed by Ana Ruiz", "Removal pending", "W-2").SaysNot("#users", "No end").Has(0, "#users details.menu")
	c.Finish(webtest.Ana)
	ana.Get(users).SaysNot("#users", "Josh Miller")
}

func TestUsersOfOthersAreHidden(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	josh, otto := c.As(webtest.Josh), c.As(webtest.Otto)
	for _, path := range []string{"/users", "/users?format=csv", "/users/add", "/events", "/edit", "/delete", "/users/" + c.Users[webtest.Ana].ID + "/remove"} {
		josh.Get(at + path).Is(http.StatusForbidden)
	}
	josh.Get(at).Is(http.StatusOK).SaysNot(".tabs", "Users", "Settings").Has(0, `form[action$="/sync"]`)
	otto.Get(at+"/users").Is(http.StatusOK).SaysNot("main", "Add user", "Sync")
	for _, b := range []*webtest.Browser{josh, otto} {
		for _, path := range []string{"/sync", "/users/add", "/edit", "/check", "/delete", "/users/" + c.Users[webtest.Ana].ID + "/remove"} {
			b.Post(at+path, url.Values{"email": {webtest.Josh}}).Is(http.StatusForbidden)
		}
	}
	ada := c.As(webtest.Ada)
	for _, id := range []string{"nothing", "%ff%fe", "00000000-0000-7000-8000-00000000dead", strings.Repeat("9", 4000)} {
		ada.Get("/resources/" + id + "/users").Is(http.StatusNotFound)
	}
	ada.Get(at + "/users/" + c.Users[webtest.Ana].ID + "/remove").Is(http.StatusNotFound)
	ada.Get(at + "/users?cursor=rubbish").Is(http.StatusBadRequest)
	ada.Get(at + "/users?q=" + strings.Repeat("%ff", 999)).Is(http.StatusOK)
}

func TestUsersAsCSV(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	name, ada := "=HYPERLINK()", c.Actor(webtest.Ada)
	if _, err := c.Inventory.UpdateUser(t.Context(), ada, c.Users[webtest.Josh].ID, inventory.UserPatch{FirstName: &name}); err != nil {
		t.Fatal(err)
	}
	place := inventory.Place{ResourceID: c.Resources["My Role"], UserID: c.Users[webtest.Josh].ID}
	if err := c.Inventory.AddHolder(t.Context(), ada, place, "", nil); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	answer := c.As(webtest.Ana).Get("/resources/" + place.ResourceID + "/users?format=csv").Is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v: %s", len(rows), err, answer.Body)
	}
	if got := rows[1][0]; got != "'=HYPERLINK() Miller" {
		t.Errorf("name %q can be a formula", got)
	}
	if got := rows[1][7]; got != "W-1" {
		t.Errorf("ticket %q", got)
	}
}

func TestUsersPageByPage(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	ada := c.Actor(webtest.Ada)
	id := c.Resources["Front door"]
	for i := range 120 {
		u, err := c.Inventory.CreateUser(t.Context(), ada, inventory.UserParams{Email: "u" + strings.Repeat("x", i) + "@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Inventory.AddHolder(t.Context(), ada, inventory.Place{ResourceID: id, UserID: u.ID}, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	b := c.As(webtest.Ada)
	seen := map[string]bool{}
	url := "/resources/" + id + "/users"
	var back string
	for range 3 {
		page := b.Get(url).Is(http.StatusOK)
		for _, row := range page.Find("#users tbody tr").EachIter() {
			slot, _ := row.Attr("id")
			seen[slot] = true
		}
		links := page.Find(".pager a")
		back, _ = links.First().Attr("href")
		url, _ = links.Last().Attr("href")
	}
	if len(seen) != 120 {
		t.Errorf("%d rows on three pages, want 120", len(seen))
	}
	b.Get(back).Is(http.StatusOK).Has(50, "#users tbody tr").Has(2, ".pager a")
}

func TestSyncShowsItsProgress(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, resources.Register)
	at := "/resources/" + c.Resources["My Role"]
	ana := c.As(webtest.Ana)
	ana.Post(at+"/users/add", url.Values{"email": {webtest.Josh}})
	c.Settle()
	ana.Post(at+"/sync", nil).LeadsTo(at + "/users")
	ana.Get(at+"/users").Says("#sync", "Reading the tickets").Has(1, `#sync[hx-trigger="every 1s"]`)
	last, ok, err := store.LastSync(t.Context(), c.DB.Read(), c.Resources["My Role"])
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := c.Propagation.RunSync(t.Context(), last.ID); err != nil {
		t.Fatal(err)
	}
	ana.Get(at+"/users").Says("#sync", "Read 1 ticket, no news, just now").Has(0, "#sync[hx-trigger]")
}

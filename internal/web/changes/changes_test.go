package changes_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/changes"
	"admit/internal/web/webtest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(c *webtest.Company, email string) inventory.Place {
	return inventory.Place{ResourceID: c.Resources["My Role"], UserID: c.Users[email].ID}
}

// given gives somebody My Role by hand and returns the change, with its ticket.
func given(t *testing.T, c *webtest.Company, email string) propagation.WorkItem {
	t.Helper()
	check(t, c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), at(c, email), "She asked me", nil))
	c.Settle()
	return newest(t, c)
}

// removed gives somebody My Role, makes it, and takes it away again.
func removed(t *testing.T, c *webtest.Company, email string) propagation.WorkItem {
	t.Helper()
	given(t, c, email)
	c.Finish(webtest.Ada)
	check(t, c.Inventory.RemoveHolder(t.Context(), c.Actor(webtest.Ada), at(c, email)))
	c.Settle()
	return newest(t, c)
}

// declined closes the ticket of a change as won't do: it needs attention.
func declined(t *testing.T, c *webtest.Company, w propagation.WorkItem) propagation.WorkItem {
	t.Helper()
	check(t, c.Propagation.CloseTicket(t.Context(), c.Actor(webtest.Ada), w.Ticket.ID, ticket.No, "no such role"))
	return newest(t, c)
}

func newest(t *testing.T, c *webtest.Company) propagation.WorkItem {
	t.Helper()
	list, err := c.Propagation.Work(t.Context(), c.Actor(webtest.Ada), store.ChangeFilter{})
	check(t, err)
	return list.Items[0]
}

func state(t *testing.T, c *webtest.Company, id string, want access.ChangeState) propagation.ChangeView {
	t.Helper()
	v, err := c.Propagation.Change(t.Context(), c.Actor(webtest.Ada), id)
	check(t, err)
	if v.State != want {
		t.Errorf("the change is %s, want %s", v.State, want)
	}
	return v
}

func why(reason string) url.Values { return url.Values{"reason": {reason}} }

func TestChangeIsForThoseConcerned(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, given(t, c, webtest.Josh))
	path := "/changes/" + w.ID
	page := c.As(webtest.Ana).Get(path).Is(http.StatusOK)
	page.Says("#dialog-content", "Josh Miller has My Role in Payroll", "Needs attention", "no such role", "Give My Role in Payroll",
		"An admin decided it by hand", "W-1", "Send elsewhere", "It is so", "Give up", "Try again", "History", "needs attention")
	page.Has(1, `#dialog-content[data-live~="change:`+w.ID+`"]`).Has(1, `a[data-dialog][href="/tickets/`+w.Ticket.ID+`"]`).Has(1, `form[action^="`+path+`/retry"]`)
	c.As(webtest.Otto).Get(path).Is(http.StatusOK).Says("#dialog-content", "History").SaysNot("#dialog-content", "Give up", "Send elsewhere", "Try again")
	// Who the access is for sees how it stands, but not what others said.
	c.As(webtest.Josh).Get(path).Is(http.StatusOK).Says("#dialog-content", "Needs attention", "W-1").
		SaysNot("#dialog-content", "History", "Give up", "Try again").Has(0, `a[href^="/tickets/"]`)

	ways := []string{"/reroute", "/assign", "/attest", "/dispute", "/give-up"}
	rita, otto, josh := c.As(webtest.Rita), c.As(webtest.Otto), c.As(webtest.Josh)
	rita.Get(path).Is(http.StatusNotFound)
	for _, way := range append(ways, "/agree", "/refuse") {
		rita.Post(path+way, why("x")).Is(http.StatusNotFound)
		otto.Post(path+way, why("x")).Is(http.StatusForbidden)
		if way != "/dispute" { // of their own access: see below
			josh.Post(path+way, why("x")).Is(http.StatusForbidden)
		}
	}
	for _, way := range ways {
		rita.Get(path + way).Is(http.StatusNotFound)
		otto.Get(path + way).Is(http.StatusForbidden)
	}
	otto.PostInPlace(path+"/attest", why("x")).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "You may not do this", "Nothing was lost")
	for _, id := range []string{"nonsense", "%FF%00", store.NewID(), strings.Repeat("9", 4000)} {
		c.As(webtest.Ada).Get("/changes/" + id).Is(http.StatusNotFound)
		c.As(webtest.Ada).Get("/changes/" + id + "/give-up").Is(http.StatusNotFound)
	}
	c.Nobody().Get(path).LeadsTo("/personas?next=" + url.QueryEscape(path))
	state(t, c, w.ID, access.NeedsAttention)
}

func TestItIsSo(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, given(t, c, webtest.Josh))
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path+"/attest?next=/work").Is(http.StatusOK).Says("#dialog-content", "It is so: Josh Miller has My Role in Payroll?", "by your word").
		Has(1, `form[action="`+path+`/attest?next=%2Fwork"]`)
	ana.Get(path+"/attest?next=//evil.example").Is(http.StatusOK).Has(1, `form[action="`+path+`/attest"]`)
	ana.PostInPlace(path+"/attest", why(" ")).Is(http.StatusUnprocessableEntity).Says("#reason-error", "Is required").Has(1, "#dialog-content")
	long := strings.Repeat("x", access.MaxText+1)
	if page := ana.Post(path+"/attest", why(long)).Is(http.StatusUnprocessableEntity); page.Find("#reason").Text() != long {
		t.Error("the reason was not kept")
	}
	ana.Post(path+"/attest", why("\xff")).Is(http.StatusUnprocessableEntity).Says("#reason-error", "UTF-8")
	ana.Post(path+"/attest", why(strings.Repeat("x", 1<<20))).Is(http.StatusBadRequest)
	ana.PostInPlace(path+"/attest", why("I looked <b>")).Is(http.StatusOK).Says("#dialog-content", "Recorded as complete", "In place", "It is not so")
	state(t, c, w.ID, access.Done)
	ana.Get(path + "/attest").LeadsTo(path)
	ana.PostInPlace(path+"/attest", why("again")).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Only for a change that needs attention")
}

func TestNobodySaysThatTheirOwnAccessIsSo(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, given(t, c, webtest.Ana))
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path).Says("#dialog-content", "This is your own access", "Give up").Has(0, `a[href^="`+path+`/attest"]`)
	ana.Get(path + "/attest").LeadsTo(path)
	ana.Post(path+"/attest", why("of course")).Is(http.StatusForbidden)
	ana.PostInPlace(path+"/attest", why("of course")).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "somebody else must say that it is so")
	state(t, c, w.ID, access.NeedsAttention)
}

func TestGiveUpGivingAccess(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, given(t, c, webtest.Josh))
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path+"/give-up").Is(http.StatusOK).Says("#dialog-content", "Josh Miller does not get My Role in Payroll", "they ask again").Has(0, "input[name=until]")
	ana.Post(path+"/give-up", nil).Is(http.StatusUnprocessableEntity).Says("#reason-error", "Is required")
	ana.Post(path+"/give-up?next=/work", why("he moved")).LeadsTo("/work")
	ana.Get(path).Says(".toast", "Given up").Says("#dialog-content", "ended without effect", "he moved")
	state(t, c, w.ID, access.Abandoned)
}

// TestARemovalIsGivenUpByTwo: with an end, and the consequence named.
func TestARemovalIsGivenUpByTwo(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, removed(t, c, webtest.Josh))
	path := "/changes/" + w.ID
	ana, ada, josh := c.As(webtest.Ana), c.As(webtest.Ada), c.As(webtest.Josh)
	in30 := c.DB.Time().UTC().AddDate(0, 0, 30)
	ana.Get(path+"/give-up").Is(http.StatusOK).Says("#dialog-content", "Josh Miller keeps My Role in Payroll for that time", "must agree",
		"The removal comes back on "+in30.Format("2 January 2006")).Has(1, `input[name=until][value="30"][checked]`)
	for wrong, form := range map[string]url.Values{
		"Until: Must be one of the choices":     {"until": {"7000"}},
		"Must be one of the choices":            {"until": {"\xff"}},
		"Last day: Needs a day":                 {"until": {"day"}},
		"Last day: Must be in the future":       {"until": {"day"}, "day": {"2001-02-03"}},
		"Last day: Must be within a year":       {"until": {"day"}, "day": {"2999-02-03"}},
		"choose “Until a day”, or clear the da": {"until": {"90"}, "day": {"2031-01-01"}},
	} {
		form.Set("reason", "Typed")
		ana.PostInPlace(path+"/give-up", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", wrong).Says("#reason", "Typed")
	}
	ask := url.Values{"until": {"30"}, "reason": {"The vendor is away"}}
	ana.PostInPlace(path+"/give-up", ask).Is(http.StatusOK).Says("#dialog-content", "A second person must agree now", "Needs attention",
		"Ana Ruiz asks to give this removal up until "+in30.Format("2 January 2006"), "The vendor is away", "Then the removal comes back",
		"Somebody else than the one who asked must agree", "Take it back").Has(0, `form[action^="`+path+`/agree"]`).Has(0, `a[href^="`+path+`/give-up"]`)
	ana.PostInPlace(path+"/give-up", ask).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Somebody has asked already")
	ana.PostInPlace(path+"/agree", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "Somebody else than the one who asked")
	ana.Post(path+"/agree", nil).Is(http.StatusForbidden)
	c.As(webtest.Otto).Get(path).Says("#dialog-content", "Ana Ruiz asks").SaysNot("#dialog-content", "Agree", "Do not")
	josh.Post(path+"/agree", nil).Is(http.StatusForbidden)

	ada.Get(path).Says("#dialog-content", "Agree", "Do not")
	ada.Post(path+"/refuse?next=/work", nil).LeadsTo("/work")
	ada.Post(path+"/refuse?next=//evil.example", nil).LeadsTo(path)
	ada.Get(path).Says(".toast", "Nobody has asked to give this removal up").Has(1, `a[href^="`+path+`/give-up"]`)
	ana.Post(path+"/give-up", ask).LeadsTo(path)
	ada.PostInPlace(path+"/agree", nil).Is(http.StatusOK).Says("#dialog-content", "The removal is given up for that time", "Kept until", "risk accepted", "It comes back then")
	v := state(t, c, w.ID, access.Abandoned)
	if v.Slot.WaivedUntil == nil || v.Slot.WaivedUntil.UTC().Format(time.DateOnly) != in30.Format(time.DateOnly) {
		t.Errorf("waived until %v", v.Slot.WaivedUntil)
	}
	ada.PostInPlace(path+"/agree", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "Nothing was lost")
}

// TestWhoKeepsTheAccessDoesNotAgree: also when they administer it.
func TestWhoKeepsTheAccessDoesNotAgree(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := declined(t, c, removed(t, c, webtest.Ana))
	until := c.DB.Time().AddDate(0, 1, 0)
	check(t, c.Propagation.GiveUp(t.Context(), c.Actor(webtest.Ada), w.ID, "She is needed", &until))
	path := "/changes/" + w.ID
	c.As(webtest.Ana).Get(path).Says("#dialog-content", "This is your own access: somebody else must agree", "Do not").Has(0, `form[action^="`+path+`/agree"]`)
	c.As(webtest.Ana).PostInPlace(path+"/agree", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "This is your own access")
}

func TestItIsNotSo(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	first := given(t, c, webtest.Josh)
	c.Finish(webtest.Ada)
	path := "/changes/" + first.ID
	josh := c.As(webtest.Josh)
	josh.Get(path+"/dispute?next=/access").Is(http.StatusOK).Says("#dialog-content", "You say that you do not have My Role in Payroll", "an admin of My Role decides")
	josh.PostInPlace(path+"/dispute", nil).Is(http.StatusUnprocessableEntity).Says("#reason-error", "Is required")
	josh.PostInPlace(path+"/dispute", why("It says no entry")).Is(http.StatusOK).Says("#dialog-content", "does not count as done", "Needs attention")
	state(t, c, first.ID, access.NeedsAttention)
	josh.PostInPlace(path+"/dispute", why("Still")).Is(http.StatusUnprocessableEntity).Says(".error-summary", "once it is done")
	josh.Get(path + "/dispute").LeadsTo(path)

	check(t, c.Propagation.AttestChange(t.Context(), c.Actor(webtest.Ana), first.ID, "I looked"))
	check(t, c.Inventory.RemoveHolder(t.Context(), c.Actor(webtest.Ada), at(c, webtest.Josh)))
	c.Settle()
	c.Finish(webtest.Ada)
	second := newest(t, c)
	c.As(webtest.Ada).Get(path).SaysNot("#dialog-content", "It is not so") // it is not the last any more
	c.As(webtest.Ada).Get("/changes/"+second.ID).Says("#dialog-content", "It is not so")
	c.As(webtest.Ada).Get("/changes/"+second.ID+"/dispute").Says("#dialog-content", "Josh Miller still has My Role in Payroll")
	josh.Get("/changes/"+second.ID).Is(http.StatusOK).SaysNot("#dialog-content", "It is not so")
	josh.Post("/changes/"+second.ID+"/dispute", why("I do not want it")).Is(http.StatusForbidden)
}

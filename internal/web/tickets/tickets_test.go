package tickets_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/tickets"
	"admit/internal/web/webtest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filed gives somebody My Role by hand and returns the ticket.
func filed(t *testing.T, c *webtest.Company, email string) propagation.TicketView {
	t.Helper()
	at := inventory.Place{ResourceID: c.Resources["My Role"], UserID: c.Users[email].ID}
	check(t, c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), at, "She asked **me**", nil))
	c.Settle()
	list, err := c.Propagation.Tickets(t.Context(), c.Actor(webtest.Ada), store.TicketFilter{})
	check(t, err)
	return list.Items[0]
}

func TestTicketShowsEverything(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	t1 := filed(t, c, webtest.Josh)
	page := c.As(webtest.Ada).Get("/tickets/" + t1.ID).Is(http.StatusOK)
	page.Says("#dialog-content", "W-1", "Built-in queue", "Ticket open", "Make sure josh@example.com HAS My Role in Payroll",
		"Ada Lind to make the change", "Status thereOpen", "AssigneeALAda Lind", "PersonJMJosh Miller", "Give My Role in Payroll",
		"An admin decided it by hand", "Last syncedjust now", "Admit key: "+t1.Key, "Filed W-1")
	page.Has(1, `#dialog-content[data-src="/tickets/`+t1.ID+`"][data-live~="ticket:`+t1.ID+`"]`)
	page.Says("#dialog-content strong", "josh@example.com HAS")
	page.Has(0, `a[target=_blank]`) // its address is this page
	page.Has(1, `form[action="/tickets/`+t1.ID+`/sync"]`)
}

func TestTicketIsForThoseConcerned(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	path := "/tickets/" + filed(t, c, webtest.Josh).ID
	c.As(webtest.Ana).Get(path).Is(http.StatusOK).Says(".dialog-body", "Take it", "Done", "Won’t do")
	c.As(webtest.Otto).Get(path).Is(http.StatusOK).SaysNot(".dialog-body button", "Done", "Sync", "Comment")
	for _, b := range []*webtest.Browser{c.As(webtest.Josh), c.As(webtest.Rita)} {
		b.Get(path).Is(http.StatusNotFound)
		b.Get(path + "/decline").Is(http.StatusNotFound)
		for _, act := range []string{"/sync", "/take", "/close", "/comments", "/retry"} {
			b.Post(path+act, url.Values{"outcome": {"yes"}, "comment": {"x"}}).Is(http.StatusNotFound)
		}
	}
	otto := c.As(webtest.Otto)
	for _, act := range []string{"/sync", "/take", "/close", "/comments"} {
		otto.Post(path+act, url.Values{"outcome": {"yes"}, "comment": {"x"}}).Is(http.StatusForbidden)
	}
	otto.Get(path + "/decline").Is(http.StatusForbidden)
	for _, id := range []string{"nonsense", "%FF%00", store.NewID()} {
		c.As(webtest.Ada).Get("/tickets/" + id).Is(http.StatusNotFound)
	}
}

func TestTakeTalkAndDone(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	t1 := filed(t, c, webtest.Josh)
	path := "/tickets/" + t1.ID
	ana := c.As(webtest.Ana)
	ana.Post(path+"/take", nil).LeadsTo(path)
	ana.Get(path).Says(".toast", "You have the ticket now").Says("#dialog-content", "AssigneeARAna Ruiz", "In progress").SaysNot(".dialog-body button", "Take it")
	ana.PostInPlace(path+"/comments", url.Values{"comment": {"Tomorrow,\nI hope <b>"}}).Is(http.StatusOK).Says("#dialog-content", "Your comment is on the ticket", "Tomorrow, I hope <b>")
	done := ana.PostInPlace(path+"/close", url.Values{"outcome": {"yes"}}).Is(http.StatusOK)
	done.Says("#dialog-content", "recorded as complete", "In place").Has(1, "#dialog-content").Has(0, `form[action$="/close"]`)
	ana.Get(path).Says("#dialog-content", "The change is complete", "Ana Ruiz set W-1 to “Done”")
	again := ana.PostInPlace(path+"/close", url.Values{"outcome": {"yes"}}).Is(http.StatusUnprocessableEntity)
	again.Says("#dialog-content", "already closed", "Nothing was lost")
	ana.Post(path+"/close?next=/work", url.Values{"outcome": {"yes"}}).LeadsTo("/work")
	ana.Get(path).Says(".toast", "already closed")
}

func TestCommentKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	path := "/tickets/" + filed(t, c, webtest.Josh).ID
	ana := c.As(webtest.Ana)
	ana.Post(path+"/comments", url.Values{"comment": {"  "}}).Is(http.StatusUnprocessableEntity).Says("#comment-error", "is required")
	long := strings.Repeat("x", access.MaxText+1)
	page := ana.Post(path+"/comments", url.Values{"comment": {long}}).Is(http.StatusUnprocessableEntity).Says("#comment-error", "is too long")
	if page.Find("#comment").Text() != long {
		t.Error("the comment was not kept")
	}
	ana.Post(path+"/comments", url.Values{"comment": {"\xff"}}).Is(http.StatusUnprocessableEntity).Says("#comment-error", "UTF-8")
	ana.Post(path+"/comments", url.Values{"comment": {strings.Repeat("x", 1<<20)}}).Is(http.StatusBadRequest)
}

func TestWontDoNeedsAReason(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	path := "/tickets/" + filed(t, c, webtest.Josh).ID
	ana := c.As(webtest.Ana)
	ana.Get(path+"/decline").Is(http.StatusOK).Has(1, `#dialog-content form[action="`+path+`/close"] textarea[name=reason]`)
	ana.PostInPlace(path+"/close", url.Values{"outcome": {"no"}, "reason": {""}}).Is(http.StatusUnprocessableEntity).Says("#reason-error", "is required").Has(1, "#dialog-content")
	ana.Post(path+"/close", url.Values{"outcome": {"maybe"}}).Is(http.StatusBadRequest)
	page := ana.PostInPlace(path+"/close", url.Values{"outcome": {"no"}, "reason": {"no such role"}}).Is(http.StatusOK)
	page.Says("#dialog-content", "Needs attention", "no such role", "Try again")
	ana.PostInPlace(path+"/retry", nil).Is(http.StatusOK).Says("#dialog-content", "tried again")
}

func TestNobodyMarksTheirOwnAccessDone(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	path := "/tickets/" + filed(t, c, webtest.Ana).ID
	ana := c.As(webtest.Ana)
	ana.Get(path).Says("#dialog-content", "This is your own access", "Won’t do").Has(0, `form[action="`+path+`/close"]`)
	ana.Post(path+"/close", url.Values{"outcome": {"yes"}}).Is(http.StatusForbidden)
	ana.PostInPlace(path+"/close", url.Values{"outcome": {"yes"}}).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "somebody else must say")
}

func TestDeepLinkOfTheBuiltInQueue(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	t1 := filed(t, c, webtest.Josh)
	c.As(webtest.Ada).Get("/work/queue/" + t1.RemoteID).LeadsTo("/tickets/" + t1.ID)
	c.As(webtest.Josh).Get("/work/queue/" + t1.RemoteID).Is(http.StatusNotFound)
	c.As(webtest.Ada).Get("/work/queue/" + store.NewID()).Is(http.StatusNotFound)
	c.As(webtest.Ada).Get("/work/queue/x").Is(http.StatusNotFound)
	if !strings.HasSuffix(t1.URL, "/work/queue/"+t1.RemoteID) {
		t.Errorf("the queue links to %s", t1.URL)
	}
}

func TestTicketElsewhere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	desk := &paper{url: "https://paper.example.com/7", status: "on the pile"}
	c.Propagation.Registry = ticket.NewRegistry(append(c.Propagation.Registry.Specs(), desk.spec())...)
	p, err := c.Propagation.CreateProvider(t.Context(), c.Actor(webtest.Ada), propagation.ProviderParams{Kind: "paper", Name: "The Desk"})
	check(t, err)
	project := "tray"
	_, err = c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: inventory.TicketPatch{ProviderID: &p.ID, ProjectID: &project}})
	check(t, err)
	path := "/tickets/" + filed(t, c, webtest.Josh).ID
	ana := c.As(webtest.Ana)
	page := ana.Get(path).Is(http.StatusOK).Says("#dialog-content", "Open in The Desk", "on the pile", "Unassigned", "has no account in The Desk")
	page.Has(1, `a[target=_blank][rel~=noopener][href="https://paper.example.com/7"]`).SaysNot(".dialog-body button", "Done", "Comment")
	ana.Post(path+"/take", nil).LeadsTo(path)
	ana.Get(path).Says(".toast", "worked on in The Desk")

	desk.set("being copied", false)
	ana.PostInPlace(path+"/sync", nil).Is(http.StatusOK).Says("#dialog-content", "Read just now: it is being copied")
	ana.PostInPlace(path+"/sync", nil).Is(http.StatusOK).Says("#dialog-content", "Nothing is new")
	desk.set("", true)
	ana.PostInPlace(path+"/sync", nil).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "The desk is closed", "Nothing was lost", "being copied")
	ana.Post(path+"/sync", nil).LeadsTo(path)
	ana.Get(path).Says(".toast", "The desk is closed. Nothing was lost.")
}

func TestOnlyAddressesOfTheWebAreLinks(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	desk := &paper{url: "javascript:alert(1)", status: "open"}
	c.Propagation.Registry = ticket.NewRegistry(append(c.Propagation.Registry.Specs(), desk.spec())...)
	p, err := c.Propagation.CreateProvider(t.Context(), c.Actor(webtest.Ada), propagation.ProviderParams{Kind: "paper", Name: "The Desk"})
	check(t, err)
	project := "tray"
	_, err = c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: inventory.TicketPatch{ProviderID: &p.ID, ProjectID: &project}})
	check(t, err)
	page := c.As(webtest.Ada).Get("/tickets/" + filed(t, c, webtest.Josh).ID).Is(http.StatusOK)
	if strings.Contains(page.Body, "javascript:") {
		t.Error("a dangerous address is a link")
	}
}

// TestUnknownEndAsksWhatItMeans: an admin answers once, on the ticket.
func TestUnknownEndAsksWhatItMeans(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register)
	desk := &paper{url: "https://paper.example.com/7", status: "on the pile"}
	c.Propagation.Registry = ticket.NewRegistry(append(c.Propagation.Registry.Specs(), desk.spec())...)
	p, err := c.Propagation.CreateProvider(t.Context(), c.Actor(webtest.Ada), propagation.ProviderParams{Kind: "paper", Name: "The Desk"})
	check(t, err)
	project := "tray"
	_, err = c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], inventory.AppPatch{Tickets: inventory.TicketPatch{ProviderID: &p.ID, ProjectID: &project}})
	check(t, err)
	path := "/tickets/" + filed(t, c, webtest.Josh).ID
	meaning := func(outcome string) url.Values { return url.Values{"key": {"status:burnt"}, "outcome": {outcome}} }
	ada, ana := c.As(webtest.Ada), c.As(webtest.Ana)
	ada.Post(path+"/map", meaning("yes")).LeadsTo(path)
	ada.Get(path).Says(".toast", "nothing that could be given a meaning")
	desk.set("burnt", false)
	ana.PostInPlace(path+"/sync", nil).Says("#dialog-content", "Needs attention", "cannot be read as done or not done").SaysNot("#dialog-content", "What does")
	ana.PostInPlace(path+"/map", meaning("yes")).Is(http.StatusUnprocessableEntity)
	ada.Get(path).Says("#dialog-content", "What does “burnt” mean?", "The change was made", "It was not made", "It is not over yet")
	ada.PostInPlace(path+"/map", url.Values{"key": {"status:pulped"}, "outcome": {"yes"}}).Is(http.StatusUnprocessableEntity).Says("#dialog-content", "The ticket says “burnt” by now", "What does “burnt” mean?")
	desk.set("burnt", true) // what was said is stored all the same
	ada.PostInPlace(path+"/map", meaning("unclear")).Is(http.StatusOK).Says("#dialog-content", "From now on “burnt” is read so")
	desk.set("burnt", false)
	ada.PostInPlace(path+"/map", meaning("no")).Is(http.StatusOK).Says("#dialog-content", "From now on “burnt” is read so", "was closed without making the change")
}

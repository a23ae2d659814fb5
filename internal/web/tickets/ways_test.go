package tickets_test

import (
	"net/http"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/changes"
	"admit/internal/web/tickets"
	"admit/internal/web/webtest"
	"admit/internal/web/work"
)

// TestTicketLeadsOutOfItsState: by dialogs of its change.
func TestTicketLeadsOutOfItsState(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register, changes.Register)
	t1 := filed(t, c, webtest.Josh)
	path, change := "/tickets/"+t1.ID, "/changes/"+t1.Change.ID
	way := func(name string) string {
		return `#dialog-content a[data-dialog][href="` + change + "/" + name + `?next=%2Ftickets%2F` + t1.ID + `"]`
	}
	ana := c.As(webtest.Ana)
	ana.Get(path).Has(1, way("assign")).Has(1, way("reroute")).Has(0, way("give-up")).Has(0, way("attest"))
	c.As(webtest.Otto).Get(path).Has(0, way("assign")).Has(0, way("reroute"))
	check(t, c.Propagation.CloseTicket(t.Context(), c.Actor(webtest.Ana), t1.ID, "no", "no such role"))
	ana.Get(path).Says("#dialog-content", "Needs attention", "Try again").Has(1, way("reroute")).Has(1, way("give-up")).Has(1, way("attest"))
	check(t, c.Propagation.AttestChange(t.Context(), c.Actor(webtest.Ana), t1.Change.ID, "I looked"))
	ana.Get(path).Says("#dialog-content", "The change is complete").Has(1, way("dispute")).Has(0, way("give-up"))
}

// TestTicketOfSeveralChanges lists them, each with its state and its ways out.
func TestTicketOfSeveralChanges(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, tickets.Register, changes.Register, work.Register)
	ctx, ada := t.Context(), c.Actor(webtest.Ada)
	for _, email := range []string{webtest.Josh, webtest.Rita} {
		filed(t, c, email)
	}
	c.Finish(webtest.Ada)
	_, err := c.Inventory.UpdateApp(ctx, ada, c.Apps["Payroll"], inventory.AppPatch{Tickets: inventory.TicketPatch{Fulfilment: &access.Fulfilment{Group: access.GroupByResource}}})
	check(t, err)
	check(t, c.Inventory.DeleteResource(ctx, ada, c.Resources["My Role"]))
	c.Settle()
	list, err := c.Propagation.Tickets(ctx, ada, store.TicketFilter{Open: true})
	check(t, err)
	shared, err := c.Propagation.Ticket(ctx, ada, list.Items[0].ID)
	check(t, err)
	if len(list.Items) != 1 || len(shared.Lines) != 2 {
		t.Fatalf("%d tickets, the first with %d lines", len(list.Items), len(shared.Lines))
	}
	path := "/tickets/" + shared.ID
	page := c.As(webtest.Ana).Get(path).Is(http.StatusOK).Says("#dialog-content", "This ticket is for 2 changes", "Josh Miller does not have My Role in Payroll", "Rita Okafor does not have")
	page.SaysNot("#dialog-content .defs", "Josh Miller")
	for _, l := range shared.Lines {
		page.Has(1, `#line-`+l.ID+` a[href="/changes/`+l.ID+`"][data-dialog]`).Has(1, `#line-`+l.ID+` a[href^="/changes/`+l.ID+`/reroute"]`).Says("#line-"+l.ID, "Removal pending")
	}
	check(t, c.Propagation.CloseTicket(ctx, c.Actor(webtest.Ana), shared.ID, "no", "not now"))
	line := lineOf(shared, webtest.Rita)
	check(t, c.Propagation.AttestChange(ctx, c.Actor(webtest.Ana), line.ID, "She is out"))
	page = c.As(webtest.Ana).Get(path).Says("#line-"+line.ID, "Removed", "It is not so").Says("#line-"+lineOf(shared, webtest.Josh).ID, "Needs attention", "Try again", "Give up")
	retry, _ := page.Find(`form[action*="/retry?next="]`).Attr("action")
	c.As(webtest.Ana).Post(retry, nil).LeadsTo(path)
	c.As(webtest.Otto).Get(path).Is(http.StatusOK).Says("#dialog-content", "Rita Okafor does not have").Has(0, "#dialog-content .menu")
}

func lineOf(t propagation.TicketView, email string) access.AccessChange {
	for _, l := range t.Lines {
		if l.UserEmail == email {
			return l
		}
	}
	return access.AccessChange{}
}

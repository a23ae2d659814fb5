package work_test

import (
	"testing"

	"admit/internal/ticket"
	"admit/internal/web/changes"
	"admit/internal/web/webtest"
	"admit/internal/web/work"
)

// TestRowsLeadOutOfTheirState: the mark opens the change, the menu its dialogs.
func TestRowsLeadOutOfTheirState(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register, changes.Register)
	item := open(t, c, "My Role", webtest.Josh, "")
	row, change := "#change-"+item.ID, "/changes/"+item.ID
	ana := c.As(webtest.Ana)
	ana.Get("/work").Has(1, row+` a.mark[data-dialog][href="`+change+`"]`).Says(row+" .menu", "Give to somebody else", "Send elsewhere").SaysNot(row+" .menu", "Give up")
	check(t, c.Propagation.CloseTicket(t.Context(), c.Actor(webtest.Ana), item.Ticket.ID, ticket.No, "no such role"))
	page := ana.Get("/work/attention").Says(row+" .menu", "Try again", "It is so", "Give up")
	page.Has(1, row+` .menu a[data-dialog][href="`+change+`/give-up?next=%2Fwork%2Fattention"]`)
	c.As(webtest.Otto).Get("/work/attention").Has(0, row+" .menu").Has(1, row+" a.mark")
}

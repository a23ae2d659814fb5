package propagation_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Many changes at once: tickets that are for several, storms, caps, and who gets
// which.

// people makes users, who all hold the resource.
func (w *world) people(n int) []string {
	w.Helper()
	ids := make([]string, n)
	for i := range ids {
		u, err := w.inv.CreateUser(w.Context(), w.admin, inventory.UserParams{Email: fmt.Sprintf("p%d@example.com", i), FirstName: fmt.Sprintf("p%d", i)})
		w.must(err)
		ids[i] = u.ID
		w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: w.role, UserID: u.ID}, "needs it", nil))
	}
	return ids
}

// roles makes resources beside the first, and has Josh hold all of them.
func (w *world) roles(n int) {
	w.Helper()
	for i := range n {
		r, err := w.inv.CreateResource(w.Context(), w.admin, inventory.ResourceParams{AppID: w.app, Name: fmt.Sprintf("Role %d", i)})
		w.must(err)
		w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: r.ID, UserID: w.josh.UserID}, "needs it", nil))
	}
}

// allDone files what waits and has every ticket done.
func (w *world) allDone() {
	w.Helper()
	w.file()
	for i, t := range w.paper.all() {
		if !t.Outcome.Ended() {
			w.paper.set(i+1, "done", ticket.Yes, false)
		}
	}
	w.poll()
}

func (w *world) fulfil(f access.Fulfilment) {
	w.Helper()
	_, err := w.inv.UpdateApp(w.Context(), w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{Fulfilment: &f}})
	w.must(err)
}

// newest is the ticket that was made last.
func (w *world) newest() propagation.TicketView {
	w.Helper()
	list, err := w.eng.Tickets(w.Context(), w.admin, store.TicketFilter{})
	w.must(err)
	return list.Items[0]
}

// changesIn counts the changes in a state.
func (w *world) changesIn(state access.ChangeState) int {
	w.Helper()
	n, err := store.CountChanges(w.Context(), w.db.Read(), store.ChangeFilter{States: []access.ChangeState{state}}, 1000)
	w.must(err)
	return n
}

// leaves is a leaver with three things, whose removals share a ticket.
func (w *world) leaves() (first int) {
	w.Helper()
	w.poll()
	w.fulfil(access.Fulfilment{Group: access.GroupByPerson})
	w.roles(3)
	w.allDone()
	n := len(w.paper.all())
	w.must(w.inv.DeleteUser(w.Context(), w.admin, w.josh.UserID))
	w.file()
	w.tickets(n+1, 1)
	return n + 1
}

// TestOneTicketForALeaver: its lines are all that is to be taken away, and each
// is done with it.
func TestOneTicketForALeaver(t *testing.T) {
	onBoth(t, func(w *world) {
		n := w.leaves()
		text := w.newest()
		for i := range 3 {
			if !strings.Contains(text.Body, fmt.Sprintf("does NOT have Role %d in Payroll", i)) {
				t.Errorf("the ticket says %s", text.Body)
			}
		}
		if !strings.Contains(text.Title, "josh@example.com does NOT have the 3 things") || w.changesIn(access.Open) != 3 {
			t.Errorf("%q with %d changes open", text.Title, w.changesIn(access.Open))
		}
		v, err := w.eng.Ticket(w.Context(), w.admin, text.ID)
		if w.must(err); len(v.Lines) != 3 {
			t.Errorf("the ticket shows %d lines", len(v.Lines))
		}
		w.paper.set(n, "done", ticket.Yes, false)
		w.poll()
		if w.changesIn(access.Open) != 0 || w.changesIn(access.Done) != 6 {
			t.Errorf("%d open, %d done", w.changesIn(access.Open), w.changesIn(access.Done))
		}
		w.paper.set(n, "open", ticket.Open, true)
		w.poll()
		if w.changesIn(access.Open) != 3 {
			t.Errorf("%d open after the ticket was reopened", w.changesIn(access.Open))
		}
	})
}

// TestLineGivenToSomebody: who gets one line gets the ticket.
func TestLineGivenToSomebody(t *testing.T) {
	onBoth(t, func(w *world) {
		w.leaves()
		v, err := w.eng.Ticket(w.Context(), w.admin, w.newest().ID)
		w.must(err)
		for _, line := range v.Lines {
			if line.ID == v.ChangeID {
				continue
			}
			w.must(w.eng.Reroute(w.Context(), w.ana, line.ID, propagation.Route{AssigneeID: &w.ben.UserID}))
			w.must(w.eng.Assign(w.Context(), v.ID))
			break
		}
		if got := w.newest().AssigneeName; got != "ben" {
			t.Errorf("the ticket is %q's", got)
		}
	})
}

// TestAllAtOnceShareOneTicket: however many workers look at the changes of a leaver
// at the same moment, there is one ticket.
func TestAllAtOnceShareOneTicket(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.fulfil(access.Fulfilment{Group: access.GroupByPerson})
		w.roles(8)
		w.allDone()
		n := len(w.paper.all())
		w.must(w.inv.DeleteUser(w.Context(), w.admin, w.josh.UserID))
		slots, err := store.AdriftSlots(w.Context(), w.db.Read(), 100)
		w.must(err)
		w.must(w.eng.Reconcile(w.Context(), slots))
		w.advance(6 * time.Second)
		ids, err := store.ChangesToFile(w.Context(), w.db.Read(), w.time(), 100)
		if w.must(err); len(ids) != 8 {
			t.Fatalf("%d changes are due, want 8", len(ids))
		}
		var all sync.WaitGroup
		for _, id := range ids {
			all.Go(func() {
				if _, err := w.eng.File(w.Context(), id); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.settle()
		w.tickets(n+1, 1)
		if w.changesIn(access.Open) != 8 {
			t.Errorf("%d open", w.changesIn(access.Open))
		}
	})
}

// TestLinesOfATicketThatIsDeclined are tried again each by itself.
func TestLinesOfATicketThatIsDeclined(t *testing.T) {
	onBoth(t, func(w *world) {
		n := w.leaves()
		w.paper.set(n, "rejected", ticket.No, false)
		w.poll()
		list, err := w.eng.Work(w.Context(), w.admin, store.ChangeFilter{States: []access.ChangeState{access.NeedsAttention}})
		if w.must(err); len(list.Items) != 3 {
			t.Fatalf("%d changes need attention, want 3", len(list.Items))
		}
		w.must(w.eng.RetryChange(w.Context(), w.ana, list.Items[0].ID))
		w.file()
		w.tickets(n+1, 1)
		w.must(w.eng.RetryChange(w.Context(), w.ana, list.Items[1].ID))
		w.must(w.eng.RetryChange(w.Context(), w.ana, list.Items[2].ID))
		w.file()
		w.tickets(n+2, 2) // the last two share one again
	})
}

// TestLineThatIsNotWanted: the ticket stays open for the others, and says which
// line to leave out. The last one closes it.
func TestLineThatIsNotWanted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.fulfil(access.Fulfilment{Group: access.GroupByResource})
		ids := w.people(3)
		w.allDone()
		n := len(w.paper.all())
		for _, id := range ids {
			w.must(w.inv.RemoveHolder(w.Context(), w.admin, inventory.Place{ResourceID: w.role, UserID: id}))
		}
		w.file()
		w.tickets(n+1, 1)
		for i, id := range ids {
			w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: w.role, UserID: id}, "after all", nil))
			w.settle()
			list, err := store.Changes(w.Context(), w.db.Read(), store.ChangeFilter{Live: true})
			w.must(err)
			for _, c := range list.Items {
				w.must(w.eng.Tell(w.Context(), c.ID))
			}
			w.settle()
			if i < 2 {
				w.tickets(n+1, 1)
				if !w.paper.said(n+1, fmt.Sprintf("p%d@example.com does NOT have My Role in Payroll: ", i)) {
					t.Errorf("nobody said that line %d is to be left out", i)
				}
			}
		}
		w.tickets(n+1, 0)
		w.settle()
		if w.changesIn(access.ChangeCanceled) != 3 {
			t.Errorf("%d changes are canceled", w.changesIn(access.ChangeCanceled))
		}
	})
}

// TestSharedTicketIsLost: its changes are filed again, together.
func TestSharedTicketIsLost(t *testing.T) {
	onBoth(t, func(w *world) {
		n := w.leaves()
		w.paper.set(n, "deleted", ticket.Deleted, false)
		w.poll()
		w.file()
		w.tickets(n+1, 1)
		if w.changesIn(access.Open) != 3 {
			t.Errorf("%d open", w.changesIn(access.Open))
		}
	})
}

// TestSharedTicketWhoseAnswerIsLost: it is found again with all its lines.
func TestSharedTicketWhoseAnswerIsLost(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", true, ambiguous()))
		w.poll()
		w.fulfil(access.Fulfilment{Group: access.GroupByPerson})
		w.paper.fail(nil)
		w.roles(3)
		w.allDone()
		n := len(w.paper.all())
		w.paper.fail(on("create", true, ambiguous()))
		w.must(w.inv.DeleteUser(w.Context(), w.admin, w.josh.UserID))
		w.file()
		if w.changesIn(access.Filing) != 3 {
			t.Fatalf("%d are being filed", w.changesIn(access.Filing))
		}
		w.paper.fail(nil)
		w.advance(time.Minute)
		w.settle()
		w.tickets(n+1, 1)
		if w.changesIn(access.Open) != 3 {
			t.Errorf("%d open", w.changesIn(access.Open))
		}
	})
}

// TestStorm: deleting a resource that many hold waits for an admin, who is told
// the number.
func TestStorm(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		w.poll()
		w.people(6)
		w.allDone()
		n := len(w.paper.all())
		is := propagation.DefaultSettings()
		is.StormAbove = 5
		w.refused(w.eng.SaveSettings(ctx, w.ana, is), access.Forbidden, "may not")
		w.must(w.eng.SaveSettings(ctx, w.admin, is))
		w.must(w.inv.DeleteResource(ctx, w.admin, w.role))
		w.file()
		w.tickets(n, 0)
		storms, err := w.eng.Storms(ctx, w.admin)
		if w.must(err); len(storms) != 1 || storms[0].Changes != 6 || storms[0].Persons != 6 || storms[0].Resources != 1 {
			t.Fatalf("the storms are %+v", storms)
		}
		list, err := w.eng.Work(ctx, w.admin, store.ChangeFilter{Live: true})
		if w.must(err); list.Items[0].WaitingFor.Who != "An admin" {
			t.Errorf("it waits for %s", list.Items[0].WaitingFor)
		}
		_, err = w.eng.Storms(ctx, w.ana)
		w.refused(err, access.Forbidden, "may not")
		id := storms[0].Storm.ID
		w.refused(w.eng.ReleaseStorm(ctx, w.ana, id, 6, access.GroupNone), access.Forbidden, "may not")
		w.refused(w.eng.ReleaseStorm(ctx, w.admin, id, 5, access.GroupNone), access.Conflict, "there are 6 changes")
		w.refused(w.eng.ReleaseStorm(ctx, w.admin, id, 6, "colour"), access.Invalid, "grouping")
		w.must(w.eng.ReleaseStorm(ctx, w.admin, id, 6, access.GroupByResource))
		w.refused(w.eng.ReleaseStorm(ctx, w.admin, id, 6, access.GroupNone), access.Conflict, "")
		w.file()
		w.tickets(n+1, 1)
		if w.changesIn(access.Open) != 6 {
			t.Errorf("%d open", w.changesIn(access.Open))
		}
		if left, err := w.eng.Storms(ctx, w.admin); err != nil || len(left) != 0 {
			t.Errorf("storms left: %v %v", left, err)
		}
	})
}

// TestNoStormOfRequestsOrFew: what people approved one by one is not held back,
// and neither is a handful.
func TestNoStormOfRequestsOrFew(t *testing.T) {
	onBoth(t, func(w *world) {
		is := propagation.DefaultSettings()
		is.StormAbove = 3
		w.must(w.eng.SaveSettings(w.Context(), w.admin, is))
		w.people(3)
		w.file()
		w.tickets(3, 3)
		is.StormAbove = 0
		w.must(w.eng.SaveSettings(w.Context(), w.admin, is))
		w.must(w.inv.DeleteResource(w.Context(), w.admin, w.role))
		w.settle()
		if storms, err := w.eng.Storms(w.Context(), w.admin); err != nil || len(storms) != 0 {
			t.Errorf("storms: %v %v", storms, err)
		}
	})
}

// TestCap: no more tickets an hour than an admin wants; the rest waits and says
// until when.
func TestCap(t *testing.T) {
	onBoth(t, func(w *world) {
		is := propagation.DefaultSettings()
		is.TicketsPerHour = 2
		w.must(w.eng.SaveSettings(w.Context(), w.admin, is))
		w.people(5)
		w.file()
		w.tickets(2, 2)
		list, err := w.eng.Work(w.Context(), w.admin, store.ChangeFilter{States: []access.ChangeState{access.Queued}})
		if w.must(err); len(list.Items) != 3 || !strings.Contains(list.Items[0].WaitingFor.String(), "2 tickets were filed within an hour") {
			t.Errorf("%d wait: %s", len(list.Items), list.Items[0].WaitingFor)
		}
		w.advance(time.Hour)
		w.settle()
		w.tickets(4, 4)
	})
}

// assignees lists who got the tickets, in their order.
func (w *world) assignees() []string {
	var names []string
	for _, t := range w.paper.all() {
		names = append(names, t.Assignee.Name)
	}
	return names
}

// TestAssignRules: each rule with changes that nobody made by hand.
func TestAssignRules(t *testing.T) {
	onBoth(t, func(w *world) {
		for _, rule := range []struct {
			f    access.Fulfilment
			want []string
		}{
			{access.Fulfilment{ByHandToo: true}, []string{"ana", "ana", "ana"}}, // the test does not shuffle
			{access.Fulfilment{ByHandToo: true, Assign: access.RoundRobin}, []string{"ben", "ana", "ben"}},
			{access.Fulfilment{ByHandToo: true, Assign: access.LeastOpen}, []string{"ben", "ben", "ana"}}, // ana has 4 by now, ben 2
			{access.Fulfilment{ByHandToo: true, Assign: access.ToPerson, UserID: w.admin.UserID}, []string{"admin", "admin"}},
			{access.Fulfilment{ByHandToo: true, Assign: access.ToNobody}, []string{"", ""}},
			{access.Fulfilment{Assign: access.ToPerson, UserID: w.ben.UserID}, []string{"admin"}}, // who made it by hand
		} {
			w.fulfil(rule.f)
			before := len(w.paper.all())
			for i := range rule.want {
				u, err := w.inv.CreateUser(w.Context(), w.admin, inventory.UserParams{Email: fmt.Sprintf("%s-%d-%d@example.com", "u", before, i)})
				w.must(err)
				w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: w.role, UserID: u.ID}, "needs it", nil))
				w.file()
			}
			if got := w.assignees()[before:]; !slices.Equal(got, rule.want) {
				t.Errorf("%s: assigned to %v, want %v", rule.f.Assign, got, rule.want)
			}
		}
	})
}

// TestLadder: where nobody the rule names has an account, the resource's admins
// are asked, then the app's; then it is nobody, and the ticket says why.
func TestLadder(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		delete(w.paper.accounts, "ana@example.com")
		delete(w.paper.accounts, "ben@example.com")
		own := w.owner("app admins", w.rita)
		_, err := w.inv.UpdateApp(ctx, w.admin, w.app, inventory.AppPatch{AdminOwnerID: &own})
		w.must(err)
		w.paper.accounts["rita@example.com"] = ticket.Account{ID: "rita", Name: "rita"}
		w.fulfil(access.Fulfilment{ByHandToo: true, Assign: access.ToPerson, UserID: w.josh.UserID})
		w.add()
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.AssigneeName != "rita" {
			t.Errorf("assigned to %q: %s", h.Ticket.AssigneeName, h.Ticket.Unassigned)
		}
	})
}

// TestAssigneeLeaves: the tickets of somebody who leaves are given to others.
func TestAssigneeLeaves(t *testing.T) {
	onBoth(t, func(w *world) {
		w.fulfil(access.Fulfilment{ByHandToo: true})
		w.add()
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.AssigneeName != "ana" {
			t.Fatalf("assigned to %q", h.Ticket.AssigneeName)
		}
		w.must(w.inv.DeleteUser(w.Context(), w.admin, w.ana.UserID))
		for range 2 {
			w.jobs(job.Leave{}.Kind())
			w.jobs(job.Assign{}.Kind())
		}
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.AssigneeName != "ben" || w.events(access.TicketAssigned) != 1 {
			t.Errorf("assigned to %q, %d events", h.Ticket.AssigneeName, w.events(access.TicketAssigned))
		}
		w.must(w.inv.DeleteUser(w.Context(), w.admin, w.ben.UserID))
		orphans, err := store.OrphanTickets(w.Context(), w.db.Read(), 5)
		if w.must(err); len(orphans) != 1 {
			t.Fatalf("%d orphans, want 1: a lost wake-up is found", len(orphans))
		}
		w.must(w.eng.Assign(w.Context(), orphans[0]))
		h = w.expect(access.Open, access.Absent)
		if h.Ticket.AssigneeName != "" || h.Ticket.Unassigned == "" {
			t.Errorf("assigned to %q, %q", h.Ticket.AssigneeName, h.Ticket.Unassigned)
		}
	})
}

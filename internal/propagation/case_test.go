package propagation_test

import (
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/ticket"
)

// The cases of the engine, in the order of docs/propagation.md.

func TestAddAndDone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.expect(access.Queued, access.Absent)
		w.tickets(0, 0)
		w.file()
		h := w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		if h.Ticket.AssigneeName != "admin" {
			w.Errorf("assigned to %q, want the admin who added", h.Ticket.AssigneeName)
		}
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		h = w.expect(access.Done, access.Present)
		if h.Proof != access.Claimed || access.MarkOf(h.Slot, h.Change) != access.MarkInPlace {
			w.Errorf("proof %s, mark %s", h.Proof, access.MarkOf(h.Slot, h.Change))
		}
		w.poll()
		w.tickets(1, 0)
	})
}

func TestRequestIsAssignedToAnAdminOfTheResource(t *testing.T) {
	onBoth(t, func(w *world) {
		q, err := w.req.Create(w.Context(), w.josh, request.Params{Items: []request.Wish{{ResourceID: w.role}}, Reason: "month end"})
		w.must(err)
		w.must(w.req.Approve(w.Context(), w.rita, q.ID, request.Verdict{Comment: "fine"}))
		w.file()
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.AssigneeName != "ana" {
			w.Errorf("assigned to %q, want the first of the shuffled admins", h.Ticket.AssigneeName)
		}
		body := h.Ticket.Body
		for _, part := range []string{"josh@example.com HAS", "My Role", "Payroll", "josh asked for it", "month end", "rita", "Admit key: " + h.Ticket.Key} {
			if !strings.Contains(body, part) {
				w.Errorf("the ticket does not say %q:\n%s", part, body)
			}
		}
		if !strings.HasSuffix(body, h.Ticket.Key) {
			w.Error("the key is not on the last line")
		}
	})
}

func TestAssigneeWithoutAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		delete(w.paper.accounts, "admin@example.com")
		w.add()
		w.file()
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.AssigneeName != "" || !strings.Contains(h.Ticket.Unassigned, "no account") {
			w.Errorf("assigned to %q, unassigned because %q", h.Ticket.AssigneeName, h.Ticket.Unassigned)
		}
		if !strings.Contains(h.WaitingFor().String(), "Nobody is assigned") {
			w.Errorf("waiting for %q does not say that nobody is assigned", h.WaitingFor())
		}
	})
}

func TestNextAdminWhenTheFirstHasNoAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		delete(w.paper.accounts, "ana@example.com")
		q, err := w.req.Create(w.Context(), w.josh, request.Params{Items: []request.Wish{{ResourceID: w.role}}, Reason: "x"})
		w.must(err)
		w.must(w.req.Approve(w.Context(), w.rita, q.ID, request.Verdict{}))
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.AssigneeName != "ben" {
			w.Errorf("assigned to %q, want ben", h.Ticket.AssigneeName)
		}
	})
}

func TestRemoveAndDone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.remove()
		w.file()
		h := w.expect(access.Open, access.Present)
		if h.Wanted || h.Change.Direction != access.ToRemove {
			w.Errorf("wanted %v, direction %s", h.Wanted, h.Change.Direction)
		}
		w.tickets(2, 1)
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		w.gone()
	})
}

func TestExpiry(t *testing.T) {
	onBoth(t, func(w *world) {
		ends := w.time().Add(time.Hour)
		w.must(w.inv.AddHolder(w.Context(), w.admin, w.at(), "", &ends))
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.must(w.eng.Expire(w.Context()))
		w.settle()
		w.expect(access.Done, access.Present)
		w.advance(time.Hour)
		w.must(w.eng.Expire(w.Context()))
		w.file()
		h := w.expect(access.Open, access.Present)
		if h.Change.Cause != access.ByExpiry || h.Change.Direction != access.ToRemove || h.Ticket.AssigneeName != "ana" {
			w.Errorf("cause %s, direction %s, assignee %q", h.Change.Cause, h.Change.Direction, h.Ticket.AssigneeName)
		}
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		w.gone()
	})
}

func TestReversalInsideTheWindow(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.remove()
		w.file()
		w.gone()
		w.tickets(0, 0)
	})
}

func TestReversalBeforeWork(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.remove()
		w.file()
		w.gone()
		w.tickets(1, 0)
		w.poll()
		w.gone()
		w.tickets(1, 0)
	})
}

func TestReversalAfterWork(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "in progress", ticket.Open, true)
		w.poll()
		w.remove()
		w.settle()
		h := w.expect(access.Open, access.Absent)
		w.must(w.eng.Tell(w.Context(), h.Change.ID))
		if notes := w.paper.notes["1"]; len(notes) != 1 || !strings.Contains(notes[0], "stop, or undo") {
			w.Errorf("the fulfiller was told %q", notes)
		}
		w.tickets(1, 1)
		w.paper.set(1, "done", ticket.Yes, true)
		w.poll()
		w.file()
		h = w.expect(access.Open, access.Present)
		if h.Change.Direction != access.ToRemove {
			w.Errorf("direction %s, want a removal of what was done after all", h.Change.Direction)
		}
		w.tickets(2, 1)
	})
}

func TestReversalAfterWorkThatStopped(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "in progress", ticket.Open, true)
		w.poll()
		w.remove()
		w.settle()
		w.paper.set(1, "won't do", ticket.No, true)
		w.poll()
		w.gone()
		w.tickets(1, 0)
	})
}

func TestAddRemoveAdd(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.fail(on("close", false, notSent()))
		w.remove()
		w.must(w.eng.Reconcile(w.Context(), w.slots()))
		w.expect(access.Canceling, access.Absent)
		w.add()
		w.must(w.eng.Reconcile(w.Context(), w.slots()))
		w.paper.fail(nil)
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
	})
}

func (w *world) slots() []string {
	slot, err := store.Slot(w.Context(), w.db.Read(), w.josh.UserID, w.role, "")
	w.must(err)
	return []string{slot.ID}
}

func TestTwoGrantsForOneSlot(t *testing.T) {
	onBoth(t, func(w *world) {
		ends := w.time().Add(time.Hour)
		w.must(w.inv.AddHolder(w.Context(), w.admin, w.at(), "", &ends))
		hour := 120
		q, err := w.req.Create(w.Context(), w.josh, request.Params{Items: []request.Wish{{ResourceID: w.role}}, Reason: "x", Minutes: &hour})
		w.must(err)
		w.must(w.req.Approve(w.Context(), w.rita, q.ID, request.Verdict{}))
		w.file()
		w.tickets(1, 1)
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.advance(90 * time.Minute)
		w.must(w.eng.Expire(w.Context()))
		w.file()
		w.expect(access.Done, access.Present)
		w.tickets(1, 0)
		w.advance(time.Hour)
		w.must(w.eng.Expire(w.Context()))
		w.file()
		w.expect(access.Open, access.Present)
		w.tickets(2, 1)
	})
}

func TestDeclinedIsNeverDone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "won't do", ticket.No, false)
		w.poll()
		h := w.expect(access.NeedsAttention, access.Absent)
		if h.Change.Attention != access.Declined {
			w.Errorf("attention %s", h.Change.Attention)
		}
		w.must(w.eng.RetryChange(w.Context(), w.admin, h.Change.ID))
		w.file()
		w.expect(access.Open, access.Absent)
		w.tickets(2, 1)
		if !strings.Contains(w.lastTicket().Body, "Replaces: P-1") {
			w.Error("the second ticket does not name the first")
		}
	})
}

func (w *world) lastTicket() access.Ticket {
	h, _ := w.row()
	return *h.Ticket
}

func TestUnclearIsNeverDone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "archived", ticket.Unclear, false)
		w.poll()
		if h := w.expect(access.NeedsAttention, access.Unknown); h.Change.Attention != access.Murky {
			w.Errorf("attention %s", h.Change.Attention)
		}
		w.remove()
		w.file()
		if h := w.expect(access.Open, access.Unknown); h.Change.Direction != access.ToRemove {
			w.Error("what may have been done must be removed for sure")
		}
	})
}

func TestReopenedInTheWatchWindow(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
		w.paper.set(1, "reopened", ticket.Open, true)
		w.poll()
		h := w.expect(access.Open, access.Unknown)
		if access.MarkOf(h.Slot, h.Change) == access.MarkInPlace {
			w.Error("still green")
		}
		w.paper.set(1, "done", ticket.Yes, true)
		w.poll()
		w.expect(access.Done, access.Present)
		w.paper.set(1, "rejected", ticket.No, true)
		w.poll()
		w.expect(access.NeedsAttention, access.Unknown)
	})
}

func TestReopenedAfterTheWatchWindow(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.advance(31 * 24 * time.Hour)
		w.paper.set(1, "reopened", ticket.Open, true)
		w.poll()
		w.expect(access.Done, access.Present)
	})
}

func TestDeletedTicketIsFiledAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.hidden["1"] = true
		w.must(w.eng.FullRead(w.Context(), w.payroll))
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		w.advance(11 * time.Minute)
		w.must(w.eng.Poll(w.Context(), w.payroll))
		w.file()
		w.expect(access.Open, access.Absent)
		w.tickets(2, 2)
	})
}

func TestHiddenTicketThatComesBack(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.hidden["1"] = true
		w.must(w.eng.FullRead(w.Context(), w.payroll))
		w.paper.hidden["1"] = false
		w.advance(11 * time.Minute)
		w.poll()
		w.tickets(1, 1)
		if h := w.expect(access.Open, access.Absent); h.Ticket.Note != "" {
			t.Errorf("it is back, and its note says %q", h.Ticket.Note)
		}
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
	})
}

func TestToggleOffRecordsAtOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		off := false
		_, err := w.inv.UpdateApp(w.Context(), w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{Enabled: &off}})
		w.must(err)
		w.add()
		w.settle()
		h := w.expect(access.Done, access.Present)
		if h.Proof != access.Recorded || access.MarkOf(h.Slot, h.Change) != access.MarkRecorded {
			w.Errorf("proof %s: nobody was asked to act", h.Proof)
		}
		w.remove()
		w.settle()
		w.gone()
		w.tickets(0, 0)
	})
}

func TestDirectionsAndOverride(t *testing.T) {
	onBoth(t, func(w *world) {
		off, on := false, true
		w.must(w.inv.UpdateResources(w.Context(), w.admin, []inventory.ResourcePatch{{
			ID: w.role, OverridesTickets: &on,
			Tickets: inventory.TicketPatch{Enabled: &on, OnGrant: &off, OnRemoval: &on, ProviderID: &w.payroll, ProjectID: new("p1")},
		}}))
		w.add()
		w.settle()
		w.expect(access.Done, access.Present)
		w.tickets(0, 0)
		w.remove()
		w.file()
		w.expect(access.Open, access.Present)
		w.tickets(1, 1)
	})
}

func TestResourceDeletedWhileHeld(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.must(w.inv.DeleteResource(w.Context(), w.admin, w.role))
		w.file()
		w.tickets(2, 1)
		list, err := w.eng.Work(w.Context(), w.admin, store.ChangeFilter{Live: true})
		w.must(err)
		if len(list.Items) != 1 || list.Items[0].Direction != access.ToRemove || list.Items[0].ResourceName != "My Role" {
			w.Fatalf("work %+v, want the removal", list.Items)
		}
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		list, err = w.eng.Work(w.Context(), w.admin, store.ChangeFilter{Live: true})
		w.must(err)
		if len(list.Items) != 0 {
			w.Errorf("%d changes still live", len(list.Items))
		}
	})
}

func TestUserDeleted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.must(w.inv.DeleteUser(w.Context(), w.admin, w.josh.UserID))
		w.file()
		h := w.expect(access.Open, access.Present)
		if h.Change.Direction != access.ToRemove || h.Change.UserEmail != "josh@example.com" || h.Ticket.AssigneeName != "ana" {
			w.Errorf("%s of %s, assigned to %q", h.Change.Direction, h.Change.UserEmail, h.Ticket.AssigneeName)
		}
	})
}

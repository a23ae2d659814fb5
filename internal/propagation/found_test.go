package propagation_test

import (
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

// What the model test found.

// TestLostWakeUpOfAReversal: somebody is wanted again while their removal is
// open. When the job that looks is lost, the sweep finds it.
func TestLostWakeUpOfAReversal(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.remove()
		w.file()
		w.expect(access.Open, access.Present)
		w.add()
		for _, j := range w.waiting() {
			w.drop(j.ID)
		}
		w.must(w.eng.Sweep(w.Context()))
		if w.jobs("slot.reconcile") != 1 {
			t.Error("the sweep passes over a removal that is not wanted any more")
		}
		w.settle()
		w.expect(access.ChangeCanceled, access.Present)
		w.tickets(2, 0)
	})
}

// TestLostTicketThatComesBack: another was filed meanwhile, so it is closed.
func TestLostTicketThatComesBack(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.hidden["1"] = true
		w.must(w.eng.FullRead(w.Context(), w.payroll))
		w.advance(11 * time.Minute)
		w.poll()
		w.file()
		w.tickets(2, 2)
		w.paper.show(1)
		w.poll()
		w.jobs("ticket.twins")
		w.tickets(2, 1)
		if h := w.expect(access.Open, access.Absent); h.Ticket.Identifier != "P-2" {
			t.Errorf("the change lives on %s, want P-2", h.Ticket.Identifier)
		}
	})
}

// TestCallThatLandsAfterItsChangeIsOver: it had no answer, the next one was not
// sent, and then the wish turned round. What it makes at last is closed.
func TestCallThatLandsAfterItsChangeIsOver(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.paper.delay = 30 * time.Minute
		w.add()
		w.file()
		w.paper.fail(on("create", false, notSent()))
		for range 3 {
			w.advance(time.Minute)
			w.settle()
		}
		w.remove()
		w.settle()
		w.gone()
		w.paper.fail(nil)
		w.advance(time.Hour)
		w.poll()
		w.tickets(1, 1)
		w.jobs("ticket.twins")
		w.tickets(1, 0)
	})
}

// TestTwinThatIsNotFoundYet: a search may not show at once what a poll did.
func TestTwinThatIsNotFoundYet(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.add()
		w.file()
		w.advance(24 * time.Hour)
		w.paper.lag = time.Minute
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: w.paper.all()[0].Key, Project: "p1", Title: "a copy"})
		w.must(err)
		w.poll()
		w.jobs("ticket.twins")
		w.tickets(2, 2)
		w.advance(11 * time.Minute)
		w.must(w.eng.Tick(w.Context()))
		w.jobs("ticket.twins")
		w.tickets(2, 1)
		w.expect(access.Open, access.Absent)
	})
}

// TestDoneAfterWeClosed: the fulfiller had made the change when we closed its
// ticket, and says so afterwards. What they made is undone.
func TestDoneAfterWeClosed(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.remove()
		w.settle()
		w.poll()
		w.gone()
		w.paper.set(1, "done", ticket.Yes, true)
		w.poll()
		w.file()
		if h := w.expect(access.Open, access.Unknown); h.Change.Direction != access.ToRemove {
			t.Errorf("a %s, want a removal of what was made after all", h.Change.Direction)
		}
		w.tickets(2, 1)
		w.paper.set(2, "done", ticket.Yes, true)
		w.poll()
		w.poll()
		w.gone()
		w.tickets(2, 0)
	})
}

// TestEventOfATicketClosedTooSoon: the wish turned round while we closed it.
func TestEventOfATicketClosedTooSoon(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.remove()
		w.must(w.eng.Reconcile(w.Context(), w.slots()))
		w.paper.fail(func(call string, after bool) error {
			if call == "close" && after {
				w.add()
				w.must(w.eng.Reconcile(w.Context(), w.slots()))
			}
			return nil
		})
		h, _ := w.row()
		w.must(w.eng.Tell(w.Context(), h.Change.ID))
		w.expect(access.Queued, access.Absent)
		if n := w.events(access.TicketClosed); n != 1 {
			t.Errorf("%d events tell that we closed the ticket, want one", n)
		}
	})
}

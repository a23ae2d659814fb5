package propagation_test

import (
	"testing"

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

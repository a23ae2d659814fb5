package propagation_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/ticket"
)

// What happens between a look and the write that follows it.

func TestDoneBeforeWeCouldClose(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.remove()
		h, _ := w.row()
		w.must(w.eng.Reconcile(w.Context(), []string{h.Slot.ID}))
		w.expect(access.Canceling, access.Absent)
		w.paper.set(1, "done", ticket.Yes, false) // nobody has read it yet
		w.must(w.eng.Tell(w.Context(), h.Change.ID))
		w.expect(access.Queued, access.Present) // of the removal
		w.file()
		w.tickets(2, 1)
	})
}

func TestWantedAgainWhileWeClose(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.remove()
		h, _ := w.row()
		w.must(w.eng.Reconcile(w.Context(), []string{h.Slot.ID}))
		w.paper.fail(func(call string, after bool) error {
			if call == "close" && after {
				w.add()
				w.must(w.eng.Reconcile(w.Context(), []string{h.Slot.ID}))
			}
			return nil
		})
		w.must(w.eng.Tell(w.Context(), h.Change.ID))
		w.paper.fail(nil)
		h = w.expect(access.Queued, access.Absent)
		if h.Change.Reversed {
			t.Error("a change that starts anew still counts as reversed")
		}
		w.file()
		w.expect(access.Open, access.Absent)
		w.tickets(2, 1)
	})
}

func TestATryThatWasOvertakenWritesNothing(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.eng.Poll(w.Context(), w.payroll))
		w.paper.fail(func(call string, after bool) error {
			if call != "create" || !after {
				return nil
			}
			w.must(w.eng.Poll(w.Context(), w.payroll)) // adopts the ticket before the answer is here
			w.expect(access.Open, access.Absent)
			return ambiguous()
		})
		w.add()
		w.file()
		w.paper.fail(nil)
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

func TestAChangeInOtherHandsIsLookedAtAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.advance(6 * time.Second)
		ids, err := store.ChangesToFile(w.Context(), w.db.Read(), w.time(), 10)
		w.must(err)
		until := w.time().Add(time.Minute)
		w.must(w.db.Write(w.Context(), func(tx *store.Write) error {
			_, _, err := store.LeaseChange(w.Context(), tx.Tx, ids[0], tx.Now, store.Lease{Server: "s1", Until: until})
			return errors.Join(err, store.SeeServer(w.Context(), tx.Tx, "s1", tx.Now))
		}))
		again, err := w.eng.File(w.Context(), ids[0])
		w.must(err)
		if !again.Equal(until) {
			t.Errorf("looks again at %v, want the end of the lease, %v", again, until)
		}
	})
}

// TestEverybodyAtOnce works on a few slots from all sides at the same time.
// Nobody may wait in a circle, overwrite what another wrote, or file twice.
func TestEverybodyAtOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.eng.Poll(w.Context(), w.payroll))
		slots := w.crowd()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { w.churn(slots) })
			wg.Go(func() { w.work(slots) })
		}
		wg.Wait()
		w.paper.fail(nil)
		for range 4 {
			w.file()
			w.poll()
		}
		w.noTwins()
		for _, id := range slots {
			w.agrees(id)
		}
	})
}

// crowd gives the role to some users and returns their slots.
func (w *world) crowd() []string {
	w.Helper()
	var slots []string
	for _, who := range []access.Actor{w.josh, w.rita, w.ana, w.ben} {
		at := inventory.Place{ResourceID: w.role, UserID: who.UserID}
		w.must(w.inv.AddHolder(w.Context(), w.admin, at, "", nil))
		slot, err := store.Slot(w.Context(), w.db.Read(), at.UserID, at.ResourceID, "")
		w.must(err)
		slots = append(slots, slot.ID)
	}
	return slots
}

const churns = 12

// churn adds and removes the users of slots.
func (w *world) churn(slots []string) {
	for i := range churns {
		who := []access.Actor{w.josh, w.rita, w.ana, w.ben}[i%len(slots)]
		at := inventory.Place{ResourceID: w.role, UserID: who.UserID}
		err := w.inv.RemoveHolder(w.Context(), w.admin, at)
		if err != nil && access.CodeOf(err) != access.NotFound {
			w.Errorf("remove: %v", err)
		}
		w.check("reconcile", w.eng.Reconcile(w.Context(), slots))
		err = w.inv.AddHolder(w.Context(), w.admin, at, "", nil)
		if err != nil && access.CodeOf(err) != access.Conflict {
			w.Errorf("add: %v", err)
		}
		w.advance(2 * time.Second)
	}
}

// work does what jobs and fulfillers do.
func (w *world) work(slots []string) {
	ctx := w.Context()
	for i := range churns {
		w.check("reconcile", w.eng.Reconcile(ctx, slots))
		file, err := store.ChangesToFile(ctx, w.db.Read(), w.time(), 100)
		w.check("changes to file", err)
		for _, id := range file {
			_, err := w.eng.File(ctx, id)
			w.check("file", err)
		}
		if all := w.paper.all(); len(all) > 0 && i%2 == 0 {
			w.paper.set(i%len(all)+1, "done", ticket.Yes, true)
		}
		tell, err := store.ChangesToCancel(ctx, w.db.Read(), w.time(), 100)
		w.check("changes to cancel", err)
		for _, id := range tell {
			w.check("tell", w.eng.Tell(ctx, id))
		}
		w.check("poll", w.eng.Poll(ctx, w.payroll))
		w.check("full read", w.eng.FullRead(ctx, w.payroll))
	}
}

func (w *world) check(what string, err error) {
	w.Helper()
	if err != nil {
		w.Errorf("%s: %v", what, err)
	}
}

// noTwins checks that no key has two tickets, and no open ticket has no change.
func (w *world) noTwins() {
	w.Helper()
	seen := map[string]bool{}
	for _, t := range w.paper.all() {
		if seen[t.Key] {
			w.Errorf("two tickets have the key of %s", t.Identifier)
		}
		seen[t.Key] = true
	}
	live, err := store.Tickets(w.Context(), w.db.Read(), store.TicketFilter{Open: true})
	w.must(err)
	if got, want := len(live.Items), len(w.paper.open()); got != want {
		w.Errorf("%d tickets are open here, %d at the provider", got, want)
	}
}

// agrees checks that what is believed of a slot is what is wanted, or that a
// change towards it has a ticket.
func (w *world) agrees(slotID string) {
	w.Helper()
	list, err := store.Holdings(w.Context(), w.db.Read(), store.SlotFilter{IDs: []string{slotID}})
	w.must(err)
	changes, err := store.LiveChanges(w.Context(), w.db.Read(), []string{slotID})
	w.must(err)
	c, live := changes[slotID]
	switch {
	case len(list.Items) == 0: // not listed: neither wanted nor there
	case live && (c.State != access.Open || !c.Direction.Leads(list.Items[0].Wanted) && !c.Reversed):
		w.Errorf("the %s is %s although wanted is %v", c.Direction, c.State, list.Items[0].Wanted)
	case !live && !list.Items[0].Believed.Agrees(list.Items[0].Wanted):
		w.Errorf("wanted %v, believed %s, and nothing is under way", list.Items[0].Wanted, list.Items[0].Believed)
	}
}

package propagation_test

import (
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// TestPlacesToFile has as many tickets filed at once as may be, and more. Who
// finds no place waits while places are given back. While a provider hangs
// nobody waits: they come again, one after the other.
func TestPlacesToFile(t *testing.T) {
	onBoth(t, func(w *world) {
		const places = 16
		ids := w.dueFor(places + 3)
		in, goOn := make(chan bool), make(chan bool)
		w.paper.fail(func(call string, after bool) error {
			if call == "create" && !after {
				in <- true
				<-goOn
			}
			return nil
		})
		var filing sync.WaitGroup
		file := func(id string) {
			filing.Go(func() {
				again, err := w.eng.File(w.Context(), id)
				if err != nil || !again.IsZero() {
					w.Errorf("filed at %v, %v; want now", again, err)
				}
			})
		}
		for _, id := range ids[:places] {
			file(id)
			<-in
		}
		file(ids[places])
		goOn <- true // one leaves
		select {
		case <-in:
		case <-time.After(10 * time.Second):
			w.Error("a place was given back, and nobody took it")
		}
		w.advance(time.Minute)
		last := w.time()
		for _, id := range ids[places+1:] {
			again, err := w.eng.File(w.Context(), id)
			w.must(err)
			if !again.After(last) || again.After(w.time().Add(10*time.Second)) {
				w.Errorf("it is %v, and the one before comes again at %v, this one at %v", w.time(), last, again)
			}
			last = again
		}
		close(goOn)
		filing.Wait()
		w.tickets(places+1, places+1)
	})
}

// dueFor gives the role to n new users, and returns the changes that are due.
func (w *world) dueFor(n int) []string {
	w.Helper()
	for range n {
		id := store.NewID()
		u, err := w.inv.CreateUser(w.Context(), w.admin, inventory.UserParams{Email: id + "@example.com", FirstName: "P", LastName: id, Role: access.Member})
		w.must(err)
		w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: w.role, UserID: u.ID}, "", nil))
	}
	w.settle()
	w.advance(6 * time.Second)
	ids, err := store.ChangesToFile(w.Context(), w.db.Read(), w.time(), n+1)
	w.must(err)
	if len(ids) != n {
		w.Fatalf("%d changes are due, want %d", len(ids), n)
	}
	return ids
}

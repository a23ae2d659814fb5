package propagation_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Exactly one surviving ticket, whatever happens to the call that files it.

func TestAnswerLost(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", true, ambiguous()))
		w.add()
		w.file()
		w.expect(access.Filing, access.Absent)
		w.tickets(1, 1)
		w.paper.fail(nil)
		w.advance(3 * time.Second)
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		if n := w.paper.count("create"); n != 1 {
			w.Errorf("created %d times", n)
		}
	})
}

func TestNothingSent(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", false, notSent()))
		w.add()
		w.file()
		h := w.expect(access.Filing, access.Absent)
		if h.Provider.Health != access.Down || !strings.Contains(h.WaitingFor().String(), "connection refused") {
			w.Errorf("health %s, waiting for %q", h.Provider.Health, h.WaitingFor())
		}
		w.paper.fail(nil)
		w.advance(time.Minute)
		w.settle()
		h = w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		if h.Provider.Health != access.Healthy {
			w.Errorf("health %s after it works again", h.Provider.Health)
		}
		if n := w.paper.count("find"); n != 0 {
			w.Errorf("looked %d times although nothing was sent", n)
		}
	})
}

func TestUnclearAnswerAndNothingThere(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", false, ambiguous()))
		w.add()
		w.file()
		w.paper.fail(nil)
		w.advance(3 * time.Second)
		w.settle()
		w.expect(access.Filing, access.Absent)
		if n := w.paper.count("create"); n != 1 {
			w.Fatalf("sent again %d times before the first call can have settled", n)
		}
		for range 5 {
			w.advance(time.Minute)
			w.settle()
		}
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

func TestCrashBetweenSendAndCommit(t *testing.T) {
	onBoth(t, func(w *world) {
		// A crash leaves the ticket as "sending": the answer was never stored. Here
		// the call commits at the provider and the server dies inside it.
		w.paper.fail(on("create", true, fmt.Errorf("killed")))
		w.add()
		w.file()
		w.paper.fail(nil)
		w.eng = w.engine()
		w.advance(5 * time.Minute)
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

func TestTwinsAreSwept(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", true, ambiguous()))
		w.add()
		w.file()
		w.paper.fail(nil)
		key := w.paper.all()[0].Key
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: key, Project: "p1", Title: "a twin"})
		w.must(err)
		w.advance(3 * time.Second)
		w.settle()
		h := w.expect(access.Open, access.Absent)
		w.tickets(2, 1)
		if h.Ticket.Identifier != "P-1" || !strings.Contains(w.paper.notes["2"][0], "P-1") {
			w.Errorf("kept %s; the twin was told %q", h.Ticket.Identifier, w.paper.notes["2"])
		}
	})
}

func TestAdoptedByThePoll(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.eng.Poll(w.Context(), w.payroll))
		w.paper.fail(on("create", true, ambiguous()))
		w.add()
		w.file()
		w.paper.fail(on("find", false, ambiguous()))
		w.must(w.eng.Poll(w.Context(), w.payroll))
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

func TestRefusedAssigneeIsDropped(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.refuseAssignee = true
		w.add()
		w.file()
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.AssigneeName != "" || !strings.Contains(h.Ticket.Unassigned, "refused") {
			w.Errorf("assigned to %q, unassigned because %q", h.Ticket.AssigneeName, h.Ticket.Unassigned)
		}
		w.tickets(1, 1)
	})
}

// TestRefusalsEndWithTheJob: its lease lasts longer than the job, so a call that
// is made after it could meet that of whoever leases the change next.
func TestRefusalsEndWithTheJob(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.refuseAssignee = true
		id := w.dueFor(1)[0]
		ctx, cancel := context.WithCancel(w.Context())
		w.paper.fail(func(call string, _ bool) error {
			if call == "create" {
				cancel()
			}
			return nil
		})
		again, err := w.eng.File(ctx, id)
		w.must(err)
		if n := len(w.paper.drafts); n != 1 {
			t.Errorf("%d calls, want that of the job", n)
		}
		w.paper.fail(nil)
		w.advance(again.Sub(w.time()))
		_, err = w.eng.File(w.Context(), id)
		w.must(err)
		w.tickets(1, 1)
	})
}

// TestJobThatIsOverGivesItsChangeBack, so that it does not wait for a lease.
func TestJobThatIsOverGivesItsChangeBack(t *testing.T) {
	onBoth(t, func(w *world) {
		id := w.dueFor(1)[0]
		ctx, cancel := context.WithCancel(w.Context())
		w.paper.fail(func(call string, _ bool) error {
			if call == "account" {
				cancel()
			}
			return nil
		})
		if _, err := w.eng.File(ctx, id); err == nil {
			t.Error("filed by a job that is over")
		}
		w.paper.fail(nil)
		_, err := w.eng.File(w.Context(), id)
		w.must(err)
		w.tickets(1, 1)
	})
}

func TestRefusedTicketBlocks(t *testing.T) {
	onBoth(t, func(w *world) {
		no := &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "field Team is required"}
		w.paper.fail(on("create", false, no))
		w.add()
		w.file()
		h := w.expect(access.NeedsAttention, access.Absent)
		if h.Change.Attention != access.Blocked || !strings.Contains(h.WaitingFor().String(), "field Team is required") {
			w.Errorf("%s, waiting for %q", h.Change.Attention, h.WaitingFor())
		}
		w.paper.fail(nil)
		w.must(w.eng.RetryChange(w.Context(), w.admin, h.Change.ID))
		w.file()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

func TestReversedWhileTheCreateIsUnderWay(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", true, ambiguous()))
		w.add()
		w.file()
		w.remove()
		w.settle()
		w.expect(access.Filing, access.Absent)
		w.paper.fail(nil)
		w.advance(3 * time.Second)
		w.settle()
		w.gone()
		w.tickets(1, 0)
	})
}

func TestReversedWhileTheProviderIsDown(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", false, notSent()))
		w.add()
		w.file()
		w.expect(access.Filing, access.Absent)
		w.remove()
		w.settle()
		w.gone()
		w.paper.fail(nil)
		w.advance(time.Hour)
		w.settle()
		w.tickets(0, 0)
		if n, err := store.CountOpenTickets(w.Context(), w.db.Read(), w.payroll); err != nil || n != 0 {
			w.Errorf("%d tickets still count as open, %v", n, err)
		}
	})
}

func TestOnlyOneFilesAtATime(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.advance(6 * time.Second)
		ids, err := store.ChangesToFile(w.Context(), w.db.Read(), w.time(), 10)
		w.must(err)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := w.eng.File(w.Context(), ids[0]); err != nil {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		w.tickets(1, 1)
		if n := w.paper.count("create"); n != 1 {
			w.Errorf("created %d times", n)
		}
	})
}

func TestProviderTroubleChangesNoBelief(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		for _, trouble := range []ticket.Trouble{ticket.Down, ticket.Unauthorized, ticket.RateLimited, ticket.Malformed} {
			w.paper.fail(func(string, bool) error {
				return &ticket.Failure{Certainty: ticket.NotSent, Trouble: trouble, Msg: "in trouble", RetryAfter: time.Minute}
			})
			w.must(w.eng.Poll(w.Context(), w.payroll))
			h := w.expect(access.Open, access.Absent)
			if h.Provider.Health == access.Healthy || h.Provider.Trouble != "in trouble" {
				w.Errorf("%s: health %s, trouble %q", trouble, h.Provider.Health, h.Provider.Trouble)
			}
		}
		w.paper.fail(nil)
		w.poll()
		if h := w.expect(access.Open, access.Absent); h.Provider.Health != access.Healthy {
			w.Errorf("health %s after it works again", h.Provider.Health)
		}
	})
}

// TestCalls asserts what reading costs: an idle poll is one call however many
// tickets are open, and a full read is one call for each batch.
func TestCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("files thousands of tickets")
	}
	onBoth(t, func(w *world) {
		const open = 10_000
		w.must(w.db.Write(w.Context(), func(tx *store.Write) error { return w.fill(tx, open) }))
		w.must(w.eng.FullRead(w.Context(), w.payroll))
		if n := w.paper.count("read"); n != open/100 {
			w.Errorf("a full read of %d tickets took %d calls, want one for each batch of 100", open, n)
		}
		w.must(w.eng.Poll(w.Context(), w.payroll))
		before := w.paper.count("changed") + w.paper.count("read")
		w.advance(time.Minute)
		w.must(w.eng.Poll(w.Context(), w.payroll))
		if n := w.paper.count("changed") + w.paper.count("read") - before; n != 1 {
			w.Errorf("an idle poll took %d calls, want 1", n)
		}
	})
}

// fill makes open tickets, here and at the provider.
func (w *world) fill(tx *store.Write, n int) error {
	ctx := w.Context()
	var users []access.User
	var slots []access.Slot
	var changes []access.AccessChange
	var tickets []access.Ticket
	for i := range n {
		u := access.User{ID: store.NewID(), Email: fmt.Sprintf("u%d@example.com", i), Role: access.Member, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		slot := access.Slot{
			ID: store.NewID(), UserID: u.ID, ResourceID: w.role, Wanted: true, Believed: access.Absent, Proof: access.NoProof, Listed: true, CreatedAt: tx.Now,
		}
		c := access.AccessChange{
			ID: store.NewID(), SlotID: slot.ID, UserID: u.ID, ResourceID: w.role, AppID: w.app, Direction: access.ToGrant, State: access.Open,
			Cause: access.BySystem, ViaTicket: true, ProviderID: &w.payroll, ProjectID: "p1", CreatedAt: tx.Now, StateAt: tx.Now,
		}
		snap, err := w.paper.Create(ctx, ticket.Draft{Key: c.ID, Project: "p1"})
		if err != nil {
			return err
		}
		users, slots, changes = append(users, u), append(slots, slot), append(changes, c)
		tickets = append(tickets, access.Ticket{
			ID: store.NewID(), ChangeID: c.ID, ProviderID: w.payroll, ProjectID: "p1", Key: c.ID, State: access.TicketOpen,
			RemoteID: snap.ID, Identifier: snap.Identifier, Status: snap.Status, URL: snap.URL, CreatedAt: tx.Now, RemoteAt: &tx.Now,
		})
	}
	const columns = `id, user_id, resource_id, level, wanted, believed, proof, listed, created_at`
	if err := store.AddUsers(ctx, tx.Tx, users...); err != nil {
		return err
	}
	if err := sqldb.Insert(ctx, tx.Tx, "slots", columns, slots...); err != nil {
		return err
	}
	if err := store.AddChanges(ctx, tx.Tx, changes...); err != nil {
		return err
	}
	return store.AddTickets(ctx, tx.Tx, tickets...)
}

func TestManyMissingAreTrouble(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.db.Write(w.Context(), func(tx *store.Write) error { return w.fill(tx, 30) }))
		for i := range 30 {
			w.paper.hidden[fmt.Sprint(i+1)] = true
		}
		for range 3 {
			w.must(w.eng.FullRead(w.Context(), w.payroll))
			w.advance(time.Hour)
		}
		list, err := store.Tickets(w.Context(), w.db.Read(), store.TicketFilter{States: []access.TicketState{access.TicketOpen}})
		w.must(err)
		if len(list.Items) != 30 {
			w.Errorf("%d of 30 tickets are still taken for open", len(list.Items))
		}
		p, err := w.eng.Provider(w.Context(), w.admin, w.payroll)
		w.must(err)
		if p.Health != access.Unauthorized {
			w.Errorf("health %s, want the provider in trouble", p.Health)
		}
	})
}

func TestProviderInUseCannotBeDeleted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		err := w.eng.DeleteProvider(w.Context(), w.admin, w.payroll)
		if access.CodeOf(err) != access.Conflict || !strings.Contains(err.Error(), "1 open tickets") || !strings.Contains(err.Error(), "app Payroll") {
			w.Errorf("got %v, want a conflict that names what uses it", err)
		}
	})
}

func TestSyncReadsNow(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		sync, err := w.eng.StartSync(w.Context(), w.ana, propagation.ScopeResource, w.role)
		w.must(err)
		w.must(w.eng.RunSync(w.Context(), sync.ID))
		w.expect(access.Done, access.Present)
		sync, err = w.eng.SyncByID(w.Context(), w.ana, sync.ID)
		w.must(err)
		if sync.State != "done" || sync.Total != 1 || sync.Checked != 1 || sync.Changed != 1 {
			w.Errorf("sync %+v", sync)
		}
		if _, err := w.eng.StartSync(w.Context(), w.josh, propagation.ScopeResource, w.role); access.CodeOf(err) != access.Forbidden {
			w.Errorf("josh may sync: %v", err)
		}
	})
}

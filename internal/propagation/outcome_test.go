package propagation_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// What a ticket's end means is data: a word nobody knows asks a person once.

func TestUnknownStatusIsMapped(t *testing.T) {
	for word, want := range map[ticket.Outcome]struct {
		state    access.ChangeState
		believed access.Belief
		why      access.Attention
	}{
		ticket.Yes:  {access.Done, access.Present, ""},
		ticket.No:   {access.NeedsAttention, access.Unknown, access.Declined},
		ticket.Open: {access.Open, access.Unknown, ""},
	} {
		t.Run(string(word), func(t *testing.T) {
			onBoth(t, func(w *world) {
				w.add()
				w.file()
				w.paper.end(1, ticket.Ground{Key: "status:77", Name: "Parked"})
				w.poll()
				h := w.expect(access.NeedsAttention, access.Unknown)
				if h.Change.Attention != access.Murky || h.Ticket.Grounds[0].Key != "status:77" {
					t.Fatalf("attention %s, grounds %v", h.Change.Attention, h.Ticket.Grounds)
				}
				if _, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, map[string]string{"status:77": string(word)}); err != nil {
					t.Fatal(err)
				}
				if n := w.jobs("ticket.read"); n != 1 {
					t.Errorf("%d reads, want one", n)
				}
				h = w.expect(want.state, want.believed)
				if h.Change.Attention != want.why {
					t.Errorf("attention %q, want %q", h.Change.Attention, want.why)
				}
				// The next ticket with the same end asks nobody.
				w.poll()
				w.tickets(1, 0)
			})
		})
	}
}

func TestOutcomesAreChecked(t *testing.T) {
	onBoth(t, func(w *world) {
		for key, word := range map[string]string{"status:1": "done", "": "yes", "\tx": "no", "status:2": "deleted", strings.Repeat("k", 5000): "yes"} {
			_, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, map[string]string{key: word})
			if access.CodeOf(err) != access.Invalid {
				t.Errorf("%.20q = %q: %v, want it refused", key, word, err)
			}
		}
		if _, err := w.eng.SetOutcomes(w.Context(), w.josh, w.payroll, nil); access.CodeOf(err) != access.Forbidden {
			t.Errorf("a member mapped: %v", err)
		}
		_, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, map[string]string{"a": "yes", "b": "no"})
		w.must(err)
		p, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, map[string]string{"a": ""})
		w.must(err)
		if len(p.Outcomes) != 1 || p.Outcomes["b"] != "no" {
			t.Errorf("outcomes %v, want only b", p.Outcomes)
		}
	})
}

func TestTwinThatLandsLaterIsSwept(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", true, ambiguous()))
		w.add()
		w.file()
		w.paper.fail(nil)
		w.advance(3 * time.Second)
		w.settle()
		key := w.paper.all()[0].Key
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: key, Project: "p1", Title: "a twin that was slow"})
		w.must(err)
		w.tickets(2, 2)
		w.must(w.eng.Tick(w.Context()))
		if n := w.jobs("ticket.twins"); n != 0 {
			t.Errorf("looked %d times before it was due", n)
		}
		for _, wait := range []time.Duration{11 * time.Minute, time.Hour} {
			w.advance(wait)
			w.must(w.eng.Tick(w.Context()))
			if n := w.jobs("ticket.twins"); n != 1 {
				t.Errorf("looked %d times after %v, want once", n, wait)
			}
			w.tickets(2, 1)
		}
		w.advance(24 * time.Hour)
		w.must(w.eng.Tick(w.Context()))
		if n := w.jobs("ticket.twins"); n != 0 {
			t.Errorf("looked %d times a day later, want it to end", n)
		}
		if open := w.paper.open(); open[0].Identifier != "P-1" {
			t.Errorf("%s survived, want the one people know", open[0].Identifier)
		}
	})
}

func TestTwinInThePollIsSwept(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.add()
		w.file()
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: w.paper.all()[0].Key, Project: "p1", Title: "a twin"})
		w.must(err)
		w.poll()
		if w.jobs("ticket.twins") == 0 {
			t.Error("the twin was not noticed")
		}
		w.tickets(2, 1)
		w.expect(access.Open, access.Absent)
	})
}

func TestMovedTicketWithAnotherIDIsFollowed(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.add()
		w.file()
		first := w.paper.all()[0]
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: first.Key, Project: "p2", Title: first.Title})
		w.must(err)
		w.paper.hidden["1"] = true // what was moved is not where it was
		w.poll()
		w.jobs("ticket.twins")
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.Identifier != "P-2" || h.Ticket.ProjectID != "p2" {
			t.Errorf("the ticket is %s in %s, want it followed to P-2", h.Ticket.Identifier, h.Ticket.ProjectID)
		}
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
		w.tickets(2, 1) // the hidden one is not there for anybody
	})
}

// TestTwinOfADeletedTicketIsFollowed: a ticket its system says is deleted is gone,
// and the other one with its key is all there is.
func TestTwinOfADeletedTicketIsFollowed(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		first := w.paper.all()[0]
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: first.Key, Project: "p1", Title: first.Title})
		w.must(err)
		w.paper.set(1, "deleted", ticket.Deleted, false)
		w.must(w.eng.Twins(w.Context(), w.expect(access.Open, access.Absent).Ticket.ID))
		if h := w.expect(access.Open, access.Absent); h.Ticket.Identifier != "P-2" {
			t.Errorf("the ticket is %s, want P-2", h.Ticket.Identifier)
		}
		w.tickets(2, 1)
	})
}

// TestMoveDoesNotForgetWhatHappenedMeanwhile: a ticket is read again before it is
// followed to another id.
func TestMoveDoesNotForgetWhatHappenedMeanwhile(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		id := w.expect(access.Open, access.Absent).Ticket.ID
		_, err := w.paper.Create(w.Context(), ticket.Draft{Key: w.paper.all()[0].Key, Project: "p2", Title: "moved"})
		w.must(err)
		w.paper.hidden["1"] = true
		w.paper.fail(func(call string, after bool) error {
			if call == "read" && after {
				w.must(w.db.InTx(w.Context(), func(tx *sqldb.Tx) error {
					_, err := tx.Exec(w.Context(), `UPDATE tickets SET closing_at = ? WHERE id = ?`, w.time(), id)
					return err
				}))
			}
			return nil
		})
		w.must(w.eng.Twins(w.Context(), id))
		if h := w.expect(access.Open, access.Absent); h.Ticket.Identifier != "P-2" || h.Ticket.ClosingAt == nil {
			t.Errorf("the ticket is %s, closing since %v", h.Ticket.Identifier, h.Ticket.ClosingAt)
		}
	})
}

// TestUnclearTicketOfAnEarlierVersion: what its end was read from is learned when
// it is read, so that it can be given a meaning.
func TestUnclearTicketOfAnEarlierVersion(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.end(1, ticket.Ground{Key: "status:77", Name: "Parked"})
		w.poll()
		id := w.expect(access.NeedsAttention, access.Unknown).Ticket.ID
		w.must(w.db.InTx(w.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(w.Context(), `UPDATE tickets SET outcome = '', grounds = '[]' WHERE id = ?`, id)
			return err
		}))
		v, err := w.eng.SyncTicket(w.Context(), w.admin, id)
		w.must(err)
		if len(v.Grounds) != 1 || v.Outcome != string(ticket.Unclear) {
			t.Errorf("read %q from %v", v.Outcome, v.Grounds)
		}
	})
}

// TestAdminsMapAtOnce: what two say at the same time is both kept.
func TestAdminsMapAtOnce(t *testing.T) {
	onBoth(t, func(w *world) {
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				said := map[string]string{fmt.Sprintf("status:%d", i): "yes"}
				if _, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, said); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		p, err := w.eng.Provider(w.Context(), w.admin, w.payroll)
		w.must(err)
		if len(p.Outcomes) != 12 {
			t.Errorf("%d of 12 words are kept", len(p.Outcomes))
		}
	})
}

// TestMapLogsWhatChanged: a form that sends all statuses leaves in the log those
// that changed.
func TestMapLogsWhatChanged(t *testing.T) {
	onBoth(t, func(w *world) {
		said := map[string]string{"status:1": "yes"}
		for i := range 2000 {
			said[fmt.Sprintf("other:%d", i)] = ""
		}
		_, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, said)
		w.must(err)
		list, err := store.Events(w.Context(), w.db.Read(), store.EventFilter{Type: access.ProviderMapped})
		w.must(err)
		if len(list.Items) != 1 || len(list.Items[0].Data) != 1 {
			t.Errorf("%d events, with %d words; want one with one", len(list.Items), len(list.Items[0].Data))
		}
	})
}

// TestClosedInAWayThatIsNoEnd: what an admin says of a status holds for how Admit
// closes a ticket too. It is not taken for closed.
func TestClosedInAWayThatIsNoEnd(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.closeAs = ticket.Ground{Key: "status:canceled", Name: "canceled", Outcome: ticket.No}
		_, err := w.eng.SetOutcomes(w.Context(), w.admin, w.payroll, map[string]string{"status:canceled": "open"})
		w.must(err)
		w.remove()
		w.settle()
		h := w.expect(access.Open, access.Absent)
		if h.Ticket.State != access.TicketOpen || !strings.Contains(h.Change.Detail, "not over") {
			t.Errorf("the ticket is %s: %s", h.Ticket.State, h.Change.Detail)
		}
	})
}

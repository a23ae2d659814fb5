package propagation_test

import (
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// A database that was put back to an earlier copy. Whole copies of real databases
// are in test/torture.

// forget puts the database back to before the ticket of Josh's change was filed,
// and starts another server on it.
func (w *world) forget(statements ...string) {
	w.Helper()
	w.sql(append([]string{`DELETE FROM tickets`, `UPDATE slots SET believed = 'absent', proof = '', as_of = NULL, listed = TRUE, wanted = TRUE`}, statements...)...)
	w.advance(time.Minute)
	w.eng = w.engine()
}

// queued is what a change was before it was filed.
const queued = `UPDATE changes SET state = 'queued', attention = '', detail = '', tries = 0, ended_at = NULL, next_try_at = created_at`

func (w *world) sql(statements ...string) {
	w.Helper()
	w.must(w.db.InTx(w.Context(), func(tx *sqldb.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(w.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}))
}

// watched has the poll begin before anything is filed, as on every server.
func (w *world) watched() {
	w.Helper()
	w.must(w.eng.Poll(w.Context(), w.payroll))
}

func (w *world) strays() []access.Stray {
	w.Helper()
	list, err := w.eng.Strays(w.Context(), w.admin, store.StrayFilter{})
	w.must(err)
	return list.Items
}

func TestForgottenTicketIsAdopted(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(w *world)
		state     access.ChangeState
		believed  access.Belief
		open      int
	}{
		"open":     {func(*world) {}, access.Open, access.Absent, 1},
		"done":     {func(w *world) { w.paper.set(1, "done", ticket.Yes, true) }, access.Done, access.Present, 0},
		"declined": {func(w *world) { w.paper.set(1, "no", ticket.No, true) }, access.NeedsAttention, access.Absent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(w *world) {
				w.watched()
				w.add()
				w.file()
				c.meanwhile(w)
				w.forget(queued)
				w.settle()
				h := w.expect(c.state, c.believed)
				w.tickets(1, c.open)
				if n := w.paper.count("create"); n != 1 {
					w.Errorf("created %d times", n)
				}
				if h.Ticket.Identifier != "P-1" || c.open == 1 && h.Ticket.AssigneeID == nil {
					w.Errorf("the ticket is %+v", h.Ticket)
				}
				if w.poll(); len(w.strays()) != 0 {
					w.Errorf("what is known strays: %+v", w.strays())
				}
			})
		})
	}
}

// TestForgottenPlannedTicketIsAdopted: the copy knows its key, and not that it was
// sent.
func TestForgottenPlannedTicketIsAdopted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.fail(on("create", false, notSent()))
		w.add()
		w.file()
		w.paper.fail(nil)
		w.advance(10 * time.Minute)
		w.settle()
		w.tickets(1, 1)
		w.sql(`UPDATE tickets SET state = 'planned', remote_id = '', filed_at = NULL, sent_at = NULL`, `UPDATE changes SET state = 'filing', next_try_at = created_at`)
		w.advance(time.Minute)
		w.eng = w.engine()
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

// TestForgottenSecondTicketIsAdopted: the first was refused, so it never was.
func TestForgottenSecondTicketIsAdopted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.watched()
		w.paper.refuse = map[string]string{"": "no such queue"}
		w.paper.fail(on("create", false, ticket.Refusal("no such queue")))
		w.add()
		w.file()
		h := w.expect(access.NeedsAttention, access.Absent)
		w.paper.fail(nil)
		w.must(w.eng.RetryChange(w.Context(), w.admin, h.Change.ID))
		w.settle()
		w.expect(access.Open, access.Absent)
		w.forget(queued)
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)

		// The next ticket of this change has a key of its own.
		w.paper.set(1, "no", ticket.No, true)
		w.poll()
		w.must(w.eng.RetryChange(w.Context(), w.admin, h.Change.ID))
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(2, 1)
	})
}

// TestForgottenRetryIsTaken: the copy waits for a person who had it tried again
// since.
func TestForgottenRetryIsTaken(t *testing.T) {
	onBoth(t, func(w *world) {
		w.watched()
		w.add()
		w.file()
		w.paper.set(1, "no", ticket.No, true)
		w.poll()
		h := w.expect(access.NeedsAttention, access.Absent)
		w.must(w.eng.RetryChange(w.Context(), w.admin, h.Change.ID))
		w.settle()
		w.tickets(2, 1)
		w.sql(`DELETE FROM tickets WHERE remote_id = '2'`, `UPDATE changes SET state = 'attention', attention = 'declined'`)
		w.advance(time.Minute)
		w.eng = w.engine()
		w.paper.set(2, "in progress", ticket.Open, true)
		w.poll()
		w.expect(access.Open, access.Absent)
		w.poll()
		w.tickets(2, 1)
		if len(w.strays()) != 0 {
			w.Errorf("what is known strays: %+v", w.strays())
		}
	})
}

// TestNothingForgotten: a change that is older than its server, and was not filed.
func TestNothingForgotten(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.advance(time.Minute)
		w.eng = w.engine()
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

// lostWish has a wish fulfilled as far as it says, and then forgotten.
func (w *world) lostWish(status string, outcome ticket.Outcome, work bool) {
	w.Helper()
	w.watched()
	w.add()
	w.file()
	w.paper.set(1, status, outcome, work)
	w.forget(`DELETE FROM changes`, `DELETE FROM grants`)
	w.sql(`UPDATE slots SET wanted = FALSE, listed = FALSE, change_id = NULL`)
	w.poll()
}

func TestStrayIsListedAndClosed(t *testing.T) {
	onBoth(t, func(w *world) {
		w.lostWish("open", ticket.Open, false)
		w.gone()
		w.tickets(1, 1) // nobody has said that this is not a copy for a test
		found := w.strays()
		if len(found) != 1 || found[0].Identifier != "P-1" || found[0].SlotID == nil || found[0].ChangeID != nil || w.events(access.TicketStray) != 1 {
			w.Fatalf("strays %+v, %d events", found, w.events(access.TicketStray))
		}
		if err := w.eng.SettleStray(w.Context(), w.josh, found[0].ID); access.CodeOf(err) != access.Forbidden {
			w.Errorf("josh settles it: %v", err)
		}
		w.must(w.eng.SettleStray(w.Context(), w.admin, found[0].ID))
		w.tickets(1, 0)
		if said := strings.Join(w.paper.notes["1"], ""); !strings.Contains(said, "put back") {
			w.Errorf("closed with %q", said)
		}
		if w.poll(); len(w.strays()) != 0 || w.events(access.TicketSettled) != 1 {
			w.Errorf("after it was settled: %+v", w.strays())
		}
		w.gone()
		if err := w.eng.SettleStray(w.Context(), w.admin, found[0].ID); access.CodeOf(err) != access.Conflict {
			w.Errorf("settled twice: %v", err)
		}
	})
}

// TestStrayThatWasDone: the access is there, and nobody wants it.
func TestStrayThatWasDone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.lostWish("done", ticket.Yes, true)
		w.must(w.eng.SettleStray(w.Context(), w.admin, w.strays()[0].ID))
		w.file()
		h := w.expect(access.Open, access.Unknown)
		if h.Change.Direction != access.ToRemove {
			w.Errorf("a %s is filed", h.Change.Direction)
		}
		w.tickets(2, 1)
	})
}

// TestStrayThatEndsWithoutEffect is none.
func TestStrayThatEndsWithoutEffect(t *testing.T) {
	onBoth(t, func(w *world) {
		w.lostWish("open", ticket.Open, false)
		w.paper.set(1, "in progress", ticket.Open, true)
		if w.poll(); len(w.strays()) != 1 || w.strays()[0].Status != "in progress" {
			w.Errorf("strays %+v", w.strays())
		}
		w.paper.set(1, "no", ticket.No, true)
		if w.poll(); len(w.strays()) != 0 {
			w.Errorf("strays %+v", w.strays())
		}
	})
}

// TestTicketOfAnotherAdmit, or one that only looks like ours, is no stray.
func TestTicketOfAnotherAdmit(t *testing.T) {
	onBoth(t, func(w *world) {
		w.watched()
		for _, key := range []string{strings.Repeat("0123abcd", 4), "short", ""} {
			_, err := w.paper.Create(w.Context(), ticket.Draft{Key: key, Project: "p1", Title: "Make sure"})
			w.must(err)
		}
		if w.poll(); len(w.strays()) != 0 {
			w.Errorf("strays %+v", w.strays())
		}
	})
}

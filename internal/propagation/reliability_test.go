package propagation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Assign implements ticket.Assigner.
func (p *paper) Assign(_ context.Context, id string, to ticket.Account) error {
	return p.do("assign", func() error {
		for _, t := range p.tickets {
			if t.ID == id {
				t.Assignee, t.UpdatedAt = to, p.now()
			}
		}
		return nil
	})
}

// Complete implements ticket.Completer.
func (p *paper) Complete(_ context.Context, id, text string) error {
	return p.do("complete", func() error {
		for _, t := range p.tickets {
			if t.ID == id && !t.Outcome.Ended() {
				t.Status, t.Outcome, t.UpdatedAt = "done", ticket.Yes, p.now()
				p.notes[id] = append(p.notes[id], text)
			}
		}
		return nil
	})
}

// said reports whether a ticket has a comment with these words.
func (p *paper) said(n int, words string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.notes[fmt.Sprint(n)], func(note string) bool { return strings.Contains(note, words) })
}

// runReliability runs the jobs that run does not know.
func (w *world) runReliability(ctx context.Context, kind string, args []byte) error {
	var a struct {
		TicketID  string   `json:"ticket_id"`
		UserID    string   `json:"user_id"`
		ChangeIDs []string `json:"change_ids"`
	}
	if err := json.Unmarshal(args, &a); err != nil {
		return err
	}
	switch kind {
	case job.Assign{}.Kind():
		return w.eng.Assign(ctx, a.TicketID)
	case job.Leave{}.Kind():
		return w.eng.Leave(ctx, a.UserID)
	case job.Complete{}.Kind():
		return w.eng.Complete(ctx, a.TicketID)
	case job.Migrate{}.Kind():
		return w.eng.MigrateChanges(ctx, a.ChangeIDs)
	case job.Clock{}.Kind():
		return w.eng.Clock(ctx, a.ChangeIDs)
	case job.DoneLink{}.Kind():
		return w.eng.SendDoneLink(ctx, a.TicketID, a.UserID)
	case job.Remind{}.Kind():
		var r job.Remind
		if err := json.Unmarshal(args, &r); err != nil {
			return err
		}
		return w.eng.SendReminders(ctx, r)
	}
	return fmt.Errorf("the test cannot run a job %s", kind)
}

// declined is Josh's grant, or with removal his removal, whose ticket was closed
// as not done.
func (w *world) declined(removal bool) access.Holding {
	w.Helper()
	w.add()
	w.file()
	if !removal {
		w.paper.set(1, "rejected", ticket.No, false)
		w.poll()
		return w.expect(access.NeedsAttention, access.Absent)
	}
	w.paper.set(1, "done", ticket.Yes, false)
	w.poll()
	w.remove()
	w.file()
	w.paper.set(2, "rejected", ticket.No, false)
	w.poll()
	return w.expect(access.NeedsAttention, access.Present)
}

// refused checks that an error has a code, and says words.
func (w *world) refused(err error, code access.Code, words string) {
	w.Helper()
	if access.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		w.Errorf("got %v, want %s with %q", err, code, words)
	}
}

// TestGiveUpGrant: a grant is given up with the reasons for it.
func TestGiveUpGrant(t *testing.T) {
	onBoth(t, func(w *world) {
		c := w.declined(false).Change
		ctx := w.Context()
		w.refused(w.eng.GiveUp(ctx, w.josh, c.ID, "no", nil), access.Forbidden, "may not")
		w.refused(w.eng.GiveUp(ctx, w.ana, c.ID, " ", nil), access.Invalid, "reason")
		w.must(w.eng.GiveUp(ctx, w.ana, c.ID, "he moved", nil))
		w.settle()
		w.gone()
		w.tickets(1, 0)
		if w.events(access.ChangeAbandoned) != 1 || w.events(access.GrantRevokedEv) != 1 {
			t.Error("giving up leaves no events")
		}
		w.refused(w.eng.GiveUp(ctx, w.ana, c.ID, "again", nil), access.Conflict, "abandoned")
	})
}

// TestGiveUpUnclearGrant: of a grant whose ticket ended unclearly nothing is
// known, so the access is taken away.
func TestGiveUpUnclearGrant(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "odd", ticket.Unclear, false)
		w.poll()
		c := w.expect(access.NeedsAttention, access.Unknown).Change
		w.must(w.eng.GiveUp(w.Context(), w.ana, c.ID, "he moved", nil))
		w.file()
		if h := w.expect(access.Open, access.Unknown); h.Change.Direction != access.ToRemove {
			t.Errorf("the change is a %s", h.Change.Direction)
		}
	})
}

// TestGiveUpRemoval: a removal is given up by two people, for a time, and comes
// back after it.
func TestGiveUpRemoval(t *testing.T) {
	onBoth(t, func(w *world) {
		c, ctx := w.declined(true).Change, w.Context()
		until := w.time().Add(48 * time.Hour)
		w.refused(w.eng.GiveUp(ctx, w.ana, c.ID, "needed for the audit", nil), access.Invalid, "until")
		w.refused(w.eng.GiveUp(ctx, w.ana, c.ID, "needed for the audit", new(w.time())), access.Invalid, "future")
		w.refused(w.eng.GiveUp(ctx, w.ana, c.ID, "needed for the audit", new(until.AddDate(2, 0, 0))), access.Invalid, "year")
		w.refused(w.eng.AgreeWaiver(ctx, w.ben, c.ID), access.Conflict, "nobody")
		w.must(w.eng.GiveUp(ctx, w.ana, c.ID, "needed for the audit", &until))
		w.refused(w.eng.GiveUp(ctx, w.ben, c.ID, "me too", &until), access.Conflict, "second person")
		if h := w.expect(access.NeedsAttention, access.Present); h.WaitingFor().Who != "A second person" {
			t.Errorf("it waits for %s", h.WaitingFor())
		}
		w.refused(w.eng.AgreeWaiver(ctx, w.ana, c.ID), access.Forbidden, "somebody else")
		w.must(w.eng.RefuseWaiver(ctx, w.ben, c.ID))
		w.must(w.eng.GiveUp(ctx, w.ana, c.ID, "needed for the audit", &until))
		w.must(w.eng.AgreeWaiver(ctx, w.ben, c.ID))
		w.settle()
		w.expect(access.Abandoned, access.Present)
		w.advance(47 * time.Hour)
		w.must(w.eng.Sweep(ctx))
		w.settle()
		w.expect(access.Abandoned, access.Present)
		w.advance(2 * time.Hour)
		over, err := store.WaiversOver(ctx, w.db.Read(), w.time(), 5)
		w.must(err)
		w.must(w.eng.Reconcile(ctx, over))
		w.file()
		w.expect(access.Open, access.Present)
		w.tickets(3, 1)
	})
}

// TestWaiverEndsWithTheWish: who is given the access again needs no waiver.
func TestWaiverEndsWithTheWish(t *testing.T) {
	onBoth(t, func(w *world) {
		c, ctx := w.declined(true).Change, w.Context()
		w.must(w.eng.GiveUp(ctx, w.ana, c.ID, "needed", new(w.time().Add(time.Hour))))
		w.must(w.eng.AgreeWaiver(ctx, w.ben, c.ID))
		w.add()
		w.settle()
		w.remove()
		w.file()
		w.expect(access.Open, access.Present)
	})
}

// TestAttest: somebody says that it is so, and it is done by their word.
func TestAttest(t *testing.T) {
	onBoth(t, func(w *world) {
		c, ctx := w.declined(false).Change, w.Context()
		w.refused(w.eng.AttestChange(ctx, w.josh, c.ID, "I have it"), access.Forbidden, "may not")
		w.must(w.eng.AttestChange(ctx, w.ana, c.ID, "he had it already"))
		if h := w.expect(access.Done, access.Present); h.Proof != access.Attested {
			t.Errorf("the proof is %s", h.Proof)
		}
	})
}

// TestNobodyAttestsForThemselves also holds for an admin.
func TestNobodyAttestsForThemselves(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		place := inventory.Place{ResourceID: w.role, UserID: w.ana.UserID}
		w.must(w.inv.AddHolder(ctx, w.admin, place, "needs it", nil))
		w.file()
		w.paper.set(1, "rejected", ticket.No, false)
		w.poll()
		list, err := w.eng.Work(ctx, w.ana, store.ChangeFilter{UserID: w.ana.UserID})
		w.must(err)
		w.refused(w.eng.AttestChange(ctx, w.ana, list.Items[0].ID, "I have it"), access.Forbidden, "your own")
	})
}

// TestDispute: what is done is not so, says somebody; the green mark goes, and
// every way out is open.
func TestDispute(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		c := w.expect(access.Done, access.Present).Change
		w.refused(w.eng.DisputeChange(ctx, w.rita, c.ID, "no"), access.Forbidden, "may not")
		w.must(w.eng.DisputeChange(ctx, w.josh, c.ID, "I cannot get in"))
		h := w.expect(access.NeedsAttention, access.Unknown)
		if h.Change.Attention != access.Disputed || !strings.Contains(h.Change.Detail, "cannot get in") {
			t.Errorf("it needs attention for %s: %s", h.Change.Attention, h.Change.Detail)
		}
		w.refused(w.eng.DisputeChange(ctx, w.josh, c.ID, "still not"), access.Conflict, "done")
		w.must(w.eng.RetryChange(ctx, w.ana, c.ID))
		w.file()
		w.expect(access.Open, access.Unknown)
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
	})
}

// TestLostAgainAndAgain: whoever deletes tickets is not sent another for ever.
func TestLostAgainAndAgain(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		for n := range 3 {
			w.expect(access.Open, access.Absent)
			w.paper.set(n+1, "deleted", ticket.Deleted, false)
			w.poll()
			w.file()
		}
		h := w.expect(access.NeedsAttention, access.Unknown)
		if h.Change.Attention != access.Lost {
			t.Errorf("it needs attention for %s", h.Change.Attention)
		}
		w.tickets(3, 0)
		w.must(w.eng.RetryChange(w.Context(), w.ana, h.Change.ID))
		w.file()
		w.expect(access.Open, access.Unknown)
	})
}

// TestDoneAfterItWasCanceled: a ticket we closed is opened again and done. The
// access is there then, and is taken away.
func TestDoneAfterItWasCanceled(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.poll()
		w.remove()
		w.settle()
		w.gone()
		w.paper.set(1, "done", ticket.Yes, true)
		w.poll()
		w.file()
		if h := w.expect(access.Open, access.Unknown); h.Change.Direction != access.ToRemove {
			t.Errorf("the change is a %s", h.Change.Direction)
		}
	})
}

// second is another project of the same provider.
func (w *world) second() propagation.Route {
	return propagation.Route{ProviderID: &w.payroll, ProjectID: new("p2")}
}

// TestReroute: an open ticket is closed and another filed elsewhere, once.
func TestReroute(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		w.add()
		w.file()
		c := w.expect(access.Open, access.Absent).Change
		w.refused(w.eng.Reroute(ctx, w.josh, c.ID, w.second()), access.Forbidden, "may not")
		w.refused(w.eng.Reroute(ctx, w.ana, c.ID, propagation.Route{}), access.Invalid, "required")
		w.refused(w.eng.Reroute(ctx, w.ana, c.ID, propagation.Route{ProviderID: new("nope"), ProjectID: new("p2")}), access.Invalid, "provider_id")
		w.must(w.eng.Reroute(ctx, w.ana, c.ID, w.second()))
		if h := w.expect(access.Canceling, access.Absent); !strings.Contains(h.WaitingFor().String(), "elsewhere") {
			t.Errorf("it waits for %s", h.WaitingFor())
		}
		w.file()
		h := w.expect(access.Open, access.Absent)
		w.tickets(2, 1)
		if h.Ticket.ProjectID != "p2" || h.Change.ID != c.ID || h.Change.Rerouted || !w.paper.said(1, "another ticket") {
			t.Errorf("the ticket is in %s, of change %s, %+v", h.Ticket.ProjectID, h.Change.ID, h.Change.Rerouted)
		}
		w.paper.set(2, "done", ticket.Yes, false)
		w.poll()
		w.expect(access.Done, access.Present)
	})
}

// TestRerouteLosesTheRace: the ticket is done before it can be closed, which
// counts.
func TestRerouteLosesTheRace(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		c := w.expect(access.Open, access.Absent).Change
		w.must(w.eng.Reroute(w.Context(), w.ana, c.ID, w.second()))
		w.paper.set(1, "done", ticket.Yes, false)
		w.file()
		w.expect(access.Done, access.Present)
		w.tickets(1, 0)
	})
}

// TestRerouteWhatIsNotWanted: work on it was begun, so its ticket stays until it
// ends.
func TestRerouteWhatIsNotWanted(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		w.paper.set(1, "doing", ticket.Open, true)
		w.poll()
		w.remove()
		w.settle()
		c := w.expect(access.Open, access.Absent).Change
		w.refused(w.eng.Reroute(w.Context(), w.ana, c.ID, w.second()), access.Conflict, "no longer wanted")
		w.tickets(1, 1)
	})
}

// TestRerouteWhereClosingIsRefused: the ticket stays where it is.
func TestRerouteWhereClosingIsRefused(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		c := w.expect(access.Open, access.Absent).Change
		w.paper.fail(on("close", false, &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "not allowed"}))
		w.must(w.eng.Reroute(w.Context(), w.ana, c.ID, w.second()))
		w.settle()
		if h := w.expect(access.Open, access.Absent); h.Change.Rerouted || h.Change.ProjectID != "p1" {
			t.Errorf("the change is %+v", h.Change)
		}
		w.tickets(1, 1)
	})
}

// TestRerouteToAPerson gives the ticket to somebody else where it is.
func TestRerouteToAPerson(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.file()
		c := w.expect(access.Open, access.Absent).Change
		w.must(w.eng.Reroute(w.Context(), w.ana, c.ID, propagation.Route{AssigneeID: &w.ben.UserID}))
		for range 2 {
			w.must(w.eng.Assign(w.Context(), w.lastTicket().ID))
		}
		if h := w.expect(access.Open, access.Absent); h.Ticket.AssigneeName != "ben" || w.paper.count("assign") != 1 {
			t.Errorf("assigned to %q after %d calls", h.Ticket.AssigneeName, w.paper.count("assign"))
		}
		w.tickets(1, 1)
	})
}

// TestMigrate: tickets stay where they were filed until an admin sends them on.
func TestMigrate(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		w.add()
		w.file()
		project := "p2"
		_, err := w.inv.UpdateApp(ctx, w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{ProjectID: &project}})
		w.must(err)
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.ProjectID != "p1" {
			t.Errorf("an open ticket went to %s by itself", h.Ticket.ProjectID)
		}
		n, err := w.eng.Elsewhere(ctx, w.admin, w.app, "")
		if w.must(err); n != 1 {
			t.Fatalf("%d tickets are elsewhere, want 1", n)
		}
		w.refused(w.eng.Migrate(ctx, w.admin, w.app, "", 7), access.Conflict, "there are 1 changes")
		w.must(w.eng.Migrate(ctx, w.admin, w.app, "", 1))
		w.jobs(job.Migrate{}.Kind())
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.ProjectID != "p2" {
			t.Errorf("the ticket is in %s", h.Ticket.ProjectID)
		}
		w.tickets(2, 1)
		if n, err = w.eng.Elsewhere(ctx, w.admin, w.app, ""); err != nil || n != 0 {
			t.Errorf("%d are elsewhere still, %v", n, err)
		}
	})
}

// TestServerThatIsGone: what a server had in hand when it was killed is free
// before its lease is over.
func TestServerThatIsGone(t *testing.T) {
	onBoth(t, func(w *world) {
		w.add()
		w.settle()
		w.advance(6 * time.Second)
		ids, err := store.ChangesToFile(w.Context(), w.db.Read(), w.time(), 10)
		w.must(err)
		w.must(w.db.Write(w.Context(), func(tx *store.Write) error {
			_, _, err := store.LeaseChange(w.Context(), tx.Tx, ids[0], tx.Now, store.Lease{Server: "dead", Until: w.time().Add(time.Hour)})
			w.must(store.SeeServer(w.Context(), tx.Tx, "dead", tx.Now))
			return err
		}))
		w.settle()
		w.expect(access.Queued, access.Absent)
		w.advance(store.ServerSilence)
		w.settle()
		w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
	})
}

// tb is the test that a world is of; not of a history of the model test.
func (w *world) tb() testing.TB {
	return w.reporter.(testing.TB) //nolint:forcetypeassert // see above
}

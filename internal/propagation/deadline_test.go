package propagation_test

import (
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/mail"
	"admit/internal/mail/mailtest"
	"admit/internal/propagation"
	"admit/internal/ticket"
)

// withMail gives the engine a mail server.
func (w *world) withMail() *mailtest.Server {
	w.Helper()
	server := mailtest.New(w.tb(), mailtest.Options{})
	sender, err := mail.New(server.URL, "admit@example.com", mail.Options{Now: w.time})
	w.must(err)
	w.eng.Mail = sender
	return server
}

// tick lets time pass and does what the clocks ask for.
func (w *world) tick(d time.Duration) {
	w.Helper()
	w.advance(d)
	w.must(w.eng.Tick(w.Context()))
	w.jobs(job.Clock{}.Kind())
	w.jobs(job.Remind{}.Kind())
}

// TestClocks: on a Monday morning a ticket is filed. Its assignee is reminded
// after two days of work, the admins hear that it is late after four, and the
// app's after eight. Nights and the weekend do not count.
func TestClocks(t *testing.T) {
	onBoth(t, func(w *world) {
		server := w.withMail()
		w.fulfil(access.Fulfilment{ByHandToo: true})
		w.add()
		w.file() // Monday 2 March, 9:00
		w.tick(2 * time.Minute)
		h := w.expect(access.Open, access.Absent)
		if want := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC); h.Change.ClockAt == nil || h.Change.ClockAt.Sub(want).Abs() > time.Hour {
			t.Errorf("the clock is due at %v, want about %v", h.Change.ClockAt, want)
		}
		if s := h.WaitingFor().String(); !strings.Contains(s, "since 2 March 2026 09:00 UTC; Admit reminds them on 4 March 2026 09:00") {
			t.Errorf("it waits for %s", s)
		}
		w.tick(47 * time.Hour)
		if w.events(access.ChangeReminded) != 0 {
			t.Error("reminded too early")
		}
		w.tick(2 * time.Hour) // Wednesday 10:00
		w.tick(time.Second)
		if w.events(access.ChangeReminded) != 1 || !w.paper.said(1, "has waited since 2 March 2026") {
			t.Errorf("%d reminders, the ticket has %v", w.events(access.ChangeReminded), w.paper.notes["1"])
		}
		w.tick(48 * time.Hour) // Friday 10:00
		w.tick(time.Second)
		h = w.expect(access.Open, access.Absent)
		if h.Change.LateAt == nil || w.events(access.ChangeLate) != 1 {
			t.Fatalf("late since %v, %d events", h.Change.LateAt, w.events(access.ChangeLate))
		}
		w.tick(72 * time.Hour) // Monday
		if w.events(access.ChangeLate) != 1 {
			t.Error("the weekend counts")
		}
		w.tick(72 * time.Hour) // Thursday 10:00
		w.tick(time.Second)
		if w.events(access.ChangeLate) != 2 {
			t.Errorf("%d times late, want twice", w.events(access.ChangeLate))
		}
		w.tick(30 * 24 * time.Hour)
		if w.events(access.ChangeLate) != 2 || w.events(access.ChangeReminded) != 1 {
			t.Error("the clock never stops")
		}
		if got, want := len(server.Mails()), 1+2+2; got != want {
			t.Errorf("%d mails, want %d: %v", got, want, server.Mails())
		}
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		if h := w.expect(access.Done, access.Present); h.Change.ClockAt != nil || h.Change.LateAt == nil {
			t.Errorf("done, and the clock is %v; it was late %v", h.Change.ClockAt, h.Change.LateAt)
		}
	})
}

// TestOutageIsNotTheFulfillers: while the provider does not work no clock runs.
func TestOutageIsNotTheFulfillers(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		w.add()
		w.file()
		w.tick(2 * time.Minute)
		w.paper.fail(on("changed", false, notSent()))
		_ = w.eng.Poll(w.Context(), w.payroll)
		w.tick(72 * time.Hour) // until Thursday
		if w.events(access.ChangeReminded) != 0 {
			t.Error("reminded of what nobody could do")
		}
		w.paper.fail(nil)
		w.must(w.eng.Poll(w.Context(), w.payroll))
		w.tick(time.Hour)
		w.tick(24 * time.Hour)
		if w.events(access.ChangeReminded) != 0 {
			t.Error("the outage counts after it was over")
		}
		w.tick(72 * time.Hour) // Monday
		w.tick(time.Hour)
		if w.events(access.ChangeReminded) != 1 {
			t.Errorf("reminded %d times", w.events(access.ChangeReminded))
		}
	})
}

// TestRiskRunsFaster: a removal from a resource of high risk is reminded of within
// hours; and a change that needs a decision has a clock as well.
func TestRiskRunsFaster(t *testing.T) {
	onBoth(t, func(w *world) {
		risk := access.HighRisk
		w.must(w.inv.UpdateResources(w.Context(), w.admin, []inventory.ResourcePatch{{ID: w.role, Risk: &risk}}))
		w.declined(true)
		w.tick(2 * time.Minute)
		w.tick(3 * time.Hour)
		w.tick(time.Second)
		if w.events(access.ChangeReminded) != 1 {
			t.Errorf("reminded %d times", w.events(access.ChangeReminded))
		}
	})
}

// TestEngineSettings: what is wrong is named.
func TestEngineSettings(t *testing.T) {
	onBoth(t, func(w *world) {
		is := propagation.DefaultSettings()
		is.StormAbove, is.Calendar.Zone = -1, "Mars/Olympus"
		is.Clocks[access.ToGrant][access.LowRisk] = propagation.Targets{Remind: propagation.Duration(2 * time.Hour), Late: propagation.Duration(time.Hour)}
		err := w.eng.SaveSettings(w.Context(), w.admin, is)
		for _, field := range []string{"storm_above", "calendar.zone", "clocks.grant.low.remind"} {
			w.refused(err, access.Invalid, field)
		}
		is = propagation.DefaultSettings()
		is.TicketsPerHour = 7
		w.must(w.eng.SaveSettings(w.Context(), w.admin, is))
		got, err := w.eng.Settings(w.Context(), w.admin)
		if w.must(err); got.TicketsPerHour != 7 || got.Targets(access.ToRemove, access.HighRisk).Remind.String() != "2h" {
			t.Errorf("the settings are %+v", got)
		}
	})
}

// asked is Ana, who has no account, with the link that she was sent.
func (w *world) asked() (server *mailtest.Server, token string) {
	w.Helper()
	server = w.withMail()
	delete(w.paper.accounts, "ana@example.com")
	delete(w.paper.accounts, "ben@example.com")
	w.fulfil(access.Fulfilment{ByHandToo: true})
	w.add()
	w.file()
	w.jobs(job.DoneLink{}.Kind())
	m := server.Wait(w.tb(), 1)
	if m.To != "ana@example.com" {
		w.Fatalf("the mail goes to %v", m.To)
	}
	_, rest, ok := strings.Cut(m.Text, "https://admit.example.com/done/")
	if !ok {
		w.Fatalf("the mail has no link: %s", m.Text)
	}
	return server, strings.Fields(rest)[0]
}

// TestDonePage: who has no account says by a link that it is done; the ticket is
// ended at the provider, and the link works once.
func TestDonePage(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		_, token := w.asked()
		ctx := w.Context()
		page, err := w.eng.DonePageOf(ctx, token)
		if w.must(err); len(page.Changes) != 1 || page.User.ID != w.ana.UserID {
			t.Errorf("the page has %d changes for %s", len(page.Changes), page.User.Email)
		}
		for _, bad := range []string{"", "x", token + "x", token[1:]} {
			_, err := w.eng.DonePageOf(ctx, bad)
			w.refused(err, access.NotFound, "not valid")
		}
		w.refused(w.eng.AnswerDonePage(ctx, token, ticket.No, ""), access.Invalid, "reason")
		w.refused(w.eng.AnswerDonePage(ctx, token, "maybe", ""), access.Invalid, "outcome")
		w.must(w.eng.AnswerDonePage(ctx, token, ticket.Yes, "in the console"))
		if h := w.expect(access.Done, access.Present); h.Proof != access.Attested {
			t.Errorf("the proof is %s", h.Proof)
		}
		w.refused(w.eng.AnswerDonePage(ctx, token, ticket.Yes, ""), access.Conflict, "used already")
		_, err = w.eng.DonePageOf(ctx, token)
		w.refused(err, access.Conflict, "used already")
		for range 2 {
			w.must(w.eng.Complete(ctx, page.Ticket.ID))
		}
		w.tickets(1, 0)
		if !w.paper.said(1, "says ana: done, by the link in a mail. in the console") {
			t.Errorf("the ticket has %v", w.paper.notes["1"])
		}
		w.expect(access.Done, access.Present)
		w.paper.set(1, "open", ticket.Open, true)
		w.poll()
		w.expect(access.Open, access.Unknown)
	})
}

// TestDonePageSaysNo: it cannot be done, says who was asked.
func TestDonePageSaysNo(t *testing.T) {
	onBoth(t, func(w *world) {
		_, token := w.asked()
		w.must(w.eng.AnswerDonePage(w.Context(), token, ticket.No, "no such role"))
		h := w.expect(access.NeedsAttention, access.Absent)
		if h.Change.Attention != access.Declined || !strings.Contains(h.Change.Detail, "no such role") {
			t.Errorf("%s: %s", h.Change.Attention, h.Change.Detail)
		}
		w.jobs(job.Complete{}.Kind())
		w.tickets(1, 0)
		w.expect(access.NeedsAttention, access.Absent)
	})
}

// TestDonePageIsOver: the link works two weeks, and not when the ticket ended.
func TestDonePageIsOver(t *testing.T) {
	onBoth(t, func(w *world) {
		_, token := w.asked()
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		w.poll()
		w.refused(w.eng.AnswerDonePage(w.Context(), token, ticket.Yes, ""), access.Conflict, "nothing left")
		w.advance(15 * 24 * time.Hour)
		w.refused(w.eng.AnswerDonePage(w.Context(), token, ticket.Yes, ""), access.Conflict, "no more")
	})
}

// TestSaidDoneButClosedAsNot: whoever said that it is done is contradicted by the
// ticket. Nothing stays green.
func TestSaidDoneButClosedAsNot(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		_, token := w.asked()
		w.must(w.eng.AnswerDonePage(w.Context(), token, ticket.Yes, ""))
		w.expect(access.Done, access.Present)
		w.paper.set(1, "rejected", ticket.No, false)
		w.poll()
		if h := w.expect(access.NeedsAttention, access.Unknown); h.Change.Attention != access.Disputed {
			t.Errorf("it needs attention for %s", h.Change.Attention)
		}
	})
}

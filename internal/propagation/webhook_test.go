package propagation_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// hook returns the webhook that the provider got when it was added, or switches
// it on.
func (w *world) hook() propagation.WebhookView {
	w.Helper()
	_, there, err := w.eng.Webhook(w.Context(), w.admin, w.payroll)
	w.must(err)
	if !there {
		w.must(w.eng.AddWebhook(w.Context(), w.admin, w.payroll))
	}
	w.jobs("provider.hook")
	v, ok, err := w.eng.Webhook(w.Context(), w.admin, w.payroll)
	w.must(err)
	if !ok || !strings.HasPrefix(v.URL, "https://admit.example.com/hooks/"+w.payroll+"/") || v.Secret == "" {
		w.Fatalf("the webhook is %+v, %v", v, ok)
	}
	return v
}

// deliver calls the webhook as the system does.
func (w *world) deliver(v propagation.WebhookView, secret, id, body string) error {
	h := http.Header{}
	h.Set("Paper-Secret", secret)
	h.Set("Paper-Delivery", id)
	return w.eng.Hear(w.Context(), w.payroll, v.Token, h, []byte(body))
}

func (w *world) hookState() access.Webhook {
	w.Helper()
	h, err := store.Webhook(w.Context(), w.db.Read(), w.payroll)
	w.must(err)
	return h
}

func TestWebhookMakesItGreen(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		if len(w.paper.registered) != 1 || w.paper.registered[0].URL != v.URL || w.paper.registered[0].Secret != v.Secret || w.paper.registered[0].Projects[0] != "p1" {
			t.Fatalf("registered %+v", w.paper.registered)
		}
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.must(w.deliver(v, v.Secret, "d1", "1"))
		if n := w.jobs("ticket.read"); n != 1 {
			t.Errorf("%d reads, want one", n)
		}
		w.settle()
		w.expect(access.Done, access.Present)
		if h := w.hookState(); h.State != access.WebhookWorking || h.HeardAt == nil {
			t.Errorf("the webhook is %+v", h)
		}
		// The same delivery again, and one about somebody else's ticket.
		w.must(w.deliver(v, v.Secret, "d1", "1"))
		w.must(w.deliver(v, v.Secret, "d2", "4711"))
		if n := w.jobs("ticket.read"); n != 0 {
			t.Errorf("%d reads for a repeated and a foreign delivery, want none", n)
		}
	})
}

func TestWebhookIsNotBelieved(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		w.add()
		w.file()
		// It says something about a ticket that is open still.
		w.must(w.deliver(v, v.Secret, "d1", "1"))
		w.jobs("ticket.read")
		w.settle()
		w.expect(access.Open, access.Absent)
	})
}

func TestForgedAndUnsignedDeliveries(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		if err := w.deliver(v, "wrong", "d1", "1"); access.CodeOf(err) != access.Forbidden {
			t.Errorf("a forged delivery: %v", err)
		}
		err := w.eng.Hear(w.Context(), w.payroll, "not-the-token", http.Header{"Paper-Secret": {v.Secret}}, []byte("1"))
		if access.CodeOf(err) != access.NotFound {
			t.Errorf("a wrong address: %v", err)
		}
		if err := w.eng.Hear(w.Context(), "no provider", v.Token, http.Header{}, nil); access.CodeOf(err) != access.NotFound {
			t.Errorf("no provider: %v", err)
		}
		if n := w.jobs("ticket.read"); n != 0 {
			t.Errorf("%d reads after forged deliveries", n)
		}
		// Unsigned ones cause a poll, but not one each.
		w.must(w.deliver(v, "", "", "1"))
		at := w.nextPoll()
		if at.After(w.time()) {
			t.Errorf("the next poll is at %v, want now, %v", at, w.time())
		}
		w.must(w.eng.Tick(w.Context()))
		for range 50 {
			w.must(w.deliver(v, "", "", "1"))
		}
		if wait := w.nextPoll().Sub(w.time()); wait < 4*time.Second || wait > 5*time.Second {
			t.Errorf("after 50 more the next poll is in %v, want 5 s after the first", wait)
		}
		if h := w.hookState(); h.State != access.WebhookWaiting {
			t.Errorf("an unsigned delivery made the webhook %s", h.State)
		}
	})
}

func (w *world) nextPoll() time.Time {
	w.Helper()
	p, err := store.Provider(w.Context(), w.db.Read(), w.payroll)
	w.must(err)
	return p.NextPollAt
}

func TestWebhookThatGoesSilent(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		v := w.hook()
		w.add()
		w.file()
		w.must(w.deliver(v, v.Secret, "d1", "1"))
		w.jobs("ticket.read")
		w.poll()
		if wait := w.nextPoll().Sub(w.time()); wait < 30*time.Second {
			t.Errorf("with a webhook that works the next poll is in %v, want it rarer", wait)
		}
		for i, status := range []string{"in progress", "waiting", "in review"} {
			if h := w.hookState(); h.State != access.WebhookWorking {
				t.Fatalf("silent after %d polls", i)
			}
			w.paper.set(1, status, ticket.Open, true)
			w.poll()
		}
		h := w.hookState()
		if h.State != access.WebhookSilent || h.Note == "" || w.events(access.WebhookSilentEv) != 1 {
			t.Errorf("after three polls with news it is %+v", h)
		}
		// It is registered again at once, and a delivery heals it.
		w.must(w.eng.Tick(w.Context()))
		if n := w.jobs("provider.hook"); n != 1 {
			t.Errorf("registered again %d times, want once", n)
		}
		w.must(w.deliver(v, v.Secret, "d2", "1"))
		if h := w.hookState(); h.State != access.WebhookWorking {
			t.Errorf("after a delivery it is %s", h.State)
		}
	})
}

func TestWebhookThatAdmitMayNotRegister(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.mayRegister = &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Unauthorized, Msg: "you are no administrator"}
		v := w.hook()
		h := w.hookState()
		if h.State != access.WebhookByHand || !strings.Contains(h.Note, "administrator") {
			t.Errorf("the webhook is %+v", h)
		}
		w.must(w.deliver(v, v.Secret, "d1", "")) // somebody did it by hand
		if h := w.hookState(); h.State != access.WebhookWorking {
			t.Errorf("after a delivery it is %s", h.State)
		}
		w.must(w.eng.RemoveWebhook(w.Context(), w.admin, w.payroll))
		if err := w.deliver(v, v.Secret, "d2", "1"); access.CodeOf(err) != access.NotFound {
			t.Errorf("a delivery to a webhook that is gone: %v", err)
		}
	})
}

func TestWebhookIsTakenBack(t *testing.T) {
	onBoth(t, func(w *world) {
		w.hook()
		w.must(w.eng.RemoveWebhook(w.Context(), w.admin, w.payroll))
		w.jobs("provider.unhook")
		if len(w.paper.registered) != 0 {
			t.Errorf("still registered: %+v", w.paper.registered)
		}
		w.hook()
		if err := w.eng.AddWebhook(w.Context(), w.admin, w.payroll); access.CodeOf(err) != access.Conflict {
			t.Errorf("a second webhook: %v", err)
		}
		for _, actor := range []access.Actor{w.josh, w.ana} {
			if err := w.eng.RemoveWebhook(w.Context(), actor, w.payroll); access.CodeOf(err) != access.Forbidden {
				t.Errorf("%s may remove it: %v", actor.Name, err)
			}
		}
	})
}

// TestFailedRegistrationLeavesAWebhookThatWorks: somebody set it up by hand.
func TestFailedRegistrationLeavesAWebhookThatWorks(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.mayRegister = &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Unauthorized, Msg: "you are no administrator"}
		v := w.hook()
		w.must(w.deliver(v, v.Secret, "d1", ""))
		w.must(w.eng.Hook(w.Context(), w.payroll))
		if h := w.hookState(); h.State != access.WebhookWorking || h.Note != "" {
			t.Errorf("the webhook is %s: %s", h.State, h.Note)
		}
	})
}

// TestWebhookNoteHoldsNoSecret: whoever may see the note may not know the address.
func TestWebhookNoteHoldsNoSecret(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		w.paper.mayRegister = &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "not reachable: " + v.URL + " with " + v.Secret}
		w.must(w.eng.Hook(w.Context(), w.payroll))
		if note := w.hookState().Note; !strings.Contains(note, "not reachable") || strings.Contains(note, v.Token) || strings.Contains(note, v.Secret) {
			t.Errorf("the note is %q", note)
		}
	})
}

// TestWebhookReplacedWhileItIsRegistered: what was registered for an address that
// is gone is taken back, and not taken for the new one.
func TestWebhookReplacedWhileItIsRegistered(t *testing.T) {
	for _, again := range []bool{true, false} {
		onBothNamed(t, again, func(w *world) {
			w.hook()
			w.paper.onRegister = func() {
				w.must(w.eng.RemoveWebhook(w.Context(), w.admin, w.payroll))
				w.jobs("provider.unhook")
				if again {
					w.must(w.eng.AddWebhook(w.Context(), w.admin, w.payroll))
				}
			}
			w.must(w.eng.Hook(w.Context(), w.payroll))
			w.paper.onRegister = nil
			if again {
				if h := w.hookState(); h.RemoteID != "" || h.RegisteredAt != nil {
					t.Errorf("the new webhook is %+v", h)
				}
			}
			if n := w.jobs("provider.unhook"); n != 1 {
				t.Errorf("the old registration is taken back %d times, want once", n)
			}
		})
	}
}

func onBothNamed(t *testing.T, again bool, fn func(w *world)) {
	t.Helper()
	t.Run(fmt.Sprintf("added again %v", again), func(t *testing.T) { onBoth(t, fn) })
}

// TestRegistrationThatHasExpired: a time that is past has it looked at soon, and
// not all the time.
func TestRegistrationThatHasExpired(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.expires = w.time().Add(-time.Hour)
		w.hook()
		if wait := w.hookState().NextCheckAt.Sub(w.time()); wait < time.Minute {
			t.Errorf("looked at again in %v", wait)
		}
	})
}

// TestDeliveryOfOddIDs: what cannot be the id of anything makes no delivery fail.
func TestDeliveryOfOddIDs(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		w.add()
		w.file()
		w.paper.set(1, "done", ticket.Yes, false)
		w.must(w.deliver(v, v.Secret, "d\x00\xff", "\x00,\xff,,1"))
		w.jobs("ticket.read")
		w.settle()
		w.expect(access.Done, access.Present)
	})
}

// TestDeliveryOfVeryManyTickets: those that are not read at once are polled.
func TestDeliveryOfVeryManyTickets(t *testing.T) {
	onBoth(t, func(w *world) {
		w.poll()
		v := w.hook()
		w.must(w.deliver(v, v.Secret, "d1", "x"))
		w.must(w.eng.Tick(w.Context()))
		w.must(w.deliver(v, v.Secret, "d2", strings.Repeat("x,", 150)+"1"))
		if at := w.nextPoll(); at.After(w.time()) {
			t.Errorf("the next poll is at %v, want now, %v", at, w.time())
		}
	})
}

// TestDeliveryWhileTheDatabaseIsAway: the system is told to try again, and not
// that there is no such address.
func TestDeliveryWhileTheDatabaseIsAway(t *testing.T) {
	onBoth(t, func(w *world) {
		v := w.hook()
		gone, cancel := context.WithCancel(w.Context())
		cancel()
		err := w.eng.Hear(gone, w.payroll, v.Token, http.Header{"Paper-Secret": {v.Secret}}, []byte("1"))
		if err == nil || access.CodeOf(err) == access.NotFound {
			t.Errorf("a delivery that could not be looked up: %v", err)
		}
	})
}

// TestManyMissingInSmallBatches: what is missing is judged by all that was read,
// however few a system lets one read at once.
func TestManyMissingInSmallBatches(t *testing.T) {
	onBoth(t, func(w *world) {
		spec := w.paper.spec()
		spec.Batch = 1
		w.eng.Registry = ticket.NewRegistry(spec)
		ids := make([]string, 15)
		for i := range ids {
			r, err := w.inv.CreateResource(w.Context(), w.admin, inventory.ResourceParams{AppID: w.app, Name: fmt.Sprintf("Role %d", i)})
			w.must(err)
			w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: r.ID, UserID: w.josh.UserID}, "needs it", nil))
			ids[i] = fmt.Sprint(i + 1)
			w.paper.hidden[ids[i]] = true
		}
		w.file()
		suspects := func() int {
			n, err := sqldb.Get[int](w.Context(), w.db.Read(), `SELECT count(*) FROM tickets WHERE state = 'suspect'`)
			w.must(err)
			return n
		}
		w.must(w.eng.ReadTickets(w.Context(), w.payroll, ids))
		if n := suspects(); n != 0 {
			t.Errorf("%d suspects after a delivery, want trouble of the provider", n)
		}
		sync, err := w.eng.StartSync(w.Context(), w.admin, propagation.ScopeApp, w.app)
		w.must(err)
		w.must(w.eng.RunSync(w.Context(), sync.ID))
		if n := suspects(); n != 0 {
			t.Errorf("%d suspects after a sync, want trouble of the provider", n)
		}
	})
}

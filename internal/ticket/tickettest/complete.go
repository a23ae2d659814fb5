package tickettest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

// completion is what is said when a ticket is completed.
const completion = "Done by Jürgen, who has no account here: 日本語 <b>not bold</b>\nsecond line"

func testComplete(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	s.completes(t, s.create(t, d))
}

func testCompleteBegun(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Start(t, made.ID)
	s.completes(t, s.readOne(t, made.ID))
}

// completes ends an open ticket as done, twice, and sees what became of it.
func (s Subject) completes(t *testing.T, open ticket.Snapshot) {
	t.Helper()
	poll := s.poller(t)
	for range 2 {
		s.complete(t, open.ID)
	}
	got := poll.wait(t, open.ID, func(got ticket.Snapshot) bool { return got.Outcome == ticket.Yes })
	if got.Key != open.Key || got.Project != open.Project || got.Title != open.Title || got.Assignee != open.Assignee {
		t.Errorf("completing made %+v of %+v", got, open)
	}
	s.saysOnce(t, open.ID)
}

// saysOnce fails the test unless a ticket reads as done, and tells once who did it.
func (s Subject) saysOnce(t *testing.T, id string) {
	t.Helper()
	if got := s.readOne(t, id); got.Outcome != ticket.Yes || !readsAsItsGrounds(got) {
		t.Errorf("read %+v, want yes", got)
	}
	if text := s.text(t, id); strings.Count(text, s.rendered(completion)) != 1 {
		t.Errorf("the ticket reads %q, want %q once", text, s.rendered(completion))
	}
}

func testCompleteEnded(t *testing.T, s Subject) {
	for name, end := range map[string]func(*testing.T, string){"Done": s.Fulfiller.Done, "Decline": s.Fulfiller.Decline, "Odd": s.Fulfiller.Odd} {
		if end == nil {
			continue
		}
		before := s.ended(t, end)
		text := s.text(t, before.ID)
		s.complete(t, before.ID)
		if diff := cmp.Diff(before, s.readOne(t, before.ID)); diff != "" {
			t.Errorf("completing it after %s changed it:\n%s", name, diff)
		}
		if now := s.text(t, before.ID); now != text {
			t.Errorf("completed after %s it reads %q, want %q as before", name, now, text)
		}
	}
}

func testCompleteNothing(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	for _, id := range s.noTickets(made.ID) {
		if err := completer(s).Complete(t.Context(), id, completion); !ticket.IsRefusal(err) {
			t.Errorf("completing ticket %q: %v; want a refusal", id, err)
		}
	}
	if got := s.readOne(t, made.ID); got.Outcome != ticket.Open {
		t.Errorf("read %+v, want it open", got)
	}
}

// testCompleteAgain makes one step after the other fail, before the system hears
// of it and after, and then completes the ticket again.
func testCompleteAgain(t *testing.T, s FaultSubject) {
	const most = 10 // steps
	for _, fault := range []Fault{ErrorBefore, AnswerLost} {
		for step := 1; ; step++ {
			if step > most {
				t.Fatalf("completing takes more than %d calls that write", most)
			}
			made := s.create(t, s.draft())
			failed, err := s.cutShort(fault, step, func() error { return completer(s.Subject).Complete(t.Context(), made.ID, completion) })
			if !failed {
				break
			}
			if err == nil {
				t.Errorf("%s at step %d was taken for a good answer", fault, step)
			}
			s.complete(t, made.ID)
			s.saysOnce(t, made.ID)
		}
	}
}

// cutShort makes a call that writes fail, the one with this number. failed is
// false if there were not so many.
func (s FaultSubject) cutShort(fault Fault, number int, f func() error) (failed bool, err error) {
	s.Proxy.Inject(fault, func(r *http.Request, body []byte) bool {
		if !writes(r, body) {
			return false
		}
		number--
		failed = failed || number == 0
		return number == 0
	})
	err = f()
	s.Proxy.Inject(None, nil)
	return failed, err
}

func (s Subject) complete(t *testing.T, id string) {
	t.Helper()
	if err := completer(s).Complete(t.Context(), id, completion); err != nil {
		t.Fatalf("completing it: %v", err)
	}
}

func completer(s Subject) ticket.Completer {
	return s.Provider.(ticket.Completer) //nolint:forcetypeassert // the case needs it
}

package tickettest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

// FaultSubject is a provider that speaks HTTP to its system through a Proxy.
type FaultSubject struct {
	Subject
	Proxy *Proxy
}

// outcome is what a provider must make of a fault.
type outcome struct {
	fault     Fault
	trouble   ticket.Trouble
	certainty ticket.Certainty // of a create
	made      bool             // the ticket exists all the same
}

// outcomes is the contract for failures of providers that speak HTTP.
var outcomes = []outcome{
	{ConnLost, ticket.Down, ticket.Ambiguous, false},
	{AnswerLost, ticket.Down, ticket.Ambiguous, true},
	{HangBefore, ticket.Down, ticket.Ambiguous, false},
	{HangAfter, ticket.Down, ticket.Ambiguous, true},
	{Drip, ticket.Down, ticket.Ambiguous, true},
	{Busy, ticket.RateLimited, ticket.NotSent, false},
	{BusyMute, ticket.RateLimited, ticket.NotSent, false},
	{ErrorBefore, ticket.Down, ticket.Ambiguous, false},
	{ErrorAfter, ticket.Down, ticket.Ambiguous, true},
	{NotJSON, ticket.Malformed, ticket.Ambiguous, true},
	{Truncated, ticket.Malformed, ticket.Ambiguous, true},
	{CutOff, ticket.Malformed, ticket.Ambiguous, true},
	{WrongShape, ticket.Malformed, ticket.Ambiguous, true},
	{SignInPage, ticket.Malformed, ticket.Ambiguous, true},
	{RedirectAway, ticket.Malformed, ticket.Ambiguous, false},
	{SignedOut, ticket.Unauthorized, ticket.NotSent, false},
	{NotAllowed, ticket.Unauthorized, ticket.NotSent, false},
}

// RunFaults runs every fault on a fresh subject each.
func RunFaults(t *testing.T, open func(t *testing.T) FaultSubject) {
	for _, o := range outcomes {
		t.Run(string(o.fault), func(t *testing.T) {
			s := open(t)
			t.Run("Create", func(t *testing.T) { s.testCreate(t, o) })
			t.Run("Others", func(t *testing.T) { s.testOthers(t, o) })
		})
	}
	t.Run("close again after a lost answer", func(t *testing.T) { open(t).testCloseAgain(t) })
	t.Run("nobody listens", func(t *testing.T) { open(t).testNobodyListens(t) })
}

func (s FaultSubject) testCreate(t *testing.T, o outcome) {
	d := s.draft()
	s.Proxy.Inject(o.fault, s.Creates)
	err := s.during(t, func(ctx context.Context) error { _, err := s.Provider.Create(ctx, d); return err })
	s.Proxy.Inject(None, nil)
	f := judge(t, err, o)
	if f.Certainty != o.certainty {
		t.Errorf("certainty %q, want %q", f.Certainty, o.certainty)
	}
	found := s.find(t, d.Key)
	if made := len(found) > 0; made != o.made || len(found) > 1 {
		t.Errorf("found %+v, want one = %v", found, o.made)
	}
}

// testOthers makes every other method fail. What they return is only their own
// failure: a provider holds no state.
func (s FaultSubject) testOthers(t *testing.T, o outcome) {
	d := s.draft()
	existing := s.create(t, d)
	for name, call := range calls(s.Provider, d, existing.ID) {
		if name == "Create" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s.Proxy.Inject(o.fault, nil)
			err := s.during(t, call)
			s.Proxy.Inject(None, nil)
			if name == "Check" && err == nil {
				return // it may have told it as a finding
			}
			_ = judge(t, err, o)
		})
	}
}

func (s FaultSubject) testCloseAgain(t *testing.T) {
	made := s.create(t, s.draft())
	s.Proxy.Inject(AnswerLost, func(r *http.Request, _ []byte) bool { return r.Method != http.MethodGet })
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted"); err == nil {
		t.Error("a lost answer was taken for a good one")
	}
	s.Proxy.Inject(None, nil)
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Error(err)
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
	if n := strings.Count(s.Text(t, made.ID), "not wanted"); n != 1 {
		t.Errorf("the reason is there %d times, want once", n)
	}
}

func (s FaultSubject) testNobodyListens(t *testing.T) {
	s.Proxy.Stop()
	for name, call := range calls(s.Provider, s.draft(), missingID(1)) {
		f := ticket.FailureOf(call(t.Context()))
		if f.Trouble != ticket.Down || f.Certainty != ticket.NotSent {
			t.Errorf("%s: %q and %q, want down and not sent: %v", name, f.Trouble, f.Certainty, f)
		}
	}
}

// during runs call and cancels it as soon as the proxy holds it up.
func (s FaultSubject) during(t *testing.T, call func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call(ctx) }()
	select {
	case err := <-done:
		return err
	case <-s.Proxy.Held():
		cancel()
		return <-done
	}
}

// judge holds a failure against what it must be, and returns it.
func judge(t *testing.T, err error, o outcome) *ticket.Failure {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	f := ticket.FailureOf(err)
	if f.Trouble != o.trouble {
		t.Errorf("trouble %q, want %q: %v", f.Trouble, o.trouble, err)
	}
	want := time.Duration(0)
	if o.fault == Busy {
		want = busySeconds * time.Second
	}
	if f.RetryAfter != want {
		t.Errorf("retry after %v, want %v", f.RetryAfter, want)
	}
	if f.Msg == "" || len(f.Msg) > 2000 || strings.Contains(f.Msg, oddWord) || slices.Contains([]byte(f.Msg), '\n') {
		t.Errorf("message %q is not fit to be shown", f.Msg)
	}
	return f
}

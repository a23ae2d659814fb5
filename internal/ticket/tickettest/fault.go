package tickettest

import (
	"context"
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
	{BusyForbidden, ticket.RateLimited, ticket.NotSent, false},
	{ErrorBefore, ticket.Down, ticket.Ambiguous, false},
	{ErrorAfter, ticket.Down, ticket.Ambiguous, true},
	{NotJSON, ticket.Malformed, ticket.Ambiguous, true},
	{Truncated, ticket.Malformed, ticket.Ambiguous, true},
	{CutOff, ticket.Malformed, ticket.Ambiguous, true},
	{WrongShape, ticket.Malformed, ticket.Ambiguous, true},
	{SignInPage, ticket.Malformed, ticket.Ambiguous, true},
	{RedirectAway, ticket.Malformed, ticket.Ambiguous, false},
	{SignedOut, ticket.Unauthorized, ticket.NotSent, false},
	{Expired, ticket.Unauthorized, ticket.NotSent, false},
	{NotAllowed, ticket.Unauthorized, ticket.NotSent, false},
}

// faultChapters is the part of the suite that makes calls fail.
func faultChapters() []chapter[FaultSubject] {
	var faults []trial[FaultSubject]
	for _, o := range outcomes {
		faults = append(faults, trial[FaultSubject]{string(o.fault), nil, func(t *testing.T, s FaultSubject) {
			t.Run("Create", func(t *testing.T) { s.testCreate(t, o) })
			t.Run("Others", func(t *testing.T) { s.testOthers(t, o) })
		}})
	}
	return []chapter[FaultSubject]{
		{"When every call fails like this, each method says so rightly", faults},
		{"In other trouble", []trial[FaultSubject]{
			{"Nobody listens at the address", nil, testNobodyListens},
			{"A step after the ticket was made fails: the ticket is known all the same", nil, testLaterStep},
			{"The answer to a new ticket is lost while the search lags: it is found later", lags, testLostWhileLagging},
			{"The answer to closing is lost: closing again gives the reason once", nil, testCloseAgain},
			{"The answer to giving a ticket to somebody is lost: giving it again is harmless", assigns, testAssignAgain},
			{"Completing a ticket is cut short at any step: completing it again tells once who did it", completes, testCompleteAgain},
			{"An empty answer is never taken for \"nothing there\"", nil, testEmptyAnswers},
			{"Names of 10 kB with line breaks and markup do no harm", nil, testHostileNames},
		}},
	}
}

func lags(t *testing.T, s FaultSubject) string { return hasLag(t, s.Subject) }

func assigns(t *testing.T, s FaultSubject) string { return isAssigner(t, s.Subject) }

func completes(t *testing.T, s FaultSubject) string { return isCompleter(t, s.Subject) }

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
	for name, call := range s.failing(t, d, existing.ID) {
		if name == "Create" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			before := s.Proxy.Calls()
			s.Proxy.Inject(o.fault, nil)
			err := s.during(t, call)
			s.Proxy.Inject(None, nil)
			if name == "Check" && err == nil {
				return // it may have told it as a finding
			}
			if err == nil && optional(name) && s.Proxy.Calls() == before {
				return // it needs no call
			}
			_ = judge(t, err, o)
		})
	}
}

// failing is every method of a provider that must fail when each call does.
func (s FaultSubject) failing(t *testing.T, d ticket.Draft, id string) map[string]func(context.Context) error {
	t.Helper()
	all := s.calls(t, d, id)
	if r, ok := s.Provider.(ticket.Registrar); ok {
		hook := s.register(t, s.hook(listen(t)))
		all["Unregister"] = func(ctx context.Context) error { return r.Unregister(ctx, hook) }
	}
	return all
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
	if o.fault == Busy || o.fault == BusyForbidden {
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

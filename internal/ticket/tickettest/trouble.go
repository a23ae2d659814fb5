package tickettest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
)

func testNobodyListens(t *testing.T, s FaultSubject) {
	made := s.create(t, s.draft())
	calls := s.calls(t, s.draft(), made.ID)
	s.Proxy.Stop()
	_, _ = s.Provider.Read(t.Context(), []string{made.ID}) // notices the connections that are dead now
	for name, call := range calls {
		err := call(t.Context())
		if err == nil && optional(name) {
			continue
		}
		f := ticket.FailureOf(err)
		if err == nil || f.Trouble != ticket.Down || f.Certainty != ticket.NotSent {
			t.Errorf("%s: %q and %q, want down and not sent: %v", name, f.Trouble, f.Certainty, f)
		}
	}
}

// testLaterStep makes every call fail that follows the one that made the ticket.
func testLaterStep(t *testing.T, s FaultSubject) {
	for _, fault := range []Fault{ErrorBefore, AnswerLost, Busy, NotAllowed, NotJSON} {
		d, made := s.draft(), false
		s.Proxy.Inject(fault, func(r *http.Request, body []byte) bool {
			if s.Creates(r, body) {
				made = true
				return false
			}
			return made
		})
		got, err := s.Provider.Create(t.Context(), d)
		s.Proxy.Inject(None, nil)
		if f := ticket.FailureOf(err); err != nil && f.Certainty != ticket.Ambiguous {
			t.Errorf("%s: certainty %q, want %q: %v", fault, f.Certainty, ticket.Ambiguous, err)
		}
		if found := idsOf(s.find(t, d.Key)); got.ID == "" || !slices.Equal(found, []string{got.ID}) {
			t.Errorf("%s: Create gave %+v, %v, and found is %v; want its id", fault, got, err, found)
		}
	}
}

func testLostWhileLagging(t *testing.T, s FaultSubject) {
	s.Lag(t, true)
	d := s.draft()
	s.Proxy.Inject(AnswerLost, s.Creates)
	_, err := s.Provider.Create(t.Context(), d)
	s.Proxy.Inject(None, nil)
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous {
		t.Errorf("the answer was lost: %v; want it ambiguous", err)
	}
	if found, err := s.Provider.Find(t.Context(), d.Key); err != nil || len(found) > 1 {
		t.Errorf("while the search lags: %+v, %v; want no error", found, err)
	}
	s.Lag(t, false)
	if found := s.find(t, d.Key); len(found) != 1 || found[0].Key != d.Key {
		t.Errorf("found %+v, want the one that was made", found)
	}
}

func testCloseAgain(t *testing.T, s FaultSubject) {
	made := s.create(t, s.draft())
	s.Proxy.Inject(AnswerLost, writes)
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted"); err == nil {
		t.Error("a lost answer was taken for a good one")
	}
	s.Proxy.Inject(None, nil)
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Error(err)
	}
	if got := s.readOne(t, made.ID); got.Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
	if n := strings.Count(s.text(t, made.ID), "not wanted"); n != 1 {
		t.Errorf("the reason is there %d times, want once", n)
	}
}

// writes reports whether a call can change something. GraphQL only reads with a
// document that does not say otherwise.
func writes(r *http.Request, body []byte) bool {
	if r.Method == http.MethodGet {
		return false
	}
	var document struct{ Query *string }
	if json.Unmarshal(body, &document) == nil && document.Query != nil {
		return strings.HasPrefix(strings.TrimSpace(*document.Query), "mutation")
	}
	return true
}

// testEmptyAnswers gives answers that hold nothing. Whoever takes one for "no
// such ticket" files it again.
func testEmptyAnswers(t *testing.T, s FaultSubject) {
	d := s.draft()
	made := s.create(t, d)
	cursor := s.poller(t).cursor
	for _, answer := range []string{`{}`, `null`, ``, `""`, `0`} {
		s.Proxy.alter(func([]byte) []byte { return []byte(answer) })
		_, find := s.Provider.Find(t.Context(), d.Key)
		_, read := s.Provider.Read(t.Context(), []string{made.ID})
		_, changed := s.Provider.Changed(t.Context(), cursor)
		for name, err := range map[string]error{"Find": find, "Read": read, "Changed": changed} {
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.NotSent {
				t.Errorf("%s takes the answer %q for a good one: %v", name, answer, err)
			}
		}
	}
	s.Proxy.alter(nil)
}

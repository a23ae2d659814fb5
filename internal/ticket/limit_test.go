package ticket_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"admit/internal/ticket"
)

func TestPause(t *testing.T) {
	t.Parallel()
	const date = "Mon, 02 Nov 2026 10:00:00 GMT" // 1793613600
	cases := []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"nothing said", nil, 0},
		{"calls left", map[string]string{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"}, 0},
		{"none left, seconds", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30 * time.Second},
		{"none left, a time", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1793613660", "Date": date}, time.Minute},
		{"none left, a time in milliseconds", map[string]string{"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": "1793613660000", "Date": date}, time.Minute},
		{"none left, a date", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-02T10:01:00Z", "Date": date}, time.Minute},
		{"none left, a date of HTTP", map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": "Mon, 02 Nov 2026 10:01:00 GMT", "Date": date}, time.Minute},
		{"a time without the system's own", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1793613660"}, 0},
		{"a time that has passed", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1793613000", "Date": date}, 0},
		{"the longest wait counts", map[string]string{
			"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": "10", "X-RateLimit-Complexity-Remaining": "0", "X-RateLimit-Complexity-Reset": "20", "Retry-After": "15",
		}, 20 * time.Second},
		{"a fraction of a call", map[string]string{"X-Rate-Limit-Remaining": "0.5", "X-Rate-Limit-Reset": "2.5"}, 2500 * time.Millisecond},
		{"a year", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "31536000"}, time.Hour},
		{"nonsense", map[string]string{"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "soon"}, 0},
		{"not a number", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "NaN"}, 0},
		{"more than there is", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1e300", "Date": date}, time.Hour},
		{"Retry-After", map[string]string{"Retry-After": "7"}, 7 * time.Second},
	}
	for _, c := range cases {
		header := http.Header{}
		for name, value := range c.header {
			header.Set(name, value)
		}
		if got := (ticket.Answer{Header: header}).Pause(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzPause(f *testing.F) {
	f.Add("0", "1793613660", "Mon, 02 Nov 2026 10:00:00 GMT")
	f.Add("NaN", "-Inf", "x")
	f.Fuzz(func(t *testing.T, left, reset, date string) {
		header := http.Header{"X-Ratelimit-Remaining": {left}, "X-Ratelimit-Reset": {reset}, "Date": {date}, "Retry-After": {reset}}
		if got := (ticket.Answer{Header: header}).Pause(); got < 0 || got > time.Hour {
			t.Errorf("%v", got)
		}
	})
}

// TestBusy sees that a budget of ours that is used up is told as a limit, with
// nothing sent.
func TestBusy(t *testing.T) {
	t.Parallel()
	busy := &ticket.Busy{Wait: 90 * time.Second}
	for _, effect := range []ticket.Effect{ticket.Reads, ticket.Writes} {
		_, err := do(t, fail(busy), effect)
		f := ticket.FailureOf(err)
		if f.Certainty != ticket.NotSent || f.Trouble != ticket.RateLimited || f.RetryAfter != busy.Wait || !errors.Is(err, busy) {
			t.Errorf("%+v", f)
		}
		if want := "System: no more calls for 1m30s"; f.Msg != want {
			t.Errorf("message %q, want %q", f.Msg, want)
		}
	}
}

// TestForbiddenBecauseItWasTooMuch tells apart the two meanings of 403.
func TestForbiddenBecauseItWasTooMuch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header map[string]string
		want   ticket.Trouble
		wait   time.Duration
	}{
		"no right":       {nil, ticket.Unauthorized, 0},
		"calls left":     {map[string]string{"X-RateLimit-Remaining": "12", "X-RateLimit-Reset": "60"}, ticket.Unauthorized, 0},
		"Retry-After":    {map[string]string{"Retry-After": "60"}, ticket.RateLimited, time.Minute},
		"none left":      {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}, ticket.RateLimited, time.Minute},
		"Retry-After: 0": {map[string]string{"Retry-After": "0"}, ticket.Unauthorized, 0},
	} {
		_, err := do(t, answer(http.StatusForbidden, c.header, `{"message":"no"}`), ticket.Writes)
		if f := ticket.FailureOf(err); f.Trouble != c.want || f.Certainty != ticket.NotSent || f.RetryAfter != c.wait {
			t.Errorf("%s: %+v; want %q", name, f, c.want)
		}
	}
}

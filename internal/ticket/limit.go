package ticket

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// budgets are the names under which systems tell how many calls are left: each
// with Remaining and Reset behind it. The first three are GitHub's, Jira's and
// Zendesk's, the draft of the IETF's, and Linear's two.
var budgets = []string{"X-Ratelimit-", "X-Rate-Limit-", "Ratelimit-", "X-Ratelimit-Requests-", "X-Ratelimit-Complexity-"}

// Pause returns how long a system wants no more calls, by the headers of its
// answer: it says when to try again, or has none left until a reset. 0 says that
// it takes more, or does not tell.
func (a Answer) Pause() time.Duration {
	pause := a.retryAfter()
	for _, name := range budgets {
		left, err := strconv.ParseFloat(strings.TrimSpace(a.Header.Get(name+"Remaining")), 64)
		if err != nil || left >= 1 {
			continue
		}
		pause = max(pause, a.until(a.Header.Get(name+"Reset")))
	}
	return min(pause, maxRetryAfter)
}

const (
	millis  = 1e12 // a number this large is a time in milliseconds,
	seconds = 1e9  // this large in seconds since 1970; a smaller one is a time to wait
)

// until reads a reset: seconds to wait, a time in seconds or milliseconds, or a
// date. Times are held against the answer's own date.
func (a Answer) until(reset string) time.Duration {
	reset = strings.TrimSpace(reset)
	now := a.Date()
	if n, err := strconv.ParseFloat(reset, 64); err == nil {
		switch {
		case n >= millis:
			return since(now, time.UnixMilli(int64(min(n, 1e15))))
		case n >= seconds:
			return since(now, time.Unix(int64(n), 0))
		case n > 0:
			return time.Duration(min(n, maxRetryAfter.Seconds()) * float64(time.Second))
		}
		return 0
	}
	for _, layout := range []string{time.RFC3339, http.TimeFormat} {
		if at, err := time.Parse(layout, reset); err == nil {
			return since(now, at)
		}
	}
	return 0
}

// since is the time from now to at, 0 without a now.
func since(now, at time.Time) time.Duration {
	if now.IsZero() {
		return 0
	}
	return max(at.Sub(now), 0)
}

// Busy is the error of an HTTP client that makes no call now: the account's
// budget is used up.
type Busy struct {
	Wait time.Duration // until when there is budget again
}

// Error implements error.
func (b *Busy) Error() string {
	return "no more calls for " + max(b.Wait.Round(time.Second), time.Second).String()
}

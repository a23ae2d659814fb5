package ticket_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

const token = "s3cr3t-token"

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// lost is a failure of a client that knows whether it sent something.
type lost struct{ sent bool }

func (l lost) Error() string   { return "lost" }
func (l lost) MaybeSent() bool { return l.sent }
func (l lost) Message() string { return "the line is cut" }

func answer(status int, header map[string]string, body string) transport {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		for name, value := range header {
			h.Set(name, value)
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func fail(err error) transport {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func exchange(rt http.RoundTripper) ticket.Exchange {
	return ticket.Exchange{
		Name: "System", Base: "http://system.example", Client: &http.Client{Transport: rt}, Secrets: []string{token, ""},
		Words: func(b []byte) string { return string(b) },
	}
}

func do(t *testing.T, rt http.RoundTripper, effect ticket.Effect) (ticket.Answer, error) {
	t.Helper()
	_, got, err := ticket.Do[ticket.Nothing](t.Context(), exchange(rt), ticket.Call{Method: http.MethodPost, Path: "/", Effect: effect})
	return got, err
}

func TestExchangeFailures(t *testing.T) {
	t.Parallel()
	const date, soon, past = "Mon, 02 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 10:00:30 GMT", "Mon, 02 Nov 2026 09:00:00 GMT"
	html := map[string]string{"Content-Type": "text/html"}
	retry := func(value string) map[string]string { return map[string]string{"Retry-After": value, "Date": date} }
	cases := map[string]struct {
		rt        http.RoundTripper
		trouble   ticket.Trouble
		certainty ticket.Certainty // of a write
		wait      time.Duration
	}{
		"401":                  {answer(401, nil, `{}`), ticket.Unauthorized, ticket.NotSent, 0},
		"403":                  {answer(403, html, `no`), ticket.Unauthorized, ticket.NotSent, 0},
		"404":                  {answer(404, nil, `{}`), ticket.Input, ticket.Refused, 0},
		"404 of another site":  {answer(404, html, `<html>`), ticket.Malformed, ticket.Refused, 0},
		"400":                  {answer(400, nil, `{}`), ticket.Input, ticket.Refused, 0},
		"409":                  {answer(409, html, `x`), ticket.Input, ticket.Refused, 0},
		"408":                  {answer(408, nil, ``), ticket.Down, ticket.Ambiguous, 0},
		"429":                  {answer(429, nil, ``), ticket.RateLimited, ticket.NotSent, 0},
		"429 seconds":          {answer(429, retry("12"), ``), ticket.RateLimited, ticket.NotSent, 12 * time.Second},
		"429 date":             {answer(429, retry(soon), ``), ticket.RateLimited, ticket.NotSent, 30 * time.Second},
		"429 past":             {answer(429, retry(past), ``), ticket.RateLimited, ticket.NotSent, 0},
		"429 date alone":       {answer(429, map[string]string{"Retry-After": soon}, ``), ticket.RateLimited, ticket.NotSent, 0},
		"429 absurd":           {answer(429, retry("999999999999999999999999"), ``), ticket.RateLimited, ticket.NotSent, time.Hour},
		"429 a year":           {answer(429, retry("31536000"), ``), ticket.RateLimited, ticket.NotSent, time.Hour},
		"429 negative":         {answer(429, retry("-5"), ``), ticket.RateLimited, ticket.NotSent, 0},
		"429 nonsense":         {answer(429, retry("soon"), ``), ticket.RateLimited, ticket.NotSent, 0},
		"500":                  {answer(500, nil, `{}`), ticket.Down, ticket.Ambiguous, 0},
		"503":                  {answer(503, retry("60"), ``), ticket.Down, ticket.Ambiguous, time.Minute},
		"304":                  {answer(304, nil, ``), ticket.Malformed, ticket.Ambiguous, 0},
		"sign-in page":         {answer(200, html, `<html>`), ticket.Malformed, ticket.Ambiguous, 0},
		"no content type":      {answer(200, map[string]string{"Content-Type": ""}, `{}`), ticket.Malformed, ticket.Ambiguous, 0},
		"too much":             {answer(200, nil, strings.Repeat(" ", 9<<20)), ticket.Malformed, ticket.Ambiguous, 0},
		"not sent":             {fail(lost{sent: false}), ticket.Down, ticket.NotSent, 0},
		"maybe sent":           {fail(lost{sent: true}), ticket.Down, ticket.Ambiguous, 0},
		"unknown":              {fail(errors.New("?")), ticket.Down, ticket.Ambiguous, 0},
		"cut off":              {cutOff(io.ErrUnexpectedEOF), ticket.Malformed, ticket.Ambiguous, 0},
		"lost in the middle":   {cutOff(lost{sent: true}), ticket.Down, ticket.Ambiguous, 0},
		"redirect not allowed": {redirect(), ticket.Malformed, ticket.Ambiguous, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for effect, certainty := range map[ticket.Effect]ticket.Certainty{ticket.Writes: c.certainty, ticket.Reads: ticket.NotSent} {
				_, err := do(t, c.rt, effect)
				f, ok := errors.AsType[*ticket.Failure](err)
				if !ok {
					t.Fatalf("got %v, want a failure", err)
				}
				if effect == ticket.Reads && c.certainty == ticket.Refused {
					certainty = ticket.Refused
				}
				if f.Trouble != c.trouble || f.Certainty != certainty || f.RetryAfter != c.wait {
					t.Errorf("writes %v: %q, %q, %v; want %q, %q, %v", effect, f.Trouble, f.Certainty, f.RetryAfter, c.trouble, certainty, c.wait)
				}
				if !strings.HasPrefix(f.Msg, "System") {
					t.Errorf("message %q", f.Msg)
				}
			}
		})
	}
}

func TestTooMuchIsTold(t *testing.T) {
	t.Parallel()
	if _, err := do(t, answer(200, nil, strings.Repeat(" ", 9<<20)), ticket.Reads); !errors.Is(err, ticket.ErrTooMuch) {
		t.Errorf("%v, want %v", err, ticket.ErrTooMuch)
	}
	if _, err := do(t, answer(200, nil, `{`), ticket.Reads); errors.Is(err, ticket.ErrTooMuch) {
		t.Errorf("%v for a short answer", err)
	}
}

func cutOff(err error) transport {
	return func(*http.Request) (*http.Response, error) {
		body := io.NopCloser(io.MultiReader(strings.NewReader(`{"a":`), failing{err}))
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func redirect() transport {
	return func(r *http.Request) (*http.Response, error) {
		// A redirect without end is refused by net/http itself.
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/again"}}, Body: http.NoBody, Request: r}, nil
	}
}

func TestExchangeSuccess(t *testing.T) {
	t.Parallel()
	for name, rt := range map[string]http.RoundTripper{
		"JSON":         answer(200, nil, `{"n":1}`),
		"problem+json": answer(201, map[string]string{"Content-Type": "application/vnd.x+json"}, `{"n":1}`),
	} {
		a, err := do(t, rt, ticket.Writes)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ticket.Decode[map[string]int](exchange(nil), a, ticket.Writes)
		if diff := cmp.Diff(map[string]int{"n": 1}, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if a, err := do(t, answer(204, map[string]string{"Content-Type": ""}, ""), ticket.Writes); err != nil || a.Status != 204 {
		t.Errorf("no content: %+v, %v", a, err)
	}
}

func TestDecodeMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{", "null", " null\n", "null x", `{"n":"x"}`, `[]`, "\xff"} {
		_, err := ticket.Decode[map[string]int](exchange(nil), ticket.Answer{Body: []byte(body)}, ticket.Writes)
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Malformed || f.Certainty != ticket.Ambiguous {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestMessageIsFitToBeShown(t *testing.T) {
	t.Parallel()
	body := "no\r\n\x00 \x1b[31m right \xff for " + token + strings.Repeat(" 日本", 1000)
	_, err := do(t, answer(400, nil, body), ticket.Writes)
	f := ticket.FailureOf(err)
	if strings.Contains(f.Msg, token) || !utf8.ValidString(f.Msg) || utf8.RuneCountInString(f.Msg) > 400 || strings.ContainsAny(f.Msg, "\r\n\x00\x1b") {
		t.Errorf("message %q", f.Msg)
	}
	if want := "System answered 400 Bad Request: no [31m right \uFFFD for [secret] 日本"; !strings.HasPrefix(f.Msg, want) {
		t.Errorf("message %q, want %q", f.Msg, want)
	}
}

// TestDoSends looks at what a call looks like on the wire.
func TestDoSends(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call                 ticket.Call
		method, target, body string
		header               map[string]string
	}{
		"a read": {
			ticket.Call{Path: "/a%20b", Query: url.Values{"q": {"x & y"}}},
			http.MethodGet, "http://system.example/a%20b?q=x+%26+y", "",
			map[string]string{"Accept": "application/json", "User-Agent": "Admit", "Authorization": "token", "Content-Type": ""},
		},
		"a body is posted": {
			ticket.Call{Path: "/x", Body: map[string]string{"a": "<b>"}},
			http.MethodPost, "http://system.example/x", `{"a":"\u003cb\u003e"}`,
			map[string]string{"Content-Type": "application/json"},
		},
		"a call's own headers go before": {
			ticket.Call{Method: http.MethodPatch, Path: "/x", Body: 1, Header: http.Header{"Authorization": {"other"}, "Content-Type": {"application/merge-patch+json"}}},
			http.MethodPatch, "http://system.example/x", "1",
			map[string]string{"Authorization": "other", "Content-Type": "application/merge-patch+json"},
		},
	} {
		var sent *http.Request
		var body []byte
		x := exchange(transport(func(r *http.Request) (*http.Response, error) {
			sent = r
			body, _ = io.ReadAll(r.Body)
			return answer(200, nil, `{"n":7}`)(r)
		}))
		x.Header = http.Header{"Authorization": {"token"}}
		got, a, err := ticket.Do[struct{ N int }](t.Context(), x, c.call)
		if err != nil || got.N != 7 || a.Status != 200 {
			t.Fatalf("%s: %+v, %+v, %v", name, got, a, err)
		}
		if sent.Method != c.method || sent.URL.String() != c.target || string(body) != c.body {
			t.Errorf("%s: %s %s %s", name, sent.Method, sent.URL, body)
		}
		for header, want := range c.header {
			if got := sent.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

// TestDoNothing asks for no answer: what comes is not read, but a page is none.
func TestDoNothing(t *testing.T) {
	t.Parallel()
	html := map[string]string{"Content-Type": "text/html"}
	for name, c := range map[string]struct {
		rt   transport
		good bool
	}{
		"no content":         {answer(204, map[string]string{"Content-Type": ""}, ""), true},
		"no content, a page": {answer(204, html, ""), true},
		"nothing at all":     {answer(200, nil, ""), true},
		"some JSON":          {answer(200, nil, "[1]"), true},
		"a sign-in page":     {answer(200, html, "<html>"), false},
	} {
		_, err := do(t, c.rt, ticket.Writes)
		if f := ticket.FailureOf(err); (err == nil) != c.good || !c.good && (f.Trouble != ticket.Malformed || f.Certainty != ticket.Ambiguous) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDoWithoutACall never reaches the network.
func TestDoWithoutACall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]ticket.Call{
		"a body that is no JSON": {Path: "/", Body: make(chan int)},
		"an odd method":          {Method: "a b", Path: "/"},
		"an odd path":            {Path: "\x00"},
	} {
		x := exchange(fail(errors.New("called")))
		_, _, err := ticket.Do[ticket.Nothing](t.Context(), x, c)
		if f := ticket.FailureOf(err); f.Certainty != ticket.NotSent || f.Trouble != ticket.Input {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestFailureOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("why")
	if f := ticket.FailureOf(cause); f.Certainty != ticket.Ambiguous || f.Trouble != ticket.Down || !errors.Is(f, cause) || !strings.Contains(f.Error(), "why") {
		t.Errorf("%+v", f)
	}
	known := &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "no"}
	if f := ticket.FailureOf(fmt.Errorf("while filing: %w", known)); f != known || f.Error() != "no" {
		t.Errorf("%+v", f)
	}
}

// FuzzExchange feeds arbitrary answers: whatever comes is an answer or a failure.
func FuzzExchange(f *testing.F) {
	f.Add(200, "application/json", "5", []byte(`{"message":"x"}`))
	f.Add(302, "text/html", "Mon, 02 Nov 2026 10:00:00 GMT", []byte("<html>"))
	f.Add(999, "", "-1", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, status int, kind, retry string, body []byte) {
		rt := transport(func(*http.Request) (*http.Response, error) {
			h := http.Header{"Content-Type": {kind}, "Retry-After": {retry}, "Date": {retry}}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		a, err := do(t, rt, ticket.Writes)
		if err == nil {
			if a.Status < 200 || a.Status > 299 {
				t.Errorf("%d is no success", a.Status)
			}
			return
		}
		failure, ok := errors.AsType[*ticket.Failure](err)
		if !ok || !utf8.ValidString(failure.Msg) || failure.RetryAfter < 0 || failure.RetryAfter > time.Hour {
			t.Errorf("%#v", err)
		}
	})
}

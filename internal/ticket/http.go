package ticket

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxAnswer     = 8 << 20
	maxMessage    = 300
	maxRetryAfter = time.Hour
)

// Effect says whether a call can change anything. A call that only reads may
// always be made again, so its failures are NotSent however far it got.
type Effect bool

// The effects.
const (
	Reads  Effect = false
	Writes Effect = true
)

// unknown is the certainty of a call whose answer was lost or makes no sense.
func (e Effect) unknown() Certainty {
	if e == Writes {
		return Ambiguous
	}
	return NotSent
}

// Exchange is how a provider speaks JSON over HTTP with its system. It turns
// every way that can fail into a *Failure.
type Exchange struct {
	Name    string                   // of the system, for messages
	Client  *http.Client             //
	Secrets []string                 // never repeated in a message, whatever the system answers
	Words   func(body []byte) string // finds the system's own words in a refusal; nil: it has none
}

// Answer is what the system answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do makes one call. The error is nil or a *Failure; the answer comes with the
// failure if there was one, so that a provider that knows better can look.
func (x Exchange) Do(req *http.Request, effect Effect) (Answer, error) {
	resp, err := x.Client.Do(req)
	if err != nil {
		// An answer with an error is a redirect that the client would not follow.
		return Answer{}, x.lost(err, effect, resp != nil)
	}
	defer resp.Body.Close()
	answer := Answer{Status: resp.StatusCode, Header: resp.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if refused := x.refusal(answer, effect); refused != nil {
		return answer, refused // whatever became of the body
	}
	if err != nil {
		return answer, x.lost(err, effect, errors.Is(err, io.ErrUnexpectedEOF))
	}
	if len(answer.Body) > maxAnswer {
		return answer, x.malformed(effect, "too much at once", nil)
	}
	if len(answer.Body) > 0 && !answer.isJSON() {
		return answer, x.malformed(effect, "something that is not JSON, maybe a sign-in page; is the address right", nil)
	}
	return answer, nil
}

// Decode reads the answer's body as a T.
func Decode[T any](x Exchange, a Answer, effect Effect) (T, error) {
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		return *new(T), x.malformed(effect, "something that its documentation does not describe", err)
	}
	return v, nil
}

// Malformed is the failure of a call whose answer, though JSON, cannot be right.
func (x Exchange) Malformed(effect Effect, cause error) error {
	return x.malformed(effect, "something that its documentation does not describe", cause)
}

// Message makes text that came from the system fit to be shown: one line of
// valid UTF-8 without control characters, of bounded length, free of secrets.
func (x Exchange) Message(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for _, secret := range x.Secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return Clip(OneLine(text), maxMessage)
}

// OneLine returns text with every run of blanks, line ends and control
// characters made one blank.
func OneLine(text string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(text, blank), " ")
}

// Clip returns text, cut to at most n characters with an ellipsis as the last.
func Clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

func (x Exchange) malformed(effect Effect, what string, cause error) *Failure {
	return &Failure{Certainty: effect.unknown(), Trouble: Malformed, Msg: x.Name + " answered " + what, Err: cause}
}

// lost is the failure of a call without a whole answer.
func (x Exchange) lost(err error, effect Effect, odd bool) *Failure {
	f := &Failure{Certainty: effect.unknown(), Trouble: Down, Msg: x.Name + " could not be reached", Err: err}
	if odd {
		f.Trouble = Malformed
	}
	// The client says more, if it is ours.
	type informed interface {
		error
		MaybeSent() bool
		Message() string
	}
	if cause, ok := errors.AsType[informed](err); ok {
		f.Msg = x.Name + ": " + x.Message(cause.Message())
		if !cause.MaybeSent() {
			f.Certainty = NotSent
		}
	}
	return f
}

// refusal is the failure an answer's status stands for, or nil for success.
func (x Exchange) refusal(a Answer, effect Effect) *Failure {
	f := &Failure{Msg: x.said(a), RetryAfter: a.retryAfter()}
	switch {
	case a.Status >= 200 && a.Status < 300:
		return nil
	case a.Status < 400:
		f.Trouble, f.Certainty = Malformed, effect.unknown()
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		f.Trouble, f.Certainty = Unauthorized, NotSent
	case a.Status == http.StatusTooManyRequests:
		f.Trouble, f.Certainty = RateLimited, NotSent
	case a.Status == http.StatusRequestTimeout, a.Status >= 500:
		f.Trouble, f.Certainty = Down, effect.unknown()
	case a.Status == http.StatusNotFound && !a.isJSON():
		f.Trouble, f.Certainty = Malformed, Refused // not the API: the address is wrong
	default:
		f.Trouble, f.Certainty = Input, Refused
	}
	return f
}

func (x Exchange) said(a Answer) string {
	said := fmt.Sprintf("%s answered %d %s", x.Name, a.Status, http.StatusText(a.Status))
	if x.Words == nil || !a.isJSON() {
		return strings.TrimSpace(said)
	}
	if words := x.Message(x.Words(a.Body)); words != "" {
		return said + ": " + words
	}
	return strings.TrimSpace(said)
}

func (a Answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// Date returns the time of the answer by the system's clock, or the zero time.
func (a Answer) Date() time.Time {
	date, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// retryAfter reads both forms of the header. A date is held against the
// answer's own date, so that no clock of ours takes part.
func (a Answer) retryAfter() time.Duration {
	value := strings.TrimSpace(a.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil || a.Date().IsZero() {
		return 0
	}
	return min(max(until.Sub(a.Date()), 0), maxRetryAfter)
}

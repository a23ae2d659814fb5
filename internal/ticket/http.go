package ticket

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
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

// Unknown is the certainty of a call whose answer was lost or makes no sense.
func (e Effect) Unknown() Certainty {
	if e == Writes {
		return Ambiguous
	}
	return NotSent
}

// Exchange is how a provider speaks JSON over HTTP with its system. It turns
// every way that can fail into a *Failure.
type Exchange struct {
	Name    string                   // of the system, for messages
	Base    string                   // what the path of a Call is added to
	Header  http.Header              // sent with each Call: who we are
	Client  *http.Client             //
	Secrets []string                 // never repeated in a message, whatever the system answers
	Words   func(body []byte) string // finds the system's own words in a refusal; nil: it has none
}

// Call is one call of a JSON interface.
type Call struct {
	Method string     // "" is GET, or POST if there is a body
	Path   string     // behind Exchange.Base, with every part escaped
	Query  url.Values //
	Header http.Header
	Body   any // sent as JSON; nil for none
	Effect Effect
}

// ErrTooMuch is the cause of the failure of a call whose answer was left unread
// for its size alone: one that asks for less may succeed.
var ErrTooMuch = errors.New("the answer is longer than what is read of one")

// Nothing is what a call answers that is asked for nothing: its body, if there
// is one, is not read.
type Nothing struct{}

// Do makes one call and reads the answer as a T. The error is nil or a *Failure;
// the answer comes with it if there was one.
func Do[T any](ctx context.Context, x Exchange, c Call) (T, Answer, error) {
	var v T
	req, err := x.request(ctx, c)
	if err != nil {
		return v, Answer{}, err
	}
	_, silent := any(v).(Nothing)
	answer, err := x.send(req, c.Effect, silent)
	if err != nil || silent {
		return v, answer, err
	}
	v, err = Decode[T](x, answer, c.Effect)
	return v, answer, err
}

func (x Exchange) request(ctx context.Context, c Call) (*http.Request, error) {
	unsent := func(what string, err error) error {
		return &Failure{Certainty: NotSent, Trouble: Input, Msg: what, Err: err}
	}
	var body []byte
	method := cmp.Or(c.Method, http.MethodGet)
	if c.Body != nil {
		var err error
		if body, err = json.Marshal(c.Body); err != nil {
			return nil, unsent("what is to be sent to "+x.Name+" is not valid", err)
		}
		method = cmp.Or(c.Method, http.MethodPost)
	}
	target := x.Base + c.Path
	if len(c.Query) > 0 {
		target += "?" + c.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, unsent("the address of "+x.Name+" is not valid", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Admit")
	if c.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, x.Header)
	maps.Copy(req.Header, c.Header)
	return req, nil
}

// Answer is what the system answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// send makes one call. The error is nil or a *Failure; the answer comes with the
// failure if there was one, so that a provider that knows better can look.
// silent says that the answer's body is not wanted.
func (x Exchange) send(req *http.Request, effect Effect, silent bool) (Answer, error) {
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
		return answer, x.malformed(effect, "too much at once", ErrTooMuch)
	}
	if len(answer.Body) > 0 && !answer.isJSON() && (!silent || answer.Status != http.StatusNoContent) {
		return answer, x.malformed(effect, "something that is not JSON, maybe a sign-in page; is the address right", nil)
	}
	return answer, nil
}

// Decode reads the answer's body as a T. null is none: it would read as an empty
// T, and an empty list says that there is no ticket.
func Decode[T any](x Exchange, a Answer, effect Effect) (T, error) {
	var v T
	err := json.Unmarshal(a.Body, &v)
	if err == nil && string(bytes.TrimSpace(a.Body)) == "null" {
		err = errors.New("the answer is null")
	}
	if err != nil {
		return *new(T), x.Malformed(effect, err)
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

func (x Exchange) malformed(effect Effect, what string, cause error) *Failure {
	return &Failure{Certainty: effect.Unknown(), Trouble: Malformed, Msg: x.Name + " answered " + what, Err: cause}
}

// lost is the failure of a call without a whole answer.
func (x Exchange) lost(err error, effect Effect, odd bool) *Failure {
	f := &Failure{Certainty: effect.Unknown(), Trouble: Down, Msg: x.Name + " could not be reached", Err: err}
	if busy, ok := errors.AsType[*Busy](err); ok {
		return &Failure{Certainty: NotSent, Trouble: RateLimited, Msg: x.Name + ": " + busy.Error(), RetryAfter: busy.Wait, Err: err}
	}
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
	if a.Status >= 200 && a.Status < 300 {
		return nil
	}
	f := &Failure{Msg: x.said(a), RetryAfter: a.Pause()}
	switch {
	case a.Status < 400:
		f.Trouble, f.Certainty = Malformed, effect.Unknown()
	case a.Status == http.StatusForbidden && f.RetryAfter > 0: // GitHub and others say so when it was too much
		f.Trouble, f.Certainty = RateLimited, NotSent
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		f.Trouble, f.Certainty = Unauthorized, NotSent
	case a.Status == http.StatusTooManyRequests:
		f.Trouble, f.Certainty = RateLimited, NotSent
	case a.Status == http.StatusRequestTimeout, a.Status >= 500:
		f.Trouble, f.Certainty = Down, effect.Unknown()
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

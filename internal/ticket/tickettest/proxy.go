package tickettest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is a way a call can go wrong.
type Fault string

// The faults. Those that happen "after" do so when the system has done what it
// was asked to.
const (
	None          Fault = ""
	AnswerLost    Fault = "connection lost after"
	ConnLost      Fault = "connection lost before"
	HangBefore    Fault = "no answer, before"
	HangAfter     Fault = "no answer, after"
	Drip          Fault = "an answer that never ends, after"
	Busy          Fault = "429 with Retry-After"
	BusyMute      Fault = "429"
	BusyForbidden Fault = "403 with Retry-After"
	ErrorBefore   Fault = "500 before"
	ErrorAfter    Fault = "500 after"
	NotJSON       Fault = "200 that is not JSON, after"
	Truncated     Fault = "200 with half of the JSON, after"
	CutOff        Fault = "200 with half of the bytes, after"
	WrongShape    Fault = "200 with another JSON, after"
	SignInPage    Fault = "200 with a sign-in page, after"
	RedirectAway  Fault = "redirect to another host, before"
	SignedOut     Fault = "401"
	Expired       Fault = "401 because the token expired"
	NotAllowed    Fault = "403 without a word"
)

const (
	busySeconds  = 7
	dripInterval = 20 * time.Millisecond
	maxBody      = 16 << 20
	elsewhere    = "http://elsewhere.invalid/"
	oddWord      = "odd-word-of-the-proxy"
	oddAnswer    = `{"items":{"a":1},"id":[],"total":"x","` + oddWord + `":null}`
)

// Proxy stands between a provider and its system, counts the calls, and makes
// some of them fail.
type Proxy struct {
	URL string

	target string
	server *httptest.Server
	client *http.Client
	held   chan struct{}

	mu    sync.Mutex
	calls int
	fault Fault
	match func(*http.Request, []byte) bool
	turn  func([]byte) []byte
	carry Carrier
}

// Carrier carries a call: it may do something before and after pass, which has
// the system do what it is asked to. If it returns false the caller gets no
// answer.
type Carrier func(r *http.Request, body []byte, pass func()) bool

// NewProxy starts a proxy on loopback in front of target, "http://host:port".
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{
		target: strings.TrimRight(target, "/"),
		client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		held: make(chan struct{}, 100),
	}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Stop)
	p.URL = p.server.URL
	return p
}

// Stop ends the proxy: from now on nobody listens at its address.
func (p *Proxy) Stop() {
	p.server.CloseClientConnections() // frees the calls that hang
	p.server.Close()
	p.client.CloseIdleConnections()
}

// Inject makes the calls that match fail from now on; nil matches all.
func (p *Proxy) Inject(f Fault, match func(r *http.Request, body []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.match = f, match
}

// alter changes what good answers say from now on; nil leaves them as they are.
func (p *Proxy) alter(turn func(body []byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn = turn
}

func (p *Proxy) turned(a answer) answer {
	p.mu.Lock()
	turn := p.turn
	p.mu.Unlock()
	const redirect = 300
	if turn != nil && a.status < redirect {
		a.body = turn(a.body)
	}
	return a
}

// Around has f carry every call from now on that no fault stops before.
func (p *Proxy) Around(f Carrier) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carry = f
}

func (p *Proxy) carrier() Carrier {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.carry != nil {
		return p.carry
	}
	return func(_ *http.Request, _ []byte, pass func()) bool { pass(); return true }
}

// Calls returns how many calls came so far.
func (p *Proxy) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// Held receives a value when a call begins to hang.
func (p *Proxy) Held() <-chan struct{} { return p.held }

func (p *Proxy) take(r *http.Request, body []byte) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.match != nil && !p.match(r, body) {
		return None
	}
	return p.fault
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return
	}
	fault := p.take(r, body)
	if p.before(fault, w, r) {
		return
	}
	var answer answer
	if !p.carrier()(r, body, func() { answer, err = p.forward(r, body) }) {
		hangUp(w)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	p.after(fault, w, r, p.turned(answer))
}

// before makes the faults that the system never hears of.
func (p *Proxy) before(f Fault, w http.ResponseWriter, r *http.Request) bool {
	switch f {
	case ConnLost:
		hangUp(w)
	case HangBefore:
		p.hang(r)
	case Busy:
		w.Header().Set("Retry-After", strconv.Itoa(busySeconds))
		say(w, http.StatusTooManyRequests, `{"message":"slow down"}`)
	case BusyMute:
		say(w, http.StatusTooManyRequests, ``)
	case BusyForbidden:
		w.Header().Set("Retry-After", strconv.Itoa(busySeconds))
		w.WriteHeader(http.StatusForbidden)
	case ErrorBefore:
		say(w, http.StatusInternalServerError, `{"message":"boom"}`)
	case RedirectAway:
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	case SignedOut:
		say(w, http.StatusUnauthorized, `{"message":"Unauthorized"}`)
	case Expired:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="The access token expired"`)
		say(w, http.StatusUnauthorized, `{"error":"invalid_token","error_description":"The access token expired"}`)
	case NotAllowed:
		w.WriteHeader(http.StatusForbidden)
	default:
		return false
	}
	return true
}

// after makes the faults of an answer.
func (p *Proxy) after(f Fault, w http.ResponseWriter, r *http.Request, a answer) {
	switch f {
	case AnswerLost:
		hangUp(w)
	case HangAfter:
		p.hang(r)
	case Drip:
		p.drip(w, r)
	case ErrorAfter:
		say(w, http.StatusInternalServerError, `{"message":"boom"}`)
	case NotJSON:
		say(w, http.StatusOK, `<xml/>`)
	case Truncated:
		say(w, http.StatusOK, string(a.body[:len(a.body)/2]))
	case CutOff:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)+1))
		say(w, http.StatusOK, string(a.body))
	case WrongShape:
		say(w, http.StatusOK, oddAnswer)
	case SignInPage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><form>Sign in</form></html>")
	default:
		maps.Copy(w.Header(), a.header)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (p *Proxy) forward(r *http.Request, body []byte) (answer, error) {
	// The caller may hang up; what it asked for is done all the same.
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header = r.Header.Clone()
	req.Header.Del("Accept-Encoding") // the transport unpacks only what it asked to be packed
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	header := resp.Header.Clone()
	header.Del("Content-Length")
	header.Del("Connection")
	return answer{resp.StatusCode, header, got}, err
}

func (p *Proxy) hang(r *http.Request) {
	p.held <- struct{}{}
	<-r.Context().Done()
}

func (p *Proxy) drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	told := false
	for {
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		if !told {
			p.held <- struct{}{}
			told = true
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(dripInterval):
		}
	}
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

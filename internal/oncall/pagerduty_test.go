package oncall_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/oncall"
	"admit/internal/oncall/oncalltest"
	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
)

// start returns an account, changed before it is used, and a source on it.
func start(t *testing.T, change func(*oncalltest.Server)) oncall.Source {
	t.Helper()
	s := oncalltest.Start(t)
	if change != nil {
		change(s)
	}
	return oncall.NewPagerDuty(s.URL+"/", oncalltest.Key, tickettest.Client())
}

var (
	alice = oncall.Person{Name: "Alice Example", Email: "alice@example.com"}
	bob   = oncall.Person{Name: "Bob Example", Email: "bob@example.com"}
	carol = oncall.Person{Name: "Carol Example", Email: "carol@example.com"}
)

func TestOnCall(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for schedule, want := range map[string][]oncall.Person{
		"schedules/PDAILY1":           {bob}, // at two levels; Gone is gone
		"PDAILY1":                     {bob},
		"schedules/PSHIFT3":           {alice, bob},
		"escalation_policies/POPS001": {alice, bob, carol},
		"escalation_policies/PDESK02": {bob},
		"schedules/PALONE2":           nil, // no policy uses it
		"schedules/PNOTHING":          nil,
		"escalation_policies/PDAILY1": nil, // is none
	} {
		got, err := p.OnCall(t.Context(), schedule)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("by %s: %+v, %v; want %+v", schedule, got, err, want)
		}
	}
}

// TestWithoutEmail leaves out whom nobody can find.
func TestWithoutEmail(t *testing.T) {
	t.Parallel()
	p := start(t, func(s *oncalltest.Server) { s.Users[0].Email, s.Users[1].Email = "", "Bob <bob@example.com>" })
	got, err := p.OnCall(t.Context(), "escalation_policies/POPS001")
	if err != nil || !cmp.Equal(got, []oncall.Person{carol}) {
		t.Errorf("%+v, %v; want %+v", got, err, carol)
	}
}

// TestNotAChoice calls nobody with what cannot be a choice.
func TestNotAChoice(t *testing.T) {
	t.Parallel()
	p := source(func(*http.Request) (*http.Response, error) { return nil, errors.New("called") })
	for _, schedule := range []string{"", "schedules/", "users/PALICE1", "schedules/P1/P2", "schedules/P1&limit=1", "a b", "schedules/\x00", "é"} {
		if got, err := p.OnCall(t.Context(), schedule); !ticket.IsRefusal(err) || got != nil {
			t.Errorf("by %q: %v, %v; want it refused", schedule, got, err)
		}
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	layers := []oncall.Choice{{ID: "schedules/PALONE2", Name: "Alone"}, {ID: "schedules/PDAILY1", Name: "Daily rotation"}}
	shifts := []oncall.Choice{{ID: "schedules/PSHIFT3", Name: "Follow the sun"}}
	escalations := []oncall.Choice{
		{ID: "escalation_policies/PDESK02", Name: "Escalation policy: Access desk"},
		{ID: "escalation_policies/POPS001", Name: "Escalation policy: Operations"},
	}
	for status, want := range map[int][]oncall.Choice{
		0:                          append(append(append([]oncall.Choice{}, layers...), shifts...), escalations...),
		http.StatusNotFound:        append(append([]oncall.Choice{}, layers...), escalations...),
		http.StatusBadRequest:      append(append([]oncall.Choice{}, layers...), escalations...),
		http.StatusPaymentRequired: append(append([]oncall.Choice{}, layers...), escalations...),
		http.StatusForbidden:       append(append([]oncall.Choice{}, layers...), escalations...),
	} {
		got, err := start(t, func(s *oncalltest.Server) { s.NoShifts = status }).Schedules(t.Context())
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("with %d for shifts: %+v, %v; want %+v", status, got, err, want)
		}
	}
	if got, err := start(t, func(s *oncalltest.Server) { s.NoShifts = http.StatusBadGateway }).Schedules(t.Context()); ticket.FailureOf(err).Trouble != ticket.Down {
		t.Errorf("while a list is down: %+v, %v", got, err)
	}
}

// TestPages reads lists that are longer than a page, as far as PagerDuty tells
// them.
func TestPages(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{100: 100, 101: 101, 250: 250, 10_050: 10_000} {
		p := start(t, func(s *oncalltest.Server) {
			s.Schedules, s.Policies = nil, nil
			for i := range n {
				s.Schedules = append(s.Schedules, oncalltest.Schedule{ID: fmt.Sprintf("P%06d", i), Name: "Schedule", Shifts: n%2 == 0})
			}
		})
		got, err := p.Schedules(t.Context())
		if err != nil || len(got) != want || got[0].ID != "schedules/P000000" || got[want-1].ID != fmt.Sprintf("schedules/P%06d", want-1) {
			t.Errorf("of %d: %d, %v; want %d", n, len(got), err, want)
		}
	}
	const many = 130
	p := start(t, func(s *oncalltest.Server) {
		s.Duties = nil
		for i := range many {
			id := fmt.Sprintf("PUSER%d", i)
			s.Users = append(s.Users, oncalltest.User{ID: id, Name: id, Email: id + "@example.com"})
			s.Duties = append(s.Duties, oncalltest.Duty{Policy: "POPS001", Level: many - i, User: id})
		}
	})
	got, err := p.OnCall(t.Context(), "escalation_policies/POPS001")
	if err != nil || len(got) != many || got[0].Email != "puser129@example.com" {
		t.Errorf("%d on call, %v; want %d, the lowest level first", len(got), err, many)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := oncalltest.Start(t)
	_, err := oncall.NewPagerDuty(s.URL, "wrong", tickettest.Client()).Schedules(t.Context())
	if f := ticket.FailureOf(err); f.Trouble != ticket.Unauthorized || f.Msg != "PagerDuty answered 401 Unauthorized: Authentication failed" {
		t.Errorf("with a wrong key: %+v", f)
	}
	busy := start(t, func(s *oncalltest.Server) { s.Remaining = 0 })
	_, err = busy.OnCall(t.Context(), "PDAILY1")
	if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.RetryAfter != 20*time.Second {
		t.Errorf("without a call left: %+v", f)
	}
	p := source(func(*http.Request) (*http.Response, error) {
		return respond(http.StatusBadRequest, `{"error":{"message":"Invalid Input Provided","code":2001,"errors":["no `+oncalltest.Key+`","at all"]}}`), nil
	})
	_, err = p.Schedules(t.Context())
	if f := ticket.FailureOf(err); f.Msg != "PagerDuty answered 400 Bad Request: Invalid Input Provided; no [secret]; at all" {
		t.Errorf("the refusal says %q", f.Msg)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[tickettest.Fault]ticket.Trouble{
		tickettest.ConnLost: ticket.Down, tickettest.AnswerLost: ticket.Down, tickettest.HangBefore: ticket.Down, tickettest.Drip: ticket.Down,
		tickettest.Busy: ticket.RateLimited, tickettest.BusyMute: ticket.RateLimited, tickettest.BusyForbidden: ticket.RateLimited,
		tickettest.ErrorBefore: ticket.Down, tickettest.NotJSON: ticket.Malformed, tickettest.Truncated: ticket.Malformed, tickettest.CutOff: ticket.Malformed,
		tickettest.WrongShape: ticket.Malformed, tickettest.SignInPage: ticket.Malformed, tickettest.RedirectAway: ticket.Malformed,
		tickettest.SignedOut: ticket.Unauthorized, tickettest.Expired: ticket.Unauthorized, tickettest.NotAllowed: ticket.Unauthorized,
	} {
		proxy := tickettest.NewProxy(t, oncalltest.Start(t).URL)
		proxy.Inject(fault, nil)
		p := oncall.NewPagerDuty(proxy.URL, oncalltest.Key, tickettest.Client())
		for name, call := range map[string]func(context.Context) error{
			"OnCall":    func(ctx context.Context) error { _, err := p.OnCall(ctx, "PDAILY1"); return err },
			"Schedules": func(ctx context.Context) error { _, err := p.Schedules(ctx); return err },
		} {
			err := during(t, proxy, call)
			if f := ticket.FailureOf(err); err == nil || f.Trouble != want || f.Certainty != ticket.NotSent {
				t.Errorf("%s, %s: %v; want %q", fault, name, err, want)
			}
		}
	}
}

// during makes a call, and cancels it as soon as the proxy holds it up.
func during(t *testing.T, proxy *tickettest.Proxy, call func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call(ctx) }()
	select {
	case err := <-done:
		return err
	case <-proxy.Held():
		cancel()
		return <-done
	}
}

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func source(f transport) oncall.Source {
	return oncall.NewPagerDuty(oncall.PagerDutyEU, oncalltest.Key, &http.Client{Transport: f})
}

func respond(status int, body string) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// TestOdd takes no answer for "nobody" that does not say so.
func TestOdd(t *testing.T) {
	t.Parallel()
	const entry = `{"user":{"name":"Al\nice","email":"alice@example.com"},"schedule":{"id":"PDAILY1"},"escalation_level":1}`
	for body, want := range map[string]ticket.Trouble{
		`{"oncalls":[` + entry + `]}`: "", `{"oncalls":[],"more":false}`: "", `{"oncalls":[{"schedule":{"id":"PDAILY1"},"user":null,"escalation_level":null}]}`: "",
		`{}`: ticket.Malformed, `null`: ticket.Malformed, `[]`: ticket.Malformed, ``: ticket.Malformed, `{"oncalls":null}`: ticket.Malformed,
		`{"oncalls":{}}`: ticket.Malformed, `{"oncalls":[7]}`: ticket.Malformed, `{"oncalls":[{}]}`: ticket.Malformed, `{"oncalls":[],"more":"yes"}`: ticket.Malformed,
		`{"oncalls":[{"schedule":{"id":"POTHER1"}}]}`: ticket.Malformed, `{"oncalls":[` + entry + `],"more":true,"offset":0}`: ticket.Malformed,
		`{"oncalls":[{"schedule":{"id":"PDAILY1"},"escalation_level":1e99}]}`: ticket.Malformed,
	} {
		p := source(func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
		got, err := p.OnCall(t.Context(), "PDAILY1")
		if want == "" && err != nil || want != "" && (err == nil || ticket.FailureOf(err).Trouble != want) {
			t.Errorf("%s: %+v, %v; want %q", body, got, err, want)
		}
		if strings.Contains(body, entry) && want == "" && !cmp.Equal(got, []oncall.Person{{Name: "Al ice", Email: "alice@example.com"}}) {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(`{"oncalls":[{"user":{"name":"A","email":"a@example.com"},"schedule":{"id":"PDAILY1"},"escalation_level":1}],"more":false,"offset":0}`)
	f.Add(`{"schedules":[{"id":"PDAILY1","summary":"Daily"}],"escalation_policies":[{"id":"P1","summary":null}],"limit":100,"offset":0,"more":true,"total":null}`)
	f.Add(`{"oncalls":[null],"schedules":[null],"escalation_policies":[{}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		p := source(func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, answer), nil })
		people, _ := p.OnCall(t.Context(), "PDAILY1")
		for _, one := range people {
			if email, problem := access.NormalEmail(one.Email); problem != "" || email != one.Email || !fit(one.Name) {
				t.Errorf("%+v", one)
			}
		}
		choices, _ := p.Schedules(t.Context())
		for _, one := range choices {
			kind, id, ok := strings.Cut(one.ID, "/")
			if !ok || kind == "" || !ticket.IsKey(id) || one.Name == "" || !fit(one.Name) {
				t.Errorf("%+v", one)
			}
		}
	})
}

func fit(name string) bool {
	return name == ticket.OneLine(name) && utf8.ValidString(name) && utf8.RuneCountInString(name) <= access.MaxName+len("Escalation policy: ")
}

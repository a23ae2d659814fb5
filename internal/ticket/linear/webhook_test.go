package linear_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

const secret = "fedcba9876543210fedcba9876543210"

// TestAge has deliveries of all ages: a minute either way is accepted.
func TestAge(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	p := provider(t, sub.Provider)
	made := create(t, p, draft(s))
	at := time.Now()
	for age, want := range map[time.Duration]error{
		0: nil, 59 * time.Second: nil, -59 * time.Second: nil,
		61 * time.Second: ticket.ErrForged, -61 * time.Second: ticket.ErrForged, time.Hour: ticket.ErrForged,
	} {
		d := sub.Delivery(t, made.ID, secret, at)
		d.At = at.Add(age)
		news, err := p.Hear(d)
		if !errors.Is(err, want) || (err == nil) != (len(news.Tickets) == 1) {
			t.Errorf("after %v: %+v, %v; want %v", age, news, err, want)
		}
	}
}

func hear(body, event string, at time.Time) (ticket.News, error) {
	p := &linear.Provider{}
	return p.Hear(lineartest.Delivery(event, secret, []byte(body), at))
}

func TestHear(t *testing.T) {
	t.Parallel()
	const id = "01234567-89ab-4def-8123-456789abcdef"
	at := time.UnixMilli(1_790_000_000_000)
	for body, want := range map[string]string{
		`{"type":"Issue","data":{"id":"` + id + `"},"webhookTimestamp":1790000000000}`:                         id,
		`{"type":"Issue","action":"remove","data":{"id":"` + id + `"},"webhookTimestamp":1790000000000.5}`:     id,
		`{"type":"Comment","data":{"id":"x","issueId":"` + id + `"},"webhookTimestamp":1790000000000}`:         id,
		`{"type":"Comment","data":{"id":"x","issue":{"id":"` + id + `"}},"webhookTimestamp":1790000000000}`:    id,
		`{"type":"Comment","data":{"id":"` + id + `","projectId":"p"},"webhookTimestamp":1790000000000}`:       "",
		`{"type":"Project","data":{"id":"` + id + `"},"webhookTimestamp":1790000000000}`:                       "",
		`{"type":"Issue","data":{"id":"ENG-1"},"webhookTimestamp":1790000000000}`:                              "",
		`{"type":"Issue","data":{"id":"../../0123456789abcdef0123456789ab"},"webhookTimestamp":1790000000000}`: "",
		`{"type":"Issue","data":null,"webhookTimestamp":1790000000000}`:                                        "",
	} {
		news, err := hear(body, "Issue", at)
		if err != nil || !news.Signed || news.ID == "" || strings.Join(news.Tickets, ",") != want {
			t.Errorf("%s: heard %+v, %v; want %q", body, news, err, want)
		}
	}
	for _, body := range []string{
		`{"type":"Issue","data":{"id":"` + id + `"}}`,
		`{"type":"Issue","data":{"id":"` + id + `"},"webhookTimestamp":null}`,
		`{"type":"Issue","data":{"id":"` + id + `"},"webhookTimestamp":"1790000000000"}`,
		`{"type":"Issue","data":{"id":"` + id + `"},"webhookTimestamp":1790000000}`,
		`{"type":"Issue","data":{"id":"` + id + `"},"webhookTimestamp":1e300}`,
	} {
		if news, err := hear(body, "Issue", at); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("%s: heard %+v, %v; want it refused", body, news, err)
		}
	}
}

func FuzzHear(f *testing.F) {
	s := lineartest.Start(f)
	at := time.UnixMilli(1_790_000_000_000)
	for _, body := range s.Payloads(at) {
		f.Add(body)
	}
	f.Add([]byte(`{"type":"Issue","data":[],"webhookTimestamp":-1}`))
	f.Add([]byte(`{"type":{},"data":{"id":{}},"webhookTimestamp":1790000000000}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, key := range []string{secret, ""} {
			d := lineartest.Delivery("Issue", key, body, at)
			news, err := (&linear.Provider{}).Hear(d)
			if err != nil && !errors.Is(err, ticket.ErrForged) || news.Signed && key == "" || err != nil && len(news.Tickets) > 0 {
				t.Errorf("heard %+v, %v", news, err)
			}
			for _, id := range news.Tickets {
				if len(id) != 36 || strings.Trim(id, "0123456789abcdef-") != "" {
					t.Errorf("heard of ticket %q", id)
				}
			}
		}
	})
}

func register(t *testing.T, p ticket.Registrar, teams ...string) ticket.Hook {
	t.Helper()
	hook, err := p.Register(t.Context(), ticket.Hook{URL: "https://admit.example.com/hook", Secret: secret, Projects: teams})
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

// TestRegisterForTeams makes one webhook for each team, and none for a public
// team that one by hand covers already.
func TestRegisterForTeams(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	p := provider(t, sub.Provider)
	register(t, p, s.Team("ACC"), s.Team("TRE"))
	register(t, p, s.Team("ACC"), s.Team("TRE"))
	if on, off := s.Hooks(); on != 2 || off != 0 {
		t.Errorf("%d webhooks are on and %d off, want 2", on, off)
	}
	sub.Listen(t, "https://elsewhere.example.com/hook", secret)
	s.SwitchOff()
	register(t, p, s.Team("ACC"), s.Team("TRE"), s.Team("OPS"))
	if on, off := s.Hooks(); on != 3 || off != 1 {
		t.Errorf("%d webhooks are on and %d off, want ours on and the other left alone", on, off)
	}
	other := lineartest.Start(t)
	sub = behind(t, other)
	p = provider(t, sub.Provider)
	sub.Listen(t, "https://admit.example.com/hook", secret)
	register(t, p, other.Team("ACC"), other.Team("TRE"))
	if on, _ := other.Hooks(); on != 2 {
		t.Errorf("%d webhooks, want one by hand and one for the private team", on)
	}
}

// TestRegisterWithoutTeams passes over teams that are gone, but hears of one at least.
func TestRegisterWithoutTeams(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := provider(t, behind(t, s).Provider)
	hook := ticket.Hook{URL: "https://admit.example.com/hook", Secret: secret, Projects: []string{s.Team("BRD"), "gone"}}
	if _, err := p.Register(t.Context(), hook); ticket.FailureOf(err).Certainty != ticket.Refused {
		t.Errorf("register for no team: %v, want a refusal", err)
	}
	register(t, p, s.Team("BRD"), s.Team("ACC"))
	if on, _ := s.Hooks(); on != 1 {
		t.Errorf("%d webhooks, want one", on)
	}
}

func TestRegisterNeedsAnAdmin(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := provider(t, behind(t, s).Provider)
	s.Refuse("webhooks", lineartest.NoScope)
	hook := ticket.Hook{URL: "https://admit.example.com/hook", Secret: secret, Projects: []string{s.Team("ACC")}}
	if _, err := p.Register(t.Context(), hook); ticket.FailureOf(err).Trouble != ticket.Unauthorized {
		t.Errorf("register: %v, want a matter of rights", err)
	}
	if err := p.Unregister(t.Context(), hook); ticket.FailureOf(err).Trouble != ticket.Unauthorized {
		t.Errorf("unregister: %v, want a matter of rights", err)
	}
}

// TestWebhookByHand does what the instructions say, and is called.
func TestWebhookByHand(t *testing.T) {
	t.Parallel()
	s := lineartest.StartHeld(t, schema(t))
	got := make(chan ticket.Delivery, 10)
	url := receiver(t, got)
	said := strings.NewReplacer("{{url}}", url, "{{secret}}", secret).Replace(linear.Spec().Webhook)
	body := regexp.MustCompile(`(?s)'(\{.*\})'`).FindStringSubmatch(said)
	if len(body) != 2 || !json.Valid([]byte(body[1])) {
		t.Fatalf("the instructions hold no JSON: %s", said)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", bytes.NewReader([]byte(body[1])))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {lineartest.APIKey}, "Content-Type": {"application/json"}}
	resp, err := tickettest.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	p := provider(t, behind(t, s).Provider)
	made := create(t, p, draft(s))
	select {
	case d := <-got:
		d.Secret = secret
		if news, err := p.Hear(d); err != nil || strings.Join(news.Tickets, ",") != made.ID || !news.Signed {
			t.Errorf("heard %+v, %v; want %s", news, err, made.ID)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody called")
	}
}

// receiver is an address that a webhook can call.
func receiver(t *testing.T, got chan<- ticket.Delivery) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- ticket.Delivery{Header: r.Header, Body: body, At: time.Now()}
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

package gitlab_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/gitlab/gitlabtest"
)

const secret = "0123456789abcdef0123456789abcdef"

// ear is an address that GitLab calls.
type ear struct {
	url string
	got chan ticket.Delivery
}

func listen(t *testing.T) ear {
	t.Helper()
	e := ear{got: make(chan ticket.Delivery, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.got <- ticket.Delivery{Header: r.Header, Body: body, At: time.Now()}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

// hears waits for a delivery about a ticket that is signed with this secret.
func (e ear) hears(t *testing.T, w world, secret, id string) ticket.Delivery {
	t.Helper()
	listener, _ := w.Provider.(ticket.Listener)
	deadline := time.After(10 * time.Second)
	for {
		select {
		case d := <-e.got:
			d.Secret = secret
			news, err := listener.Hear(d)
			if err != nil || !news.Signed || news.ID == "" {
				t.Errorf("heard %+v, %v", news, err)
			}
			if len(news.Tickets) == 1 && news.Tickets[0] == id {
				return d
			}
		case <-deadline:
			t.Fatal("nobody called")
		}
	}
}

func (w world) register(t *testing.T, hook ticket.Hook) ticket.Hook {
	t.Helper()
	registrar, _ := w.Provider.(ticket.Registrar)
	made, err := registrar.Register(t.Context(), hook)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestRegister sets the webhook up on a GitLab that signs and on one that does
// not, with confidential tickets, and gives it another secret.
func TestRegister(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]gitlabtest.Options{"signs": {}, "does not sign": {Unsigned: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := start(t, options), listen(t)
			hook := w.register(t, ticket.Hook{URL: e.url, Secret: secret, Projects: []string{w.Project, w.Other()}})
			d := w.draft(1)
			d.Fields = map[string]string{"confidential": "true"}
			made, err := w.Provider.Create(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			got := e.hears(t, w, secret, made.ID)
			if plain := got.Header.Get("X-Gitlab-Token") != ""; plain != options.Unsigned {
				t.Errorf("the secret itself is sent: %v", plain)
			}
			w.Say(t, made.ID, "on it")
			e.hears(t, w, secret, made.ID)

			w.calls(t, "registering again", 2, func() error { hook = w.register(t, hook); return nil })
			hook.Secret = "another " + secret
			hook = w.register(t, hook)
			w.Server.Close(t, made.ID)
			e.hears(t, w, hook.Secret, made.ID)

			hook.Projects = hook.Projects[:1]
			w.register(t, hook)
			if n := len(w.Hooks(w.Other())); n != 0 {
				t.Errorf("a project that is not filed in any more has %d webhooks", n)
			}
		})
	}
}

// TestRegisterTidies finds two webhooks for the address, made by hand.
func TestRegisterTidies(t *testing.T) {
	t.Parallel()
	w, e := start(t), listen(t)
	w.Listen(t, e.url, "old")
	w.Listen(t, e.url, "old")
	w.Listen(t, "http://elsewhere.invalid", "other")
	w.register(t, ticket.Hook{URL: e.url, Secret: secret, Projects: []string{w.Project}})
	if n := len(w.Hooks(w.Project)); n != 2 {
		t.Errorf("%d webhooks, want ours and the other", n)
	}
	made := w.create(t, 1)
	e.hears(t, w, secret, made.ID)
}

func TestRegisterWithoutRights(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.SetToken("glpat-reporter", gitlabtest.Reporter, "api")
	registrar, _ := w.as(t, "glpat-reporter").(ticket.Registrar)
	_, err := registrar.Register(t.Context(), ticket.Hook{URL: "https://admit.example.com/x", Secret: secret, Projects: []string{w.Project}})
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused && f.Trouble != ticket.Unauthorized {
		t.Errorf("%+v, want a refusal", f)
	}
}

// TestUnregisterForgotten takes back what the note of is lost.
func TestUnregisterForgotten(t *testing.T) {
	t.Parallel()
	w := start(t)
	hook := ticket.Hook{URL: "http://admit.invalid/x", Secret: secret, Projects: []string{w.Project}}
	w.register(t, hook)
	registrar, _ := w.Provider.(ticket.Registrar)
	if err := registrar.Unregister(t.Context(), hook); err != nil || len(w.Hooks("")) != 0 {
		t.Errorf("%v, and %d webhooks are left", err, len(w.Hooks("")))
	}
}

// TestHearPlain hears of GitLab's two forms: with the secret sent along, and with
// a signing token of GitLab's own making.
func TestHearPlain(t *testing.T) {
	t.Parallel()
	w := start(t)
	listener, _ := w.Provider.(ticket.Listener)
	body := []byte(`{"object_kind":"issue","object_attributes":{"id":301,"iid":23,"project_id":14}}`)
	for token, want := range map[string]error{secret: nil, secret + "x": ticket.ErrForged, "": ticket.ErrForged} {
		d := ticket.Delivery{Header: http.Header{"X-Gitlab-Token": {token}}, Body: body, Secret: secret, At: time.Now()}
		news, err := listener.Hear(d)
		if !errors.Is(err, want) || want == nil && (!news.Signed || len(news.Tickets) != 1 || news.Tickets[0] != "14-23-301") {
			t.Errorf("token %q: %+v, %v; want %v", token, news, err, want)
		}
		// A signature that is wrong is not made good by the token.
		d.Header.Set("Webhook-Signature", "v1,AAAA")
		if _, err := listener.Hear(d); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("token %q with a wrong signature: %v", token, err)
		}
	}
	made := w.create(t, 1)
	d := w.Delivery(t, made.ID, secret, time.Now())
	d.Secret = gitlabtest.SigningToken(secret)
	if news, err := listener.Hear(d); err != nil || !news.Signed {
		t.Errorf("with a signing token: %+v, %v", news, err)
	}
}

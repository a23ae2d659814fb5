package tickettest

import (
	"testing"
	"time"

	"admit/internal/ticket"
)

func registrar(s Subject) ticket.Registrar {
	return s.Provider.(ticket.Registrar) //nolint:forcetypeassert // the case needs it
}

// hook is the registration of an address.
func (s Subject) hook(r *receiver) ticket.Hook {
	return ticket.Hook{URL: r.url, Secret: secret, Projects: []string{s.Project}}
}

// register makes a registration that must work.
func (s Subject) register(t *testing.T, hook ticket.Hook) ticket.Hook {
	t.Helper()
	made, err := registrar(s).Register(t.Context(), hook)
	if err != nil {
		t.Fatalf("register: %v", err)
	}
	if made.ID == "" || made.URL != hook.URL || made.Secret == "" || !made.Expires.IsZero() && made.Expires.Before(time.Now()) {
		t.Fatalf("registered %+v for %+v", made, hook)
	}
	return made
}

func testRegister(t *testing.T, s Subject) {
	r := listen(t)
	hook := s.register(t, s.hook(r))
	r.wait(t, s, hook.Secret, s.changes(t))
}

func testRegisterTwice(t *testing.T, s Subject) {
	r := listen(t)
	first := s.register(t, s.hook(r))
	again := s.register(t, first)
	unknown := s.register(t, s.hook(r)) // as when the first answer was lost
	if again.ID != first.ID || unknown.ID != first.ID {
		t.Errorf("registered as %q, %q and %q, want one", first.ID, again.ID, unknown.ID)
	}
	if s.Hooks != nil {
		if n := s.Hooks(t); n != 1 {
			t.Errorf("%d webhooks are registered, want one", n)
		}
	}
	r.wait(t, s, unknown.Secret, s.changes(t))
}

func testRegisterHeals(t *testing.T, s Subject) {
	r := listen(t)
	hook := s.register(t, s.hook(r))
	s.SwitchOff(t)
	hook = s.register(t, hook)
	r.wait(t, s, hook.Secret, s.changes(t))
}

// testUnregister knows that nothing comes any more when something else came
// that was registered later.
func testUnregister(t *testing.T, s Subject) {
	gone, other := listen(t), listen(t)
	hook := s.register(t, s.hook(gone))
	for range 2 {
		if err := registrar(s).Unregister(t.Context(), hook); err != nil {
			t.Fatalf("unregister: %v", err)
		}
	}
	if s.Hooks != nil {
		if n := s.Hooks(t); n != 0 {
			t.Errorf("%d webhooks are registered, want none", n)
		}
	}
	kept := s.register(t, s.hook(other))
	id := s.changes(t)
	other.wait(t, s, kept.Secret, id)
	gone.silent(t, s, hook.Secret, id)
}

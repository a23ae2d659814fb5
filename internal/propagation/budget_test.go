package propagation_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/ticket"
)

// wired is a paper system that is looked at over HTTP: its Check and its People are
// one call each.
type wired struct {
	*paper
	x ticket.Exchange
}

func (s wired) Check(ctx context.Context, _ string) ([]ticket.Finding, error) {
	_, _, err := ticket.Do[ticket.Nothing](ctx, s.x, ticket.Call{Path: "/"})
	return nil, err
}

func (s wired) People(ctx context.Context, _, _ string) ([]ticket.Account, error) {
	_, _, err := ticket.Do[ticket.Nothing](ctx, s.x, ticket.Call{Path: "/"})
	return nil, err
}

// wire gives the world a system that answers over HTTP, allows 10 calls a
// minute, and says how to its callers.
func (w *world) wire(answer http.HandlerFunc) (calls *atomic.Int64, engines [2]*propagation.Service) {
	calls = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		rw.Header().Set("Content-Type", "application/json")
		answer(rw, r)
	}))
	w.Cleanup(server.Close)
	spec := w.paper.spec()
	spec.Rate = ticket.Rate{Calls: 10, Per: time.Minute}
	spec.Open = func(_ map[string]string, client *http.Client) (ticket.Provider, error) {
		return wired{w.paper, ticket.Exchange{Name: "Paper", Base: server.URL, Client: client}}, nil
	}
	for i := range engines {
		engines[i] = w.engine()
		engines[i].Registry = ticket.NewRegistry(spec)
		engines[i].Client = server.Client()
	}
	return calls, engines
}

func TestServersShareOneBudget(t *testing.T) {
	onBoth(t, func(w *world) {
		calls, engines := w.wire(func(http.ResponseWriter, *http.Request) {})
		var last []ticket.Finding
		for n := range 20 {
			found, err := engines[n%2].CheckProvider(w.Context(), w.admin, w.payroll, "p1")
			w.must(err)
			last = found
		}
		// Somebody waits for a check, so it may use what is kept of the budget too.
		if n := calls.Load(); n != 10 || len(last) != 1 {
			t.Errorf("%d calls, then %v; want 10, and to be told to wait", n, last)
		}
		w.advance(12 * time.Second)
		for n := range 10 {
			_, err := engines[n%2].CheckProvider(w.Context(), w.admin, w.payroll, "p1")
			w.must(err)
		}
		if n := calls.Load(); n != 12 {
			t.Errorf("%d calls after 12 s, want 12: one comes in every 6 s", n)
		}
	})
}

func TestAllServersObeyAPause(t *testing.T) {
	onBoth(t, func(w *world) {
		busy := true
		calls, engines := w.wire(func(rw http.ResponseWriter, _ *http.Request) {
			if busy {
				rw.Header().Set("Retry-After", "30")
				rw.WriteHeader(http.StatusTooManyRequests)
			}
		})
		check := func(e *propagation.Service) []ticket.Finding {
			found, err := e.CheckProvider(w.Context(), w.admin, w.payroll, "p1")
			w.must(err)
			return found
		}
		if found := check(engines[0]); len(found) != 1 {
			t.Errorf("found %v, want to be told", found)
		}
		busy = false
		for _, e := range engines {
			if found := check(e); len(found) != 1 || calls.Load() != 1 {
				t.Errorf("found %v after %d calls, want no call while it wants none", found, calls.Load())
			}
		}
		p, err := engines[1].Provider(w.Context(), w.admin, w.payroll)
		w.must(err)
		if p.Health != access.RateLimit {
			t.Errorf("the provider is %s", p.Health)
		}
		w.advance(31 * time.Second)
		for _, e := range engines {
			if found := check(e); len(found) != 0 {
				t.Errorf("found %v after the pause", found)
			}
		}
	})
}

func TestExhaustedHeadersPause(t *testing.T) {
	onBoth(t, func(w *world) {
		calls, engines := w.wire(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-RateLimit-Remaining", "0")
			rw.Header().Set("X-RateLimit-Reset", "20")
		})
		for range 5 {
			_, err := engines[0].CheckProvider(w.Context(), w.admin, w.payroll, "p1")
			w.must(err)
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("%d calls, want one: it said that none is left", n)
		}
	})
}

// TestSmallestBudgetIsNotAllKept: with one call a minute there is one for those
// who are in no hurry too.
func TestSmallestBudgetIsNotAllKept(t *testing.T) {
	onBoth(t, func(w *world) {
		calls, engines := w.wire(func(http.ResponseWriter, *http.Request) {})
		_, err := engines[0].UpdateProvider(w.Context(), w.admin, w.payroll, propagation.ProviderPatch{
			Settings: map[string]string{"calls_per_minute": "1"}, SaveAnyway: true,
		})
		w.must(err)
		_, err = engines[0].FindPeople(w.Context(), w.admin, w.payroll, "p1", "ana")
		w.must(err)
		if n := calls.Load(); n != 1 {
			t.Errorf("%d calls, want one", n)
		}
	})
}

// TestOwnBudgetIsNoTrouble: a call we hold back ourselves says nothing about the
// system.
func TestOwnBudgetIsNoTrouble(t *testing.T) {
	onBoth(t, func(w *world) {
		_, engines := w.wire(func(http.ResponseWriter, *http.Request) {})
		for range 12 {
			_, err := engines[0].CheckProvider(w.Context(), w.admin, w.payroll, "p1")
			w.must(err)
		}
		p, err := engines[0].Provider(w.Context(), w.admin, w.payroll)
		w.must(err)
		if p.Health != access.Healthy || w.events(access.ProviderTroubled) != 0 {
			t.Errorf("the provider is %s: %s", p.Health, p.Trouble)
		}
	})
}

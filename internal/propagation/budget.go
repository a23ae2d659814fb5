package propagation

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

const (
	chunkShare      = 50               // a server takes one in this many of a budget at once
	keptShare       = 5                // one in this many is kept for removals and reads
	longestWaitHere = 2 * time.Second  // a call waits so long for its turn; beyond that its job does
	mutePause       = 10 * time.Second // after "too many calls" that does not say until when
)

// meter stands between a provider and its system: it holds all calls of an
// account to one budget, shared by all servers, and obeys when the system says
// that it wants no more calls for a while.
type meter struct {
	s    *Service
	id   string // of the provider
	name string
	next http.RoundTripper // nil without a client: then there is none to open a provider with

	mu    sync.Mutex // held for a moment only: whoever opens a provider waits for it
	rate  ticket.Rate
	until time.Time // no calls before

	taking sync.Mutex // held while calls are taken from the budget
	left   int        // of those taken, not made yet
}

// urgent marks a context whose calls may use what is kept of a budget: removals,
// and reads of what was filed.
type urgent struct{}

func urgently(ctx context.Context) context.Context { return context.WithValue(ctx, urgent{}, true) }

// meter returns the one meter of a provider here. The caller holds s.mu.
func (s *Service) meter(row access.TicketProvider, spec ticket.Spec) *meter {
	m, ok := s.meters[row.ID]
	if !ok {
		m = &meter{s: s, id: row.ID, name: row.Name}
		if s.Client != nil {
			m.next = s.Client.Transport
		}
		s.meters[row.ID] = m
	}
	m.set(spec.RateFor(row.Settings), row.PausedUntil)
	return m
}

// client is the HTTP client a provider is opened with.
func (m *meter) client() *http.Client {
	if m.s.Client == nil {
		return nil
	}
	c := *m.s.Client
	c.Transport = m
	return &c
}

// set tells the meter what holds for its account now.
func (m *meter) set(rate ticket.Rate, pausedUntil *time.Time) {
	m.mu.Lock()
	m.rate = rate
	m.mu.Unlock()
	m.pause(pausedUntil)
}

// pause holds calls back until a moment; nil for none.
func (m *meter) pause(until *time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if until != nil && until.After(m.until) {
		m.until = *until
	}
}

// RoundTrip implements http.RoundTripper.
func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := m.admit(req.Context()); err != nil {
		return nil, err
	}
	resp, err := m.next.RoundTrip(req)
	if err == nil {
		m.obey(req.Context(), resp)
	}
	return resp, err
}

// admit lets a call through when it may be made, which may be in a moment. A call
// that would have to wait longer is Busy.
func (m *meter) admit(ctx context.Context) error {
	err := m.may(ctx)
	busy, ok := errors.AsType[*ticket.Busy](err)
	if !ok || busy.Wait > longestWaitHere {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(busy.Wait):
	}
	return m.may(ctx)
}

func (m *meter) may(ctx context.Context) error {
	if wait := m.wait(); wait > 0 {
		return &ticket.Busy{Wait: wait}
	}
	return m.spend(ctx)
}

func (m *meter) limit() ticket.Rate {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rate
}

func (m *meter) wait() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.until.Sub(m.s.DB.Time())
}

// spend takes one call from the budget. Trouble of our own database makes no
// call go wrong.
func (m *meter) spend(ctx context.Context) error {
	first, _ := ctx.Value(urgent{}).(bool)
	rate := m.limit()
	if rate.Calls <= 0 {
		return nil
	}
	m.taking.Lock()
	defer m.taking.Unlock()
	if m.left > 0 {
		m.left--
		return nil
	}
	budget, want := store.Budget{Calls: rate.Calls, Per: rate.Per}, 1
	if !first { // of a very small budget one call is left for the others
		budget.Keep = min(float64(rate.Calls)/keptShare, float64(rate.Calls-1))
		want = max(rate.Calls/chunkShare, 1)
	}
	var got int
	var wait time.Duration
	ctx = context.WithoutCancel(ctx) // m.left counts what was taken
	err := m.s.DB.Write(ctx, func(w *store.Write) (err error) {
		got, wait, err = store.TakeBudget(ctx, w.Tx, m.id, budget, want, w.Now)
		return err
	})
	if err != nil {
		m.s.Log.WarnContext(ctx, "budget of calls not read", "provider", m.name, "error", err)
		return nil
	}
	if got == 0 {
		return &ticket.Busy{Wait: wait}
	}
	m.left = got - 1
	return nil
}

// obey notes when the system wants no more calls, for all servers.
func (m *meter) obey(ctx context.Context, resp *http.Response) {
	pause := ticket.Answer{Status: resp.StatusCode, Header: resp.Header}.Pause()
	if pause == 0 && resp.StatusCode == http.StatusTooManyRequests {
		pause = mutePause
	}
	if pause == 0 {
		return
	}
	until := m.s.DB.Time().Add(pause)
	m.pause(&until)
	ctx = context.WithoutCancel(ctx) // it holds whatever becomes of the call
	err := m.s.DB.Write(ctx, func(w *store.Write) error {
		return store.PauseProvider(ctx, w.Tx, m.id, until)
	})
	if err != nil {
		m.s.Log.WarnContext(ctx, "pause of a provider not stored", "provider", m.name, "error", err)
	}
}

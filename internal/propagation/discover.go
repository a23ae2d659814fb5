package propagation

import (
	"context"
	"time"
)

// rememberDiscovery is how long it is remembered what a system offers: a page
// where somebody chooses asks again with every click.
const rememberDiscovery = 30 * time.Second

// discovery is what a system answered when it was asked what it offers.
type discovery struct {
	at   time.Time
	what any
}

// discover returns what a provider offers, as it answered a moment ago or answers
// now. Somebody waits for it, so it may use what is kept of the budget.
func discover[T any](ctx context.Context, s *Service, p account, of string, ask func(context.Context) (T, error)) (T, error) {
	key := openKey{p.ID + "\x00" + of, p.Version}
	now := s.DB.Time()
	s.mu.Lock()
	known, ok := s.discovered[key]
	for k, d := range s.discovered {
		if now.Sub(d.at) >= rememberDiscovery {
			delete(s.discovered, k)
		}
	}
	s.mu.Unlock()
	if v, fits := known.what.(T); ok && fits && now.Sub(known.at) < rememberDiscovery {
		return v, nil
	}
	v, err := ask(urgently(ctx))
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return v, unavailable(failure)
	}
	s.mu.Lock()
	s.discovered[key] = discovery{now, v}
	s.mu.Unlock()
	return v, nil
}

package propagation

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// How many tickets are filed at one provider at a time, here: with these, one
// that hangs leaves workers for the others; with it known to be in trouble, a few
// only see whether it works again.
const (
	crowd        = 16
	troubleCrowd = 2
	crowdPause   = 250 * time.Millisecond
)

// enter takes a place among those who file at the provider of a change, and
// returns what gives it back; nil when there is none now.
func (s *Service) enter(ctx context.Context, changeID string) (leave func(), err error) {
	c, err := store.Change(ctx, s.DB.Read(), changeID)
	if err != nil {
		return nil, err
	}
	if c.ProviderID == nil {
		return func() {}, nil
	}
	p, err := store.Provider(ctx, s.DB.Read(), *c.ProviderID)
	if err != nil {
		return nil, err
	}
	most := crowd
	if p.Health != access.Healthy && p.Health != access.Untried {
		most = troubleCrowd
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.filing[p.ID] >= most {
		return nil, nil
	}
	s.filing[p.ID]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.filing[p.ID]--
	}, nil
}

package propagation

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"admit/internal/access"
	"admit/internal/store"
)

// How many tickets are filed at one provider at a time, here: with these, one
// that hangs leaves workers for the others; with it known to be in trouble, a few
// only see whether it works again.
const (
	crowd        = 16
	troubleCrowd = 2
)

// Who finds no place waits in line while places are given back briskly, and comes
// again later when they are not: to wait keeps a worker, to come again costs as
// much as to file.
const (
	brisk        = 100 * time.Millisecond // from one place to the next
	longestLine  = time.Second            // a job waits so long
	crowdPause   = 250 * time.Millisecond // and comes again after this, at least,
	longestPause = 10 * time.Second       // and at most this
)

// enter takes a place among those who file at the provider of a change, and
// returns what gives it back; nil when there is none now, and then when to come
// again.
func (s *Service) enter(ctx context.Context, changeID string) (leave func(), again time.Time, err error) {
	c, err := store.Change(ctx, s.DB.Read(), changeID)
	if err != nil {
		return nil, again, err
	}
	if c.ProviderID == nil {
		return func() {}, again, nil
	}
	p, err := store.Provider(ctx, s.DB.Read(), *c.ProviderID)
	if err != nil {
		return nil, again, err
	}
	size := int64(1)
	if p.Health != access.Healthy && p.Health != access.Untried {
		size = crowd / troubleCrowd
	}
	d := s.doorOf(p.ID)
	if !d.enter(ctx, size, s.DB.Time()) {
		return nil, d.turn(size, s.DB.Time()), ctx.Err()
	}
	came := s.DB.Time()
	return func() { d.leave(size, came, s.DB.Time()) }, again, nil
}

func (s *Service) doorOf(providerID string) *door {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.doors[providerID]
	if !ok {
		d = &door{places: semaphore.NewWeighted(crowd)}
		s.doors[providerID] = d
	}
	return d
}

// door lets in those who file at one provider.
type door struct {
	places *semaphore.Weighted

	mu    sync.Mutex
	moved time.Time     // when somebody last came in or left
	kept  time.Duration // how long the last one who left had been inside
	line  time.Time     // when the last one who was turned away comes again
}

// enter reports whether it got places, which it may wait for.
func (d *door) enter(ctx context.Context, size int64, now time.Time) bool {
	if d.places.TryAcquire(size) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.moved = now
		return true
	}
	if size > 1 || d.pace(now) > brisk {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, longestLine)
	defer cancel()
	return d.places.Acquire(ctx, size) == nil
}

func (d *door) leave(size int64, came, now time.Time) {
	d.mu.Lock()
	d.moved, d.kept = now, now.Sub(came)
	d.mu.Unlock()
	d.places.Release(size)
}

// pace is the time from one place that is given back to the next.
func (d *door) pace(now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(d.kept, now.Sub(d.moved)) / crowd
}

// turn returns when to come again: behind the others who were turned away.
func (d *door) turn(size int64, now time.Time) time.Time {
	step := time.Duration(size) * d.pace(now)
	d.mu.Lock()
	defer d.mu.Unlock()
	if first := now.Add(crowdPause); d.line.Before(first) {
		d.line = first
	}
	if d.line = d.line.Add(step); d.line.After(now.Add(longestPause)) {
		d.line = now.Add(longestPause)
	}
	return d.line
}

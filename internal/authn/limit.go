package authn

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many tries somebody has: a handful at once, then one now and then.
const (
	burst    = 10
	every    = 6 * time.Second
	maxNames = 10_000 // remembered at once
)

// limiter counts tries by name. It is of this process: with several servers
// each allows its own.
type limiter struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, all: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.all[name]
	if !ok {
		if len(l.all) >= maxNames {
			l.dropIdle()
		}
		one = rate.NewLimiter(rate.Every(every), burst)
		l.all[name] = one
	}
	return one.AllowN(l.now(), 1)
}

func (l *limiter) forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, name)
}

// dropIdle forgets names whose tries have all come back; if there are none, all.
func (l *limiter) dropIdle() {
	now := l.now()
	for name, one := range l.all {
		if one.TokensAt(now) >= burst {
			delete(l.all, name)
		}
	}
	if len(l.all) >= maxNames {
		clear(l.all)
	}
}

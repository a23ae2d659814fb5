package authn

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is how many tries somebody has: some at once, then one now and then.
type pace struct {
	burst int
	every time.Duration
}

// An address may be that of a whole office behind one gateway on a Monday
// morning; an e-mail is one person's.
var (
	perEmail   = pace{10, 6 * time.Second}
	perAddress = pace{100, time.Second}
)

const maxNames = 10_000 // remembered at once

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

func (l *limiter) allow(name string, p pace) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.all[name]
	if !ok {
		if len(l.all) >= maxNames {
			l.dropIdle()
		}
		one = rate.NewLimiter(rate.Every(p.every), p.burst)
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
		if one.TokensAt(now) >= float64(one.Burst()) {
			delete(l.all, name)
		}
	}
	if len(l.all) >= maxNames {
		clear(l.all)
	}
}

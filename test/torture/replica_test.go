package torture

import (
	mathrand "math/rand/v2"
	"sync"
	"testing"
	"time"

	"admit/internal/testkit"
	"admit/test/live"
)

// TestReplicas has three servers on one database, and kills one of them every
// second under load. No ticket is filed by two calls, where the system would make
// two of them.
func TestReplicas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		at    kind
		kills int
	}{
		{"Jira", atJira, often(6, 60)},
		{"Request Tracker", atTracker, often(0, 60)},
	} {
		if c.kills == 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rnd := chance(t)
			co := newCompany(t, testkit.PostgreSQL(t), c.at)
			co.employ(nobodyDies())
			co.replicas(rnd, c.kills)
		})
	}
}

// replicas serves with three servers, of which one is killed every second, and
// then holds everything against what it should be.
func (c *company) replicas(rnd *mathrand.Rand, kills int) {
	c.Helper()
	s := &servers{company: c}
	for range 3 {
		s.start()
	}
	stop := c.atWork(rnd)
	stopHands := s.busy(rnd)
	begin := time.Now()
	for i := range kills {
		pause(time.Until(begin.Add(time.Duration(i+1) * time.Second)))
		s.pick(rnd).Kill()
		s.start()
	}
	stopHands()
	stop()
	if often(0, 1) == 0 { // the leases of those that were killed last as long as it takes, or are given back
		for _, p := range s.all {
			p.Kill()
		}
		c.release()
		c.Serve()
	} else {
		c.Process = s.pick(rnd)
		c.Base = c.Process.URL
	}
	c.recovers()
}

// servers are those that serve a company now.
type servers struct {
	*company

	mu  sync.Mutex
	all []*live.Process
}

// start starts one in the place of one that was killed, if there is one.
func (s *servers) start() {
	s.Helper()
	p := s.Launch()
	if !p.Ready(s.T) {
		s.Fatalf("the server ended: %s", p.Stderr.String())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.living(), p)
}

func (s *servers) living() (all []*live.Process) {
	for _, p := range s.all {
		select {
		case <-p.Ended:
		default:
			all = append(all, p)
		}
	}
	return all
}

// pick returns one of those that serve.
func (s *servers) pick(rnd *mathrand.Rand) *live.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[rnd.IntN(len(s.all))]
}

// busy has people turn wishes round, each time at another server, until they are
// told to stop. A server that was killed may have done what it did not say; another
// tells.
func (s *servers) busy(rnd *mathrand.Rand) (stop func()) {
	return s.each(rnd, func(own *mathrand.Rand, one *slot) {
		if one.unsure {
			pause(time.Second) // what it had sent to the database is done by then
		}
		s.turn(s.At(s.pick(own).URL), one)
	})
}

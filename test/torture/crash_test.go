package torture

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/test/live"
)

// TestCrash kills the server again and again, at commits and around calls, while
// people are added and removed and tickets are worked on.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, database string
		at             kind
		kills          int
	}{
		{"PostgreSQL and Linear", "postgres", atLinear, often(20, 2000)},
		{"PostgreSQL and Jira", "postgres", atJira, often(12, 1000)},
		{"PostgreSQL and Request Tracker", "postgres", atTracker, often(0, 300)},
		{"SQLite and Jira", "sqlite", atJira, often(12, 1000)},
		{"SQLite and Request Tracker", "sqlite", atTracker, often(5, 300)},
		{"SQLite and the built-in queue", "sqlite", atQueue, often(12, 1000)},
	} {
		if c.kills == 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.database == "postgres" {
				crashPostgres(t, c.at, c.kills)
			} else {
				crashSQLite(t, c.at, c.kills)
			}
		})
	}
}

func crashPostgres(t *testing.T, at kind, kills int) {
	t.Helper()
	rnd := chance(t)
	r := newReaper(rnd, map[point]int{beforeCommit: 60, afterCommit: 60, beforeCall: 6, afterCall: 6})
	c := newCompany(t, testkit.PostgreSQL(t), at)
	c.employ(r)
	c.Through = newPostgresLine(t, c.Database, r.at).through(t, c.Database)
	c.crash(rnd, r, kills, c.release)
}

func crashSQLite(t *testing.T, at kind, kills int) {
	t.Helper()
	rnd := chance(t)
	r := newReaper(rnd, map[point]int{insideCommit: 300, beforeCall: 6, afterCall: 6})
	c := newCompany(t, live.InFolder(t), at)
	if c.employ(r); c.desk.proxy == nil {
		r.points = map[point]int{insideCommit: 300}
	}
	watchCommits(t, c.Database, r.at)
	c.crash(rnd, r, kills, func() {})
}

// employ opens a desk where the reaper looks, and stops the server.
func (c *company) employ(r *reaper) {
	c.Helper()
	d, address := c.at.open(c), ""
	if d.proxy != nil {
		d.proxy.Around(d.carrier(r.at))
		address = d.proxy.URL
	}
	c.hire(d, address)
	c.Terminate()
}

// crash kills servers under load, and then holds everything against what it
// should be.
func (c *company) crash(rnd *mathrand.Rand, r *reaper, kills int, between func()) {
	c.Helper()
	patience := c.at.times(5 * time.Second) // a point that does not come in that time is not waited for
	stop := c.atWork(rnd)
	for i := range kills {
		if i > 0 && i%250 == 0 {
			c.Log(r)
		}
		p := r.launch(c.Launch)
		impatient := time.AfterFunc(patience, r.now)
		if p.Ready(c.T) {
			c.Base = p.URL
			c.hands(rnd)
		}
		<-p.Ended
		impatient.Stop()
		between()
	}
	stop()
	c.Log(r)
	c.Serve()
	for _, s := range c.slots {
		if s.unsure && !s.makeSure(c.Client) {
			c.Fatal("a server that is left alone does not answer")
		}
	}
	c.rests(c.at.times(time.Minute), "after the last start")
	c.drain(c.at.times(time.Minute))
	c.Terminate()
}

// atWork has people work on tickets until they are told to stop.
func (c *company) atWork(rnd *mathrand.Rand) (stop func()) {
	ctx, cancel := context.WithCancel(c.Context())
	over := make(chan struct{})
	own := mathrand.New(mathrand.NewPCG(rnd.Uint64(), 0))
	go func() {
		defer close(over)
		c.desk.work(ctx, own, c.at.times(c.at.times(100*time.Millisecond)))
	}()
	return func() {
		cancel()
		<-over
	}
}

// release gives back what a server that was killed had in hand, as a server on
// SQLite does when it starts. Others would wait until the leases end.
func (c *company) release() {
	c.Helper()
	live.Until(c.T, "released", func() bool {
		return c.inDatabase(c.releaseAll) == nil // PostgreSQL may still be at what the server had sent
	})
}

func (c *company) releaseAll(db *sqldb.DB) error {
	queue, err := sqldb.NewQueue(db, &river.Config{})
	if err != nil {
		return err
	}
	return db.InTx(c.Context(), func(tx *sqldb.Tx) error {
		return errors.Join(store.ReleaseLeases(c.Context(), tx), queue.Rescue(c.Context(), tx))
	})
}

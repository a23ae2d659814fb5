package torture

import (
	"errors"
	"io/fs"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/config"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
	"admit/test/live"
)

// TestRestore puts the database back to a copy that was made before tickets were
// filed, finished and closed. What was filed for changes the copy has is adopted,
// and nothing is filed twice; what was filed for others is listed, and settled.
func TestRestore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, database string
		at             kind
		rounds         int
	}{
		{"PostgreSQL and Jira", "postgres", atJira, often(2, 60)},
		{"SQLite and Linear", "sqlite", atLinear, often(2, 60)},
		{"SQLite and Request Tracker", "sqlite", atTracker, often(0, 15)},
	} {
		if c.rounds == 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rnd := chance(t)
			databaseURL := live.InFolder(t)
			if c.database == "postgres" {
				databaseURL = testkit.PostgreSQL(t)
			}
			co := newCompany(t, databaseURL, c.at)
			co.employ(nobodyDies())
			for range c.rounds {
				co.restoreOnce(rnd)
			}
		})
	}
}

// restoreOnce works on, makes a copy, works on, and puts the copy back.
func (c *company) restoreOnce(rnd *mathrand.Rand) {
	c.Helper()
	c.serveFor(rnd, c.at.times(time.Duration(300+rnd.IntN(1500))*time.Millisecond))
	restore := c.copy()
	wanted := make([]slot, len(c.slots))
	for i, s := range c.slots {
		wanted[i] = *s
	}
	c.serveFor(rnd, c.at.times(time.Duration(300+rnd.IntN(2500))*time.Millisecond))
	restore()
	for i, s := range c.slots {
		*s = wanted[i]
	}
	c.release()
	c.Serve()
	for _, s := range c.slots {
		if s.unsure && !s.makeSure(c.Client) {
			c.Fatal("a server that is left alone does not answer")
		}
	}
	c.forgotten = true
	c.rests(2*time.Minute, "after the restore")
	c.drop()
	strays := c.strays()
	c.Logf("%d tickets, %d of them forgotten", len(c.desk.all()), len(strays))
	for _, one := range strays {
		c.settled[one.Text("identifier")] = true
		c.Do("ada", "POST", "/strays/"+one.Text("stray_id")+"/settle", nil)
		if one["settles_access"] != true {
			c.desk.undo(one.Text("title")) // Admit knows nothing of it: who settles it sees to it
		}
	}
	c.forgotten = false
	if left := c.strays(); len(left) > 0 {
		c.Errorf("still strays: %v", left)
	}
	c.drain(2 * time.Minute)
	c.Process.Kill()
}

// drop notes the tickets that ended without effect: they need not be known.
func (c *company) drop() {
	for _, x := range c.desk.all() {
		if x.Outcome == ticket.No {
			c.settled[x.Identifier] = true
		}
	}
}

// serveFor serves for a while, with people at work, under troubles of the system,
// and is killed.
func (c *company) serveFor(rnd *mathrand.Rand, d time.Duration) {
	c.Helper()
	faults := []tickettest.Fault{tickettest.None, tickettest.None, tickettest.ConnLost, tickettest.AnswerLost, tickettest.ErrorBefore}
	c.desk.proxy.Inject(faults[rnd.IntN(len(faults))], c.desk.system.Creates)
	stop := c.atWork(rnd)
	c.Serve()
	halfway := time.AfterFunc(d/2, func() { c.desk.proxy.Inject(tickettest.None, nil) })
	end := time.AfterFunc(d, c.Process.Kill)
	c.hands(rnd)
	<-c.Process.Ended
	halfway.Stop()
	end.Stop()
	stop()
	c.desk.proxy.Inject(tickettest.None, nil)
}

// copy copies the database of a site that is not served, and returns what puts the
// copy back.
func (c *company) copy() (restore func()) {
	c.Helper()
	if path, ok := config.FilePath(c.Database); ok {
		return c.copyFile(path)
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		c.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	kept := name + "_copy"
	testkit.Administer(c.T, "DROP DATABASE IF EXISTS "+kept, "CREATE DATABASE "+kept+" TEMPLATE "+name)
	return func() {
		testkit.Administer(c.T, "DROP DATABASE "+name+" WITH (FORCE)", "CREATE DATABASE "+name+" TEMPLATE "+kept, "DROP DATABASE "+kept)
	}
}

func (c *company) copyFile(path string) (restore func()) {
	c.Helper()
	parts := []string{path, path + "-wal"} // with what a server that was killed left in its log
	var content [][]byte
	for _, p := range parts {
		b, err := os.ReadFile(filepath.Clean(p))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.Fatal(err)
		}
		content = append(content, b)
	}
	return func() {
		_ = os.Remove(path + "-shm")
		for i, p := range parts {
			if err := os.WriteFile(p, content[i], 0o600); err != nil {
				c.Fatal(err)
			}
		}
	}
}

// strays lists the tickets that the database does not know.
func (c *company) strays() []live.Object {
	c.Helper()
	return c.Do("ada", "GET", "/strays?page_size=1000", nil).List("results")
}

// straying holds the tickets that are unknown here against the strays that are
// listed.
func (c *company) straying(unknown []ticket.Snapshot) (wrong []string) {
	c.Helper()
	listed := map[string]bool{}
	for _, one := range c.strays() {
		listed[one.Text("identifier")] = true
	}
	for _, x := range unknown {
		if effect := x.Outcome != ticket.No && x.Outcome != ticket.Deleted; listed[x.Identifier] != effect {
			wrong = append(wrong, "ticket "+x.Identifier+", "+string(x.Outcome)+", is unknown here and listed wrongly: "+x.Title)
		}
		delete(listed, x.Identifier)
	}
	for id := range listed {
		wrong = append(wrong, "ticket "+id+" is listed, and known")
	}
	slices.Sort(wrong)
	return wrong
}

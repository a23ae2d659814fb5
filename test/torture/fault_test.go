package torture

import (
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"admit/internal/testkit"
	"admit/test/live"
)

// troubles are all ways in which a line is bad.
var troubles = []trouble{cut, reset, halfClose, delayed, narrow, blackHole}

// TestFaults makes the line to the ticket system bad, then the one to PostgreSQL,
// then both, in every way, while people are added and removed.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		at     kind
		rounds int
	}{
		{"Jira", atJira, often(1, 5)},
		{"Request Tracker", atTracker, often(0, 2)},
	} {
		if c.rounds == 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rnd := chance(t)
			co := newCompany(t, testkit.PostgreSQL(t), c.at)
			d := c.at.open(co)
			d.proxy.Around(d.carrier(never))
			system := newLine(t, hostOf(t, d.proxy.URL))
			co.hire(d, "http://"+system.Addr)
			co.Terminate()
			database := newLine(t, hostOf(t, co.Database))
			co.Through = database.through(t, co.Database)
			co.Serve()
			for range c.rounds {
				co.endure(rnd, system, database)
			}
		})
	}
}

func never(point) bool { return false }

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// endure has the lines be bad in every way, one after the other, and then holds
// everything against what it should be.
func (c *company) endure(rnd *mathrand.Rand, system, database *line) {
	c.Helper()
	stop := c.atWork(rnd)
	stopHands := c.busy(rnd)
	patrol := c.watch()
	for _, how := range troubles {
		for _, bad := range [][]*line{{system}, {database}, {system, database}}[often(1, 0):] {
			for _, n := range bad {
				n.set(how)
			}
			pause(time.Duration(rnd.IntN(often(800, 8000))) * time.Millisecond)
			for _, n := range bad {
				n.set(fine)
			}
			pause(time.Duration(rnd.IntN(500)) * time.Millisecond)
		}
	}
	stopHands()
	patrol()
	stop()
	c.recovers()
}

// recovers waits until the server answers as usual, and holds everything against
// what it should be.
func (c *company) recovers() {
	c.Helper()
	live.Until(c.T, "answers as usual", func() bool {
		for _, s := range c.slots {
			if s.unsure && !s.makeSure(c.Client) {
				return false
			}
		}
		return true
	})
	c.rests(10*time.Minute, "after the faults") // leases last for a while
	c.drain(2 * time.Minute)
}

// busy has people turn wishes round until they are told to stop, whatever the
// server answers. What was not answered may come true later, so it is left alone.
func (c *company) busy(rnd *mathrand.Rand) (stop func()) {
	return c.each(rnd, func(_ *mathrand.Rand, s *slot) {
		if !s.unsure {
			c.turn(c.Client, s)
		}
	})
}

// watch looks at the API and at pages, again and again, until it is told to stop:
// each answers in time, as usual or that the database is not available.
func (c *company) watch() (stop func()) {
	var over atomic.Bool
	var all sync.WaitGroup
	token := c.Token("ana")
	for _, path := range []string{"/v1/resources", "/v1/tickets", "/apps", "/readyz"} {
		all.Go(func() {
			for !over.Load() {
				c.look(path, token)
				pause(100 * time.Millisecond)
			}
		})
	}
	return func() {
		over.Store(true)
		all.Wait()
	}
}

const longestAnswer = 45 * time.Second

func (c *company) look(path, token string) {
	req, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.Base+path, http.NoBody)
	if err != nil {
		c.Error(err)
		return
	}
	req.Header.Set("Cookie", "admit_session=x")
	if strings.HasPrefix(path, "/v1") {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	asked := time.Now()
	resp, err := (&http.Client{Timeout: longestAnswer, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		c.Errorf("%s: %v after %v", path, err, time.Since(asked))
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		c.Errorf("%s: %v", path, err)
	case resp.StatusCode == http.StatusServiceUnavailable && !strings.Contains(string(body), "available"):
		c.Errorf("%s is unavailable without a word: %.300s", path, body)
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable:
		c.Errorf("%s: %d %.300s", path, resp.StatusCode, body)
	}
}

// TestDatabaseRestarts restarts PostgreSQL again and again, in an orderly way and
// by force, while people are added and removed.
func TestDatabaseRestarts(t *testing.T) {
	t.Parallel()
	testkit.Service(t, "ADMIT_TEST_POSTGRES_URL") // the programs are there
	rnd := chance(t)
	database, restart := ownPostgres(t)
	c := newCompany(t, database, atJira)
	c.employ(nobodyDies())
	c.Serve()
	stop := c.atWork(rnd)
	stopHands := c.busy(rnd)
	patrol := c.watch()
	for i := range often(4, 60) {
		pause(time.Duration(rnd.IntN(1500)) * time.Millisecond)
		restart([]string{"fast", "immediate"}[i%2])
	}
	stopHands()
	patrol()
	stop()
	c.recovers()
}

// ownPostgres starts a PostgreSQL of the test's own. It returns the URL of an empty
// database, and what restarts the server.
func ownPostgres(t *testing.T) (databaseURL string, restart func(mode string)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "admit-postgres") //nolint:usetesting // another user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	script := func(args ...string) (string, error) {
		out, err := exec.Command("../../scripts/postgres.sh", args...).Output()
		return string(out), err
	}
	t.Cleanup(func() {
		if _, err := script("stop", dir); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	out, err := script(dir, port)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	_, databaseURL, _ = strings.Cut(strings.TrimSpace(out), "=")
	return databaseURL, func(mode string) {
		if _, err := script("restart", dir, mode); err != nil {
			t.Errorf("restart PostgreSQL, %s: %v", mode, err)
		}
	}
}

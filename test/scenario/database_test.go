package scenario

import (
	"crypto/rand"
	"database/sql"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"

	"admit/internal/config"
	"admit/internal/server"
	"admit/internal/testkit"
	"admit/test/live"
)

// TestDatabaseLocked: while another process holds the database, reads work,
// writes fail cleanly, and afterwards everything goes on.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	databaseURL := testkit.SQLite(t)
	w := start(t, databaseURL, nil)
	josh, role := w.User("josh"), w.Resource("My Role")
	w.Add("ana", "Payroll viewer", "josh") // is filed while the database is locked, or not yet
	other, err := sql.Open("sqlite", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	held, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	live.Until(t, "the database locked", func() bool {
		_, err := held.ExecContext(t.Context(), "BEGIN IMMEDIATE")
		return err == nil
	})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			status, got := w.Call("ana", "POST", "/resources/"+role+"/users/"+josh, live.Object{"duration_minutes": 0})
			if status != 503 || got.Text("code") != "unavailable" {
				t.Errorf("a write while the database is locked: %d %v", status, got)
			}
		})
	}
	wg.Go(func() {
		if status, _ := w.visitor().Post("/personas", url.Values{"email": {"ada@example.com"}}); status != 503 {
			t.Errorf("signing in while the database is locked: %d", status)
		}
	})
	if status, _ := w.Call("ana", "GET", "/resources/"+role+"/users", nil); status != 200 {
		t.Errorf("a read while the database is locked: %d", status)
	}
	wg.Wait()
	if _, err := held.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	w.Stands("Payroll viewer", "josh", ticketOpen)
	w.Add("ana", "My Role", "josh")
	w.Finish("ana", w.Stands("My Role", "josh", ticketOpen), "done", "")
	w.Stands("My Role", "josh", granted)
	if n := len(w.Do("ada", "GET", "/tickets", nil).List("results")); n != 2 {
		t.Errorf("%d tickets, want one for each change", n)
	}
}

// TestDatabaseGone: PostgreSQL breaks all connections and takes no new ones for
// a while. Requests fail cleanly, and afterwards everything goes on.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	databaseURL := testkit.PostgreSQL(t)
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	w := start(t, databaseURL, nil)
	josh, role := w.User("josh"), w.Resource("My Role")
	for range 3 {
		w.Add("ana", "Payroll viewer", "josh") // its jobs meet the trouble
		testkit.Administer(t, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					status, got := w.Call("ana", "GET", "/resources/"+role+"/users/", nil)
					if status != 503 && status != 404 {
						t.Errorf("a read without a database: %d %v", status, got)
					}
					status, got = w.Call("ana", "POST", "/resources/"+role+"/users/"+josh, live.Object{"duration_minutes": 0})
					if status != 503 || got.Text("code") != "unavailable" {
						t.Errorf("a write without a database: %d %v", status, got)
					}
				}
			})
		}
		wg.Wait()
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/apps": 503} {
			v := w.visitor()
			resp, _ := v.Send("GET", path, "", nil, map[string]string{"Cookie": "admit_session=x"})
			if resp.StatusCode != want {
				t.Errorf("%s without a database: %d, want %d", path, resp.StatusCode, want)
			}
			safe(t, path, resp)
		}
		testkit.Administer(t, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true")
		w.Finish("ana", w.Stands("Payroll viewer", "josh", ticketOpen), "done", "")
		w.Stands("Payroll viewer", "josh", granted)
		w.Remove("ana", "Payroll viewer", "josh")
		w.Finish("ana", w.Stands("Payroll viewer", "josh", removalOpen), "done", "")
		w.Stands("Payroll viewer", "josh", "not listed")
	}
}

// TestServersStartAtOnce: several servers meet an empty database; one makes the
// schema, all serve.
func TestServersStartAtOnce(t *testing.T) {
	t.Parallel()
	base, err := url.Parse(testkit.Service(t, "ADMIT_TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		name := "admit_start_" + strings.ToLower(rand.Text())
		testkit.Administer(t, "CREATE DATABASE "+name)
		t.Cleanup(func() { testkit.Administer(t, "DROP DATABASE "+name+" WITH (FORCE)") })
		base.Path = "/" + name
		var wg sync.WaitGroup
		for range 4 {
			cfg := config.Default()
			cfg.Listen, cfg.Data, cfg.DatabaseURL = "127.0.0.1:0", t.TempDir(), base.String()
			if err := cfg.Finish(); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				s, err := server.New(t.Context(), cfg, server.Options{Out: io.Discard})
				if err != nil {
					t.Errorf("one of several servers: %v", err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

// TestTwoServers work on one database: what one takes in, the other carries on.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	databaseURL := testkit.PostgreSQL(t)
	first := start(t, databaseURL, nil)
	second := start(t, databaseURL, func(cfg *config.Config) { cfg.Data = first.cfg.Data })
	people := []string{"josh", "rita", "ravi", "otto"}
	for i, who := range people {
		[]*world{first, second}[i%2].Add("ana", "My Role", who)
	}
	for i, who := range people {
		w := []*world{second, first}[i%2]
		w.Finish("ben", w.Stands("My Role", who, ticketOpen), "done", "")
		w.Stands("My Role", who, granted)
	}
	if n := len(first.Do("ada", "GET", "/tickets", nil).List("results")); n != len(people) {
		t.Errorf("%d tickets for %d people", n, len(people))
	}
	if err := first.stop(); err != nil {
		t.Error(err)
	}
	second.Remove("ana", "My Role", "josh")
	second.Stands("My Role", "josh", removalOpen)
}

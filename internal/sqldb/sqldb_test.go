package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/testkit"
)

type thing struct {
	ID        string
	State     string
	ExpiresAt *time.Time
	Tags      []string
	Facts     map[string]string
	Big       bool
}

const thingColumns = "id, state, expires_at, tags, facts, big"

// onBoth runs a test on both engines, with an empty table of things.
func onBoth(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		stamp := "TIMESTAMP"
		if db.Engine() == sqldb.PostgreSQL {
			stamp = "TIMESTAMPTZ"
		}
		in(t, db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), `CREATE TABLE things (id TEXT PRIMARY KEY, state TEXT NOT NULL, expires_at `+stamp+`,
				tags TEXT NOT NULL, facts TEXT NOT NULL, big BOOLEAN NOT NULL)`)
			return err
		})
		fn(t, db)
	})
}

func in(t *testing.T, db *sqldb.DB, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := db.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("x", 7200))
		stored := at.UTC().Truncate(time.Microsecond)
		want := []thing{
			{ID: "a", State: "on", ExpiresAt: &stored, Tags: []string{"x", "ü"}, Facts: map[string]string{"k": "v"}, Big: true},
			{ID: "b", State: "off", Tags: []string{}, Facts: map[string]string{}},
		}
		given := append([]thing{}, want...)
		given[0].ExpiresAt = &at
		in(t, db, func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, given...) })
		got, err := sqldb.Select[thing](t.Context(), db.Read(), `SELECT `+thingColumns+` FROM things ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if latest, err := sqldb.Get[time.Time](t.Context(), db.Read(), `SELECT max(expires_at) FROM things`); err != nil || !latest.Equal(stored) {
			t.Errorf("the time of an expression is %v, %v", latest, err)
		}
		n, err := sqldb.Get[int](t.Context(), db.Read(), `SELECT count(*) FROM things WHERE expires_at > ?`, at.Add(-time.Microsecond))
		if err != nil || n != 1 {
			t.Errorf("compared times: %d, %v", n, err)
		}
	})
}

func TestErrors(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		row := thing{ID: "a", Tags: []string{}, Facts: map[string]string{}}
		in(t, db, func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, row) })
		err := db.InTx(t.Context(), func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, row) })
		if !errors.Is(err, access.Conflict) {
			t.Errorf("a doubled key: %v", err)
		}
		if _, err := sqldb.Get[thing](t.Context(), db.Read(), `SELECT id FROM things WHERE id = ?`, "no"); !errors.Is(err, access.NotFound) {
			t.Errorf("no row: %v", err)
		}
		if _, err := sqldb.Select[thing](t.Context(), db.Read(), `SELECT id, 1 AS other FROM things`); err == nil {
			t.Error("a column without a field went unnoticed")
		}
		err = db.InTx(t.Context(), func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", "id, other", row) })
		if err == nil {
			t.Error("a column without a field was inserted")
		}
		if err := db.InTx(t.Context(), func(*sqldb.Tx) error { return errors.New("boom") }); err == nil || err.Error() != "boom" {
			t.Errorf("the error of the function: %v", err)
		}
	})
}

func TestIn(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		rows := make([]thing, 12_000) // more values than one statement binds
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = fmt.Sprint(i)
			rows[i] = thing{ID: ids[i], Tags: []string{}, Facts: map[string]string{}}
		}
		in(t, db, func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, rows...) })
		for _, some := range [][]string{nil, ids[:1], ids[:1000]} {
			list, args := sqldb.In(some)
			got, err := sqldb.Select[string](t.Context(), db.Read(), `SELECT id FROM things WHERE id IN `+list, args...)
			if err != nil || len(got) != len(some) {
				t.Errorf("%d of %d, %v", len(got), len(some), err)
			}
		}
		got, err := sqldb.Select[string](t.Context(), db.Read(), `SELECT id FROM things WHERE '?' = '?' AND lower(id) LIKE ? ESCAPE '\'`, sqldb.Contains("1199"))
		if err != nil || len(got) != 12 {
			t.Errorf("%d rows, %v", len(got), err)
		}
		if got, err := sqldb.Select[string](t.Context(), db.Read(), `SELECT id FROM things WHERE id LIKE ? ESCAPE '\'`, sqldb.Contains("%")); err != nil || len(got) != 0 {
			t.Errorf("a percent sign is not literal: %d, %v", len(got), err)
		}
	})
}

type noop struct {
	ID string `json:"id"`
}

func (noop) Kind() string { return "test.noop" }

// TestCompareAndSet: many decide at once; one wins, the others learn of the
// conflict, and one job is enqueued.
func TestCompareAndSet(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		q, err := sqldb.NewQueue(db, &river.Config{})
		if err != nil {
			t.Fatal(err)
		}
		row := thing{ID: "a", State: "pending", Tags: []string{}, Facts: map[string]string{}}
		in(t, db, func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, row) })
		decide := func() error {
			return db.InTx(t.Context(), func(tx *sqldb.Tx) error {
				row := row
				row.State = "decided"
				n, err := sqldb.Update(t.Context(), tx, "things", "state, tags", row, `id = ? AND state = ?`, "a", "pending")
				if err != nil {
					return err
				}
				if n == 0 {
					return access.Errorf(access.Conflict, "decided")
				}
				return q.Insert(t.Context(), tx, noop{"a"})
			})
		}
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				switch err := decide(); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, access.Conflict):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		jobs, err := sqldb.Get[int](t.Context(), db.Read(), `SELECT count(*) FROM river_job`)
		if err != nil || won.Load() != 1 || lost.Load() != 31 || jobs != 1 {
			t.Errorf("won %d, lost %d, jobs %d, %v", won.Load(), lost.Load(), jobs, err)
		}
	})
}

// TestJobsGoWithTheTransaction: a job of a transaction that fails never runs.
func TestJobsGoWithTheTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		ran := make(chan string, 10)
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(_ context.Context, j *river.Job[noop]) error {
			ran <- j.Args.ID
			return nil
		}))
		q, err := sqldb.NewQueue(db, &river.Config{Workers: workers, Queues: map[string]river.QueueConfig{"default": {MaxWorkers: 2}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := q.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}()
		_ = db.InTx(t.Context(), func(tx *sqldb.Tx) error {
			if err := q.Insert(t.Context(), tx, noop{"rolled back"}); err != nil {
				return err
			}
			return errors.New("boom")
		})
		in(t, db, func(tx *sqldb.Tx) error { return q.Insert(t.Context(), tx, noop{"committed"}) })
		select {
		case id := <-ran:
			if id != "committed" {
				t.Errorf("the %s job ran", id)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the job did not run")
		}
	})
}

// TestReadersDoNotWait: a reader sees what is committed while a writer works,
// and a canceled writer leaves nothing behind.
func TestReadersDoNotWait(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sqldb.DB) {
		row := thing{ID: "a", State: "clean", Tags: []string{}, Facts: map[string]string{}}
		in(t, db, func(tx *sqldb.Tx) error { return sqldb.Insert(t.Context(), tx, "things", thingColumns, row) })
		in(t, db, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(t.Context(), `UPDATE things SET state = 'dirty'`); err != nil {
				return err
			}
			state, err := sqldb.Get[string](t.Context(), db.Read(), `SELECT state FROM things`)
			if err != nil || state != "clean" {
				t.Errorf("a reader saw %q, %v", state, err)
			}
			return nil
		})
		for range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			_ = db.InTx(ctx, func(tx *sqldb.Tx) error {
				cancel()
				_, err := tx.Exec(ctx, `UPDATE things SET state = 'canceled'`)
				return err
			})
		}
		state, err := sqldb.Get[string](t.Context(), db.Read(), `SELECT state FROM things`)
		if err != nil || state != "dirty" {
			t.Errorf("after canceled writers: %q, %v", state, err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "admit.db", "mysql://x", "postgres://user:secret@127.0.0.1:1/x?connect_timeout=1", "file:/no/such/folder/x.db"} {
		db, err := sqldb.Open(t.Context(), url)
		if err == nil {
			t.Errorf("%q was opened", url)
			_ = db.Close()
		}
	}
}

// TestDatabaseHangs: PostgreSQL that answers nothing any more, and closes nothing,
// is not available, and others are answered as soon as it works again.
func TestDatabaseHangs(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(testkit.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	swallow := newSwallow(t, u.Host)
	u.Host = swallow.addr
	u.RawQuery += "&connect_timeout=1"
	db, err := sqldb.Open(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := sqldb.AnswerWithin(t.Context(), 200*time.Millisecond)
	one := func(ctx context.Context) error {
		_, err := sqldb.Get[int](ctx, db.Read(), `SELECT 1`)
		return err
	}
	if err := one(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		swallow.on.Store(true)
		for what, err := range map[string]error{
			"a read":        one(ctx),
			"a transaction": db.InTx(ctx, func(tx *sqldb.Tx) error { return one(ctx) }),
			"a ping":        db.Ping(ctx),
		} {
			if !errors.Is(err, access.Unavailable) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s of a database that hangs: %v", what, err)
			}
		}
		swallow.on.Store(false)
		if err := one(t.Context()); err != nil {
			t.Errorf("when it works again: %v", err)
		}
	}
	if _, err := sqldb.Get[string](ctx, db.Read(), `SELECT pg_sleep(1)::text`); !errors.Is(err, access.Unavailable) {
		t.Errorf("a statement that takes too long: %v", err)
	}
	if _, err := sqldb.Get[string](sqldb.AnswerWithin(ctx, 0), db.Read(), `SELECT pg_sleep(0.4)::text`); err != nil {
		t.Errorf("a statement that may take long: %v", err)
	}
}

// swallow passes on what goes to a server and back. While it is on it passes on
// nothing, and of the connections that there are then nothing ever again.
type swallow struct {
	addr string
	on   atomic.Bool
}

func newSwallow(t *testing.T, target string) *swallow {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &swallow{addr: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				continue
			}
			var lost atomic.Bool
			go s.copy(server, client, &lost)
			go s.copy(client, server, &lost)
		}
	}()
	return s
}

func (s *swallow) copy(to, from net.Conn, lost *atomic.Bool) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if s.on.Load() {
			lost.Store(true)
		}
		if !lost.Load() {
			_, _ = to.Write(buf[:n])
		}
	}
}

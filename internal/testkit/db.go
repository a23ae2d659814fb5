// Package testkit is what tests of many packages share: databases of both
// engines, ready to use.
package testkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"admit/internal/sqldb"
	"admit/internal/store"
)

// ForEachDB runs a test once on SQLite and once on PostgreSQL, in parallel,
// each on a database of its own that has the whole schema and no rows.
func ForEachDB(t *testing.T, test func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	ForEachURL(t, func(t *testing.T, databaseURL string) {
		t.Helper()
		test(t, openDB(t, databaseURL))
	})
}

// ForEachURL is ForEachDB for tests that hand the database to a server: it
// passes the URL and opens nothing.
func ForEachURL(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, PostgreSQL(t))
	})
}

// Service returns the environment variable that says where the tests find a
// service. When it is not set the test is skipped; when CI is set it fails,
// since there every service must be up.
func Service(tb testing.TB, variable string) string {
	tb.Helper()
	value := os.Getenv(variable)
	if value != "" {
		return value
	}
	if os.Getenv("CI") != "" {
		tb.Fatalf("%s is not set: run the tests with scripts/with-services.sh", variable)
	}
	tb.Skipf("%s is not set: scripts/with-services.sh sets it", variable)
	return ""
}

// SQLite returns the URL of a new SQLite database in a folder that goes away
// with the test.
func SQLite(tb testing.TB) string {
	tb.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "admit.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return fileURL(path)
}

// PostgreSQL returns the URL of a new database on the server that
// ADMIT_TEST_POSTGRES_URL names. It is dropped when the test ends, even if
// somebody is still connected to it.
func PostgreSQL(tb testing.TB) string {
	tb.Helper()
	server := Service(tb, "ADMIT_TEST_POSTGRES_URL")
	template, err := postgresTemplate()
	if err != nil {
		tb.Fatal(err)
	}
	name := databaseName("test")
	if err := onServer(tb.Context(), server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		Administer(tb, "DROP DATABASE "+name+" WITH (FORCE)")
	})
	databaseURL, err := withDatabase(server, name)
	if err != nil {
		tb.Fatal(err)
	}
	return databaseURL
}

// Administer runs statements about databases on the PostgreSQL server of the
// tests.
func Administer(tb testing.TB, statements ...string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context()) // it also cleans up
	for _, s := range statements {
		if err := onServer(ctx, Service(tb, "ADMIT_TEST_POSTGRES_URL"), s); err != nil {
			tb.Error(err)
		}
	}
}

// fileURL escapes what a URL would read otherwise: the folder of a subtest may
// have a # in its name.
func fileURL(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

func openDB(tb testing.TB, databaseURL string) *sqldb.DB {
	tb.Helper()
	db, err := sqldb.Open(tb.Context(), databaseURL)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close the database: %v", err)
		}
	})
	return db
}

// templateTimeout bounds the making of a template, which outlives the test
// that happens to need it first.
const templateTimeout = time.Minute

// sqliteTemplate returns the content of an empty, migrated SQLite database. It
// is made once in a process: migrating takes longer than most tests.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "admit-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "admit.db")
	if err := migrate(fileURL(path)); err != nil {
		return nil, err
	}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil, errors.New("make a template: closing the database left a write-ahead log")
	}
	return os.ReadFile(path)
})

// postgresTemplate makes an empty, migrated database once in a process and
// returns its name. PostgreSQL copies it faster than it migrates.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), templateTimeout)
	defer cancel()
	server := os.Getenv("ADMIT_TEST_POSTGRES_URL")
	name := databaseName("template")
	if err := onServer(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	databaseURL, err := withDatabase(server, name)
	if err != nil {
		return "", err
	}
	return name, migrate(databaseURL)
})

func migrate(databaseURL string) error {
	ctx, cancel := context.WithTimeout(context.Background(), templateTimeout)
	defer cancel()
	db, err := sqldb.Open(ctx, databaseURL)
	if err != nil {
		return err
	}
	return errors.Join(store.Migrate(ctx, db), sqldb.MigrateQueue(ctx, db), db.Close())
}

// onServer runs a statement that is about databases, not in one of them.
func onServer(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect to ADMIT_TEST_POSTGRES_URL: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// databaseName returns a name nobody else has: test processes share the server.
func databaseName(purpose string) string {
	return "admit_" + purpose + "_" + strings.ToLower(rand.Text())
}

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", errors.New("ADMIT_TEST_POSTGRES_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String(), nil
}

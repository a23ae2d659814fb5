// Package sqldb runs one SQL text on SQLite and on PostgreSQL. It knows no
// table.
//
// Statements are written once, in the dialect both engines share (docs/sql.md),
// with ? placeholders that are always bound, never interpolated. A Tx also
// carries the native transaction River needs, so that a job is enqueued in the
// transaction that made it necessary.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // registers the "sqlite" driver
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// DB is an open database. On SQLite it is two pools, one connection that writes
// and several that only read, so that readers never wait for the writer.
type DB struct {
	write, read *sql.DB       // SQLite
	pool        *pgxpool.Pool // PostgreSQL
}

// Pragmas belong in the DSN: an Exec would reach one pooled connection only.
// Times are stored as integer microseconds since 1970, so they compare alike
// whatever zone wrote them.
const sqliteParams = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
	"&_pragma=foreign_keys(ON)&_pragma=cache_size(-8000)&_time_integer_format=unix_micro&_inttotime=1&_timezone=UTC"

const sqliteReaders = 4

// How long one waits for a database that does not answer.
const (
	writerWait  = 10 * time.Second // for the turn to write on SQLite, for a free connection on PostgreSQL
	connectWait = 5 * time.Second  // for a new connection, on PostgreSQL, if the URL does not say
	pingWait    = 2 * time.Second  // for a sign of life from one that was idle, if the URL does not say
)

// Open opens the database a URL names: "file:PATH" or "postgres://...". It
// fails if the database cannot be reached.
func Open(ctx context.Context, databaseURL string) (*DB, error) {
	switch {
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		return openPostgres(ctx, databaseURL)
	case strings.HasPrefix(databaseURL, "file:"):
		return openSQLite(ctx, databaseURL)
	}
	return nil, errors.New("open database: the URL must start with file: or postgres://")
}

func openPostgres(ctx context.Context, databaseURL string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New("open postgres: the database URL cannot be parsed") // err may quote the password
	}
	if !strings.Contains(databaseURL, "pool_max_conns") {
		cfg.MaxConns = 16
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectWait
	}
	if cfg.PingTimeout == 0 {
		cfg.PingTimeout = pingWait
	}
	cfg.ConnConfig.Tracer = limiter{}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to postgres: %w", err)
	}
	return &DB{pool: pool}, nil
}

func openSQLite(ctx context.Context, databaseURL string) (*DB, error) {
	path, query, _ := strings.Cut(databaseURL, "?")
	if query != "" {
		if _, err := url.ParseQuery(query); err != nil {
			return nil, fmt.Errorf("open sqlite: %w", err)
		}
		query += "&"
	}
	dsn := path + "?" + query + sqliteParams
	write, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	write.SetMaxOpenConns(1) // SQLite has one writer: queue here, not on SQLITE_BUSY
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(ON)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite: %w", err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite: %w", err), read.Close(), write.Close())
	}
	return &DB{write: write, read: read}, nil
}

// Engine tells which engine this is. Only migrations may ask.
func (db *DB) Engine() Engine {
	if db.pool != nil {
		return PostgreSQL
	}
	return SQLite
}

// Ping checks that the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if db.pool != nil {
		return db.pool.Ping(ctx)
	}
	return db.read.PingContext(ctx)
}

// Close closes the database.
func (db *DB) Close() error {
	if db.pool != nil {
		db.pool.Close()
		return nil
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// Reader can run queries that change nothing.
type Reader struct{ c conn }

// Tx is a read-write transaction. It is valid inside the function InTx calls.
type Tx struct {
	Reader
	sqlTx *sql.Tx // SQLite
	pgxTx pgx.Tx  // PostgreSQL
}

// Read returns a Reader that sees committed data.
func (db *DB) Read() *Reader {
	if db.pool != nil {
		return &Reader{pgxConn{db.pool}}
	}
	return &Reader{sqlConn{db.read}}
}

// InTx runs fn in a transaction and commits it if fn returns nil. fn must not
// use db: on SQLite the pool has one connection and the Tx holds it. fn makes no
// network call.
func (db *DB) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	if db.pool != nil {
		return mapError(pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
			return fn(&Tx{Reader: Reader{pgxConn{tx}}, pgxTx: tx})
		}))
	}
	c, err := db.writer(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return mapError(fmt.Errorf("begin: %w", err))
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	if err := fn(&Tx{Reader: Reader{sqlConn{tx}}, sqlTx: tx}); err != nil {
		return err
	}
	return mapError(tx.Commit())
}

// writer waits for the one connection of SQLite that writes, but not for ever:
// while somebody else holds the database, those who wait are told so.
func (db *DB) writer(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, writerWait)
	defer cancel()
	c, err := db.write.Conn(wait)
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		return nil, unavailable(fmt.Errorf("wait for the turn to write: %w", err))
	}
	return c, mapError(err)
}

// Exec runs a statement and reports how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	n, err := tx.c.exec(ctx, query, bind(args))
	return n, mapError(err)
}

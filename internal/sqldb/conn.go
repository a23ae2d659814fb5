package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"admit/internal/access"
)

// conn is what the two drivers have in common.
type conn interface {
	query(ctx context.Context, query string, args []any) (rows, error)
	exec(ctx context.Context, query string, args []any) (int64, error)
}

type rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

type sqlConn struct {
	q interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
}

func (c sqlConn) query(ctx context.Context, query string, args []any) (rows, error) {
	return c.q.QueryContext(ctx, query, args...) //nolint:rowserrcheck // Select checks and closes
}

func (c sqlConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := c.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

type pgxConn struct {
	q interface {
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	}
}

func (c pgxConn) query(ctx context.Context, query string, args []any) (rows, error) {
	r, err := c.q.Query(ctx, numbered(query), args...)
	if err != nil {
		return nil, err
	}
	return pgxRows{r}, nil
}

func (c pgxConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := c.q.Exec(ctx, numbered(query), args...)
	return tag.RowsAffected(), err
}

type pgxRows struct{ pgx.Rows }

func (r pgxRows) Close() error {
	r.Rows.Close()
	return nil
}

func (r pgxRows) Columns() ([]string, error) {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names, nil
}

// numberedTexts remembers translated statements. Their number is bounded by the
// statements in the program, but for IN lists of different lengths.
var numberedTexts sync.Map //nolint:gochecknoglobals // a cache of a pure function

// numbered turns ? into $1, $2, ... for PostgreSQL. ? inside a literal stays.
func numbered(query string) string {
	if text, ok := numberedTexts.Load(query); ok {
		return text.(string) //nolint:forcetypeassert // only strings are stored
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	text := b.String()
	if n <= 32 { // longer ones are IN lists, of every length
		numberedTexts.Store(query, text)
	}
	return text
}

// mapError turns a driver's error into an access.Error where the caller can act
// on it, keeping the driver's text in the chain for the log.
func mapError(err error) error {
	if err == nil || access.CodeOf(err) != "" {
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok { // before the next: a dial that takes too long reads like a deadline
		return unavailable(err)
	}
	if errors.Is(err, context.DeadlineExceeded) { // of limiter, or of a job that has waited too long
		return unavailable(err)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case pgErr.Code == "23505":
			return &access.Error{Code: access.Conflict, Msg: "this exists already", Err: err}
		case pgErr.Code == "23503":
			return &access.Error{Code: access.Conflict, Msg: "this is in use", Err: err}
		case strings.HasPrefix(pgErr.Code, "08"), strings.HasPrefix(pgErr.Code, "57"), strings.HasPrefix(pgErr.Code, "53"), // gone, or full
			pgErr.Code == "40001", pgErr.Code == "40P01": // lost against another transaction
			return unavailable(err)
		}
		return err
	}
	if liteErr, ok := errors.AsType[*sqlite.Error](err); ok {
		switch liteErr.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return &access.Error{Code: access.Conflict, Msg: "this exists already", Err: err}
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return &access.Error{Code: access.Conflict, Msg: "this is in use", Err: err}
		}
		switch liteErr.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return unavailable(err)
		}
		return err
	}
	if broken(err) || errors.Is(err, pgx.ErrTxClosed) || pgconn.SafeToRetry(err) {
		return unavailable(err)
	}
	return err
}

// broken reports whether the connection to the database broke under a call.
func broken(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func unavailable(err error) error {
	return &access.Error{Code: access.Unavailable, Msg: "the database is not available, try again", Err: err}
}

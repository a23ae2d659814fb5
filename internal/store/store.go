// Package store holds every SQL statement, one file for an aggregate. Reads
// take a *sqldb.Reader, writes a *sqldb.Tx; filters are structs whose zero value
// means all. Statements are set-based: none loads ids and then loads each.
package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// NewID returns a UUID that sorts by time of creation.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// query builds a WHERE from literals and their arguments.
type query struct {
	where []string
	args  []any
}

func (q *query) and(condition string, args ...any) {
	q.where = append(q.where, condition)
	q.args = append(q.args, args...)
}

// eq adds "column = ?" unless value is "".
func (q *query) eq(column, value string) {
	if value != "" {
		q.and(column+" = ?", value)
	}
}

// in adds "column IN (...)" if values is not nil.
func in[T any](q *query, column string, values []T) {
	if values == nil {
		return
	}
	list, args := sqldb.In(values)
	q.and(column+" IN "+list, args...)
}

// text is " WHERE a AND b", or "".
func (q *query) text() string {
	if len(q.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.where, " AND ")
}

// page adds the keyset condition of a page sorted by keys. An order of "<" is
// newest or last first.
func (q *query) page(p access.Page, order string, keys ...string) error {
	after, err := p.After(len(keys))
	if err != nil || after == nil {
		return err
	}
	args := make([]any, len(after))
	for i, a := range after {
		args[i] = a
	}
	row := strings.Join(keys, ", ")
	q.and("("+row+") "+order+" (?"+strings.Repeat(", ?", len(keys)-1)+")", args...)
	return nil
}

// one turns a count of touched rows into a Conflict when it is not one.
func one(n int64, err error, what string) error {
	if err == nil && n != 1 {
		return access.Errorf(access.Conflict, "%s was changed by somebody else, look again", what)
	}
	return err
}

// count is how many rows of something there are.
func count(ctx context.Context, r *sqldb.Reader, text string, args ...any) (int, error) {
	return sqldb.Get[int](ctx, r, text, args...)
}

package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"

	"admit/internal/access"
)

// Select runs a query and scans every row into a T: a struct with a field for
// each column, or a single value. A column named expires_at goes to the field
// ExpiresAt, so domain types need no tags. A column without a field is an error.
func Select[T any](ctx context.Context, r *Reader, query string, args ...any) (out []T, err error) {
	rows, err := r.c.query(ctx, query, bind(args))
	if err != nil {
		return nil, mapError(err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = mapError(closeErr)
		}
	}()
	cols, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	dest, err := destinations(reflect.TypeFor[T](), cols)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var v T
		if err := rows.Scan(dest(reflect.ValueOf(&v).Elem())...); err != nil {
			return nil, fmt.Errorf("scan %T: %w", v, err)
		}
		out = append(out, v)
	}
	return out, mapError(rows.Err())
}

// SelectLocked is Select for rows that no other transaction may change until tx
// ends. On SQLite there is no other that writes; on PostgreSQL the rows are taken
// in the order of the query, so those who lock several must all order them alike.
func SelectLocked[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	if tx.pgxTx != nil {
		query += " FOR NO KEY UPDATE"
	}
	return Select[T](ctx, &tx.Reader, query, args...)
}

// Get is Select for a query that must yield a row. It returns a NotFound error
// if there is none.
func Get[T any](ctx context.Context, r *Reader, query string, args ...any) (T, error) {
	all, err := Select[T](ctx, r, query, args...)
	if err == nil && len(all) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

// destinations returns a function that lists, for one T, the pointers Scan
// wants for cols.
func destinations(t reflect.Type, cols []string) (func(reflect.Value) []any, error) {
	if t.Kind() != reflect.Struct || scansItself(t) {
		return func(v reflect.Value) []any { return []any{scanner(v)} }, nil
	}
	byColumn := fieldIndex(t)
	index := make([][]int, len(cols))
	for i, c := range cols {
		if index[i] = byColumn[c]; index[i] == nil {
			return nil, fmt.Errorf("%s has no field for column %q", t, c)
		}
	}
	out := make([]any, len(index)) // Scan is done with it before the next row
	return func(v reflect.Value) []any {
		for i, x := range index {
			out[i] = scanner(v.FieldByIndex(x))
		}
		return out
	}, nil
}

// columnName is the snake case of a Go name: UserID is user_id.
func columnName(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		startsWord := i > 0 && unicode.IsUpper(c) &&
			(unicode.IsLower(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]))
		if startsWord {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// scansItself reports whether values of t are columns, not rows of columns.
func scansItself(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]())
}

// scanner returns what Scan should fill v through: times need help on SQLite,
// and slices, maps and plain structs are stored as JSON.
func scanner(v reflect.Value) any {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		return timeScanner{func(t *time.Time) {
			if t != nil {
				*p = *t
			}
		}}
	case **time.Time:
		return timeScanner{func(t *time.Time) { *p = t }}
	case *[]byte:
		return p
	case sql.Scanner:
		return p
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Struct:
		return jsonScanner{v.Addr().Interface()}
	default:
		return v.Addr().Interface()
	}
}

type timeScanner struct{ set func(*time.Time) }

// Scan accepts the integer SQLite yields for an expression such as
// max(created_at), which has no declared type for the driver to go by.
func (s timeScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		s.set(nil)
	case time.Time:
		v = v.UTC()
		s.set(&v)
	case int64:
		t := time.UnixMicro(v).UTC()
		s.set(&t)
	default:
		return fmt.Errorf("cannot scan %T into a time", src)
	}
	return nil
}

type jsonScanner struct{ ptr any }

// Scan decodes a JSON text.
func (s jsonScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(v, s.ptr)
	case string:
		return json.Unmarshal([]byte(v), s.ptr)
	}
	return fmt.Errorf("cannot scan %T as JSON", src)
}

var (
	_ sql.Scanner = timeScanner{}
	_ sql.Scanner = jsonScanner{}
)

package sqldb

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// maxParams is how many values one statement binds at most; SQLite allows
// 32,766.
const maxParams = 30_000

// Insert adds rows to a table, in as few statements as the engines allow.
// columns is a list such as "id, name": each is the snake case of a field of T.
// Slices, maps and structs are stored as JSON text.
func Insert[T any](ctx context.Context, tx *Tx, table, columns string, rows ...T) error {
	index, err := fieldsOf(reflect.TypeFor[T](), columns)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	batch := max(1, maxParams/len(index))
	for start := 0; start < len(rows); start += batch {
		part := rows[start:min(start+batch, len(rows))]
		args := make([]any, 0, len(part)*len(index))
		for i := range part {
			args = append(args, values(reflect.ValueOf(&part[i]).Elem(), index)...)
		}
		query := "INSERT INTO " + table + " (" + columns + ") VALUES " + Rows(len(part), len(index))
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// Update sets the columns of the rows a condition matches from the fields of
// row, and reports how many rows that were. With the old state in the condition
// it is a compare-and-set.
func Update[T any](ctx context.Context, tx *Tx, table, columns string, row T, where string, args ...any) (int64, error) {
	index, err := fieldsOf(reflect.TypeFor[T](), columns)
	if err != nil {
		return 0, fmt.Errorf("update %s: %w", table, err)
	}
	set := strings.ReplaceAll(columns, ",", " = ?,") + " = ?"
	all := append(values(reflect.ValueOf(&row).Elem(), index), args...)
	return tx.Exec(ctx, "UPDATE "+table+" SET "+set+" WHERE "+where, all...)
}

func values(v reflect.Value, index [][]int) []any {
	out := make([]any, len(index))
	for i, x := range index {
		out[i] = v.FieldByIndex(x).Interface()
	}
	return out
}

type fieldsKey struct {
	t       reflect.Type
	columns string
}

var fieldIndexes sync.Map //nolint:gochecknoglobals // a cache of a pure function

// fieldsOf finds the field of t for each column of a list.
func fieldsOf(t reflect.Type, columns string) ([][]int, error) {
	if known, ok := fieldIndexes.Load(fieldsKey{t, columns}); ok {
		return known.([][]int), nil //nolint:forcetypeassert // only these are stored
	}
	byColumn := fieldIndex(t)
	var index [][]int
	for name := range strings.SplitSeq(columns, ",") {
		name = strings.TrimSpace(name)
		if byColumn[name] == nil {
			return nil, fmt.Errorf("%s has no field for column %q", t, name)
		}
		index = append(index, byColumn[name])
	}
	fieldIndexes.Store(fieldsKey{t, columns}, index)
	return index, nil
}

var typeIndexes sync.Map //nolint:gochecknoglobals // a cache of a pure function

// fieldIndex maps column names to the fields of a struct type.
func fieldIndex(t reflect.Type) map[string][]int {
	if known, ok := typeIndexes.Load(t); ok {
		return known.(map[string][]int) //nolint:forcetypeassert // only these are stored
	}
	byColumn := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			byColumn[columnName(f.Name)] = f.Index
		}
	}
	typeIndexes.Store(t, byColumn)
	return byColumn
}

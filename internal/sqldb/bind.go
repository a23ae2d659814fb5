package sqldb

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// JSON returns v as JSON text, to be stored in a TEXT column. It is for values
// that always encode: strings, numbers, and maps, slices and structs of them.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// In returns "(?, ?, ...)" and the values, for an IN condition. An empty list
// yields "(NULL)", which matches nothing.
func In[T any](values []T) (string, []any) {
	if len(values) == 0 {
		return "(NULL)", nil
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return "(?" + strings.Repeat(", ?", len(values)-1) + ")", args
}

// Rows returns "(?, ?), (?, ?)" for an INSERT of n rows of columns values each.
func Rows(n, columns int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, n-1)
}

// Contains returns a LIKE pattern that matches texts holding s, taken
// literally, for: lower(x) LIKE ? ESCAPE '\'.
func Contains(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

// bind gives every value the one form both engines store and compare alike:
// times in UTC to the microsecond, named string types as plain strings, and
// maps, slices and structs as JSON text.
func bind(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = bindOne(a)
	}
	return out
}

func bindOne(a any) any {
	switch v := a.(type) {
	case nil, string, int, int64, bool, []byte:
		return a
	case time.Time:
		return v.UTC().Truncate(time.Microsecond)
	case *time.Time:
		if v == nil {
			return nil
		}
		return v.UTC().Truncate(time.Microsecond)
	}
	rv := reflect.ValueOf(a)
	if rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return nil
		}
		return bindOne(rv.Elem().Interface())
	}
	switch rv.Kind() {
	case reflect.String:
		return rv.String()
	case reflect.Map, reflect.Slice, reflect.Struct:
		return JSON(a)
	default:
		return a
	}
}

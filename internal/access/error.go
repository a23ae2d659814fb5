package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Code says what kind of failure an Error is. A Code is itself an error, so
// callers write errors.Is(err, access.NotFound).
type Code string

// The codes. Each transport renders them in one place: api/errors.go,
// web/errors.go, cli/errors.go and the job runner.
const (
	Invalid         Code = "invalid"         // the caller must change the input
	Unauthenticated Code = "unauthenticated" // nobody is signed in
	Forbidden       Code = "forbidden"       // known caller, not allowed
	NotFound        Code = "not_found"       // or the caller may not know it exists
	Conflict        Code = "conflict"        // lost a race, or a rule of state forbids it
	RateLimited     Code = "rate_limited"    // too many tries; wait
	Unavailable     Code = "unavailable"     // try again later
)

// Error implements error.
func (c Code) Error() string { return string(c) }

// Error is a failure its caller can act on. Anything else is internal: it is
// logged in full and shown to people as "internal error".
type Error struct {
	Code   Code
	Msg    string            // for people; never holds a secret
	Fields map[string]string // for Invalid: field name to what is wrong with it
	Err    error             // the cause, for logs only
}

// Errorf returns an Error with a message for people.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Error returns the message followed by the fields in alphabetical order.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Msg)
	for i, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(name + " " + e.Fields[name])
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap yields the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// CodeOf returns the code of err, or "" if err is internal.
func CodeOf(err error) Code {
	code, _ := errors.AsType[Code](err)
	return code
}

// Problems collects what is wrong with an input, so that every problem is
// named at once. The zero value is ready to use.
type Problems map[string]string

// Add notes a problem with a field. The first problem of a field stays.
func (p *Problems) Add(field, format string, args ...any) {
	if *p == nil {
		*p = Problems{}
	}
	if _, ok := (*p)[field]; !ok {
		(*p)[field] = fmt.Sprintf(format, args...)
	}
}

// Err returns an Invalid error naming every field, or nil if there is none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Msg: "the input is not valid", Fields: p}
}

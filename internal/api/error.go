package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"admit/internal/access"
)

// Error is the body of every answer that is not a success.
type Error struct {
	status int

	Code    string            `json:"code" required:"true" enum:"invalid,unauthenticated,forbidden,not_found,conflict,rate_limited,unavailable,internal" doc:"What kind of failure it is; programs decide by it."`
	Message string            `json:"message" required:"true" doc:"What happened, for people."`
	Fields  map[string]string `json:"fields,omitempty" doc:"What is wrong with the input: the JSON path or parameter name, and the problem. Every problem is named at once."`
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// GetStatus implements huma.StatusError.
func (e *Error) GetStatus() int { return e.status }

const codeInternal = "internal"

// statuses is how each code is answered.
var statuses = map[access.Code]int{
	access.Invalid:         http.StatusBadRequest,
	access.Unauthenticated: http.StatusUnauthorized,
	access.Forbidden:       http.StatusForbidden,
	access.NotFound:        http.StatusNotFound,
	access.Conflict:        http.StatusConflict,
	access.RateLimited:     http.StatusTooManyRequests,
	access.Unavailable:     http.StatusServiceUnavailable,
}

func statusMeaning(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "the input is not valid"
	case http.StatusUnauthorized:
		return "there is no valid API token"
	case http.StatusForbidden:
		return "you may not do this"
	case http.StatusNotFound:
		return "not found"
	case http.StatusMethodNotAllowed:
		return "this path does not have this method"
	case http.StatusConflict:
		return "the state of the thing forbids it"
	case http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("the body is larger than %d bytes", maxBody)
	case http.StatusUnsupportedMediaType:
		return "the body must be JSON, with Content-Type: application/json"
	}
	return "anything else"
}

// failure renders what a use case returned. Whatever is not meant for the
// caller is logged in full and shown as an internal error.
func (a *api) failure(ctx context.Context, err error) *Error {
	code := access.CodeOf(err)
	status, known := statuses[code]
	if !known {
		if ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "request failed", "error", err)
		}
		return internalError()
	}
	e := &Error{status: status, Code: string(code), Message: string(code)}
	if failed, ok := asError(err); ok {
		e.Message, e.Fields = failed.Msg, failed.Fields
	}
	return e
}

func asError(err error) (*access.Error, bool) { return errors.AsType[*access.Error](err) }

func internalError() *Error {
	return &Error{status: http.StatusInternalServerError, Code: codeInternal, Message: "internal error"}
}

// newError renders what huma found wrong with a request before any handler saw
// it. It never repeats a value that was sent.
func newError(status int, msg string, errs ...error) huma.StatusError {
	fields := map[string]string{}
	for _, err := range errs {
		detail, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok {
			continue
		}
		if strings.HasPrefix(detail.Location, "path.") { // what is not an id names nothing
			return &Error{status: http.StatusNotFound, Code: string(access.NotFound), Message: "not found"}
		}
		field, problem := wording(detail)
		fields[field] = problem
	}
	switch {
	case status == http.StatusNotFound:
		return &Error{status: status, Code: string(access.NotFound), Message: msg}
	case status == http.StatusRequestEntityTooLarge, status == http.StatusUnsupportedMediaType:
		return &Error{status: status, Code: string(access.Invalid), Message: statusMeaning(status)}
	case status == http.StatusMethodNotAllowed, status == http.StatusRequestTimeout:
		return &Error{status: status, Code: string(access.Invalid), Message: msg}
	case len(fields) == 0: // "request body is required", "cannot read request body"
		fields["body"] = "is required, as JSON"
	}
	return &Error{status: http.StatusBadRequest, Code: string(access.Invalid), Message: "the input is not valid", Fields: fields}
}

// wording returns the name of a field and what is wrong with it in our words.
func wording(d *huma.ErrorDetail) (field, problem string) {
	_, field, inside := strings.Cut(d.Location, ".")
	if !inside {
		field = d.Location // the body as a whole
	}
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name = strings.TrimSuffix(name, " to be present")
		if inside {
			name = field + "." + name
		}
		return name, "is required"
	}
	if name, ok := strings.CutPrefix(d.Message, unreadable); ok {
		return name, "has the wrong type or is out of range"
	}
	if strings.HasPrefix(d.Message, "required ") {
		return field, "is required"
	}
	return field, phrase(d.Message, inside)
}

// phrase says a problem that huma found in the words of this API.
func phrase(message string, inside bool) string {
	for _, p := range [][2]string{
		{"expected string to be RFC 4122 uuid", "must be an id: a UUID"},
		{"expected string to be RFC 3339 date-time", "must be a time such as 2026-01-31T12:00:00Z"},
		{"expected string", "must be a text"},
		{"expected boolean", "must be true or false"},
		{"expected integer", "must be a whole number"},
		{"expected number >= ", "must be at least "},
		{"expected number <= ", "must be at most "},
		{"expected array length <= ", "must have a length of at most "},
		{"expected array length >= ", "must have a length of at least "},
		{"expected array", "must be a list"},
		{"expected object", "must be an object"},
		{"expected value to be one of ", "must be one of "},
		{"unexpected property", "is not a field of this object"},
		{"invalid integer", "must be a whole number"},
		{"invalid boolean", "must be true or false"},
	} {
		if rest, ok := strings.CutPrefix(message, p[0]); ok {
			if strings.HasSuffix(p[0], " ") {
				return p[1] + rest
			}
			return p[1]
		}
	}
	if !inside && message == badUTF8 {
		return badUTF8
	}
	if !inside {
		return "must be valid JSON"
	}
	return "is not valid"
}

const (
	badUTF8    = "must be valid UTF-8 text without NUL characters"
	unreadable = "unreadable field "
)

// jsonFormat is how bodies are read and written. Go reads any bytes as text;
// this refuses what is not UTF-8, so that nothing is stored other than as sent.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(v)
		},
		Unmarshal: func(data []byte, v any) error {
			if !utf8.Valid(data) {
				return errors.New(badUTF8)
			}
			err := json.Unmarshal(data, v)
			if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
				if wrong.Field != "" {
					return errors.New(unreadable + wrong.Field)
				}
				return errors.New("cannot be read")
			}
			if parsed, ok := v.(*any); ok && err == nil && hasNUL(*parsed) {
				return errors.New(badUTF8)
			}
			return err
		},
	}
}

// hasNUL reports whether a decoded document holds a NUL character, which
// PostgreSQL cannot store.
func hasNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		return slices.ContainsFunc(v, hasNUL)
	case map[string]any:
		for name, item := range v {
			if strings.ContainsRune(name, 0) || hasNUL(item) {
				return true
			}
		}
	}
	return false
}

// checkText refuses an address that does not decode to text.
func checkText(u *url.URL) error {
	var wrong access.Problems
	good := func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
	if !good(u.Path) {
		return access.Errorf(access.NotFound, "not found")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		wrong.Add("query", "cannot be read: escape special characters")
	}
	for name, values := range query {
		for _, v := range values {
			if !good(name) {
				wrong.Add("query", "%s", badUTF8)
			} else if !good(v) {
				wrong.Add(name, "%s", badUTF8)
			}
		}
	}
	return wrong.Err()
}

// write sends an error outside of huma.
func write(w http.ResponseWriter, e huma.StatusError) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.GetStatus())
	_ = json.NewEncoder(w).Encode(e) // the caller is gone
}

package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

// breather is how long to wait after too many calls when GitHub does not say:
// its documentation asks for a minute at least.
const breather = time.Minute

// call makes one call of REST.
func call[T any](ctx context.Context, p *Provider, c ticket.Call) (T, ticket.Answer, error) {
	v, answer, err := ticket.Do[T](ctx, p.rest, c)
	return v, answer, mended(answer, err)
}

// mended reads what the status alone does not tell: too many calls at once are
// a 403 or a 422, and often without a header that says so; a 422 names fields.
func mended(a ticket.Answer, err error) error {
	if err == nil {
		return nil
	}
	f := *ticket.FailureOf(err)
	switch {
	case (a.Status == http.StatusForbidden || a.Status == http.StatusUnprocessableEntity) && isLimit(words(a.Body)):
		f.Trouble, f.Certainty = ticket.RateLimited, ticket.NotSent
		f.RetryAfter = cmp.Or(f.RetryAfter, breather)
	case a.Status == http.StatusUnprocessableEntity:
		f.Fields = refusedFields(a.Body)
	}
	return &f
}

// isLimit reports whether GitHub's words speak of too many calls: "API rate
// limit exceeded for user ID 1", "You have exceeded a secondary rate limit", "was
// submitted too quickly".
func isLimit(said string) bool {
	said = strings.ToLower(said)
	return strings.Contains(said, "rate limit") || strings.Contains(said, "abuse detection") || strings.Contains(said, "submitted too quickly")
}

// isTooMuch reports whether a question failed for its size alone: one for less
// may be answered.
func isTooMuch(err error) bool {
	return errors.Is(err, ticket.ErrTooMuch) || errors.Is(err, errTooMuch)
}

// errTooMuch is the cause where an answer took GitHub more work than it allows.
var errTooMuch = errors.New("the question is too large for GitHub")

// query makes one call of GraphQL. With an answer come the errors about parts
// of it that are gone or hidden; any other error is a failure of the call.
func query[T any](ctx context.Context, p *Provider, document string, variables map[string]any, effect ticket.Effect) (T, problems, ticket.Answer, error) {
	var v T
	body := map[string]any{"query": document, "variables": variables}
	said, answer, err := ticket.Do[graphAnswer](ctx, p.graph, ticket.Call{Body: body, Effect: effect})
	if err != nil {
		return v, nil, answer, mended(answer, err)
	}
	if err := p.graphFailure(said, answer, effect); err != nil {
		return v, said.Errors, answer, err
	}
	if err := json.Unmarshal(said.Data, &v); err != nil {
		return *new(T), nil, answer, p.graph.Malformed(effect, err)
	}
	return v, said.Errors, answer, nil
}

// graphFailure is the failure that an answer with status 200 stands for, or nil.
func (p *Provider) graphFailure(said graphAnswer, a ticket.Answer, effect ticket.Effect) error {
	partial := said.hasData() && effect == ticket.Reads
	var worst *ticket.Failure // of several errors: one after which something may have been done
	for _, e := range said.Errors {
		if partial && e.hides() {
			continue
		}
		if f := p.failureOf(e, said, a, effect); worst == nil || f.Certainty == ticket.Ambiguous {
			worst = f
		}
	}
	switch {
	case worst != nil:
		return worst
	case said.hasData():
		return nil
	case isLimit(said.Message):
		return p.failureOf(graphError{Type: "RATE_LIMIT", Message: said.Message}, said, a, effect)
	}
	return p.graph.Malformed(effect, errors.New("neither data nor errors"))
}

// failureOf reads one error of GraphQL. A type that is not known, or none ("Something
// went wrong while executing your query"), may stand for anything.
func (p *Provider) failureOf(e graphError, said graphAnswer, a ticket.Answer, effect ticket.Effect) *ticket.Failure {
	f := &ticket.Failure{Msg: p.graph.Message("GitHub: " + e.Message), Certainty: ticket.NotSent, Trouble: ticket.Down}
	switch {
	case isLimit(e.Message) || strings.HasPrefix(e.Type, "RATE_LIMIT"):
		f.Trouble, f.RetryAfter = ticket.RateLimited, cmp.Or(a.Pause(), breather)
	case e.Type == "FORBIDDEN" && effect == ticket.Writes && !e.blamesToken(): // this issue may not be touched
		f.Trouble, f.Certainty = ticket.Input, ticket.Refused
	case e.Type == "FORBIDDEN", e.Type == "INSUFFICIENT_SCOPES":
		f.Trouble = ticket.Unauthorized
	case e.Type == "NOT_FOUND", e.Type == "UNPROCESSABLE":
		f.Trouble, f.Certainty = ticket.Input, ticket.Refused
	case e.Extensions.Code != "" && len(said.Data) == 0: // the document does not fit the server's schema; nothing of it was done
		f.Trouble, f.Err = ticket.Malformed, schemaError(e.Extensions.Code)
	case effect == ticket.Writes:
		f.Certainty = ticket.Ambiguous
	case e.Type == "RESOURCE_LIMITS_EXCEEDED":
		f.Err = errTooMuch
	}
	if effect == ticket.Writes && said.hasData() {
		f.Certainty = ticket.Ambiguous // a part was done
	}
	return f
}

// graphAnswer is the answer of GraphQL.
type graphAnswer struct {
	Data    json.RawMessage `json:"data"`
	Errors  problems        `json:"errors"`
	Message string          `json:"message"` // in the place of both, for some refusals
}

// hasData reports whether something came: not null, and not only fields that
// are null. It reads no further than it must, for the data may be large.
func (g graphAnswer) hasData() bool {
	d := json.NewDecoder(bytes.NewReader(g.Data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return false
	}
	for {
		if name, err := d.Token(); err != nil || name == json.Delim('}') {
			return false
		}
		if value, err := d.Token(); err != nil || value != nil {
			return err == nil
		}
	}
}

type graphError struct {
	Type       string `json:"type"`
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

// blamesToken reports whether the token as such is refused, and not what it is
// used for.
func (e graphError) blamesToken() bool {
	return strings.Contains(e.Message, "not accessible by") || strings.Contains(e.Message, "SAML")
}

// schemaError is the code of a document that does not fit the server's schema:
// undefinedField, argumentNotAccepted.
type schemaError string

// Error implements error.
func (e schemaError) Error() string { return string(e) }

// hides reports whether the error only says that something is not there for us
// that can be done without: an entry of a list or what was asked for by its id as
// a whole, or who a person is. Anything else would be missing inside of an issue,
// which would be read as if it had none of it.
func (e graphError) hides() bool {
	if e.Type != "NOT_FOUND" && e.Type != "FORBIDDEN" {
		return false
	}
	return e.isWhole() || slices.ContainsFunc(e.Path, func(step any) bool {
		return step == "assignees" || step == "author" || step == "actor"
	})
}

// isWhole reports whether the path of the error ends with the first list on it,
// or is that of a node.
func (e graphError) isWhole() bool {
	isNumber := func(step any) bool { _, ok := step.(float64); return ok }
	return len(e.Path) == 1 && e.Path[0] == "node" || len(e.Path) > 0 && slices.IndexFunc(e.Path, isNumber) == len(e.Path)-1
}

type problems []graphError

// forbidden returns the failure that something is there and may not be seen, nil
// if there is nothing.
func (p *Provider) forbidden(hidden problems, a ticket.Answer) error {
	i := slices.IndexFunc(hidden, func(e graphError) bool { return e.Type == "FORBIDDEN" && e.isWhole() })
	if i < 0 {
		return nil
	}
	return p.failureOf(hidden[i], graphAnswer{}, a, ticket.Reads)
}

// words finds what REST says in a refusal.
func words(body []byte) string {
	var said struct {
		Message string            `json:"message"`
		Errors  []json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	parts := []string{said.Message}
	for _, raw := range said.Errors {
		var text string
		var e wireProblem
		switch {
		case json.Unmarshal(raw, &text) == nil:
			parts = append(parts, text)
		case json.Unmarshal(raw, &e) == nil:
			parts = append(parts, cmp.Or(e.Message, strings.TrimSpace(e.Field+" "+e.Code)))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}

// wireProblem is one entry of a 422.
type wireProblem struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusedFields names what of a draft a 422 is about.
func refusedFields(body []byte) []string {
	var said struct {
		Errors []json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil
	}
	var fields []string
	for _, raw := range said.Errors {
		var e wireProblem
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		field := map[string]string{
			"assignee": ticket.AssigneeField, "assignees": ticket.AssigneeField,
			"labels": labelsField, "label": labelsField, "milestone": milestoneField,
		}[e.Field]
		if field != "" && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// isNodeID reports whether id can be one of GraphQL's: they are opaque, and
// made of these characters.
func isNodeID(id string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("_-=+/", r)
	}
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, odd)
}

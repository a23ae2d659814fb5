package github

import (
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
// a 403, and often without a header that says so; a 422 names fields.
func mended(a ticket.Answer, err error) error {
	if err == nil {
		return nil
	}
	f := *ticket.FailureOf(err)
	switch {
	case a.Status == http.StatusForbidden && isLimit(words(a.Body)):
		f.Trouble, f.Certainty = ticket.RateLimited, ticket.NotSent
		f.RetryAfter = cmp.Or(f.RetryAfter, breather)
	case a.Status == http.StatusUnprocessableEntity:
		f.Fields = refusedFields(a.Body)
	}
	return &f
}

// isLimit reports whether GitHub's words speak of too many calls: "API rate
// limit exceeded for user ID 1", "You have exceeded a secondary rate limit".
func isLimit(said string) bool {
	said = strings.ToLower(said)
	return strings.Contains(said, "rate limit") || strings.Contains(said, "abuse detection")
}

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
// are null.
func (g graphAnswer) hasData() bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(g.Data, &fields) != nil {
		return false
	}
	for _, v := range fields {
		if string(v) != "null" {
			return true
		}
	}
	return false
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

// hides reports whether the error only says that a part of the answer is not
// there for us.
func (e graphError) hides() bool { return e.Type == "NOT_FOUND" || e.Type == "FORBIDDEN" }

type problems []graphError

// forbidden returns the first error about something that is there and may not
// be seen.
func (ps problems) forbidden() (graphError, bool) {
	i := slices.IndexFunc(ps, func(e graphError) bool { return e.Type == "FORBIDDEN" })
	if i < 0 {
		return graphError{}, false
	}
	return ps[i], true
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

func refused(msg string, fields ...string) error {
	return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: msg, Fields: fields}
}

// isNodeID reports whether id can be one of GraphQL's: they are opaque, and
// made of these characters.
func isNodeID(id string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("_-=+/", r)
	}
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, odd)
}

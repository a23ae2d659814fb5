package lineartest

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"admit/internal/ticket/tickettest"
)

// Error is how Linear refuses.
type Error struct {
	Status            int // of the answer; 0 is 200
	Message           string
	Type, Code        string
	Presentable       string
	Path              []any
	RetryAfterSeconds int
}

// The refusals of Linear that concern a whole call.
var (
	RateLimited = Error{Status: 400, Message: "Rate limit exceeded", Type: "ratelimited", Code: "RATELIMITED", Presentable: "Rate limit exceeded. Only 2500 requests are allowed per 1 hour."}
	NoScope     = Error{Status: 400, Message: "Invalid scope: `write` required", Type: "forbidden", Code: "FORBIDDEN"}
	SignedOut   = Error{Status: 401, Message: "Authentication required, not authenticated", Type: "authentication error", Code: "AUTHENTICATION_ERROR", Presentable: "You need to authenticate to access this operation."}
	Internal    = Error{Message: "Internal server error", Type: "internal error", Code: "INTERNAL_SERVER_ERROR"}
)

func invalid(message string) *Error {
	return &Error{Message: "Argument Validation Error", Type: "invalid input", Code: "INVALID_INPUT", Presentable: message}
}

func notFound(kind string) *Error {
	return &Error{Message: "Entity not found: " + kind, Type: "invalid input", Code: "INPUT_ERROR", Presentable: "Could not find referenced " + kind + "."}
}

func badDocument(message string) *Error {
	return &Error{Status: 400, Message: message, Type: "graphql error", Code: "GRAPHQL_VALIDATION_FAILED"}
}

type call struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
}

func isCreate(body []byte) bool {
	var c call
	return json.Unmarshal(body, &c) == nil && bytes.Contains([]byte(c.Query), []byte("issueCreate("))
}

// graphql answers one call.
func (s *Server) graphql(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != APIKey {
		s.refuse(w, &SignedOut)
		return
	}
	body, err := io.ReadAll(r.Body)
	var c call
	if err != nil || json.Unmarshal(body, &c) != nil {
		s.refuse(w, badDocument("the body is no JSON"))
		return
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: c.Query})
	if err != nil || len(doc.Operations) != 1 {
		s.refuse(w, badDocument("the document cannot be read"))
		return
	}
	if s.schema != nil && !s.holdCall(c) {
		s.refuse(w, badDocument("the document is not valid"))
		return
	}
	run := &run{s: s, doc: doc, vars: c.Variables}
	points := int(math.Ceil(run.points(doc.Operations[0].SelectionSet)))
	w.Header().Set("X-Complexity", strconv.Itoa(points))
	if points > 10_000 {
		s.t.Errorf("a document costs %d points, more than Linear allows: %s", points, c.Query)
		s.refuse(w, &Error{Status: 400, Message: "Query too complex", Type: "invalid input", Code: "INPUT_ERROR"})
		return
	}
	s.mu.Lock()
	data, refusal := run.operation(doc.Operations[0])
	s.mu.Unlock()
	if refusal != nil {
		s.refuse(w, refusal)
		return
	}
	answer, _ := json.Marshal(map[string]any{"data": data})
	if s.schema != nil {
		s.holdAnswer(c, answer)
	}
	s.answer(w, http.StatusOK, answer, 2000)
}

func (s *Server) refuse(w http.ResponseWriter, e *Error) {
	extensions := map[string]any{"type": e.Type, "code": e.Code, "statusCode": 400, "userError": e.Type == "invalid input"}
	if e.Presentable != "" {
		extensions["userPresentableMessage"] = e.Presentable
	}
	answer := map[string]any{"message": e.Message, "extensions": extensions}
	if e.Path != nil {
		answer["path"] = e.Path
	}
	body, _ := json.Marshal(map[string]any{"errors": []any{answer}, "data": nil})
	left := 2000
	if e.Code == "RATELIMITED" {
		left = 0
	}
	if e.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfterSeconds))
	}
	s.answer(w, max(e.Status, 200), body, left)
}

// resetIn is when a used up budget is full again.
const resetIn = 90 * time.Second

func (s *Server) answer(w http.ResponseWriter, status int, body []byte, left int) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-RateLimit-Requests-Limit", "2500")
	h.Set("X-RateLimit-Requests-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Requests-Reset", strconv.FormatInt(now().Add(resetIn).UnixMilli(), 10))
	h.Set("X-RateLimit-Complexity-Limit", "3000000")
	h.Set("X-RateLimit-Complexity-Remaining", "2990000")
	h.Set("X-RateLimit-Complexity-Reset", strconv.FormatInt(now().Add(resetIn).UnixMilli(), 10))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// run carries one document out.
type run struct {
	s    *Server
	doc  *ast.QueryDocument
	vars map[string]any
}

// operation answers the root fields, those of a mutation one after the other: the
// first refusal ends it.
func (r *run) operation(op *ast.OperationDefinition) (map[string]any, *Error) {
	roots := queries
	kind := "Query"
	if op.Operation == ast.Mutation {
		roots, kind = mutations, "Mutation"
	}
	data := map[string]any{}
	for _, f := range r.fields(op.SelectionSet, kind) {
		for _, name := range []string{"", f.Name} {
			if e, ok := r.s.refusals[name]; ok {
				return nil, &e
			}
		}
		root, ok := roots[f.Name]
		if !ok {
			return nil, badDocument("Cannot query field \"" + f.Name + "\" on type \"" + kind + "\": the fake does not have it.")
		}
		value, refusal := root(r.s, r.arguments(f.Field))
		if refusal == nil {
			value, refusal = r.complete(value, f)
		}
		if refusal != nil {
			if refusal.Path == nil {
				refusal.Path = []any{f.Name}
			}
			return nil, refusal
		}
		data[f.key] = value
	}
	return data, nil
}

// field is what is asked for under one key of the answer.
type field struct {
	*ast.Field
	key        string
	selections ast.SelectionSet
}

// fields collects what a selection asks of an object of a type.
func (r *run) fields(set ast.SelectionSet, typ string) []*field {
	var found []*field
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if r.skips(sel.Directives) {
				continue
			}
			key := sel.Alias
			have := find(found, func(f *field) bool { return f.key == key })
			if have == nil {
				have = &field{Field: sel, key: key}
				found = append(found, have)
			}
			have.selections = append(have.selections, sel.SelectionSet...)
		case *ast.FragmentSpread:
			f := r.doc.Fragments.ForName(sel.Name)
			if f != nil && f.TypeCondition == typ {
				found = r.merge(found, r.fields(f.SelectionSet, typ))
			}
		case *ast.InlineFragment:
			if sel.TypeCondition == typ || sel.TypeCondition == "" {
				found = r.merge(found, r.fields(sel.SelectionSet, typ))
			}
		}
	}
	return found
}

func (r *run) merge(found, more []*field) []*field {
	for _, f := range more {
		if have := find(found, func(h *field) bool { return h.key == f.key }); have != nil {
			have.selections = append(have.selections, f.selections...)
			continue
		}
		found = append(found, f)
	}
	return found
}

func (r *run) skips(directives ast.DirectiveList) bool {
	for _, d := range directives {
		on, _ := d.Arguments.ForName("if").Value.Value(r.vars)
		if d.Name == "include" && on != true || d.Name == "skip" && on == true {
			return true
		}
	}
	return false
}

func (r *run) arguments(f *ast.Field) map[string]any {
	args := map[string]any{}
	for _, a := range f.Arguments {
		if value, err := a.Value.Value(r.vars); err == nil {
			args[a.Name] = value
		}
	}
	return args
}

// complete makes a value what the answer shows of it.
func (r *run) complete(value any, f *field) (any, *Error) {
	switch v := value.(type) {
	case lazy:
		made, refusal := v(r.arguments(f.Field))
		if refusal != nil {
			return nil, refusal
		}
		return r.complete(made, f)
	case object:
		return r.object(v, f.selections)
	case []object:
		list := make([]any, len(v))
		for i, o := range v {
			shown, refusal := r.object(o, f.selections)
			if refusal != nil {
				return nil, refusal
			}
			list[i] = shown
		}
		return list, nil
	}
	return value, nil
}

func (r *run) object(o object, set ast.SelectionSet) (any, *Error) {
	typ, _ := o["__typename"].(string)
	shown := map[string]any{}
	for _, f := range r.fields(set, typ) {
		value, ok := o[f.Name]
		if !ok {
			value, ok = r.s.blank(typ, f.Name)
		}
		if !ok {
			return nil, badDocument("Cannot query field \"" + f.Name + "\" on type \"" + typ + "\": the fake does not have it.")
		}
		completed, refusal := r.complete(value, f)
		if refusal != nil {
			return nil, refusal
		}
		shown[f.key] = completed
	}
	return shown, nil
}

// points is what a selection costs by Linear's published rule: a property 0.1, an
// object 1, and the members of a connection times what the page may hold.
func (r *run) points(set ast.SelectionSet) float64 {
	sum := 0.0
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.FragmentSpread:
			if f := r.doc.Fragments.ForName(sel.Name); f != nil {
				sum += r.points(f.SelectionSet)
			}
		case *ast.InlineFragment:
			sum += r.points(sel.SelectionSet)
		case *ast.Field:
			switch inner := r.points(sel.SelectionSet); {
			case len(sel.SelectionSet) == 0:
				sum += 0.1
			case isConnection(sel.SelectionSet):
				first := int64(50)
				if n, ok := whole(r.arguments(sel)["first"]); ok {
					first = n
				}
				sum += float64(first) * inner
			default:
				sum += 1 + inner
			}
		}
	}
	return sum
}

func isConnection(set ast.SelectionSet) bool {
	return slices.ContainsFunc(set, func(sel ast.Selection) bool {
		f, ok := sel.(*ast.Field)
		return ok && (f.Name == "nodes" || f.Name == "edges")
	})
}

// whole reads a number that has no fraction.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case float64:
		return int64(n), n == math.Trunc(n)
	}
	return 0, false
}

// holdCall holds a call to the official schema.
func (s *Server) holdCall(c call) bool {
	doc := tickettest.Valid(s.t, s.schema, c.Query)
	if doc == nil {
		return false
	}
	return s.holdVariables(doc.Operations[0], c.Variables)
}

package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"admit/internal/ticket/tickettest"
)

// problem is an error of GraphQL: what is asked for is null, and the error is
// listed.
type problem struct {
	typ, message string
}

// lazy is a field whose value depends on its arguments.
type lazy func(args map[string]any) any

// graphQL serves one document.
func (s *Server) graphQL(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&asked) != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	if s.access.Old {
		say(w, http.StatusOK, object{"errors": []any{object{
			"message":    "Field 'stateReason' doesn't accept argument 'enableDuplicate'",
			"extensions": object{"code": "argumentNotAccepted"},
		}}})
		return
	}
	doc := s.parse(asked.Query, asked.Variables)
	if doc == nil || len(doc.Operations) != 1 {
		say(w, http.StatusOK, object{"errors": []any{object{"message": "Parse error"}}})
		return
	}
	op := doc.Operations[0]
	root := s.queries()
	if op.Operation == ast.Mutation {
		root = s.mutations() //nolint:contextcheck // a webhook is called whatever becomes of the call that changed something
	}
	x := &execution{s: s, doc: doc, variables: asked.Variables}
	answer := object{"data": x.object(root, op.SelectionSet, nil)}
	if len(x.errors) > 0 {
		answer["errors"] = x.errors
	}
	if s.held.graph != nil {
		s.fits(answer["data"], op.SelectionSet, string(op.Operation))
	}
	say(w, http.StatusOK, answer)
}

// parse reads a document; with a contract it must be valid, and its variables too.
func (s *Server) parse(query string, variables map[string]any) *ast.QueryDocument {
	if s.held.graph == nil {
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			s.t.Errorf("GraphQL: %v", err)
			return nil
		}
		return doc
	}
	doc := tickettest.Valid(s.t, s.held.graph, query)
	if doc != nil && len(doc.Operations) == 1 {
		if _, err := validator.VariableValues(s.held.graph, doc.Operations[0], variables); err != nil {
			s.t.Errorf("official schema: variables %v: %v", variables, err)
		}
	}
	return doc
}

// execution answers one document.
type execution struct {
	s         *Server
	doc       *ast.QueryDocument
	variables map[string]any
	errors    []any
}

func (x *execution) object(from object, set ast.SelectionSet, path []any) object {
	to := object{}
	for _, selected := range set {
		switch f := selected.(type) {
		case *ast.Field:
			to[f.Alias] = x.field(from, f, append(slices.Clone(path), f.Alias))
		case *ast.InlineFragment:
			if f.TypeCondition == from["__typename"] {
				maps.Copy(to, x.object(from, f.SelectionSet, path))
			}
		case *ast.FragmentSpread:
			if d := x.doc.Fragments.ForName(f.Name); d.TypeCondition == from["__typename"] {
				maps.Copy(to, x.object(from, d.SelectionSet, path))
			}
		}
	}
	return to
}

func (x *execution) field(from object, f *ast.Field, path []any) any {
	value, ok := from[f.Name]
	if !ok {
		x.s.t.Errorf("GraphQL: the fake has no field %v.%s", from["__typename"], f.Name)
		return nil
	}
	if l, ok := value.(lazy); ok {
		args := map[string]any{}
		for _, a := range f.Arguments {
			if v, err := a.Value.Value(x.variables); err == nil {
				args[a.Name] = v
			}
		}
		value = l(args)
	}
	return x.value(value, f.SelectionSet, path)
}

func (x *execution) value(value any, set ast.SelectionSet, path []any) any {
	switch v := value.(type) {
	case problem:
		x.errors = append(x.errors, object{"type": v.typ, "path": path, "message": v.message})
		return nil
	case object:
		return x.object(v, set, path)
	case []any:
		list := make([]any, len(v))
		for n, item := range v {
			list[n] = x.value(item, set, append(slices.Clone(path), n))
		}
		return list
	}
	return value
}

// fits holds an answer to the schema.
func (s *Server) fits(data any, set ast.SelectionSet, where string) {
	from, _ := data.(object)
	for _, selected := range set {
		switch f := selected.(type) {
		case *ast.Field:
			if value, ok := from[f.Alias]; ok && f.Definition != nil {
				s.fitsType(value, f.Definition.Type, f.SelectionSet, where+"."+f.Alias)
			}
		case *ast.InlineFragment:
			s.fits(data, f.SelectionSet, where)
		case *ast.FragmentSpread:
			s.fits(data, f.Definition.SelectionSet, where)
		}
	}
}

func (s *Server) fitsType(value any, typ *ast.Type, set ast.SelectionSet, where string) {
	list, isList := value.([]any)
	switch {
	case value == nil:
		if typ.NonNull {
			s.t.Errorf("official schema: %s is null", where)
		}
	case typ.Elem != nil:
		if !isList {
			s.t.Errorf("official schema: %s is no list", where)
		}
		for n, item := range list {
			s.fitsType(item, typ.Elem, set, where+"."+strconv.Itoa(n))
		}
	case len(set) > 0:
		s.fits(value, set, where)
	case !s.fitsLeaf(value, typ.NamedType):
		s.t.Errorf("official schema: %s is %v, no %s", where, value, typ.NamedType)
	}
}

func (s *Server) fitsLeaf(value any, name string) bool {
	text, isText := value.(string)
	switch name {
	case "Int":
		_, ok := value.(int)
		return ok
	case "Boolean":
		_, ok := value.(bool)
		return ok
	case "DateTime":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	}
	if d := s.held.graph.Types[name]; d != nil && d.Kind == ast.Enum {
		return d.EnumValues.ForName(text) != nil
	}
	return isText
}

func notFound(id any) problem {
	return problem{"NOT_FOUND", fmt.Sprintf("Could not resolve to a node with the global id of '%v'.", id)}
}

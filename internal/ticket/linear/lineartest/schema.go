package lineartest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// holdVariables holds what is sent with a document to the types it declares.
func (s *Server) holdVariables(op *ast.OperationDefinition, variables map[string]any) bool {
	if _, err := validator.VariableValues(s.schema, op, variables); err != nil {
		s.t.Errorf("official schema: the variables of %s: %v", op.Name, err)
		return false
	}
	return true
}

// holdAnswer holds an answer to the types of what was asked for.
func (s *Server) holdAnswer(c call, answer []byte) {
	doc, errs := gqlparser.LoadQueryWithRules(s.schema, c.Query, nil)
	if errs != nil {
		return // told already
	}
	var body struct {
		Data any `json:"data"`
	}
	if err := json.Unmarshal(answer, &body); err != nil {
		s.t.Error(err)
		return
	}
	typ := s.schema.Query
	if doc.Operations[0].Operation == ast.Mutation {
		typ = s.schema.Mutation
	}
	k := &checker{t: s.t, schema: s.schema, vars: c.Variables}
	k.object(doc.Operations[0].Name, typ, doc.Operations[0].SelectionSet, body.Data)
}

// checker holds values to the types of a schema.
type checker struct {
	t      testing.TB
	schema *ast.Schema
	vars   map[string]any
}

func (k *checker) wrong(path, format string, args ...any) {
	k.t.Errorf("official schema: the answer at %s: %s", path, fmt.Sprintf(format, args...))
}

// object checks that an object has what was selected, and nothing else.
func (k *checker) object(path string, typ *ast.Definition, set ast.SelectionSet, value any) {
	o, ok := value.(map[string]any)
	if !ok {
		k.wrong(path, "%T is no object of type %s", value, typ.Name)
		return
	}
	wanted := map[string]bool{}
	for _, f := range k.selected(set) {
		wanted[f.Alias] = true
		if f.Name == "__typename" {
			continue
		}
		got, there := o[f.Alias]
		if !there {
			k.wrong(path, "%s is missing", f.Alias)
			continue
		}
		k.value(path+"."+f.Alias, f.Definition.Type, f.SelectionSet, got)
	}
	for name := range o {
		if !wanted[name] {
			k.wrong(path, "%s was not asked for", name)
		}
	}
}

// selected lists the fields of a selection with those of its fragments.
func (k *checker) selected(set ast.SelectionSet) []*ast.Field {
	var fields []*ast.Field
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if include := sel.Directives.ForName("include"); include != nil {
				if on, _ := include.Arguments.ForName("if").Value.Value(k.vars); on != true {
					continue
				}
			}
			fields = append(fields, sel)
		case *ast.FragmentSpread:
			fields = append(fields, k.selected(sel.Definition.SelectionSet)...)
		case *ast.InlineFragment:
			fields = append(fields, k.selected(sel.SelectionSet)...)
		}
	}
	return joined(fields)
}

// joined makes fields with one name one field.
func joined(fields []*ast.Field) []*ast.Field {
	var whole []*ast.Field
	for _, f := range fields {
		same := slices.IndexFunc(whole, func(w *ast.Field) bool { return w.Alias == f.Alias })
		if same < 0 {
			whole = append(whole, f)
			continue
		}
		both := *whole[same]
		both.SelectionSet = slices.Concat(both.SelectionSet, f.SelectionSet)
		whole[same] = &both
	}
	return whole
}

func (k *checker) value(path string, typ *ast.Type, set ast.SelectionSet, value any) {
	if value == nil {
		if typ.NonNull {
			k.wrong(path, "null is no %s", typ)
		}
		return
	}
	if typ.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			k.wrong(path, "%T is no list", value)
		}
		for i, one := range list {
			k.value(fmt.Sprintf("%s[%d]", path, i), typ.Elem, set, one)
		}
		return
	}
	def := k.schema.Types[typ.NamedType]
	switch def.Kind {
	case ast.Scalar:
		if !isScalar(def.Name, value) {
			k.wrong(path, "%v is no %s", value, def.Name)
		}
	case ast.Enum:
		if name, ok := value.(string); !ok || def.EnumValues.ForName(name) == nil {
			k.wrong(path, "%v is no %s", value, def.Name)
		}
	case ast.Object:
		if set == nil {
			k.record(path, def, value)
			return
		}
		k.object(path, def, set, value)
	default:
		k.wrong(path, "a %s is not looked at", def.Kind)
	}
}

func isScalar(name string, value any) bool {
	switch name {
	case "Boolean":
		_, ok := value.(bool)
		return ok
	case "Int":
		n, ok := value.(float64)
		return ok && n == math.Trunc(n)
	case "Float":
		_, ok := value.(float64)
		return ok
	case "JSON", "JSONObject":
		return true
	}
	text, ok := value.(string)
	switch name {
	case "DateTime":
		_, err := time.Parse(time.RFC3339, text)
		return ok && err == nil
	case "TimelessDate":
		_, err := time.Parse(time.DateOnly, text)
		return ok && err == nil
	}
	return ok // String, ID and the like
}

// record checks a whole record: all that must be there, and nothing the type
// does not have.
func (k *checker) record(path string, typ *ast.Definition, value any) {
	o, ok := value.(map[string]any)
	if !ok {
		k.wrong(path, "%T is no object of type %s", value, typ.Name)
		return
	}
	for _, f := range typ.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			k.value(path+"."+f.Name, f.Type, nil, o[f.Name])
		}
	}
	for name := range o {
		if typ.Fields.ForName(name) == nil {
			k.wrong(path, "%s is no field of %s", name, typ.Name)
		}
	}
}

// holdDelivery holds what a webhook is called with to the official types. Which
// member of a union it is follows from the kind.
func (s *Server) holdDelivery(kind string, whole map[string]any) {
	encoded, _ := json.Marshal(whole)
	var value map[string]any
	if err := json.Unmarshal(encoded, &value); err != nil {
		s.t.Error(err)
		return
	}
	k := &checker{t: s.t, schema: s.schema}
	envelope := *s.schema.Types["EntityWebhookPayload"]
	envelope.Fields = slices.Clone(envelope.Fields)
	for i, f := range envelope.Fields {
		member := map[string]string{"data": kind + "WebhookPayload", "actor": "UserActorWebhookPayload"}[f.Name]
		if member != "" {
			typed := *f
			typed.Type = ast.NonNullNamedType(member, nil)
			envelope.Fields[i] = &typed
		}
	}
	k.record("delivery", &envelope, value)
}

// blank returns what a field has that the fake knows only by the schema: nothing
// where that is allowed, else the emptiest value of the type.
func (s *Server) blank(typ, name string) (any, bool) {
	if name == "__typename" {
		return typ, true
	}
	if s.schema == nil || s.schema.Types[typ] == nil {
		return nil, false
	}
	f := s.schema.Types[typ].Fields.ForName(name)
	if f == nil {
		return nil, false
	}
	switch def := s.schema.Types[f.Type.Name()]; {
	case !f.Type.NonNull:
		return nil, true
	case f.Type.Elem != nil:
		return []object{}, true
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name, true
	case def.Kind == ast.Object:
		return object{"__typename": def.Name}, true
	}
	return map[string]any{
		"String": "", "ID": newID(), "Boolean": false, "Int": int64(0), "Float": 0.0, "JSON": "{}", "JSONObject": map[string]any{},
		"DateTime": stamp(now()), "TimelessDate": "2026-01-01",
	}[f.Type.Name()], true
}

package tickettest

import (
	"slices"
	"testing"

	"admit/internal/ticket"
)

func former(s Subject) ticket.Former {
	return s.Provider.(ticket.Former) //nolint:forcetypeassert // the case needs it
}

func testTypes(t *testing.T, s Subject) {
	types, err := former(s).Types(t.Context(), s.Project)
	if err != nil {
		t.Fatal(err)
	}
	if s.Type == "" {
		if len(types) > 0 {
			t.Errorf("types %+v, but tickets are filed without one", types)
		}
		return
	}
	if !slices.ContainsFunc(types, func(one ticket.Type) bool { return one.ID == s.Type }) {
		t.Errorf("types %+v lack %q", types, s.Type)
	}
	ids := map[string]bool{}
	for _, one := range types {
		if one.ID == "" || one.Name == "" || !tidy(one.Name) || ids[one.ID] {
			t.Errorf("type %+v lacks something, or is there twice", one)
		}
		ids[one.ID] = true
	}
}

func (s Subject) form(t *testing.T) []ticket.FormField {
	t.Helper()
	fields, err := former(s).Form(t.Context(), s.Project, s.Type)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func testForm(t *testing.T, s Subject) {
	fields := s.form(t)
	entries := []ticket.Entry{
		ticket.Line, ticket.Paragraph, ticket.Choice, ticket.Choices, ticket.Tags, ticket.Number, ticket.Date, ticket.Flag,
	}
	ids, optional := map[string]bool{}, false
	for _, f := range fields {
		if f.ID == "" || f.Name == "" || !tidy(f.Name) || !slices.Contains(entries, f.Entry) || ids[f.ID] {
			t.Errorf("field %+v lacks something, or is there twice", f)
		}
		if f.ID == ticket.AssigneeField {
			t.Errorf("field %+v is for Admit to fill in", f)
		}
		if f.Required && optional {
			t.Errorf("the required field %q comes after an optional one", f.Name)
		}
		ids[f.ID], optional = true, !f.Required
		testOptions(t, f)
	}
	if s.Field != "" && !ids[s.Field] {
		t.Errorf("the fields %+v lack %q", fields, s.Field)
	}
}

func testOptions(t *testing.T, f ticket.FormField) {
	t.Helper()
	if choice := f.Entry == ticket.Choice || f.Entry == ticket.Choices; choice != (len(f.Options) > 0) {
		t.Errorf("field %q is a %s with %d options", f.Name, f.Entry, len(f.Options))
	}
	ids := map[string]bool{}
	for _, o := range f.Options {
		if o.ID == "" || o.Name == "" || !tidy(o.ID) || !tidy(o.Name) || ids[o.ID] {
			t.Errorf("field %q: option %+v lacks something, or is there twice", f.Name, o)
		}
		ids[o.ID] = true
	}
}

func testField(t *testing.T, s Subject) {
	d := s.draft()
	d.Fields = map[string]string{s.Field: s.Value}
	made := s.create(t, d)
	if got := s.FieldOf(t, made.ID); got != s.Value || len(made.Dropped) > 0 {
		t.Errorf("%s is %q and dropped is %q; want %q and nothing", s.Field, got, made.Dropped, s.Value)
	}
	if again := s.readOne(t, made.ID); again.Key != d.Key {
		t.Errorf("with a field it reads %+v, want its key", again)
	}
}

func testBadField(t *testing.T, s Subject) {
	d := s.draft()
	d.Fields = map[string]string{s.Field: s.Bad}
	made, refusal := s.refusesOrTells(t, d, s.Field+" = "+s.Bad)
	if refusal != nil {
		if !slices.Contains(refusal.Fields, s.Field) {
			t.Errorf("the refusal %q is about %q, want %q", refusal.Msg, refusal.Fields, s.Field)
		}
		return
	}
	name := s.Field
	for _, f := range s.form(t) {
		if f.ID == s.Field {
			name = f.Name
		}
	}
	if !slices.Contains(made.Dropped, name) {
		t.Errorf("dropped is %q, want %q in it", made.Dropped, name)
	}
}

func testNoSuchField(t *testing.T, s Subject) {
	for _, id := range []string{"no such field", "../x", "title\n"} {
		d := s.draft()
		d.Fields = map[string]string{id: "x"}
		_, _ = s.refusesOrTells(t, d, id)
	}
}

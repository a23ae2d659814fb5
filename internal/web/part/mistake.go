package part

import (
	"maps"
	"slices"
	"strings"

	"admit/internal/access"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Mistakes is what was wrong with a form. The zero value is none.
type Mistakes struct {
	fields   map[string]string
	sentence string
}

// MistakesOf returns what is wrong with a form, or ok = false if the error is
// not one of the form.
func MistakesOf(err error) (m Mistakes, ok bool) {
	switch access.CodeOf(err) {
	case access.Invalid, access.Conflict, access.RateLimited, access.Unavailable:
		m.fields, m.sentence, ok = site.Problems(err)
	case access.Forbidden, access.Unauthenticated, access.NotFound:
	}
	return m, ok
}

// Mistake is one mistake of one field.
func Mistake(field, problem string) Mistakes {
	return Mistakes{fields: map[string]string{field: problem}}
}

// Rename gives a mistake the name of the control it belongs to.
func (m Mistakes) Rename(from, to string) Mistakes {
	if p, ok := m.fields[from]; ok {
		m.fields = maps.Clone(m.fields)
		delete(m.fields, from)
		m.fields[to] = p
	}
	return m
}

// Of returns what is wrong with a field, "" if nothing.
func (m Mistakes) Of(field string) string { return Capital(m.fields[field]) }

// Sentence is what is wrong with the form as a whole, "" if nothing.
func (m Mistakes) Sentence() string { return Capital(m.sentence) }

// Summary lists everything, for ui.ErrorSummary: the fields in their order, then
// what belongs to none of them.
func (m Mistakes) Summary(fields ...ui.Field) []ui.Problem {
	all := ui.Problems(fields...)
	for _, name := range slices.Sorted(maps.Keys(m.fields)) {
		if !slices.ContainsFunc(fields, func(f ui.Field) bool { return f.Name == name }) {
			all = append(all, ui.Problem{Text: Capital(strings.ReplaceAll(name, "_", " ") + " " + m.fields[name])})
		}
	}
	if m.sentence != "" {
		all = append(all, ui.Problem{Text: m.Sentence()})
	}
	return all
}

// Capital begins a text with a capital.
func Capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

package access_test

import (
	"strings"
	"testing"

	"admit/internal/access"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	values := map[string]string{"user_email": "josh@example.com", "resource": "{{link}}"}
	for template, want := range map[string]struct{ problem, text string }{
		"":                                    {"", ""},
		"{{user_email}} / {{ resource }}":     {"", "josh@example.com / {{link}}"}, // a value is no template
		"a {{level}}b":                        {"", "a b"},
		"{{nobody}}":                          {"has {{nobody}}, which is not one of", ""},
		"{{user_email":                        {"has {{ without }}", "{{user_email"},
		"{single} }} {{user_email}}":          {"", "{single} }} josh@example.com"},
		"{{{{user_email}}}}":                  {"has {{{{user_email}}, which is not one of", "}}"},
		"{{user_email}}{{user_email}}\n{{x}}": {"has {{x}}", "josh@example.comjosh@example.com\n"},
	} {
		if got := access.PlaceholderProblem(template); got != want.problem && (want.problem == "" || !strings.HasPrefix(got, want.problem)) {
			t.Errorf("%q: %q, want %q", template, got, want.problem)
		}
		if got := access.Fill(template, values); got != want.text {
			t.Errorf("%q filled is %q, want %q", template, got, want.text)
		}
	}
}

// FuzzTemplate: filling in ends, and a template without a problem keeps no placeholder.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{{user_email}} {{state}}", "{{", "}}{{", "{{ {{ }} }}", "{{{", "a{{level}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		values := map[string]string{}
		for _, name := range access.Placeholders {
			values[name] = "x"
		}
		got := access.Fill(template, values)
		if len(got) > len(template) || access.PlaceholderProblem(template) == "" && strings.Contains(got, "{{") {
			t.Errorf("%q became %q", template, got)
		}
	})
}

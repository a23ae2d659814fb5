package config_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"admit/internal/config"
)

// TestDocsAreTrue: docs/configuration.md has every setting with its names and
// its default, and no other; its example is taken.
func TestDocsAreTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(text)
	want := 0
	defaults := reflect.ValueOf(config.Default())
	for _, f := range reflect.VisibleFields(defaults.Type()) {
		name, variable := f.Tag.Get("yaml"), f.Tag.Get("env")
		if variable == "-" {
			continue
		}
		want++
		row := "| "
		if name != "-" {
			row += "`" + name + "` "
		}
		row += "| `ADMIT_" + variable + "` | "
		if v := defaults.FieldByIndex(f.Index); !v.IsZero() || v.Kind() == reflect.Bool {
			row += fmt.Sprintf("`%v` |", v)
		}
		if !strings.Contains(docs, "\n"+row) {
			t.Errorf("no row that begins with %q", row)
		}
	}
	if got := strings.Count(docs, "| `ADMIT_"); got != want {
		t.Errorf("%d rows for %d settings", got, want)
	}
	_, example, _ := strings.Cut(docs, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	c, err := config.Load(file(t, example), nil)
	if err == nil {
		err = c.Finish()
	}
	if err != nil || c.URL != "https://admit.example.com" {
		t.Errorf("the example is refused: %v", err)
	}
}

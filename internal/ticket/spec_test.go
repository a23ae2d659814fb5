package ticket_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/ticket"
)

func spec() ticket.Spec {
	return ticket.Spec{
		Kind: "system", Name: "System",
		Fields: []ticket.Field{
			{Name: "base_url", Type: ticket.URL, Required: true},
			{Name: "token", Type: ticket.Secret, Required: true},
			{Name: "edition", Type: ticket.Select, Default: "cloud", Options: []ticket.Option{{ID: "cloud", Name: "Cloud"}, {ID: "own", Name: "Our own"}}},
			{Name: "label", Type: ticket.Text},
		},
		Retired: []string{"old"},
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := map[string]string{"base_url": " https://tickets.example.com/ ", "token": "t", "label": " a b "}
	got, err := spec().Validate(good)
	want := map[string]string{"base_url": "https://tickets.example.com", "token": "t", "edition": "cloud", "label": "a b"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for name, c := range map[string]struct{ field, value, says string }{
		"missing":              {"token", "", "is required"},
		"blank":                {"token", " \t ", "is required"},
		"not an address":       {"base_url", "tickets.example.com", "must be an address"},
		"another scheme":       {"base_url", "ftp://tickets.example.com", "must be an address"},
		"an address with user": {"base_url", "https://a:b@tickets.example.com", "must be an address"},
		"an address and more":  {"base_url", "https://tickets.example.com/?x=y", "must be an address"},
		"no choice":            {"edition", "Cloud", "must be one of cloud, own"},
		"two lines":            {"label", "a\nb", "on one line"},
		"not UTF-8":            {"label", "\xff", "on one line"},
		"too long":             {"label", strings.Repeat("x", 5000), "at most 4096"},
		"unknown":              {"other", "x", "is not a setting of System"},
		"unknown and empty":    {"other", "", "is not a setting of System"},
		"retired, two lines":   {"old", "a\nb", "on one line"},
	} {
		settings := map[string]string{"base_url": "https://tickets.example.com", "token": "t"}
		settings[c.field] = c.value
		_, err := spec().Validate(settings)
		wrong, ok := errors.AsType[*access.Error](err)
		if !ok || len(wrong.Fields) != 1 || !strings.Contains(wrong.Fields["settings."+c.field], c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestValidateKeepsRetiredSettings edits an account that an earlier version made.
func TestValidateKeepsRetiredSettings(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{" done, closed ": "done, closed", " ": ""} {
		got, err := spec().Validate(map[string]string{"base_url": "https://tickets.example.com", "token": "t", "old": value})
		if err != nil || got["old"] != want {
			t.Errorf("%q: %q, %v; want %q", value, got["old"], err, want)
		}
	}
}

func TestValidateNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := spec().Validate(map[string]string{"edition": "x", "nothing": "y"})
	wrong, ok := errors.AsType[*access.Error](err)
	if !ok || len(wrong.Fields) != 4 {
		t.Errorf("%v, want four problems", err)
	}
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	r := ticket.NewRegistry(spec(), ticket.Spec{Kind: "other"})
	if got, ok := r.Spec("system"); !ok || got.Name != "System" || len(r.Specs()) != 2 {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := r.Spec("none"); ok {
		t.Error("found a kind that is not there")
	}
	if diff := cmp.Diff([]string{"token"}, spec().Secrets()); diff != "" {
		t.Error(diff)
	}
}

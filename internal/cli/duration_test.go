package cli

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "8h": 8 * time.Hour, "90d": 90 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "45s": 45 * time.Second,
		"": 0, "0h": 0, "8": 0, "h": 0, "-8h": 0, "8 h": 0, "8H": 0, "1.5h": 0, "8hh": 0, "99999999999h": 0, "2147483647w": 0, "８h": 0,
	} {
		if d, ok := parseDuration(text); d != want && ok || ok != (want > 0) {
			t.Errorf("parseDuration(%q) = %v, %v; want %v", text, d, ok, want)
		}
	}
}

func TestParseMinutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		want    int
		problem string
	}{
		{"8h", 480, ""},
		{"indefinite", -1, ""},
		{"90s", 0, "must be whole minutes"},
		{"366d", 0, "must be at most a year"},
		{"soon", 0, "must be a duration such as 30m, 8h, 90d or 2w, or indefinite"},
	} {
		if got, problem := parseMinutes(c.text, -1); got != c.want || problem != c.problem {
			t.Errorf("parseMinutes(%q) = %d, %q", c.text, got, problem)
		}
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"90d":                  now.Add(90 * day),
		"2027-03-31":           time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC),
		"2027-03-31T18:00:00Z": time.Date(2027, 3, 31, 18, 0, 0, 0, time.UTC),
		"tomorrow":             {},
	} {
		if got, problem := parseMoment(text, now); !got.Equal(want) || (problem != "") != want.IsZero() {
			t.Errorf("parseMoment(%q) = %v, %q; want %v", text, got, problem, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for minutes, want := range map[int]string{45: "45m", 480: "8h", 1440: "1d", 129600: "90d", -1: "indefinite"} {
		if got := span(&minutes); got != want {
			t.Errorf("span(%d) = %s, want %s", minutes, got, want)
		}
	}
	if got := span(nil); got != forever {
		t.Errorf("span(nil) = %s", got)
	}
}

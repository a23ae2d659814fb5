package ui

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestAgo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		offset time.Duration
		want   string
	}{
		{0, "just now"},
		{-44 * time.Second, "just now"},
		{20 * time.Second, "in a moment"},
		{-45 * time.Second, "1 min ago"},
		{-3 * time.Minute, "3 min ago"},
		{90 * time.Minute, "in 2 h"},
		{-23 * time.Hour, "23 h ago"},
		{-24 * time.Hour, "1 day ago"},
		{49 * time.Hour, "in 2 days"},
		{-29 * 24 * time.Hour, "29 days ago"},
		{-30 * 24 * time.Hour, "24 Oct"},
		{80 * 24 * time.Hour, "11 Feb 2027"},
	} {
		if got := Ago(noon.Add(c.offset), noon); got != c.want {
			t.Errorf("Ago(%v) = %q, want %q", c.offset, got, c.want)
		}
	}
	if got := Ago(time.Time{}, noon); got != "never" {
		t.Errorf("Ago(zero) = %q", got)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "under a minute", 59 * time.Second: "under a minute", time.Minute: "1 min", 20*time.Minute + 31*time.Second: "21 min",
		59*time.Minute + 40*time.Second: "1 h", 200 * time.Minute: "3 h 20 min", day - time.Second: "1 day", 25 * time.Hour: "1 day 1 h",
		2*day + 29*time.Minute: "2 days", 2*day + 4*time.Hour + 31*time.Minute: "2 days 5 h", 1500 * day: "1,500 days",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                            "no end",
		30 * time.Second:             "30 seconds",
		time.Minute:                  "1 minute",
		8 * time.Hour:                "8 hours",
		36 * time.Hour:               "1 day 12 hours",
		7 * 24 * time.Hour:           "7 days",
		24*time.Hour + time.Minute:   "1 day 1 minute",
		25*time.Hour + 5*time.Minute: "1 day 1 hour",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestNumberAndPlural(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -4200: "-4,200"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	if got := Plural(1, "user") + ", " + Plural(1200, "user") + ", " + Plural(0, "user"); got != "1 user, 1,200 users, 0 users" {
		t.Errorf("Plural = %q", got)
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Josh Reed": "JR", "Wilhelmina Oyelaran-Featherstone": "WF", "josh@example.com": "J", "Émile": "É",
		"": "?", "--": "?", "李 明": "李明", "My  Role 2": "M2",
	} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

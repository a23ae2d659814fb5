package ticket_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"admit/internal/ticket"
)

func TestClip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"日本語だ", 3, "日本…"}, {"", 3, ""}, {"abc", 1, "…"}, {"abc", 0, ""}, {"abc", -1, ""}} {
		if got := ticket.Clip(c.text, c.n); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "a", " a \r\n\tb\x00c\x1b[31m\u2028d\u0085e ": "a b c [31m d e", "日本語 🔑": "日本語 🔑",
	} {
		if got := ticket.OneLine(text); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	if got, want := ticket.Title("a\nb \xff"+strings.Repeat("x", 10), 6), "a b \uFFFD…"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got, want := ticket.Printable("a\x00b\x1b[31m\n\tc\r\nd\x7f\xff 日本語 🔑"), "ab[31m\n\tc\nd\uFFFD 日本語 🔑"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	long := strings.Repeat("日本語\n", 1000) + "\n" + key
	for name, c := range map[string]struct {
		body string
		n    int
		head bool
	}{
		"fits":                   {"short\n\n" + key, 100, true},
		"just fits":              {long, utf8.RuneCountInString(long), true},
		"too long":               {long, 500, true},
		"too long by one":        {long, utf8.RuneCountInString(long) - 1, true},
		"ends with a line end":   {long + "\n\n", 500, true},
		"room for the key alone": {long, 40, false},
		"one line":               {strings.Repeat("x", 400) + "\n" + key, 200, true},
	} {
		got := ticket.Fit(c.body, c.n)
		if n := utf8.RuneCountInString(got); n > c.n || !strings.HasSuffix(strings.TrimRight(got, "\n"), key) {
			t.Errorf("%s: %d characters that end with %q; want at most %d, and the key", name, n, ticket.Clip(got[max(0, len(got)-40):], 40), c.n)
		}
		if head := strings.HasPrefix(got, c.body[:3]); head != c.head {
			t.Errorf("%s: %.20q, head = %v", name, got, head)
		}
	}
	if got := ticket.Fit("abc\n"+key, 5); got != "0123…" {
		t.Errorf("no room for the key: %q", got)
	}
}

func TestIsKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"0123456789abcdef": true, "A-b-9": true, strings.Repeat("a", 128): true,
		"": false, strings.Repeat("a", 129): false, "a b": false, "a'b": false, "ä": false, "a\n": false, "a_b": false, "a\x00": false,
	} {
		if ticket.IsKey(key) != want {
			t.Errorf("IsKey(%q) = %v", key, !want)
		}
	}
}

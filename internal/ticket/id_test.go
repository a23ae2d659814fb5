package ticket_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1": 1, "9223372036854775807": 9223372036854775807} {
		if got := ticket.ParseID(text); got != want {
			t.Errorf("ParseID(%q) = %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "+1", "01", " 1", "1.0", "1e3", "9223372036854775808", "١", "1,2"} {
		if got := ticket.ParseID(text); got != 0 {
			t.Errorf("ParseID(%q) = %d, want none", text, got)
		}
	}
}

func TestByName(t *testing.T) {
	t.Parallel()
	options := []ticket.Option{{ID: "3", Name: "b"}, {ID: "2", Name: "a"}, {ID: "1", Name: "b"}}
	slices.SortFunc(options, ticket.ByName[ticket.Option])
	if want := []ticket.Option{{ID: "2", Name: "a"}, {ID: "1", Name: "b"}, {ID: "3", Name: "b"}}; !slices.Equal(options, want) {
		t.Errorf("%v, want %v", options, want)
	}
}

func TestIsUUID(t *testing.T) {
	t.Parallel()
	const good = "01234567-89ab-4cde-8f01-23456789abcd"
	if !ticket.IsUUID(good) {
		t.Errorf("%q is one", good)
	}
	for _, text := range []string{
		"", "ENG-12", good[1:], good + "0", strings.ToUpper(good), strings.ReplaceAll(good, "-", "0"), strings.Replace(good, "0", "-", 1), strings.Replace(good, "0", "g", 1),
	} {
		if ticket.IsUUID(text) {
			t.Errorf("%q is none", text)
		}
	}
}

func TestIsTicketKey(t *testing.T) {
	t.Parallel()
	const good = "0123456789abcdef0123456789abcdef"
	if !ticket.IsTicketKey(good) {
		t.Errorf("%q is one", good)
	}
	for _, text := range []string{"", good[1:], good + "0", strings.ToUpper(good), "g" + good[1:], "-" + good[1:], "é" + good[2:]} {
		if ticket.IsTicketKey(text) {
			t.Errorf("%q is none", text)
		}
	}
}

func TestIsEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"alice@example.com": true, "o'brien+x@example.com": true, "jörg@example.com": true, "a@b": true,
		"": false, "alice": false, "@": false, "@example.com": false, "alice@": false, "a@b@c": false, "a b@example.com": false, "a\n@example.com": false,
		`"a"@example.com`: false, `a\@example.com`: false, "*@example.com": false, "a,b@example.com": false, "a:b@example.com": false,
		"<a@example.com>": false, "(a)@example.com": false, "a;b@example.com": false, "a\xff@example.com": false, strings.Repeat("a", 250) + "@b.example": false,
	} {
		if got := ticket.IsEmail(text); got != want {
			t.Errorf("IsEmail(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.com/a?b=c#d": "https://example.com/a?b=c#d", "http://example.com": "http://example.com",
		"": "", "/a": "", "//example.com": "", "https:///a": "", "javascript:alert(1)": "", "javascript://x/%0aalert(1)": "", "data:text/html,x": "",
		"https://example.com/\n": "", "://": "",
	} {
		if got := ticket.Link(text); got != want {
			t.Errorf("Link(%q) = %q, want %q", text, got, want)
		}
	}
}

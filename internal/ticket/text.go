package ticket

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine returns text with every run of blanks, line ends and control
// characters made one blank.
func OneLine(text string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(text, blank), " ")
}

// Clip returns text, cut to at most n characters with an ellipsis as the last.
func Clip(text string, n int) string {
	if n <= 0 {
		return ""
	}
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// Title makes text fit for the title of a ticket: valid, on one line, at most n
// characters long.
func Title(text string, n int) string {
	return Clip(OneLine(strings.ToValidUTF8(text, "\uFFFD")), n)
}

// Printable removes from a text of several lines what no system can store or
// show: control characters and invalid UTF-8.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

const leftOut = "\n\n[... the rest is left out: the ticket system takes no longer text]\n\n"

// Fit returns a body of at most n characters that still ends with its last
// line, the one with the key.
func Fit(body string, n int) string {
	if utf8.RuneCountInString(body) <= n {
		return body
	}
	body = strings.TrimRight(body, "\n")
	last := body[strings.LastIndexByte(body, '\n')+1:]
	room := n - utf8.RuneCountInString(last) - utf8.RuneCountInString(leftOut)
	if room < 0 {
		return Clip(last, n)
	}
	return string([]rune(body)[:room]) + leftOut + last
}

// IsKey reports whether key can stand in any query, label or header as it is:
// at most 128 letters, digits and dashes.
func IsKey(key string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	}
	return key != "" && len(key) <= 128 && !strings.ContainsFunc(key, odd)
}

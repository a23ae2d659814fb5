package access

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts people enter, in characters.
const (
	MaxName = 200   // names and titles
	MaxText = 4_000 // reasons, comments, descriptions
)

// Line checks a text of one line and returns it without blanks at its ends, or
// a problem in words.
func Line(s string, required bool, limit int) (clean, problem string) {
	return text(s, required, limit, false)
}

// Prose is Line for a text that may have several lines.
func Prose(s string, required bool, limit int) (clean, problem string) {
	return text(s, required, limit, true)
}

func text(s string, required bool, limit int, lines bool) (clean, problem string) {
	if !utf8.ValidString(s) {
		return "", "must be valid UTF-8 text"
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case s == "" && required:
		return "", "is required"
	case utf8.RuneCountInString(s) > limit:
		return "", "is too long"
	}
	for _, r := range s {
		if r == '\n' && lines || r == '\t' && lines {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return "", "must not hold line breaks or control characters"
		}
	}
	return s, ""
}

// Line is Line that notes a problem under field.
func (p *Problems) Line(field, s string, required bool, limit int) string {
	return p.note(field)(Line(s, required, limit))
}

// Prose is Prose that notes a problem under field.
func (p *Problems) Prose(field, s string, required bool, limit int) string {
	return p.note(field)(Prose(s, required, limit))
}

// Email is NormalEmail that notes a problem under field.
func (p *Problems) Email(field, s string) string {
	return p.note(field)(NormalEmail(s))
}

func (p *Problems) note(field string) func(clean, problem string) string {
	return func(clean, problem string) string {
		if problem != "" {
			p.Add(field, "%s", problem)
		}
		return clean
	}
}

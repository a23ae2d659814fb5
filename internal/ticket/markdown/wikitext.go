package markdown

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wikiText escapes plain text, which may be at the start of a line.
func wikiText(text string, start bool) string {
	var b strings.Builder
	prev := rune(0)
	for i, r := range text {
		rest := text[i+utf8.RuneLen(r):]
		switch {
		case isEntity(r, text[:i], rest) || start && opensBlock(r, rest):
			fmt.Fprintf(&b, "&#%d;", r)
		case isMark(r, prev, rest) || start && r == '#':
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
		start = start && unicode.IsSpace(r)
		prev = r
	}
	return b.String()
}

// isEntity reports whether r has a meaning that a backslash does not take away,
// or not for good. In a bare address Jira shows backslashes, so there is none.
func isEntity(r rune, before, rest string) bool {
	switch r {
	case '\\', '{', '}', '|':
		return true
	case ':':
		return isSmile(rest) || strings.HasPrefix(rest, "//") || strings.HasSuffix(before, "mailto") ||
			strings.HasSuffix(before, "file") || strings.HasSuffix(before, "news")
	case '&':
		name, _, found := strings.Cut(rest[:min(len(rest), 10)], ";")
		return found && !strings.ContainsFunc(name, func(r rune) bool { return r != '#' && !isWord(r) })
	}
	return false
}

// isMark reports whether r is a mark, or a part of an emoticon. Marks inside
// words are none.
func isMark(r, prev rune, rest string) bool {
	switch r {
	case '*', '^', '~', '[', ']':
		return true
	case '_', '-', '+':
		next, _ := cutRune(rest)
		return !isWord(prev) || !isWord(next)
	case '!', '@':
		return !isWord(prev)
	case '?':
		return prev == '?' || strings.HasPrefix(rest, "?")
	case '(':
		return strings.ContainsRune(":;-", prev) || opensEmoticon(rest)
	case ')':
		return strings.ContainsRune(":;-", prev)
	}
	return false
}

// opensBlock reports whether r begins a heading or a quote.
func opensBlock(r rune, rest string) bool {
	if r == 'h' && len(rest) > 1 {
		return rest[0] >= '1' && rest[0] <= '6' && rest[1] == '.'
	}
	return r == 'b' && strings.HasPrefix(rest, "q.")
}

// isSmile reports whether the text behind a colon is a mouth, and no word.
func isSmile(rest string) bool {
	mouth, others := cutRune(rest)
	next, _ := cutRune(others)
	return strings.ContainsRune("DPp", mouth) && (!isName(next) || isDigit(next) || next == '_')
}

// opensEmoticon reports whether the text behind a parenthesis makes a picture
// of it.
func opensEmoticon(rest string) bool {
	name, _, found := strings.Cut(rest[:min(len(rest), 8)], ")")
	switch name {
	case "/", "?", "i", "n", "x", "y", "on", "off", "flag", "flagoff":
		return found
	}
	return false
}

// cutRune returns the first character of text, U+FFFD if there is none, and the
// others.
func cutRune(text string) (first rune, others string) {
	first, size := utf8.DecodeRuneInString(text)
	return first, text[size:]
}

package markdown

import (
	"strings"

	"admit/internal/ticket"
)

// Escape returns text as Markdown that reads as exactly this text, on one line.
//
// GitHub looks for mentions and references in what the Markdown has become, so
// that neither a backslash nor an entity hides them. Only code does: @name and
// #123 come as code. Whatever stands at the start of a line is escaped, too, as
// the text may come to stand there.
func Escape(text string) string {
	runes := []rune(ticket.OneLine(strings.ToValidUTF8(text, "\uFFFD")))
	var b strings.Builder
	for i := 0; i < len(runes); {
		if n := reference(runes, i); n > 0 {
			b.WriteString("`" + string(runes[i:i+n]) + "`")
			i += n
			continue
		}
		if isSpecial(runes, i) {
			b.WriteByte('\\')
		}
		b.WriteRune(runes[i])
		i++
	}
	return b.String()
}

// reference returns how long the mention or reference is that begins at i, 0
// if none does. The at sign of an e-mail address begins none.
func reference(text []rune, i int) int {
	switch next := at(text, i+1); {
	case text[i] == '@' && !isName(at(text, i-1)) && (isName(next) || next == '.'):
	case text[i] == '#' && isDigit(next):
	default:
		return 0
	}
	end := i + 1
	for end < len(text) && (isName(text[end]) || strings.ContainsRune("@#./-", text[end])) {
		end++
	}
	for end > i+2 && strings.ContainsRune("./-", text[end-1]) {
		end--
	}
	return end - i
}

// isSpecial reports whether the character at i can mean more than itself: in
// CommonMark, to GitHub or GitLab, or as the start of a list, a heading, a
// command of GitLab's, or a bare address.
func isSpecial(text []rune, i int) bool {
	before := text[:i]
	switch text[i] {
	case '\\', '`', '*', '[', ']', '<', '>', '~', '|', '$', '&', '{', '#':
		return true
	case '_':
		return !isWord(at(text, i-1)) || !isWord(at(text, i+1))
	case '-', '+', '=', '/':
		return i == 0
	case ')':
		return isNumber(before)
	case '.':
		return isNumber(before) || strings.HasSuffix(string(before[max(0, i-3):]), "www")
	case '!':
		return isDigit(at(text, i+1))
	case ':':
		return at(text, i+1) == '/' && at(text, i+2) == '/'
	}
	return false
}

// at returns the character at i, 0 outside of the text.
func at(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// isNumber reports whether text can be the number of a list.
func isNumber(text []rune) bool {
	if len(text) == 0 || len(text) > 9 {
		return false
	}
	for _, r := range text {
		if !isDigit(r) {
			return false
		}
	}
	return true
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isName reports whether r is a letter, digit or underscore of ASCII: what the
// names of people are made of.
func isName(r rune) bool {
	return isDigit(r) || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
}

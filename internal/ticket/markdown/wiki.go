package markdown

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wiki renders Markdown in the wiki markup of Jira Data Center.
//
// What is escaped, and how, follows from the order in which Jira reads it:
// macros, blocks, links, escapes, entities, emoticons, phrases. Whom a text
// mentions Jira finds by another way, in the raw text and even in code: no
// bracket comes before a tilde or an at sign there.
func Wiki(source string) string { return strings.Join(wikiBlocks(parse(source), ""), "\n\n") }

// wikiBlocks renders blocks in a list with these marks, or outside of any.
func wikiBlocks(blocks []block, marks string) []string {
	parts := make([]string, 0, len(blocks))
	for _, b := range blocks {
		parts = append(parts, wikiBlock(b, marks))
	}
	return parts
}

func wikiBlock(b block, marks string) string {
	switch b.kind {
	case heading:
		return fmt.Sprintf("h%d. %s", b.level, wikiLines(b.lines))
	case bullets:
		return wikiList(b, marks+"*")
	case numbers:
		return wikiList(b, marks+"#")
	case quote:
		return "{quote}\n" + strings.Join(wikiBlocks(b.blocks, ""), "\n\n") + "\n{quote}"
	case code:
		return wikiCode(b.code)
	case rule:
		return "----"
	case paragraph, item:
	}
	return wikiLines(b.lines)
}

// wikiList renders a list. A blank line would end it.
func wikiList(list block, marks string) string {
	var lines []string
	for _, i := range list.blocks {
		parts := wikiBlocks(i.blocks, marks)
		if len(parts) == 0 || i.blocks[0].isList() {
			parts = append([]string{""}, parts...)
		}
		parts[0] = marks + " " + parts[0]
		lines = append(lines, parts...)
	}
	return strings.Join(lines, "\n")
}

// wikiCode renders code as it is, but for code that would not stay in its place:
// that comes in lines of its own.
func wikiCode(text string) string {
	if !breaksOut(text) {
		return "{code}\n" + text + "\n{code}"
	}
	var lines []line
	for l := range strings.Lines(text) {
		if strings.TrimSpace(l) != "" {
			lines = append(lines, line{{spans: []span{{text: clean(strings.TrimRight(l, "\n")), style: style{code: true}}}}})
		}
	}
	return wikiLines(lines)
}

func breaksOut(code string) bool {
	code = strings.ToLower(code)
	for _, mark := range []string{"{code", "{quote", "[~", "[@"} {
		if strings.Contains(code, mark) {
			return true
		}
	}
	return false
}

func wikiLines(lines []line) string {
	parts := make([]string, 0, len(lines))
	for _, l := range lines {
		parts = append(parts, wikiLine(l))
	}
	return strings.Join(parts, "\n")
}

func wikiLine(l line) string {
	var b strings.Builder
	for _, p := range l {
		switch url := wikiURL(p.url); {
		case url == "":
			wikiSpans(&b, p.spans)
		case p.text() == url:
			b.WriteString("[" + url + "]")
		default:
			b.WriteString("[")
			wikiSpans(&b, p.spans)
			b.WriteString("|" + url + "]")
		}
	}
	return b.String()
}

// wikiURL encodes what can end an address, or be taken for something else in it.
func wikiURL(url string) string {
	var b strings.Builder
	for i := range len(url) {
		if strings.IndexByte("|[]{}\\^~*!();'\"<>`", url[i]) >= 0 {
			fmt.Fprintf(&b, "%%%02X", url[i])
		} else {
			b.WriteByte(url[i])
		}
	}
	return b.String()
}

func wikiSpans(b *strings.Builder, spans []span) {
	for i, s := range spans {
		before, _ := utf8.DecodeLastRuneInString(b.String())
		after := ' '
		if i+1 < len(spans) {
			after, _ = utf8.DecodeRuneInString(spans[i+1].text)
		}
		b.WriteString(wikiSpan(s, isWord(before), isWord(after), strings.TrimSpace(b.String()) == ""))
	}
}

// wikiSpan renders text between what may be words, or at the start of a line.
// Marks stand at the text itself, not at the blanks around it. Next to a word
// they are put in braces, which code cannot have: there it goes without.
func wikiSpan(s span, wordBefore, wordAfter, start bool) string {
	text := strings.TrimSpace(s.text)
	left, right, _ := strings.Cut(s.text, text)
	wordBefore, wordAfter = wordBefore && left == "", wordAfter && right == ""
	if text == "" || s.style == (style{}) || s.style.code && (wordBefore || wordAfter) {
		return wikiText(s.text, start)
	}
	text = wikiText(text, false)
	if s.style.code {
		return left + "{{" + text + "}}" + right
	}
	mark := "*"
	if s.style.em {
		mark = "_"
	}
	if s.style.em && s.style.strong {
		text = "_" + text + "_"
		mark = "*"
	}
	return left + wikiMark(mark, wordBefore) + text + wikiMark(mark, wordAfter) + right
}

func wikiMark(mark string, besideWord bool) string {
	if besideWord {
		return "{" + mark + "}"
	}
	return mark
}

// isWord reports whether Jira sees no mark beside r.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

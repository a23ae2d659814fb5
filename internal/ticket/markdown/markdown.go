// Package markdown renders the text of a ticket, which is written in Markdown,
// in the forms ticket systems take: Atlassian's document format, Jira's wiki
// markup, HTML, and plain text.
//
// The text may be anybody's. No rendering lets it out of its place: what looks
// like the target's own markup comes out as the characters it is made of.
//
// A ticket is a list of facts, so a line stays a line. There is no HTML in the
// text, no table and no link defined elsewhere: these are shown as written. An
// image is its alternative text. The line with the key comes last, by itself.
package markdown

import "strings"

// block is a part of a text. Inside a list or a quote there are paragraphs,
// lists and code only: what every target can show there.
type block struct {
	kind   kind
	level  int     // of a heading, 1 to 6; the first number of a numbered list
	tight  bool    // of a list: no blank lines between its items
	code   string  // of code: its lines, without the last line end
	lines  []line  // of a paragraph or heading; a heading has one
	blocks []block // of a list: its items; of an item or quote: what is in it
}

type kind int

const (
	paragraph kind = iota
	heading
	bullets
	numbers
	item
	quote
	code
	rule
)

func (b block) isList() bool { return b.kind == bullets || b.kind == numbers }

// line is a line of a paragraph. It is never blank.
type line []phrase

// phrase is a part of a line that leads somewhere, or plain text.
type phrase struct {
	url   string // http, https or mailto, of ASCII only; "" for plain text
	bare  bool   // the text says itself where it leads
	spans []span
}

// text returns the text of a phrase without its marks.
func (p phrase) text() string {
	var text strings.Builder
	for _, s := range p.spans {
		text.WriteString(s.text)
	}
	return text.String()
}

// span is text of one style. It has no line ends and no control characters.
type span struct {
	text  string
	style style
}

// style is how text looks. Code is neither strong nor emphasized.
type style struct{ strong, em, code bool }

// plain returns a paragraph of one line.
func plain(text string) block {
	return block{kind: paragraph, lines: []line{{{spans: []span{{text: text}}}}}}
}

package markdown

import (
	"bufio"
	"bytes"
	stdhtml "html"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// composer makes lines of the text of one block.
type composer struct {
	source  []byte
	oneLine bool // a line end is a blank
	inLink  bool // a link inside is text
	lines   []line

	line  line            // the last one, so far
	text  strings.Builder // what comes next in it
	style style           // of text
}

// walk reads what is in a block or a mark.
func (c *composer) walk(parent ast.Node, s style) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			c.put(decode(n.Value(c.source)), s)
			if n.SoftLineBreak() || n.HardLineBreak() {
				c.newline(s)
			}
		case *ast.CodeSpan:
			c.put(c.code(n), style{code: true})
		case *ast.Emphasis:
			inner := s
			inner.strong, inner.em = s.strong || n.Level == 2, s.em || n.Level == 1
			c.walk(n, inner)
		case *ast.Link:
			c.link(n, s)
		case *ast.AutoLink:
			c.autoLink(n, s)
		default: // an image
			c.walk(n, s)
		}
	}
}

// put adds text to the line.
func (c *composer) put(text string, s style) {
	if s != c.style {
		c.flush()
		c.style = s
	}
	c.text.WriteString(text)
}

func (c *composer) flush() {
	if c.text.Len() == 0 {
		return
	}
	if n := len(c.line); n == 0 || c.line[n-1].url != "" {
		c.line = append(c.line, phrase{})
	}
	last := &c.line[len(c.line)-1]
	last.spans = append(last.spans, span{text: c.text.String(), style: c.style})
	c.text.Reset()
}

func (c *composer) newline(s style) {
	if c.oneLine {
		c.put(" ", s)
		return
	}
	c.end()
}

// end ends the line. One that shows nothing is left out.
func (c *composer) end() {
	c.flush()
	for _, p := range c.line {
		if strings.TrimSpace(p.text()) != "" {
			c.lines = append(c.lines, c.line)
			break
		}
	}
	c.line = nil
}

func (c *composer) code(n *ast.CodeSpan) string {
	var text strings.Builder
	for t := n.FirstChild(); t != nil; t = t.NextSibling() {
		if t, ok := t.(*ast.Text); ok {
			text.Write(t.Value(c.source))
		}
	}
	return clean(text.String())
}

// link reads a link. One that may not be followed is its text and its address.
func (c *composer) link(n *ast.Link, s style) {
	written := decode(n.Destination)
	to, ok := target(written)
	if !ok || c.inLink {
		c.walk(n, s)
		if written != "" {
			c.put(" ("+written+")", s)
		}
		return
	}
	label := composer{source: c.source, oneLine: true, inLink: true}
	label.walk(n, s)
	label.end()
	p := phrase{url: to, spans: []span{{text: to, style: s}}}
	if len(label.lines) > 0 {
		p.spans = label.lines[0][0].spans
	}
	text := p.text()
	p.bare = text == to || text == written || "mailto:"+text == to
	c.flush()
	c.line = append(c.line, p)
}

// autoLink reads an address. One that may not be followed is text as written.
func (c *composer) autoLink(n *ast.AutoLink, s style) {
	label, address := clean(string(n.Label(c.source))), string(n.URL(c.source))
	if n.AutoLinkType == ast.AutoLinkEmail {
		address = "mailto:" + address
	}
	if to, ok := target(address); ok && !c.inLink {
		c.flush()
		c.line = append(c.line, phrase{url: to, bare: true, spans: []span{{text: label, style: s}}})
		return
	}
	if pos := n.Pos(); pos >= 0 && c.source[pos] == '<' {
		label = "<" + label + ">"
	}
	c.put(label, s)
}

// target returns the address of a link, if it is one to follow.
func target(written string) (string, bool) {
	address := string(util.URLEscape([]byte(strings.TrimSpace(written)), false))
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		return address, u.Host != ""
	case "mailto":
		return address, u.Opaque != ""
	}
	return "", false
}

// decode resolves the escapes and entities of Markdown.
func decode(raw []byte) string {
	if !bytes.ContainsAny(raw, `\&`) {
		return clean(string(raw))
	}
	var b bytes.Buffer
	w := bufio.NewWriterSize(&b, 64)
	html.DefaultWriter.Write(w, raw)
	_ = w.Flush() // a buffer takes everything
	return clean(stdhtml.UnescapeString(b.String()))
}

// clean makes blanks of the characters an entity can smuggle in: those that end
// a line, and those that control. It keeps some.
func clean(text string, keep ...rune) string {
	return strings.Map(func(r rune) rune {
		ends := unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
		if ends && !slices.Contains(keep, r) {
			return ' '
		}
		return r
	}, text)
}

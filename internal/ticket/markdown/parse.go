package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"admit/internal/ticket"
)

// Beyond these limits marks are shown as written. Without them the time to
// parse grows with the square of the length of a text that means harm.
const (
	maxDepth     = 12      // lists, items and quotes around a block
	maxParagraph = 8 << 10 // bytes of a paragraph with marks in it
)

// keyMark begins the last line of a ticket.
const keyMark = "Admit key: "

// parse reads Markdown.
func parse(source string) []block {
	body, key := cutKey(ticket.Printable(source))
	src := []byte(body)
	blocks := reader{src}.blocks(newParser().Parse(text.NewReader(src)), false)
	if key != "" {
		blocks = append(blocks, plain(key))
	}
	return blocks
}

// cutKey takes the line with the key from the end of a text, so that nothing
// before it can draw it into a list or into code.
func cutKey(source string) (body, key string) {
	trimmed := strings.TrimRight(source, " \t\n")
	start := strings.LastIndexByte(trimmed, '\n') + 1
	if key, ok := strings.CutPrefix(trimmed[start:], keyMark); ok && ticket.IsKey(key) {
		return trimmed[:start], trimmed[start:]
	}
	return source, ""
}

// newParser returns a parser of CommonMark with bare web addresses as links,
// and without HTML and link definitions. A bare e-mail address stays text.
func newParser() parser.Parser {
	nothing := regexp.MustCompile(`^[^\x00-\x{10FFFF}]`)
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(brief{parser.NewCodeSpanParser()}, 100),
			util.Prioritized(brief{parser.NewLinkParser()}, 200),
			util.Prioritized(brief{parser.NewAutoLinkParser()}, 300),
			util.Prioritized(brief{parser.NewEmphasisParser()}, 500),
			util.Prioritized(brief{extension.NewLinkifyParser(extension.WithLinkifyEmailRegexp(nothing))}, 999),
		),
	)
}

// shallow keeps a parser of lists or quotes from nesting them too deep.
type shallow struct{ parser.BlockParser }

// Open implements parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	// A list asks its parser before each item, which then keeps its books.
	if _, nextItem := parent.(*ast.List); !nextItem && depth(parent) >= maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

func depth(n ast.Node) int {
	d := 0
	for n = n.Parent(); n != nil; n = n.Parent() {
		d++
	}
	return d
}

// brief keeps a parser of marks from paragraphs that are too long.
type brief struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (b brief) Parse(parent ast.Node, reader text.Reader, pc parser.Context) ast.Node {
	lines := parent.Lines()
	if lines.At(lines.Len()-1).Stop-lines.At(0).Start > maxParagraph {
		return nil
	}
	return b.InlineParser.Parse(parent, reader, pc)
}

// CloseBlock implements parser.CloseBlocker.
func (b brief) CloseBlock(parent ast.Node, reader text.Reader, pc parser.Context) {
	if c, ok := b.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, reader, pc)
	}
}

// reader makes blocks of what goldmark parsed.
type reader struct{ source []byte }

// blocks reads what is in a document, a list, an item or a quote; inside is for
// the last three.
func (r reader) blocks(parent ast.Node, inside bool) []block {
	var blocks []block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Blockquote:
			blocks = append(blocks, r.quote(n, inside)...)
		case *ast.List:
			blocks = append(blocks, r.list(n))
		case *ast.ThematicBreak:
			blocks = append(blocks, r.rule(inside))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			if text := r.code(n); strings.TrimSpace(text) != "" {
				blocks = append(blocks, block{kind: code, code: text})
			}
		default:
			if b := r.text(n, inside); len(b.lines) > 0 {
				blocks = append(blocks, b)
			}
		}
	}
	return blocks
}

func (r reader) quote(n *ast.Blockquote, inside bool) []block {
	content := r.blocks(n, true)
	if inside || len(content) == 0 {
		return content
	}
	return []block{{kind: quote, blocks: content}}
}

func (r reader) list(n *ast.List) block {
	list := block{kind: bullets, tight: n.IsTight}
	if n.IsOrdered() {
		list.kind, list.level = numbers, n.Start
	}
	for i := n.FirstChild(); i != nil; i = i.NextSibling() {
		list.blocks = append(list.blocks, block{kind: item, blocks: r.blocks(i, true)})
	}
	return list
}

func (r reader) rule(inside bool) block {
	if inside {
		return plain("---")
	}
	return block{kind: rule}
}

func (r reader) code(n ast.Node) string {
	lines := strings.Split(strings.TrimSuffix(string(n.Lines().Value(r.source)), "\n"), "\n")
	for i, l := range lines {
		lines[i] = clean(l, '\t')
	}
	return strings.Join(lines, "\n")
}

// text reads a paragraph or a heading.
func (r reader) text(n ast.Node, inside bool) block {
	h, isHeading := n.(*ast.Heading)
	c := composer{source: r.source, oneLine: isHeading}
	c.walk(n, style{strong: isHeading && inside})
	c.end()
	if isHeading && !inside {
		return block{kind: heading, level: h.Level, lines: c.lines}
	}
	return block{kind: paragraph, lines: c.lines}
}

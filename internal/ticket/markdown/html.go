package markdown

import (
	"fmt"
	"html"
	"strings"
)

// HTML renders Markdown as HTML without a document around it. HTML in the text
// is shown as it was written; links lead to http, https and mailto only.
func HTML(source string) string { return htmlBlocks(parse(source), false) }

// htmlBlocks renders blocks, in a tight list without the space around paragraphs.
func htmlBlocks(blocks []block, tight bool) string {
	parts := make([]string, 0, len(blocks))
	for _, b := range blocks {
		if b.kind == paragraph && tight {
			parts = append(parts, htmlLines(b.lines))
		} else {
			parts = append(parts, htmlBlock(b))
		}
	}
	return strings.Join(parts, "\n")
}

func htmlBlock(b block) string {
	switch b.kind {
	case heading:
		return fmt.Sprintf("<h%d>%s</h%[1]d>", b.level, htmlLines(b.lines))
	case bullets:
		return "<ul>\n" + htmlItems(b) + "</ul>"
	case numbers:
		if b.level == 1 {
			return "<ol>\n" + htmlItems(b) + "</ol>"
		}
		return fmt.Sprintf("<ol start=\"%d\">\n%s</ol>", b.level, htmlItems(b))
	case quote:
		return "<blockquote>\n" + htmlBlocks(b.blocks, false) + "\n</blockquote>"
	case code:
		return "<pre><code>" + html.EscapeString(b.code) + "\n</code></pre>"
	case rule:
		return "<hr>"
	case paragraph, item:
	}
	return "<p>" + htmlLines(b.lines) + "</p>"
}

func htmlItems(list block) string {
	var b strings.Builder
	for _, i := range list.blocks {
		b.WriteString("<li>" + htmlBlocks(i.blocks, list.tight) + "</li>\n")
	}
	return b.String()
}

func htmlLines(lines []line) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteString("<br>\n")
		}
		for _, p := range l {
			htmlPhrase(&b, p)
		}
	}
	return b.String()
}

func htmlPhrase(b *strings.Builder, p phrase) {
	if p.url != "" {
		b.WriteString(`<a href="` + html.EscapeString(p.url) + `">`)
	}
	for _, s := range p.spans {
		b.WriteString(htmlSpan(s))
	}
	if p.url != "" {
		b.WriteString("</a>")
	}
}

func htmlSpan(s span) string {
	text := html.EscapeString(s.text)
	if s.style.code {
		text = "<code>" + text + "</code>"
	}
	if s.style.em {
		text = "<em>" + text + "</em>"
	}
	if s.style.strong {
		text = "<strong>" + text + "</strong>"
	}
	return text
}

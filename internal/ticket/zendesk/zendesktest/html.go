package zendesktest

import (
	"html"
	"regexp"
	"strings"
)

func escape(text string) string { return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") }

var (
	breaks  = regexp.MustCompile(`(?i)\n?<(br|hr)\s*/?>\n?`)
	blocks  = regexp.MustCompile(`(?i)</(p|div|h[1-6]|pre|blockquote|ul|ol)>\n?`)
	items   = regexp.MustCompile(`(?i)<li>`)
	anyTag  = regexp.MustCompile(`<[^>]*>`)
	several = regexp.MustCompile(`\n{3,}`)
)

// textOf returns what people read of a comment's HTML.
func textOf(markup string) string {
	text := breaks.ReplaceAllString(markup, "\n")
	text = blocks.ReplaceAllString(text, "\n\n")
	text = items.ReplaceAllString(text, "* ")
	text = anyTag.ReplaceAllString(text, "")
	return strings.TrimSpace(several.ReplaceAllString(html.UnescapeString(text), "\n\n"))
}

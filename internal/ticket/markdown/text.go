package markdown

import (
	"strconv"
	"strings"
)

// Text renders Markdown as plain text of the same lines, without its marks.
func Text(source string) string { return textBlocks(parse(source), false) }

// textBlocks renders blocks, in a tight list without blank lines between them.
func textBlocks(blocks []block, tight bool) string {
	parts := make([]string, 0, len(blocks))
	for _, b := range blocks {
		parts = append(parts, textBlock(b))
	}
	if tight {
		return strings.Join(parts, "\n")
	}
	return strings.Join(parts, "\n\n")
}

func textBlock(b block) string {
	switch b.kind {
	case bullets, numbers:
		return textList(b)
	case quote:
		return indent(textBlocks(b.blocks, false), "> ", "> ")
	case code:
		return b.code
	case rule:
		return "---"
	case paragraph, heading, item:
	}
	lines := make([]string, 0, len(b.lines))
	for _, l := range b.lines {
		lines = append(lines, textLine(l))
	}
	return strings.Join(lines, "\n")
}

func textList(list block) string {
	parts := make([]string, 0, len(list.blocks))
	for i, b := range list.blocks {
		mark := "- "
		if list.kind == numbers {
			mark = strconv.Itoa(list.level+i) + ". "
		}
		parts = append(parts, indent(textBlocks(b.blocks, list.tight), mark, strings.Repeat(" ", len(mark))))
	}
	if list.tight {
		return strings.Join(parts, "\n")
	}
	return strings.Join(parts, "\n\n")
}

// indent puts first before the first line of text and next before the others.
func indent(text, first, next string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(first+l, " ")
		first = next
	}
	return strings.Join(lines, "\n")
}

func textLine(l line) string {
	var b strings.Builder
	for _, p := range l {
		b.WriteString(p.text())
		if p.url != "" && !p.bare {
			b.WriteString(" (" + p.url + ")")
		}
	}
	return b.String()
}

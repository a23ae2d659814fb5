package part

import (
	"strings"

	"admit/internal/web/site"
)

// paragraph is a run of lines; between paragraphs stands an empty line.
type paragraph []line

type line []span

// span is a piece of text, bold, a link, or plain.
type span struct {
	text string
	bold bool
	url  string
}

// paragraphs reads the text of a ticket.
func paragraphs(body string) []paragraph {
	var all []paragraph
	var p paragraph
	for text := range strings.Lines(body) {
		text = strings.TrimSpace(text)
		if text == "" {
			if p != nil {
				all = append(all, p)
			}
			p = nil
			continue
		}
		p = append(p, spans(text))
	}
	if p != nil {
		all = append(all, p)
	}
	return all
}

func spans(text string) line {
	if site.Outside(text) && !strings.ContainsAny(text, " \t") {
		return line{{text: text, url: text}}
	}
	var all line
	for {
		before, rest, opened := strings.Cut(text, "**")
		bold, after, closed := strings.Cut(rest, "**")
		if !opened || !closed {
			return append(all, span{text: text})
		}
		if before != "" {
			all = append(all, span{text: before})
		}
		if bold != "" {
			all = append(all, span{text: bold, bold: true})
		}
		if text = after; text == "" {
			return all
		}
	}
}

package part

import "admit/internal/ticket/markdown"

// rendered is the text of a ticket as HTML. What people wrote into it cannot
// leave its place: see package markdown.
func rendered(body string) string { return markdown.HTML(body) }

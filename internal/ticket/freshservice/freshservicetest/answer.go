package freshservicetest

import (
	"html"
	"regexp"
	"strings"

	"admit/internal/ticket/tickettest"
)

// shown is a ticket in an answer.
type shown struct {
	ID          int64          `json:"id"`
	Subject     string         `json:"subject"`
	Description string         `json:"description"`
	Text        string         `json:"description_text"`
	Status      int64          `json:"status"`
	Priority    int64          `json:"priority"`
	Urgency     int64          `json:"urgency"`
	Impact      int64          `json:"impact"`
	Category    any            `json:"category"`
	SubCategory any            `json:"sub_category"`
	Item        any            `json:"item_category"`
	Group       int64          `json:"group_id"`
	Responder   any            `json:"responder_id"`
	Requester   int64          `json:"requester_id"`
	For         int64          `json:"requested_for_id"`
	Department  any            `json:"department_id"`
	Workspace   int64          `json:"workspace_id"`
	Type        string         `json:"type"`
	Source      int64          `json:"source"`
	Deleted     bool           `json:"deleted"`
	Spam        bool           `json:"spam"`
	DueBy       string         `json:"due_by"`
	FirstDueBy  string         `json:"fr_due_by"`
	CreatedAt   string         `json:"created_at"`
	UpdatedAt   string         `json:"updated_at"`
	Custom      map[string]any `json:"custom_fields"`
	Tags        *[]string      `json:"tags,omitempty"`
}

// wire is a ticket in an answer. The answers to writing have the tags too.
func (s *Server) wire(t *Ticket, tags bool) shown {
	w := shown{
		ID: t.ID, Subject: t.Subject, Description: t.Description, Text: t.text(), Status: t.Status, Priority: t.Priority, Urgency: t.Urgency,
		Impact: t.Impact, Category: tickettest.OrNull(t.Category), Group: t.Group, Requester: Admit, For: Admit, Workspace: 2, Type: "Incident", Source: 2,
		Deleted: t.Deleted, Spam: t.Spam, DueBy: stamp(t.DueBy), FirstDueBy: stamp(t.DueBy), CreatedAt: stamp(t.CreatedAt),
		UpdatedAt: stamp(t.UpdatedAt), Custom: t.Custom,
	}
	if t.Responder != 0 {
		w.Responder = t.Responder
	}
	if tags && !s.NoTags {
		kept := append([]string{}, t.Tags...)
		w.Tags = &kept
	}
	return w
}

// text is the description as text, made once.
func (t *Ticket) text() string {
	if t.plainOf != t.Description {
		t.plainOf, t.plain = t.Description, textOf(t.Description)
	}
	return t.plain
}

var (
	blockEnd = regexp.MustCompile(`(?i)</(p|div|h[1-6]|pre|blockquote|ul|ol|li)>|<(br|hr)\s*/?>`)
	anyTag   = regexp.MustCompile(`<[^>]*>`)
)

// textOf is the text of HTML as Freshservice writes it: on one line.
func textOf(markup string) string {
	text := anyTag.ReplaceAllString(blockEnd.ReplaceAllString(markup, " "), "")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

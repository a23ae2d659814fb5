package zendesk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// dropped names what a draft asked for and Zendesk did not keep. Of a choice
// that it does not know it stores nothing, without a word.
func (p *Provider) dropped(ctx context.Context, d ticket.Draft, w wireTicket) []string {
	var names []string
	add := func(kept bool, name string) {
		if !kept {
			names = append(names, name)
		}
	}
	add(w.Group.String() == d.Project, "Group")
	add(d.Type == "" || w.Form.String() == d.Type, "Form")
	add(d.Assignee.ID == "" || w.Assignee.String() == d.Assignee.ID, ticket.AssigneeField)
	var custom []string
	for _, id := range slices.Sorted(maps.Keys(d.Fields)) {
		value := d.Fields[id]
		if value == "" {
			continue
		}
		switch id {
		case priorityField:
			add(w.Priority == value, "Priority")
		case typeField:
			add(w.Type == value, "Type")
		case dueField:
			add(w.DueAt.Format(time.DateOnly) == value, "Due date")
		case tagsField:
			add(hasAll(w.Tags, tagsOf(value)), "Tags")
		default:
			if !w.kept(id, value) {
				custom = append(custom, id)
			}
		}
	}
	return append(names, p.titles(ctx, custom)...)
}

// kept reports whether a custom field has the value that was asked for.
func (w wireTicket) kept(id, value string) bool {
	entry, custom, _ := parseCustomID(id)
	var stored []string
	for _, v := range w.CustomFields {
		if v.ID == custom {
			stored = v.texts()
		}
	}
	switch entry {
	case ticket.Choices:
		return hasAll(stored, lines(value))
	case ticket.Paragraph:
		return len(stored) == 1 && strings.TrimSpace(plain(stored[0])) == strings.TrimSpace(plain(ticket.Printable(value)))
	case ticket.Number:
		return len(stored) == 1 && sameNumber(stored[0], value)
	case ticket.Flag:
		return len(stored) == 1 && stored[0] == value || len(stored) == 0 && value != "true"
	default:
		return len(stored) == 1 && stored[0] == ticket.OneLine(value)
	}
}

func plain(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

func hasAll(stored, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(one string) bool { return !slices.Contains(stored, one) })
}

// titles returns what people call custom fields. The ticket is there already:
// where Zendesk does not tell, the ids must do.
func (p *Provider) titles(ctx context.Context, ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	known, _, err := all[wireField](ctx, p.http, "/ticket_fields", "ticket_fields", nil)
	titles := slices.Clone(ids)
	for i, id := range ids {
		_, custom, _ := parseCustomID(id)
		for _, f := range known {
			if err == nil && f.ID == custom && line(f.Title) != "" {
				titles[i] = line(f.Title)
			}
		}
	}
	return titles
}

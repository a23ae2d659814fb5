package freshservice

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// dropped names what a draft asked for and Freshservice did not keep. Custom
// fields are named by their id.
func dropped(d ticket.Draft, w wireTicket) []string {
	var names []string
	add := func(kept bool, name string) {
		if !kept {
			names = append(names, name)
		}
	}
	add(strconv.FormatInt(w.Group, 10) == d.Project, "Group")
	add(d.Assignee.ID == "" || strconv.FormatInt(w.Responder, 10) == d.Assignee.ID, ticket.AssigneeField)
	for _, id := range slices.Sorted(maps.Keys(d.Fields)) {
		if d.Fields[id] != "" {
			add(w.kept(id, d.Fields[id]), id)
		}
	}
	return names
}

// kept reports whether a ticket has a value. What the answer leaves out is not
// known, and counts as kept.
func (w wireTicket) kept(id, value string) bool {
	numbers := map[string]int64{"priority": w.Priority, "urgency": w.Urgency, "impact": w.Impact}
	if n, ok := numbers[id]; ok {
		return n == 0 || n == ticket.ParseID(value)
	}
	switch id {
	case "category":
		return w.Category == line(value)
	case dueField:
		at, _ := endOf(value)
		return w.DueBy.Equal(at)
	case tagsField:
		lost := func(tag string) bool { return !w.has(ticket.OneLine(tag)) }
		return w.Tags == nil || !slices.ContainsFunc(strings.Split(value, "\n"), lost)
	}
	entry, name, _ := parseCustom(id)
	if w.Custom == nil {
		return true
	}
	return keptCustom(entry, w.Custom[name], value)
}

func keptCustom(entry ticket.Entry, stored json.RawMessage, value string) bool {
	var text string
	var list []string
	switch entry {
	case ticket.Number, ticket.Flag:
		plain := strings.Trim(string(stored), `"`)
		a, err := strconv.ParseFloat(plain, 64)
		b, err2 := strconv.ParseFloat(value, 64)
		return plain == value || err == nil && err2 == nil && a == b || value == "false" && plain == "null"
	case ticket.Choices:
		lost := func(one string) bool { return !slices.Contains(list, one) }
		return json.Unmarshal(stored, &list) == nil && !slices.ContainsFunc(strings.Split(value, "\n"), lost)
	case ticket.Date:
		return json.Unmarshal(stored, &text) == nil && strings.HasPrefix(text, value)
	case ticket.Line, ticket.Paragraph, ticket.Choice, ticket.Tags:
	}
	return json.Unmarshal(stored, &text) == nil && ticket.OneLine(text) == ticket.OneLine(ticket.Printable(value))
}

// titles replaces ids of fields by what people call them. The ticket is there
// already: where Freshservice does not tell, the ids must do.
func (p *Provider) titles(ctx context.Context, names []string) []string {
	if len(names) == 0 {
		return nil
	}
	form, err := p.Form(ctx, "", "")
	if err != nil {
		return names
	}
	for i, n := range names {
		if at := slices.IndexFunc(form, func(f ticket.FormField) bool { return f.ID == n }); at >= 0 {
			names[i] = form[at].Name
		}
	}
	return names
}

package zendesk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The ids of the fields that every ticket has.
const (
	priorityField = "priority"
	typeField     = "type"
	dueField      = "due_at"
	tagsField     = "tags"
)

// entryOf says how the kinds of custom fields are entered. What is not here,
// such as the numbers of credit cards and links to other records, is not filled in.
var entryOf = map[string]ticket.Entry{
	"text":        ticket.Line,
	"regexp":      ticket.Line,
	"textarea":    ticket.Paragraph,
	"tagger":      ticket.Choice,
	"multiselect": ticket.Choices,
	"checkbox":    ticket.Flag,
	"integer":     ticket.Number,
	"decimal":     ticket.Number,
	"date":        ticket.Date,
}

// customID is the id of a custom field in a form. It says how the field is
// entered, so that a ticket can be filed without asking; in Zendesk a field keeps
// its kind for ever.
func customID(entry ticket.Entry, id number) string { return string(entry) + ":" + id.String() }

// parseCustomID reads what customID wrote.
func parseCustomID(text string) (ticket.Entry, number, bool) {
	kind, id, _ := strings.Cut(text, ":")
	for _, entry := range entryOf {
		if string(entry) == kind && parseID(id) != 0 {
			return entry, parseID(id), true
		}
	}
	return "", 0, false
}

// Types implements ticket.Former: the ticket forms, where the plan has them.
func (p *Provider) Types(ctx context.Context, _ string) ([]ticket.Type, error) {
	forms, err := p.forms(ctx)
	if err != nil {
		return nil, err
	}
	var types []ticket.Type
	for _, f := range forms {
		types = append(types, ticket.Type{ID: f.ID.String(), Name: cmp.Or(line(f.Name), f.ID.String())})
	}
	slices.SortFunc(types, ticket.ByName[ticket.Type])
	return types, nil
}

func (p *Provider) forms(ctx context.Context) ([]wireForm, error) {
	forms, err := optional[wireForm](ctx, p.http, "/ticket_forms", "ticket_forms")
	return slices.DeleteFunc(forms, func(f wireForm) bool { return f.ID == 0 || !f.Active }), err
}

// Form implements ticket.Former. Zendesk asks an agent for nothing when a ticket
// is created: what it calls required is so when the ticket is solved.
func (p *Provider) Form(ctx context.Context, _, typ string) ([]ticket.FormField, error) {
	shown, err := p.shown(ctx, typ)
	if err != nil {
		return nil, err
	}
	fields, _, err := all[wireField](ctx, p.http, "/ticket_fields", "ticket_fields", nil)
	if err != nil {
		return nil, err
	}
	var soon, later []ticket.FormField
	for _, f := range fields {
		entry, ok := f.entry()
		if !ok || !f.Active || shown != nil && !slices.Contains(shown, f.ID) {
			continue
		}
		if f.Required {
			soon = append(soon, entry)
		} else {
			later = append(later, entry)
		}
	}
	return slices.Concat(soon, later, []ticket.FormField{
		{ID: tagsField, Name: "Tags", Entry: ticket.Tags, Help: "Triggers and views can look at them."},
		{ID: dueField, Name: "Due date", Entry: ticket.Date, Help: "Zendesk keeps it for tickets of the type task only."},
	}), nil
}

// shown returns the ids of the fields a ticket form has, nil for all.
func (p *Provider) shown(ctx context.Context, typ string) ([]number, error) {
	if typ == "" {
		return nil, nil
	}
	forms, err := p.forms(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range forms {
		if f.ID.String() == typ {
			return slices.Concat(f.Fields, []number{}), nil
		}
	}
	return nil, ticket.Refusal("Zendesk has no ticket form of this id: choose another")
}

// entry returns the field as a form shows it, unless it is not one to fill in.
func (f wireField) entry() (ticket.FormField, bool) {
	form := ticket.FormField{Name: cmp.Or(line(f.Title), f.ID.String()), Help: line(f.Description)}
	if f.Required {
		form.Help = strings.TrimSpace(form.Help + " Zendesk asks for it when the ticket is solved.")
	}
	options := f.CustomOptions
	switch f.Type {
	case "priority":
		form.ID, form.Entry, options = priorityField, ticket.Choice, f.SystemOptions
	case "tickettype":
		form.ID, form.Entry, options = typeField, ticket.Choice, f.SystemOptions
	default:
		entry, known := entryOf[f.Type]
		if !known || f.ID == 0 {
			return form, false
		}
		form.ID, form.Entry = customID(entry, f.ID), entry
	}
	for _, o := range options {
		form.Options = append(form.Options, ticket.Option{ID: o.Value, Name: cmp.Or(line(o.Name), line(o.Value))})
	}
	return form, true
}

// draft returns the ticket to create, or why there is none.
func (p *Provider) draft(d ticket.Draft) (wireDraft, error) {
	group := parseID(d.Project)
	if !ticket.IsKey(d.Key) || group == 0 {
		return wireDraft{}, ticket.Refusal("the key or the group of the ticket is not valid")
	}
	draft := wireDraft{
		Subject:    ticket.Title(d.Title, maxTitle),
		Comment:    note(d.Body),
		ExternalID: d.Key,
		Group:      group,
		Form:       parseID(d.Type),
		Assignee:   parseID(d.Assignee.ID),
		Tags:       append([]string{ours}, tagsOf(d.Fields[tagsField])...),
	}
	if d.Type != "" && draft.Form == 0 {
		return wireDraft{}, ticket.Refusal("the ticket form is not valid: choose one of the list")
	}
	if d.Assignee.ID != "" && draft.Assignee == 0 {
		return wireDraft{}, ticket.Refusal("the assignee has no id of Zendesk's", ticket.AssigneeField)
	}
	return draft, draft.fill(d.Fields)
}

// fill puts the fields into the draft. What Zendesk does not take it refuses
// itself, by name.
func (w *wireDraft) fill(fields map[string]string) error {
	var wrong []string
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		value := fields[id]
		if value == "" {
			continue
		}
		switch id {
		case tagsField:
		case priorityField:
			w.Priority = value
		case typeField:
			w.Type = value
		case dueField:
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				wrong = append(wrong, id)
			}
			w.DueAt = day.Add(noon).Format(time.RFC3339)
		default:
			entry, number, ok := parseCustomID(id)
			if !ok {
				wrong = append(wrong, id)
			}
			w.CustomFields = append(w.CustomFields, wireValue{number, encode(entry, value)})
		}
	}
	if len(wrong) > 0 {
		return ticket.Refusal("these fields are none of Zendesk's, or have no value it takes: "+strings.Join(wrong, ", "), wrong...)
	}
	return nil
}

// noon is when a day is due: it is the same day in nearly every time zone.
const noon = 12 * time.Hour

// encode writes the value of a custom field as Zendesk takes it.
func encode(entry ticket.Entry, value string) json.RawMessage {
	var v any = value
	switch entry {
	case ticket.Flag:
		v = value == "true"
	case ticket.Choices:
		v = lines(value)
	case ticket.Paragraph:
		v = ticket.Printable(value)
	case ticket.Number:
		if _, err := strconv.ParseFloat(value, 64); err == nil && json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
	default:
		v = ticket.OneLine(value)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null") // only for what is no text, which it is
	}
	return text
}

// tagsOf reads free words as tags: Zendesk keeps them in lower case, without blanks.
func tagsOf(text string) []string {
	var tags []string
	for _, tag := range lines(text) {
		tags = append(tags, strings.ToLower(strings.Join(strings.Fields(tag), "_")))
	}
	return tags
}

// lines returns the lines that are not blank.
func lines(text string) []string {
	var list []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// rename gives the fields that a refusal is about the ids they have in a form.
func rename(err error, fields map[string]string) error {
	f, ok := errors.AsType[*ticket.Failure](err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	renamed := *f
	renamed.Fields = slices.Clone(f.Fields)
	for i, id := range renamed.Fields {
		for key := range fields {
			if _, custom, ok := parseCustomID(key); ok && custom.String() == id {
				renamed.Fields[i] = key
			}
		}
	}
	return &renamed
}

package freshservice

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// incident is the one type of ticket that can be filed: a service request is
// made by ordering something of the catalog.
const incident = "Incident"

// What a ticket can be given. Custom fields are named by customField, how they
// are entered, and their name.
const (
	tagsField   = "tags"
	dueField    = "due_by"
	customField = "custom:"
)

// numbered are the default fields whose choices have numbers.
var numbered = []string{"priority", "urgency", "impact"}

// Types implements ticket.Former.
func (p *Provider) Types(context.Context, string) ([]ticket.Type, error) {
	return []ticket.Type{{ID: incident, Name: incident}}, nil
}

// Form implements ticket.Former: the form of the workspace.
func (p *Provider) Form(ctx context.Context, _, _ string) ([]ticket.FormField, error) {
	fields, err := p.fields(ctx)
	if err != nil {
		return nil, err
	}
	form := []ticket.FormField{
		{ID: tagsField, Name: "Tags", Entry: ticket.Tags, Help: "Each ticket has the tag " + ours + " and its key besides."},
		{ID: dueField, Name: "Due by", Entry: ticket.Date},
	}
	for _, w := range fields {
		f, ok := w.field()
		if ok && !slices.ContainsFunc(form, func(other ticket.FormField) bool { return other.ID == f.ID }) {
			form = append(form, f)
		}
	}
	slices.SortStableFunc(form, func(a, b ticket.FormField) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return form, nil
}

// entries is how custom fields are entered, by their type. What is not here
// cannot be filled in: a look-up of other records, a text that is only shown.
var entries = map[string]ticket.Entry{
	"custom_text": ticket.Line, "custom_url": ticket.Line, "custom_paragraph": ticket.Paragraph,
	"custom_number": ticket.Number, "custom_decimal": ticket.Number, "custom_checkbox": ticket.Flag,
	"custom_date": ticket.Date, "custom_dropdown": ticket.Choice, "custom_multi_select_dropdown": ticket.Choices,
	"nested_field": ticket.Choice,
}

// field offers a field of the form, if it can be filled in. The one that
// Freshservice fills in itself, the priority, is not required.
func (w wireField) field() (ticket.FormField, bool) {
	f := ticket.FormField{
		ID: w.Name, Name: line(w.Label), Help: line(w.About), Entry: ticket.Choice, Required: w.Required || w.Agents,
	}
	if f.Name == "" {
		f.Name = line(w.Name)
	}
	choice := func(c wireChoice) ticket.Option { return ticket.Option{ID: line(c.Value), Name: line(c.Value)} }
	entry, custom := entries[w.Type]
	switch kind := strings.TrimPrefix(w.Type, "default_"); {
	case slices.Contains(numbered, kind):
		f.ID, f.Required = kind, f.Required && kind != "priority"
		choice = func(c wireChoice) ticket.Option {
			if c.number() == 0 {
				return ticket.Option{}
			}
			return ticket.Option{ID: strconv.FormatInt(c.number(), 10), Name: line(c.Value)}
		}
	case kind == "category":
		f.ID = kind
	case custom && isName(w.Name) && !w.Default:
		f.ID, f.Entry = customField+string(entry)+":"+w.Name, entry
	default:
		return f, false
	}
	if f.Entry == ticket.Choice || f.Entry == ticket.Choices {
		for _, c := range w.Choices {
			if o := choice(c); o.ID != "" && o.Name != "" && !slices.ContainsFunc(f.Options, func(other ticket.Option) bool { return other.ID == o.ID }) {
				f.Options = append(f.Options, o)
			}
		}
		return f, len(f.Options) > 0
	}
	return f, true
}

// isName reports whether text can be the name of a field.
func isName(text string) bool {
	const most = 100
	return len(text) <= most && ticket.IsKey(strings.ReplaceAll(text, "_", "-"))
}

// put puts what the form asked for into a new ticket.
func put(filled map[string]any, values map[string]string) error {
	var wrong []string
	custom := map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if values[id] != "" && !putOne(filled, custom, id, values[id]) {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		return ticket.Refusal("Freshservice has no such field, or the value cannot be one of it: "+ticket.Title(strconv.Quote(wrong[0]), maxLine), wrong...)
	}
	if len(custom) > 0 {
		filled["custom_fields"] = custom
	}
	return nil
}

func putOne(filled, custom map[string]any, id, value string) bool {
	switch {
	case slices.Contains(numbered, id):
		if ticket.ParseID(value) == 0 {
			return false
		}
		filled[id] = ticket.ParseID(value)
		return true
	case id == "category":
		filled[id] = line(value)
		return true
	case id == dueField:
		return putDue(filled, value)
	case id == tagsField:
		tags, _ := filled["tags"].([]string)
		for tag := range strings.SplitSeq(value, "\n") {
			if tag = ticket.OneLine(tag); !isTag(tag) {
				return false
			}
			tags = append(tags, tag)
		}
		filled["tags"] = tags
		return true
	}
	entry, name, ok := parseCustom(id)
	if !ok {
		return false
	}
	custom[name], ok = valueOf(entry, value)
	return ok
}

// putDue sets the end of a day as the time a ticket is due. The time of the
// first response must be given with it.
func putDue(filled map[string]any, day string) bool {
	at, ok := endOf(day)
	if ok {
		filled["due_by"], filled["fr_due_by"] = at.Format(time.RFC3339), at.Format(time.RFC3339)
	}
	return ok
}

func endOf(day string) (time.Time, bool) {
	const last = 24*time.Hour - time.Second
	at, err := time.Parse(time.DateOnly, day)
	return at.Add(last), err == nil
}

// parseCustom takes the id of a custom field apart.
func parseCustom(id string) (ticket.Entry, string, bool) {
	rest, custom := strings.CutPrefix(id, customField)
	entry, name, found := strings.Cut(rest, ":")
	known := slices.Contains(slices.Collect(maps.Values(entries)), ticket.Entry(entry))
	return ticket.Entry(entry), name, custom && found && known && isName(name)
}

// valueOf writes the value of a custom field as Freshservice takes it.
func valueOf(entry ticket.Entry, value string) (any, bool) {
	switch entry {
	case ticket.Number:
		n := json.Number(value)
		_, err := n.Float64()
		return n, err == nil && json.Valid([]byte(value))
	case ticket.Flag:
		return value == "true", value == "true" || value == "false"
	case ticket.Date:
		_, ok := endOf(value)
		return value, ok
	case ticket.Choices:
		return strings.Split(value, "\n"), true
	case ticket.Paragraph:
		return ticket.Printable(value), true
	case ticket.Line, ticket.Choice, ticket.Tags:
	}
	return ticket.OneLine(value), true
}

// named writes the fields of a refusal as the form names them.
func named(err error, values map[string]string) error {
	f := ticket.FailureOf(err)
	if len(f.Fields) == 0 {
		return err
	}
	again := *f
	again.Fields = slices.Clone(f.Fields)
	for i, field := range again.Fields {
		for id := range values {
			if _, name, ok := parseCustom(id); ok && name == field {
				again.Fields[i] = id
			}
		}
	}
	return &again
}

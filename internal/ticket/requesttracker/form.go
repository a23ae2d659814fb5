package requesttracker

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// What every ticket can be given beside custom fields, by its name in REST 2.0.
const (
	dueField      = "Due"
	priorityField = "Priority"
)

// Types implements ticket.Former: a ticket of Request Tracker has no type.
func (p *Provider) Types(context.Context, string) ([]ticket.Type, error) { return nil, nil }

// Form implements ticket.Former: a custom field is offered if the service user
// may see it. Whether it may set it does not show; what was not kept does.
func (p *Provider) Form(ctx context.Context, project, _ string) ([]ticket.FormField, error) {
	fields, err := p.queueFields(ctx, project)
	if err != nil {
		return nil, err
	}
	form := []ticket.FormField{
		{ID: dueField, Name: "Due", Entry: ticket.Date},
		{ID: priorityField, Name: "Priority", Help: "A whole number. Unless your Request Tracker says otherwise, 0 is low, 50 medium and 100 high.", Entry: ticket.Number},
	}
	for _, f := range fields {
		entry := ticket.FormField{ID: string(f.ID), Name: line(f.Name), Help: line(f.Description), Entry: f.entry()}
		if f.Type == "Select" {
			if entry.Options, err = p.options(ctx, f.ID); err != nil {
				return nil, err
			}
			if len(entry.Options) == 0 {
				continue
			}
		}
		form = append(form, entry)
	}
	return form, nil
}

// entry is how the value of a custom field is entered, "" if it cannot be.
// Request Tracker itself does not insist on the fields that are mandatory for
// people when a ticket comes over REST 2.0.
func (f wireField) entry() ticket.Entry {
	many := !bool(f.MaxValues)
	switch f.Type {
	case "Freeform", "Combobox", "Autocomplete":
		if many {
			return ticket.Tags
		}
		return ticket.Line
	case "IPAddress", "IPAddressRange":
		return ticket.Line
	case "Text":
		return ticket.Paragraph
	case "Date":
		return ticket.Date
	case "Select":
		if many {
			return ticket.Choices
		}
		return ticket.Choice
	}
	return "" // pictures, files, HTML, times of day
}

// queueFields returns the custom fields of a queue that Admit can fill in.
func (p *Provider) queueFields(ctx context.Context, queue string) ([]wireField, error) {
	if !isID(queue) {
		return nil, ticket.Refusal("the queue is not valid: choose one of the list")
	}
	query := url.Values{"fields": {fieldFields}, "per_page": {strconv.Itoa(batch)}}
	found, _, err := list[wireField](ctx, p.http, ticket.Call{Path: "/queue/" + queue + "/customfields", Query: query})
	var fields []wireField
	for _, f := range found.Items {
		if f.ID != "" && f.entry() != "" && f.LookupType == ticketFieldType && !bool(f.Disabled) && !strings.EqualFold(f.Name, p.keyField) {
			fields = append(fields, f)
		}
	}
	return fields, err
}

// options returns the values of a custom field, which are known by their names.
func (p *Provider) options(ctx context.Context, field id) ([]ticket.Option, error) {
	f, _, err := do[wireField](ctx, p.http, ticket.Call{Path: "/customfield/" + string(field)})
	if err == nil && f.ID != field {
		err = p.http.Malformed(ticket.Reads, errors.New("another custom field than the one that was asked for"))
	}
	if err != nil {
		return nil, err
	}
	var options []ticket.Option
	for _, value := range f.Values {
		// What does not fit on a line cannot be chosen: several are written on a line each.
		if value != "" && value == line(value) {
			options = append(options, ticket.Option{ID: value, Name: value})
		}
	}
	return options, nil
}

// filling is what a draft asks for in one field.
type filling struct {
	id, name string
	entry    ticket.Entry
	values   []string
}

// fillings reads Draft.Fields. Request Tracker fails on a field that does not
// exist, drops what does not fit without a word, and takes the 30th of February
// for the 2nd of March: so all that can be told before is refused here.
func (p *Provider) fillings(ctx context.Context, d ticket.Draft) ([]filling, error) {
	if len(d.Fields) == 0 {
		return nil, nil
	}
	known := map[string]filling{
		dueField:      {id: dueField, name: "Due", entry: ticket.Date},
		priorityField: {id: priorityField, name: "Priority", entry: ticket.Number},
	}
	fields, err := p.queueFields(ctx, d.Project)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		known[string(f.ID)] = filling{id: string(f.ID), name: line(f.Name), entry: f.entry()}
	}
	var all []filling
	for _, id := range slices.Sorted(maps.Keys(d.Fields)) {
		f, ok := known[id]
		if !ok {
			return nil, ticket.Refusal("Request Tracker: the queue has no field "+strconv.Quote(line(id)), id)
		}
		if f.values = f.read(d.Fields[id]); len(f.values) == 0 {
			return nil, ticket.Refusal("Request Tracker: the value of "+f.name+" is not valid", id)
		}
		all = append(all, f)
	}
	return all, nil
}

// read returns the values written in text, or none if it is not valid.
func (f filling) read(text string) []string {
	text = ticket.Printable(text)
	switch f.entry {
	case ticket.Choices, ticket.Tags:
		return slices.DeleteFunc(strings.Split(text, "\n"), func(v string) bool { return strings.TrimSpace(v) == "" })
	case ticket.Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil
		}
	case ticket.Number:
		if _, err := strconv.Atoi(text); err != nil {
			return nil
		}
	case ticket.Line, ticket.Choice:
		text = ticket.OneLine(text)
	case ticket.Paragraph, ticket.Flag:
	}
	if text == "" {
		return nil
	}
	return []string{text}
}

// put writes what is asked for into a ticket to create.
func (f filling) put(w *wireDraft) {
	switch f.id {
	case dueField:
		w.Due = f.values[0] + " 00:00:00"
	case priorityField:
		w.Priority = f.values[0]
	default:
		w.CustomFields[f.id] = f.values
	}
}

// kept reports whether a ticket was stored with what was asked for.
func (f filling) kept(w wireTicket) bool {
	switch f.id {
	case dueField:
		return w.Due.Format(time.DateOnly) == f.values[0]
	case priorityField:
		return strings.Trim(string(w.Priority), `"`) == f.values[0]
	}
	stored := w.CustomFields.all(f.id)
	for i, v := range stored {
		stored[i] = strings.ReplaceAll(v, "\r\n", "\n")
	}
	return slices.Equal(slices.Sorted(slices.Values(stored)), slices.Sorted(slices.Values(f.values)))
}

// all returns the values of the field with this id that are texts.
func (v fieldValues) all(field string) []string {
	var texts []string
	for _, f := range v {
		if string(f.ID) != field {
			continue
		}
		for _, raw := range f.Values {
			var text string
			if json.Unmarshal(raw, &text) == nil {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

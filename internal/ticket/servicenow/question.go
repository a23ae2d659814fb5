package servicenow

import (
	"slices"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// questions is the form of a catalog item, in the item's own order.
func (p *Provider) questions(i catalogEntry) []ticket.FormField {
	var fields []ticket.FormField
	for _, v := range flat(i.Variables) {
		if v.Name == p.keyVariable || v.Name == p.textVariable || v.ReadOnly {
			continue
		}
		entry, ok := v.entry()
		if !ok && !v.needed() {
			continue
		}
		f := ticket.FormField{
			ID: variablePrefix + v.Name, Name: line(v.Label), Help: line(v.Help), Entry: entry, Required: v.needed(), Options: v.options(),
		}
		if f.Name == "" {
			f.Name = v.Name
		}
		if !ok && f.Help == "" {
			f.Help = "A value of the type " + line(v.Type) + ", as ServiceNow stores it: a record is written as its sys_id."
		}
		fields = append(fields, f)
	}
	slices.SortStableFunc(fields, func(a, b ticket.FormField) int {
		if a.Required == b.Required {
			return 0
		}
		return byNeed(a, b)
	})
	return fields
}

// needed reports whether the item cannot be ordered without an answer.
func (v variable) needed() bool { return bool(v.Mandatory) && v.Preset == "" }

// entry is how a variable is entered; ok is false for a type that Admit has no
// entry for.
func (v variable) entry() (entry ticket.Entry, ok bool) {
	switch v.Type {
	case "single_line_text", "wide_single_line_text", "email", "url", "":
		return ticket.Line, true
	case "multi_line_text", "html":
		return ticket.Paragraph, true
	case "select_box", "multiple_choice", "lookup_select_box", "lookup_multiple_choice", "numeric_scale":
		if len(v.options()) > 0 {
			return ticket.Choice, true
		}
	case "yes_no", "check_box":
		return ticket.Flag, true
	case "date", "date_time":
		return ticket.Date, true
	}
	return ticket.Line, false
}

func (v variable) options() []ticket.Option {
	if v.Type == "yes_no" || v.Type == "check_box" {
		return nil
	}
	var options []ticket.Option
	for _, c := range v.Choices {
		if c.Value != "" && safe(string(c.Value)) {
			options = append(options, ticket.Option{ID: string(c.Value), Name: line(c.Label)})
		}
	}
	return options
}

// spelled is an answer as a variable takes it.
func spelled(v variable, value string) string {
	switch {
	case v.Type == "yes_no" && value == "true":
		return "Yes"
	case v.Type == "yes_no" && value == "false":
		return "No"
	case v.Type == "date_time" && isDay(value):
		return value + " 12:00:00"
	case v.Type == "html":
		return markdown.HTML(value)
	case v.Type == "multi_line_text":
		return ticket.Printable(markdown.Text(value))
	}
	return ticket.Printable(value)
}

package servicenow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// variablePrefix is before the name of a variable of a catalog item, as in
// ServiceNow's own scripts. It keeps the name of a variable apart from Admit's.
const variablePrefix = "variables."

const (
	mostColumns = 500
	mostChoices = 2000
	mostGroups  = 1000
	longText    = 256 // a text column this long is a paragraph
)

// offered are the columns that are filled in when a ticket is filed, besides
// those the company has added.
var offered = map[string][]string{
	incident:    {"assignment_group", "category", "subcategory", "impact", "urgency", "contact_type", "due_date"},
	catalogTask: {"assignment_group", "priority", "contact_type", "due_date"},
}

// known are the columns Form can offer when the dictionary may not be read.
var known = map[string]ticket.FormField{
	"assignment_group": {Name: "Assignment group", Entry: ticket.Choice},
	"category":         {Name: "Category", Entry: ticket.Choice},
	"subcategory":      {Name: "Subcategory", Entry: ticket.Choice},
	"impact":           {Name: "Impact", Entry: ticket.Choice},
	"urgency":          {Name: "Urgency", Entry: ticket.Choice},
	"priority":         {Name: "Priority", Entry: ticket.Choice},
	"contact_type":     {Name: "Channel", Entry: ticket.Choice},
	"due_date":         {Name: "Due date", Entry: ticket.Date},
}

// Types implements ticket.Former: what there is to choose from is the project.
func (p *Provider) Types(ctx context.Context, _ string) ([]ticket.Type, error) {
	return nil, ctx.Err()
}

// Form implements ticket.Former.
func (p *Provider) Form(ctx context.Context, project, _ string) ([]ticket.FormField, error) {
	if id, ok := strings.CutPrefix(project, catalogPrefix); ok && isID(id) && p.keyVariable != "" {
		i, err := p.item(ctx, id)
		if err != nil {
			return nil, err
		}
		return p.questions(i), nil
	}
	if offered[project] == nil {
		return nil, ticket.Refusal(noWay)
	}
	fields, err := p.columns(ctx, project)
	if err != nil {
		return nil, err
	}
	if err := p.require(ctx, project, fields); err != nil {
		return nil, err
	}
	if err := p.fill(ctx, project, fields); err != nil {
		return nil, err
	}
	list := slices.Collect(maps.Values(fields))
	list = slices.DeleteFunc(list, func(f ticket.FormField) bool { return f.Entry == ticket.Choice && len(f.Options) == 0 })
	slices.SortFunc(list, byNeed)
	return list, nil
}

// byNeed puts the required fields first, then goes by name.
func byNeed(a, b ticket.FormField) int {
	if a.Required != b.Required {
		if a.Required {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

// columns reads the dictionary: the offered columns, those that the company has
// added (u_...), and those that people must fill in. A column of task can have
// an entry of the table's own.
func (p *Provider) columns(ctx context.Context, table string) (map[string]ticket.FormField, error) {
	fields := map[string]ticket.FormField{}
	for _, id := range offered[table] {
		f := known[id]
		f.ID = id
		fields[id] = f
	}
	s := search{
		table: "sys_dictionary", most: mostColumns, raw: true,
		query: "nameIN" + task + "," + table + "^active=true^elementIN" + strings.Join(offered[table], ",") +
			"^ORelementSTARTSWITHu_^ORmandatory=true^ORDERBYelement",
		fields: []string{"name", "element", "column_label", "internal_type", "max_length", "mandatory", "read_only", "choice", "reference"},
	}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return nil, err
	}
	for _, r := range page.rows {
		id := r.get("element")
		if !isColumn(id) || isReserved(id) || id == "short_description" || id == "description" || id == "caller_id" || r.get("read_only") == "true" {
			continue
		}
		f, ok := formField(r)
		if !ok {
			continue
		}
		fields[id] = f
	}
	return fields, nil
}

// formField is how a column is entered; ok is false for one that Admit cannot
// fill in.
func formField(r row) (ticket.FormField, bool) {
	f := ticket.FormField{ID: r.get("element"), Name: cmp.Or(r.label("column_label"), r.label("element")), Entry: ticket.Line}
	length, _ := strconv.Atoi(r.get("max_length")) // 0 for none
	kind := r.get("internal_type")
	switch {
	case kind == "reference" && r.get("reference") == "sys_user_group":
		f.Entry = ticket.Choice
	case kind == "reference":
		f.Help = "The sys_id of a record of the table " + r.label("reference") + "."
		if r.get("mandatory") != "true" {
			return f, false
		}
	case r.get("choice") != "" && r.get("choice") != "0":
		f.Entry = ticket.Choice
	case kind == "boolean":
		f.Entry = ticket.Flag
	case kind == "integer", kind == "decimal", kind == "float", kind == "longint":
		f.Entry = ticket.Number
	case kind == "glide_date", kind == "glide_date_time", kind == "due_date":
		f.Entry = ticket.Date
	case kind == "string" && length >= longText:
		f.Entry = ticket.Paragraph
	case kind != "string" && kind != "email" && kind != "url" && kind != "phone_number_e164":
		return f, false
	}
	if r.get("mandatory") == "true" {
		f.Help = strings.TrimSpace(f.Help + " People must fill this in; a ticket over the interface may leave it out.")
	}
	return f, true
}

// require marks what data policies ask for, as far as they may be read. A policy
// with a condition may not apply. The dictionary's "mandatory" is not held
// against the interface.
func (p *Provider) require(ctx context.Context, table string, fields map[string]ticket.FormField) error {
	s := search{
		table: "sys_data_policy_rule", most: mostColumns, raw: true,
		query:  "tableIN" + task + "," + table + "^mandatory=true^sys_data_policy.active=true",
		fields: []string{"table", "field", "sys_data_policy.conditions"},
	}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return err
	}
	for _, r := range page.rows {
		f, ok := fields[r.get("field")]
		if !ok {
			continue
		}
		if conditions := r.get("sys_data_policy.conditions"); conditions == "" || conditions == "^EQ" {
			f.Required, f.Help = true, ""
		} else {
			f.Help = "A data policy asks for this in some cases."
		}
		fields[f.ID] = f
	}
	return nil
}

// fill gives the choices their options.
func (p *Provider) fill(ctx context.Context, table string, fields map[string]ticket.FormField) error {
	var elements []string
	for id, f := range fields {
		if f.Entry == ticket.Choice && id != "assignment_group" {
			elements = append(elements, id)
		}
	}
	slices.Sort(elements)
	choices, err := p.choices(ctx, []string{table}, elements)
	if err != nil {
		return err
	}
	for _, id := range elements {
		f := fields[id]
		f.Options = choices[table+"."+id]
		fields[id] = f
	}
	f, ok := fields["assignment_group"]
	if !ok {
		return nil
	}
	if f.Options, err = p.groups(ctx); err != nil {
		return err
	}
	fields[f.ID] = f
	return nil
}

// groups lists the active groups.
func (p *Provider) groups(ctx context.Context) ([]ticket.Option, error) {
	s := search{table: "sys_user_group", query: "active=true^ORDERBYname", fields: []string{"sys_id", "name"}, most: mostGroups, raw: true}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return nil, err
	}
	var groups []ticket.Option
	for _, r := range page.rows {
		if id := r.get("sys_id"); isID(id) {
			groups = append(groups, ticket.Option{ID: id, Name: r.label("name")})
		}
	}
	return groups, nil
}

// choices reads the choice lists of columns, by "table.column". A table's own
// list goes before that of task. A choice is there once for each language.
func (p *Provider) choices(ctx context.Context, tables, elements []string) (map[string][]ticket.Option, error) {
	if len(elements) == 0 {
		return nil, nil
	}
	s := search{
		table: "sys_choice", most: mostChoices, raw: true,
		query: "nameIN" + task + "," + strings.Join(tables, ",") + "^elementIN" + strings.Join(elements, ",") +
			"^inactive=false^ORDERBYname^ORDERBYelement^ORDERBYsequence",
		fields: []string{"name", "element", "value", "label", "language"},
	}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return nil, err
	}
	lists := map[string][]ticket.Option{}
	for _, r := range page.rows {
		key, o := r.get("name")+"."+r.get("element"), ticket.Option{ID: r.get("value"), Name: r.label("label")}
		at := slices.IndexFunc(lists[key], func(other ticket.Option) bool { return other.ID == o.ID })
		switch {
		case o.ID == "" || !safe(o.ID):
		case at < 0:
			lists[key] = append(lists[key], o)
		case r.get("language") == "en":
			lists[key][at] = o
		}
	}
	for _, table := range tables {
		for _, element := range elements {
			if own := table + "." + element; lists[own] == nil {
				lists[own] = lists[task+"."+element]
			}
		}
	}
	return lists, nil
}

// writtenAs is a value as a column takes it. A due date is a time, which is at
// noon so that it is on this day wherever it is looked at.
func writtenAs(id, value string) (string, bool) {
	if id != "due_date" {
		return ticket.Printable(value), true
	}
	return value + " 12:00:00", isDay(value)
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// naming adds to the refusal of a data policy the columns it names by label.
// Source: "The following fields are mandatory: Resolution code, Close notes".
func (p *Provider) naming(ctx context.Context, table string, err error) error {
	f := ticket.FailureOf(err)
	_, list, ok := strings.Cut(f.Msg, "mandatory: ")
	if !ok || !strings.Contains(f.Msg, policyWords) || offered[table] == nil {
		return err
	}
	fields, formErr := p.columns(ctx, table)
	if formErr != nil {
		return err // what is known is better than what went wrong behind it
	}
	named := *f
	for label := range strings.SplitSeq(list, ",") {
		for _, field := range fields {
			if strings.EqualFold(strings.TrimSpace(label), field.Name) {
				named.Fields = append(named.Fields, field.ID)
			}
		}
	}
	return &named
}

package servicenow

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// maxTitle is the length of task.short_description as it is delivered.
const maxTitle = 160

const noUser = "the assignee is not an active user of ServiceNow"

// Create implements ticket.Filer.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	item, isOrder := strings.CutPrefix(d.Project, catalogPrefix)
	switch {
	case !ticket.IsKey(d.Key):
		return ticket.Snapshot{}, ticket.Refusal("the key of the ticket is not valid")
	case d.Assignee.ID != "" && !isID(d.Assignee.ID):
		return ticket.Snapshot{}, ticket.Refusal(noUser, ticket.AssigneeField)
	case isOrder && isID(item) && p.keyVariable != "":
		return p.order(ctx, item, d)
	case d.Project == incident, d.Project == catalogTask:
		return p.file(ctx, d)
	}
	return ticket.Snapshot{}, ticket.Refusal(noWay)
}

// file inserts a record of a table. An incident is called in by the service user.
func (p *Provider) file(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	values, err := p.values(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	if _, given := values["caller_id"]; d.Project == incident && !given {
		me, err := p.me(ctx)
		if err != nil {
			return ticket.Snapshot{}, err
		}
		if id := me.get("sys_id"); id != "" {
			values["caller_id"] = id
		}
	}
	r, err := p.http.insert(ctx, d.Project, values, slices.Concat(ownFields(d.Project), slices.Sorted(maps.Keys(values))))
	if err != nil {
		return ticket.Snapshot{}, p.naming(ctx, d.Project, err)
	}
	s, err := p.single(alone(asTask(r, d.Project)))
	if err != nil {
		id := r.get("sys_id")
		return ticket.Snapshot{
			ID: id, Identifier: line(r.get("number")), URL: p.url(d.Project, id), Project: d.Project,
			Key: d.Key, Title: ticket.Title(d.Title, maxTitle), Outcome: ticket.Open,
		}, ambiguous(err)
	}
	delete(values, "caller_id")
	return p.kept(ctx, s, r, values, d)
}

// ownFields are what a snapshot is made of, as they are named in a table of its
// own instead of in task.
func ownFields(table string) []string {
	fields := ticketFields()
	for i, f := range fields {
		fields[i] = strings.TrimPrefix(f, "ref_"+table+".")
	}
	return fields
}

// always is what every ticket is given, by column.
func always(d ticket.Draft) map[string]string {
	values := map[string]string{
		"short_description":   ticket.Title(d.Title, maxTitle),
		"description":         text(d),
		"correlation_id":      d.Key,
		"correlation_display": mark,
	}
	if d.Assignee.ID != "" {
		values[assignedTo] = d.Assignee.ID
	}
	return values
}

// values are what a draft asks for, by column.
func (p *Provider) values(d ticket.Draft) (map[string]string, error) {
	values := always(d)
	for id, value := range d.Fields {
		if _, taken := values[id]; taken || !isColumn(id) || isReserved(id) {
			return nil, ticket.Refusal("ServiceNow tickets have no field "+line(id)+" to fill in", id)
		}
		if value == "" {
			continue
		}
		written, ok := writtenAs(id, value)
		if !ok {
			return nil, ticket.Refusal("the field "+id+" takes a date such as 2006-01-02", id)
		}
		values[id] = written
	}
	return values, nil
}

// text is the body of a draft in plain text, which is what a description takes.
func text(d ticket.Draft) string { return ticket.Fit(ticket.Printable(markdown.Text(d.Body)), maxBody) }

// isReserved reports whether a column is Admit's or ServiceNow's own.
func isReserved(id string) bool {
	return strings.HasPrefix(id, "sys_") || slices.Contains([]string{
		"number", "state", "incident_state", "active", assignedTo, "correlation_id", "correlation_display", "work_notes", "comments", "close_code", "close_notes",
	}, id)
}

// kept compares what was stored with what was asked for. A column that does not
// exist, that may not be written, or whose value no rule likes is dropped without
// a word. A ticket without its key could not be found again.
func (p *Provider) kept(ctx context.Context, s ticket.Snapshot, stored row, asked map[string]string, d ticket.Draft) (ticket.Snapshot, error) {
	if !strings.EqualFold(s.Key, d.Key) || stored.get("correlation_display") != mark {
		return s, &ticket.Failure{
			Certainty: ticket.Ambiguous, Trouble: ticket.Unauthorized,
			Msg: "ServiceNow filed " + s.Identifier + " but dropped its key: the service user must be allowed to write correlation_id and correlation_display",
		}
	}
	var dropped []string
	for _, field := range slices.Sorted(maps.Keys(asked)) {
		got := stored.get(field)
		switch {
		case same(asked[field], got), strings.HasPrefix(got, asked[field]) && isDay(asked[field]):
		case field == assignedTo: // Assignee tells
		default:
			dropped = append(dropped, field)
		}
	}
	s.Dropped = p.named(ctx, d.Project, dropped)
	return s, nil
}

// named are the words for columns. They are asked for only when they are needed,
// and what goes wrong then is no matter.
func (p *Provider) named(ctx context.Context, table string, ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	words := map[string]string{"short_description": "title", "description": "text"}
	if offered[table] != nil {
		if fields, err := p.columns(ctx, table); err == nil {
			for id, f := range fields {
				words[id] = f.Name
			}
		}
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = cmp.Or(words[id], known[id].Name, id)
	}
	return names
}

// Find implements ticket.Filer. An order has its key in a variable before it has
// it in correlation_id.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	page, err := p.http.search(ctx, search{table: task, query: "correlation_id=" + key + "^ORDERBYsys_created_on", fields: ticketFields(), most: batch})
	if err != nil {
		return nil, err
	}
	var singles []row
	var orders []string
	for _, r := range page.rows {
		id := orderID(r)
		switch {
		case !strings.EqualFold(r.get("correlation_id"), key):
			return nil, p.http.Malformed(ticket.Reads, errors.New("a search for a key found something else; may the service user read correlation_id"))
		case r.get("sys_class_name") == order && id == "":
			return nil, p.http.Malformed(ticket.Reads, errors.New("an order without its request; may the service user read that"))
		case r.get("sys_class_name") == order:
			orders = append(orders, id)
		default:
			singles = append(singles, alone(r))
		}
	}
	if p.keyVariable != "" {
		begun, err := p.begun(ctx, key)
		if err != nil {
			return nil, err
		}
		orders = append(orders, begun...)
	}
	if len(singles)+len(orders) == 0 {
		return nil, p.wouldFind(ctx)
	}
	return p.foundAs(ctx, key, singles, orders)
}

// foundAs maps what carries a key.
func (p *Provider) foundAs(ctx context.Context, key string, singles []row, orders []string) ([]ticket.Snapshot, error) {
	tickets, err := p.mapped(singles)
	if err != nil {
		return nil, err
	}
	more, err := p.read(ctx, orders)
	if err != nil {
		return nil, err
	}
	for i := range more {
		more[i].Key = key // also where it could not be marked
	}
	tickets = append(tickets, more...)
	slices.SortFunc(tickets, byAge)
	return tickets, nil
}

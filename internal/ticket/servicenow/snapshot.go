package servicenow

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Fields of the tables that extend task, as they are named in a search of task. The
// documentation calls it dot-walking to extended table fields; ServiceNow's own
// scripts use it in encoded queries, and integrations in sysparm_fields. Where it
// is not understood, orders are refused as soon as one is made.
const (
	closeCodeField  = "ref_incident.close_code"
	resolvedBy      = "ref_incident.resolved_by"
	catalogItem     = "ref_sc_req_item.cat_item"
	requestState    = "ref_sc_req_item.request.request_state"
	requestApproval = "ref_sc_req_item.request.approval"
	requestOfItem   = "ref_sc_req_item.request"
	requestNumber   = "ref_sc_req_item.request.number"
	requestOfTask   = "ref_sc_task.request_item.request"
)

// assignedTo is the column of who has a ticket.
const assignedTo = "assigned_to"

// mark is in correlation_display of every ticket of Admit.
const mark = "Admit"

// ticketFields are what a snapshot is made of.
func ticketFields() []string {
	fields := []string{
		"sys_id", "sys_class_name", "number", "state", "active", "approval", "short_description", "close_notes",
		"correlation_id", "correlation_display", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
		closeCodeField, catalogItem, requestState, requestApproval, requestOfItem, requestNumber, requestOfTask,
	}
	for _, person := range []string{assignedTo, "closed_by", resolvedBy} {
		fields = append(fields, personFields(person)...)
	}
	return fields
}

// single maps a record that is a ticket by itself.
func (p *Provider) single(r row) (ticket.Snapshot, error) { return p.snapshot(r, nil) }

// orderPrefix is before the sys_id of a request (sc_request) in the id of an
// order. The request is what the answer to an order names, and the id of the
// ticket; its one item (sc_req_item) is what is followed.
const orderPrefix = "order:"

// orderID returns the id of the order a record belongs to, "" if it is none.
func orderID(r row) string {
	for _, field := range []string{requestOfItem, requestOfTask} {
		if id := r.get(field); isID(id) {
			return orderPrefix + id
		}
	}
	return ""
}

// isTicket reports whether text can be the id of a ticket.
func isTicket(id string) bool { return isID(strings.TrimPrefix(id, orderPrefix)) }

// group is an order: its item, and what else must be done for it, which are
// catalog tasks and, in an order that was not made by Admit, other items.
type group struct {
	item  row
	parts []row
}

func (g *group) add(r row) {
	isItem := r.get("sys_class_name") == order
	switch {
	case isItem && g.item == nil:
		g.item = r
	case isItem && r.get("correlation_display") == mark && g.item.get("correlation_display") != mark:
		g.item, g.parts = r, append(g.parts, g.item)
	default:
		g.parts = append(g.parts, r)
	}
}

// ordered maps an order.
func (p *Provider) ordered(g group) (ticket.Snapshot, error) {
	s, err := p.snapshot(g.item, g.parts)
	if err != nil {
		return s, err
	}
	s.ID = orderID(g.item)
	request := strings.TrimPrefix(s.ID, orderPrefix)
	if !isID(request) {
		return s, p.http.Malformed(ticket.Reads, errors.New("an order without its request"))
	}
	s.URL = p.url("sc_request", request)
	if number := line(g.item.get(requestNumber)); number != "" {
		s.Identifier = number
	}
	for _, part := range g.parts {
		if part.get("state") == "" || part.get("active") == "" {
			return s, p.http.Malformed(ticket.Reads, errors.New("a catalog task without its state; may the service user read sc_task"))
		}
		if at := part.time("sys_updated_on"); at.After(s.UpdatedAt) {
			s.UpdatedAt = at
		}
	}
	return s, nil
}

// snapshot maps a record and what else must be done for it.
func (p *Provider) snapshot(r row, parts []row) (ticket.Snapshot, error) {
	id, table := r.get("sys_id"), r.get("sys_class_name")
	created, updated := r.time("sys_created_on"), r.time("sys_updated_on")
	if !isID(id) || !isColumn(table) || r.get("state") == "" || r.get("active") == "" || created.IsZero() || updated.IsZero() {
		return ticket.Snapshot{}, p.http.Malformed(ticket.Reads, errors.New("a ticket without sys_id, class, state, active or times; may the service user read them"))
	}
	s := ticket.Snapshot{
		ID:         id,
		Identifier: line(r.get("number")),
		URL:        p.url(table, id),
		Project:    projectOf(r),
		Key:        line(r.get("correlation_id")),
		Title:      line(r.get("short_description")),
		Status:     r.label("state"),
		Grounds:    p.grounds(r, parts),
		WorkSeen:   workSeen(r, parts),
		Assignee:   r.person(assignedTo),
		CreatedAt:  created,
		UpdatedAt:  updated,
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if s.Outcome.Ended() {
		s.ClosedBy = closedBy(r)
		if s.Outcome != ticket.Yes {
			s.Reason = ticket.Clip(ticket.OneLine(r.get("close_notes")), maxReason)
		}
	}
	return s, nil
}

const maxReason = 1000

// closedBy is who ended a ticket. An incident is resolved before it is closed.
func closedBy(r row) ticket.Account {
	if by := r.person(resolvedBy); by.ID != "" {
		return by
	}
	return r.person("closed_by")
}

// projectOf is the way a ticket was filed, "" if it cannot be told.
func projectOf(r row) string {
	table, item := r.get("sys_class_name"), r.get(catalogItem)
	switch {
	case table != order:
		return table
	case isID(item):
		return catalogPrefix + item
	}
	return ""
}

// workSeen reports whether a ticket left its first state or somebody who did not
// make it has touched it. Flows run as "system" or as the one who ordered.
func workSeen(r row, parts []row) bool {
	us := r.get("sys_created_by")
	touched := func(r row) bool {
		by := r.get("sys_updated_by")
		return !fresh[r.get("state")] || by != "" && by != us && by != "system" && by != r.get("sys_created_by")
	}
	return touched(r) || slices.ContainsFunc(parts, touched)
}

// url is where people see a record.
func (p *Provider) url(table, id string) string {
	return p.base + "/nav_to.do?uri=" + url.QueryEscape(table+".do?sys_id="+id)
}

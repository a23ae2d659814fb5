package servicenow

import (
	"context"
	"regexp"

	"admit/internal/ticket"
)

// Comment implements ticket.Closer: a work note, which the caller of an incident
// does not see. That of an order is on its item.
func (p *Provider) Comment(ctx context.Context, id, message string) error {
	g, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	return p.say(ctx, g.item, message)
}

// say adds a work note to a record.
func (p *Provider) say(ctx context.Context, r row, message string) error {
	fields := []string{"sys_id", "sys_mod_count", "sys_updated_on"}
	after, err := p.http.update(ctx, r.get("sys_class_name"), r.get("sys_id"), map[string]string{"work_notes": note(message)}, fields)
	if err != nil {
		return err
	}
	// A note that may not be written is dropped without a word: nothing changes.
	if count := after.get("sys_mod_count"); count != "" && count == r.get("sys_mod_count") && after.get("sys_updated_on") == r.get("sys_updated_on") {
		return &ticket.Failure{
			Certainty: ticket.Refused, Trouble: ticket.Unauthorized,
			Msg: "ServiceNow did not keep the comment: the service user must be allowed to write work_notes",
		}
	}
	return nil
}

// codeTag is around what a work note shows as HTML.
var codeTag = regexp.MustCompile(`(?i)\[(/?code)\]`)

// note is text as a work note shows it.
func note(text string) string { return codeTag.ReplaceAllString(ticket.Printable(text), "[ $1 ]") }

// one reads the records of one ticket.
func (p *Provider) one(ctx context.Context, id string) (group, error) {
	if !isTicket(id) {
		return group{}, ticket.Refusal("the id of the ticket is not valid")
	}
	rows, err := p.rows(ctx, shares([]string{id})[0])
	if err != nil {
		return group{}, err
	}
	var g group
	for _, r := range rows {
		if !isColumn(r.get("sys_class_name")) || !isID(r.get("sys_id")) {
			return group{}, notSent("ServiceNow does not tell the class of the ticket; may the service user read sys_class_name", nil)
		}
		if orderID(r) == "" {
			return group{item: r}, nil
		}
		g.add(r)
	}
	if g.item == nil {
		return group{}, ticket.Refusal("ServiceNow has no such ticket, or the service user may not see it")
	}
	return g, nil
}

// asTicket maps the records of one ticket.
func (p *Provider) asTicket(g group) (ticket.Snapshot, error) {
	if orderID(g.item) == "" {
		return p.single(g.item)
	}
	return p.ordered(g)
}

// notWanted is what is written where a reason must be that stands elsewhere.
const notWanted = "Not wanted any more. The reason is in the work notes."

// Close implements ticket.Closer. The state and the reason are one call. What
// belongs to an order is closed first, for nobody would close it afterwards; a
// Close that was cut short can be made again.
func (p *Provider) Close(ctx context.Context, id, message string) error {
	g, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	before, err := p.asTicket(g)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	for _, part := range g.parts {
		if p.stateOf(part).Outcome != ticket.Open {
			continue
		}
		if err := p.setState(ctx, part, p.cancel[part.get("sys_class_name")], map[string]string{"close_notes": "The order is not wanted any more."}); err != nil {
			return err
		}
	}
	values := map[string]string{"work_notes": note(message), "close_notes": notWanted}
	if g.item.get("sys_class_name") == incident && p.cancelCode != "" {
		values["close_code"] = p.cancelCode
	}
	return p.setState(ctx, g.item, p.cancel[g.item.get("sys_class_name")], values)
}

// setState ends a record with a state, "" for one of a class that Admit does not
// file, and makes sure that it was kept.
func (p *Provider) setState(ctx context.Context, r row, state string, values map[string]string) error {
	table := r.get("sys_class_name")
	if state == "" {
		return ticket.Refusal("Admit does not know how to end a ticket of the class " + line(table))
	}
	values["state"] = state
	after, err := p.http.update(ctx, table, r.get("sys_id"), values, []string{"sys_id", "state"})
	if err != nil {
		return p.naming(ctx, table, err)
	}
	if after.get("state") != state {
		return ticket.Refusal("ServiceNow did not set the state " + state + " of the ticket: a rule or a right stands against it")
	}
	return nil
}

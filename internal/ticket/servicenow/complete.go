package servicenow

import (
	"context"
	"maps"
	"strings"

	"admit/internal/ticket"
)

// completed is the state that says that the work was done, by table.
var completed = map[string]string{incident: resolved, catalogTask: "3", order: "3"}

// isDone is what is written where a reason must be that stands elsewhere.
const isDone = "Done. Who did it is in the work notes."

// Complete implements ticket.Completer. State and text are one call. For an order
// the text comes first, for its flow may end it with its last task; then come the
// tasks that are open, and then the order.
func (p *Provider) Complete(ctx context.Context, id, message string) error {
	g, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	before, err := p.asTicket(g)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	values, err := p.ending(ctx, g.item)
	if err != nil {
		return err
	}
	if err := p.standsAgainst(g, values); err != nil {
		return err
	}
	if orderID(g.item) == "" {
		values["work_notes"] = note(message)
		return p.setState(ctx, g.item, completed[g.item.get("sys_class_name")], values)
	}
	if err := p.sayOnce(ctx, g.item, message); err != nil {
		return err
	}
	for _, part := range g.parts {
		if p.stateOf(part).Outcome != ticket.Open {
			continue
		}
		if err := p.setState(ctx, part, completed[part.get("sys_class_name")], map[string]string{"close_notes": isDone}); err != nil {
			return err
		}
	}
	return p.setState(ctx, g.item, completed[order], values)
}

// ending is what a record that is done is given beside its state. An incident
// needs a resolution code.
func (p *Provider) ending(ctx context.Context, r row) (map[string]string, error) {
	values := map[string]string{"close_notes": isDone}
	if r.get("sys_class_name") != incident {
		return values, nil
	}
	code, err := p.codeOfDone(ctx)
	values["close_code"] = code
	return values, err
}

// codeOfDone is the resolution code of an incident that is done: the one of the
// settings, else one that is offered and reads as yes. Where the choice list may
// not be read, it is what is delivered.
func (p *Provider) codeOfDone(ctx context.Context) (string, error) {
	if p.doneCode != "" {
		return p.doneCode, nil
	}
	lists, err := p.choices(ctx, []string{incident}, []string{"close_code"})
	if err != nil {
		return "", err
	}
	codes := lists[incident+".close_code"]
	if len(codes) == 0 {
		return usualCode, nil
	}
	best := ""
	for _, o := range codes {
		if p.codeGround(o.ID, o.Name).Outcome == ticket.Yes && (best == "" || strings.EqualFold(o.ID, usualCode)) {
			best = o.ID
		}
	}
	if best == "" {
		return "", ticket.Refusal("ServiceNow offers no resolution code of which Admit knows that the work was done: name one in the settings of the provider")
	}
	return best, nil
}

const usualCode = "Solution provided"

// standsAgainst returns why a ticket may not be ended as done, or would not read so,
// or nil.
func (p *Provider) standsAgainst(g group, values map[string]string) error {
	for _, field := range []string{"approval", requestApproval} {
		if g.item.get(field) == "requested" {
			return ticket.Refusal("ServiceNow: the ticket waits for an approval")
		}
	}
	then := group{item: p.asDone(g.item, values["close_code"])}
	for _, part := range g.parts {
		if p.stateOf(part).Outcome != ticket.Open {
			then.parts = append(then.parts, part)
			continue
		}
		if other := part.person(assignedTo); other.ID != "" && other.ID != g.item.get(assignedTo) {
			return ticket.Refusal("ServiceNow: the task " + line(part.get("number")) + " of the order is that of " + other.Name)
		}
		then.parts = append(then.parts, p.asDone(part, ""))
	}
	grounds := p.grounds(then.item, then.parts)
	if ticket.Outcomes(nil).Judge(grounds) != ticket.Yes {
		return ticket.Refusal("ServiceNow: the ticket would not read as done because of: " + grounds[0].Name)
	}
	return nil
}

// asDone is a record as it will be when it is done.
func (p *Provider) asDone(r row, code string) row {
	then := maps.Clone(r)
	table := r.get("sys_class_name")
	then["state"] = cell{value: completed[table], label: "done"}
	then["active"] = cell{value: "false"}
	then[closeCodeField] = cell{value: code, label: code}
	return then
}

// sayOnce adds a work note, unless it is there: a call before may have got that
// far and no further.
func (p *Provider) sayOnce(ctx context.Context, r row, message string) error {
	table, id := r.get("sys_class_name"), r.get("sys_id")
	page, err := p.http.search(ctx, search{table: table, query: "sys_id=" + id, fields: []string{"sys_id", "work_notes"}, most: 1})
	if err != nil {
		return err
	}
	for _, found := range page.rows {
		if strings.Contains(letters(found["work_notes"].label), letters(note(message))) {
			return nil
		}
	}
	return p.say(ctx, r, message)
}

// letters is text without its blanks: a journal breaks lines in its own way.
func letters(text string) string { return strings.Join(strings.Fields(text), "") }

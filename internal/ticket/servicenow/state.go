package servicenow

import (
	"slices"
	"strings"

	"admit/internal/ticket"
)

// The tables, which all extend task. Each is also a value of sys_class_name.
const (
	task        = "task"
	incident    = "incident"
	catalogTask = "sc_task"
	order       = "sc_req_item" // what came of ordering one catalog item
)

// states is what the states mean that are delivered with ServiceNow. The column
// active says whether a state that is not here ends a ticket.
var states = map[string]map[string]ticket.Outcome{
	incident:    {"1": ticket.Open, "2": ticket.Open, "3": ticket.Open, "6": ticket.Yes, "7": ticket.Yes, "8": ticket.No},
	catalogTask: {"-5": ticket.Open, "1": ticket.Open, "2": ticket.Open, "3": ticket.Yes, "4": ticket.No, "7": ticket.No},
	order:       {"-5": ticket.Open, "1": ticket.Open, "2": ticket.Open, "3": ticket.Yes, "4": ticket.No, "7": ticket.No},
}

const resolved = "6" // the state of an incident that is done, and not closed yet

// fresh are the states of a ticket nobody has begun.
var fresh = map[string]bool{"-5": true, "1": true}

// closeCodes is what the resolution codes of an incident mean that have been
// delivered over the years, in small letters. Any other needs a person once:
// "Denied by security" is a resolution too.
var closeCodes = map[string]ticket.Outcome{
	"solution provided":             ticket.Yes,
	"workaround provided":           ticket.Yes,
	"resolved by change":            ticket.Yes,
	"resolved by request":           ticket.Yes,
	"solved (permanently)":          ticket.Yes,
	"solved (work around)":          ticket.Yes,
	"solved remotely (permanently)": ticket.Yes,
	"solved remotely (work around)": ticket.Yes,
	"no resolution provided":        ticket.No,
	"not solved (not reproducible)": ticket.No,
	"not solved (too costly)":       ticket.No,
	"duplicate":                     ticket.No,
}

// requestStates is what the states of a whole request say about each order in it.
var requestStates = map[string]ticket.Outcome{
	"closed_incomplete": ticket.No, "closed_cancelled": ticket.No, "closed_rejected": ticket.No, "closed_skipped": ticket.No,
}

const rejected = "rejected"

// stateOf is the ground a ticket's state is. A number that is delivered as an end
// means something else where it leaves a ticket active; only a resolved incident
// is both.
func (p *Provider) stateOf(r row) ticket.Ground {
	table, state := r.get("sys_class_name"), r.get("state")
	g := ticket.Ground{Key: stateKey(table, state), Name: r.label("state"), Outcome: p.meaning(table, state)}
	active := r.get("active") == "true" || r.get("active") == "1"
	switch {
	case g.Outcome == "" && active:
		g.Outcome = ticket.Open
	case g.Outcome == "", g.Outcome == ticket.Open && !active, g.Outcome == ticket.Yes && active && g.Key != stateKey(incident, resolved):
		g.Outcome = ticket.Unclear
	}
	return g
}

// meaning is what a state says by itself, "" for one that nobody has said the
// meaning of.
func (p *Provider) meaning(table, state string) ticket.Outcome {
	if state != "" && state == p.cancel[table] {
		return ticket.No
	}
	return states[table][state]
}

func stateKey(table, state string) string { return line(table + ".state:" + state) }

// grounds is what the outcome of a ticket is read from, the most decisive first.
func (p *Provider) grounds(r row, parts []row) []ticket.Ground {
	var list []ticket.Ground
	for _, field := range []string{"approval", requestApproval} {
		if r.get(field) == rejected {
			list = append(list, ticket.Ground{Key: "approval:" + rejected, Name: r.label(field), Outcome: ticket.No})
			break
		}
	}
	state := p.stateOf(r)
	if state.Outcome == ticket.Open || state.Outcome == ticket.No {
		return append(list, state)
	}
	if said, known := requestStates[r.get(requestState)]; known {
		list = append(list, ticket.Ground{Key: "sc_request.request_state:" + line(r.get(requestState)), Name: r.label(requestState), Outcome: said})
	}
	if odd, is := p.left(parts); is {
		list = append(list, odd)
	}
	code, coded := p.closeCode(r)
	if !coded {
		return decisive(append(list, state))
	}
	if state.Outcome == ticket.Yes {
		state.Outcome = "" // the code tells, unless an admin says what the state means
	}
	return decisive(append(list, state, code))
}

// decisive puts first what says no, then what is for a person. When that is
// several, they are one ground: the meaning of one must not hide the others.
func decisive(list []ticket.Ground) []ticket.Ground {
	rank := map[ticket.Outcome]int{ticket.No: -2, ticket.Unclear: -1}
	slices.SortStableFunc(list, func(a, b ticket.Ground) int { return rank[a.Outcome] - rank[b.Outcome] })
	if len(list) < 2 || list[1].Outcome != ticket.Unclear || list[0].Outcome != ticket.Unclear {
		return list
	}
	var keys, names []string
	for _, g := range list {
		if g.Outcome == ticket.Unclear {
			keys, names = append(keys, g.Key), append(names, g.Name)
		}
	}
	both := ticket.Ground{Key: line(strings.Join(keys, "+")), Name: line(strings.Join(names, ", ")), Outcome: ticket.Unclear}
	return slices.Insert(list, 0, both)
}

// left is the ground that work of an order was left out: it has ended, but not
// all that belongs to it was done. Its key names their states, so that an
// admin can say that it is no matter.
func (p *Provider) left(parts []row) (ticket.Ground, bool) {
	var numbers, names []string
	for _, t := range parts {
		if p.stateOf(t).Outcome != ticket.Yes && !slices.Contains(numbers, t.get("state")) {
			numbers, names = append(numbers, t.get("state")), append(names, t.label("state"))
		}
	}
	return leftGround(numbers, names), len(numbers) > 0
}

func leftGround(numbers, names []string) ticket.Ground {
	numbers, names = slices.Sorted(slices.Values(numbers)), slices.Sorted(slices.Values(names))
	return ticket.Ground{
		Key:     line("tasks:" + strings.Join(numbers, ",")),
		Name:    line("Catalog tasks: " + strings.Join(names, ", ")),
		Outcome: ticket.Unclear,
	}
}

// closeCode is the ground an incident's resolution code is.
func (p *Provider) closeCode(r row) (ticket.Ground, bool) {
	code := r.get(closeCodeField)
	if r.get("sys_class_name") != incident || code == "" {
		return ticket.Ground{}, false
	}
	return p.codeGround(code, r.label(closeCodeField)), true
}

func (p *Provider) codeGround(code, name string) ticket.Ground {
	said, known := closeCodes[strings.ToLower(strings.TrimSpace(code))]
	switch {
	case known:
	case code == p.doneCode:
		said = ticket.Yes
	default:
		said = ticket.Unclear
	}
	return ticket.Ground{Key: line("incident.close_code:" + code), Name: line(name), Outcome: said}
}

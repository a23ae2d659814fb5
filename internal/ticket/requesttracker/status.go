package requesttracker

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"admit/internal/access"
	"admit/internal/ticket"
)

// meanings is what statuses say of a ticket, unless an admin says otherwise.
type meanings map[string]ticket.Outcome

// doneStatus and declinedStatus are what Complete and Close set, if the settings
// name no others.
const (
	doneStatus     = "resolved"
	declinedStatus = "rejected"
)

// newMeanings returns those of the lifecycle that Request Tracker comes with,
// with what the settings say, and what is wrong with that. Those of an earlier
// version listed statuses.
func newMeanings(settings map[string]string, done, declined string) (meanings, access.Problems) {
	m := meanings{"new": ticket.Open, "open": ticket.Open, "stalled": ticket.Open, "resolved": ticket.Yes, "rejected": ticket.No}
	for field, outcome := range map[string]ticket.Outcome{
		"open_statuses": ticket.Open, "done_statuses": ticket.Yes, "declined_statuses": ticket.No,
	} {
		for _, status := range statuses(settings[field]) {
			m[status] = outcome
		}
	}
	m["deleted"] = ticket.Deleted
	var wrong access.Problems
	if known, ok := m[done]; ok && known != ticket.Yes {
		wrong.Add("settings.done_status", "must say that the change was made, which %q does not", done)
	}
	m[done] = ticket.Yes
	if known, ok := m[declined]; ok && known != ticket.No {
		wrong.Add("settings.declined_status", "must say that the change was not made, which %q does not", declined)
	}
	m[declined] = ticket.No
	return m, wrong
}

// retired are the settings of an earlier version.
func retired() []string { return []string{"done_statuses", "declined_statuses", "open_statuses"} }

// done returns the status that the settings want Complete to set.
func done(settings map[string]string) string {
	return chosen(settings["done_status"], settings["done_statuses"], doneStatus)
}

// declined returns the status that the settings want Close to set.
func declined(settings map[string]string) string {
	return chosen(settings["declined_status"], settings["declined_statuses"], declinedStatus)
}

// chosen returns a status that was chosen: now, the first of the list of an
// earlier version, or the usual one.
func chosen(now, before, usual string) string {
	return cmp.Or(strings.ToLower(now), append(statuses(before), usual)[0])
}

// statuses reads a list. Request Tracker keeps statuses in lower case.
func statuses(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ground reads a status. REST 2.0 does not say which statuses of a lifecycle
// mean that a ticket is over; but Request Tracker notes the time when one does.
// The note stays when the ticket is opened again: then, too, a person must look.
func (m meanings) ground(status string, over bool) ticket.Ground {
	status = line(strings.ToLower(status))
	outcome, known := m[status]
	switch {
	case known:
	case over:
		outcome = ticket.Unclear
	default:
		outcome = ticket.Open
	}
	return ticket.Ground{Key: "status:" + status, Name: status, Outcome: outcome}
}

// mostMoves is how many tickets Statuses asks for the statuses they can go to.
const mostMoves = 10

// Statuses implements ticket.Lister. REST 2.0 does not list the statuses of a
// lifecycle: these are the usual ones, those of the tickets of the queue that
// changed last, and those that such tickets can go to.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	sql := "id > 0"
	if project != "" {
		if !isID(project) {
			return nil, ticket.Refusal("the queue is not valid: choose one of the list")
		}
		sql = "Queue = " + project
	}
	seen, err := p.seenStatuses(ctx, sql)
	if err != nil {
		return nil, err
	}
	grounds := map[string]ticket.Ground{}
	for status := range p.means {
		grounds[status] = p.means.ground(status, false)
	}
	for status, over := range seen {
		grounds[status] = p.means.ground(status, over)
	}
	delete(grounds, "deleted") // nobody may say that this means something else
	order := []ticket.Outcome{ticket.Open, ticket.Yes, ticket.No, ticket.Unclear}
	return slices.SortedFunc(maps.Values(grounds), func(a, b ticket.Ground) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Outcome), slices.Index(order, b.Outcome)), strings.Compare(a.Name, b.Name))
	}), nil
}

// seenStatuses returns statuses of tickets, and whether a ticket was over in
// one. What can only be gone to may be such.
func (p *Provider) seenStatuses(ctx context.Context, sql string) (map[string]bool, error) {
	found, _, err := p.http.tickets(ctx, search{sql: sql, order: []string{"LastUpdated"}, desc: true, most: batch, fields: "Status,Resolved"})
	if err != nil {
		return nil, err
	}
	over, examples := map[string]bool{}, map[string]id{}
	for _, w := range found.Items {
		status := line(strings.ToLower(w.Status))
		if status != "" && w.ID != "" {
			over[status] = over[status] || !w.Resolved.IsZero()
			examples[status] = w.ID
		}
	}
	for _, status := range slices.Sorted(maps.Keys(examples))[:min(len(examples), mostMoves)] {
		w, err := p.http.one(ctx, string(examples[status]))
		if err != nil {
			return nil, err
		}
		for _, next := range w.moves() {
			if _, met := over[next]; !met {
				over[next] = true
			}
		}
	}
	return over, nil
}

// moves returns the statuses a ticket can go to.
func (w wireTicket) moves() []string {
	var next []string
	for _, l := range w.Links {
		if to := line(strings.ToLower(l.To)); l.Ref == "lifecycle" && to != "" && to != "*" {
			next = append(next, to)
		}
	}
	return next
}

package servicenow

import (
	"context"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Statuses implements ticket.Lister. Where the choice lists may not be read, it
// lists what is delivered.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	tables := []string{incident, catalogTask, order}
	item, isOrder := strings.CutPrefix(project, catalogPrefix)
	switch {
	case isOrder && isID(item):
		tables = []string{order, catalogTask}
	case offered[project] != nil:
		tables = []string{project}
	case project != "":
		return nil, ticket.Refusal(noWay)
	}
	lists, err := p.choices(ctx, tables, []string{"state", "close_code"})
	if err != nil {
		return nil, err
	}
	var grounds []ticket.Ground
	for _, table := range tables {
		if isOrder && table == catalogTask {
			continue // they count through their order
		}
		grounds = append(grounds, p.stateGrounds(table, lists[table+".state"])...)
		if table != incident {
			continue
		}
		for _, o := range lists[table+".close_code"] {
			grounds = append(grounds, p.codeGround(o.ID, o.Name))
		}
	}
	grounds = append(grounds, ticket.Ground{Key: "approval:" + rejected, Name: "Approval: rejected", Outcome: ticket.No})
	if slices.Contains(tables, order) {
		grounds = append(grounds, p.orderGrounds(lists[catalogTask+".state"])...)
	}
	return grounds, nil
}

// stateGrounds are the states of a table. One that is not delivered ends a ticket
// only if ServiceNow then says that it is not active: until it is seen, it is
// listed as what it would read as then.
func (p *Provider) stateGrounds(table string, list []ticket.Option) []ticket.Ground {
	if len(list) == 0 {
		list = delivered(table)
	}
	var grounds []ticket.Ground
	for _, o := range list {
		g := ticket.Ground{Key: stateKey(table, o.ID), Name: o.Name, Outcome: p.meaning(table, o.ID)}
		if g.Outcome == "" {
			g.Outcome = ticket.Unclear
		}
		grounds = append(grounds, g)
	}
	return grounds
}

// orderGrounds are what else decides about an order.
func (p *Provider) orderGrounds(list []ticket.Option) []ticket.Ground {
	var grounds []ticket.Ground
	for state, outcome := range requestStates {
		grounds = append(grounds, ticket.Ground{Key: "sc_request.request_state:" + state, Name: "Request: " + strings.ReplaceAll(state, "_", " "), Outcome: outcome})
	}
	slices.SortFunc(grounds, func(a, b ticket.Ground) int { return strings.Compare(a.Key, b.Key) })
	if len(list) == 0 {
		list = delivered(catalogTask)
	}
	var numbers, names []string
	for _, o := range list {
		if said := p.meaning(catalogTask, o.ID); said != ticket.Yes && said != ticket.Open {
			grounds = append(grounds, leftGround([]string{o.ID}, []string{o.Name}))
			numbers, names = append(numbers, o.ID), append(names, o.Name)
		}
	}
	if len(numbers) > 1 && len(numbers) < 4 {
		grounds = append(grounds, leftGround(numbers, names))
	}
	return grounds
}

// stateNames are the labels that are delivered.
var stateNames = map[string][]ticket.Option{
	incident: {
		{ID: "1", Name: "New"},
		{ID: "2", Name: "In Progress"},
		{ID: "3", Name: "On Hold"},
		{ID: "6", Name: "Resolved"},
		{ID: "7", Name: "Closed"},
		{ID: "8", Name: "Canceled"},
	},
	catalogTask: {
		{ID: "-5", Name: "Pending"},
		{ID: "1", Name: "Open"},
		{ID: "2", Name: "Work in Progress"},
		{ID: "3", Name: "Closed Complete"},
		{ID: "4", Name: "Closed Incomplete"},
		{ID: "7", Name: "Closed Skipped"},
	},
}

func delivered(table string) []ticket.Option {
	if table == incident {
		return stateNames[incident]
	}
	return stateNames[catalogTask]
}

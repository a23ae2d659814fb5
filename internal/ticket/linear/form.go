package linear

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

// The ids of what an issue can be given.
const (
	fieldPriority = "priority"
	fieldLabels   = "labels"
	fieldDue      = "dueDate"
	fieldProject  = "project"
	fieldEstimate = "estimate"
)

// formField is how a field is sent, and how it is seen whether it was kept.
type formField struct {
	name string
	put  func(input map[string]any, text string) bool // false: it cannot be a value
	kept func(w wireIssue, text string) bool
}

var formFields = map[string]formField{
	fieldPriority: {"Priority", putPriority, func(w wireIssue, text string) bool {
		return strconv.FormatFloat(w.Priority, 'f', -1, 64) == text
	}},
	fieldLabels: {"Labels", putLabels, func(w wireIssue, text string) bool {
		return !slices.ContainsFunc(lines(text), func(id string) bool { return !slices.Contains(w.LabelIDs, id) })
	}},
	fieldDue: {"Due date", putDue, func(w wireIssue, text string) bool { return w.DueDate == text }},
	fieldProject: {"Project", func(input map[string]any, text string) bool {
		input["projectId"] = text
		return ticket.IsUUID(text)
	}, func(w wireIssue, text string) bool { return w.Project.ID == text }},
	fieldEstimate: {"Estimate", putEstimate, func(w wireIssue, text string) bool {
		n, err := strconv.ParseFloat(text, 64)
		return err == nil && w.Estimate != nil && *w.Estimate == n
	}},
}

func putPriority(input map[string]any, text string) bool {
	n, err := strconv.Atoi(text)
	input["priority"] = n
	return err == nil && slices.ContainsFunc(priorities, func(o ticket.Option) bool { return o.ID == text })
}

func putLabels(input map[string]any, text string) bool {
	ids := lines(text)
	input["labelIds"] = ids
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return !ticket.IsUUID(id) })
}

func putDue(input map[string]any, text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	input["dueDate"] = text
	return err == nil
}

func putEstimate(input map[string]any, text string) bool {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1000 || n != float64(int(n)) {
		return false
	}
	input["estimate"] = int(n)
	return true
}

// lines returns the values of a field that has several.
func lines(text string) []string {
	var list []string
	for value := range strings.SplitSeq(text, "\n") {
		if value = strings.TrimSpace(value); value != "" {
			list = appendNew(list, value)
		}
	}
	return list
}

// dropped names what a Draft asked for and the issue does not have.
func dropped(d ticket.Draft, w wireIssue) []string {
	var names []string
	for _, id := range slices.Sorted(maps.Keys(d.Fields)) {
		f, known := formFields[id]
		if known && d.Fields[id] != "" && !f.kept(w, d.Fields[id]) {
			names = append(names, f.name)
		}
	}
	if d.Assignee.ID != "" && w.Assignee.ID != d.Assignee.ID {
		names = append(names, ticket.AssigneeField)
	}
	return names
}

var priorities = []ticket.Option{{ID: "0", Name: "No priority"}, {ID: "1", Name: "Urgent"}, {ID: "2", Name: "High"}, {ID: "3", Name: "Medium"}, {ID: "4", Name: "Low"}}

// Types implements ticket.Former. Issues have no types.
func (p *Provider) Types(context.Context, string) ([]ticket.Type, error) { return nil, nil }

// Form implements ticket.Former. Linear requires none of it.
func (p *Provider) Form(ctx context.Context, project, _ string) ([]ticket.FormField, error) {
	team, err := p.team(ctx, project)
	if err != nil {
		return nil, err
	}
	labels, err := all[labelsAnswer](ctx, p.http, queryLabels, map[string]any{"team": project})
	if err != nil {
		return nil, err
	}
	projects, err := all[projectsAnswer](ctx, p.http, queryProjects, map[string]any{"team": project})
	if err != nil {
		return nil, err
	}
	form := []ticket.FormField{
		{ID: fieldPriority, Name: "Priority", Entry: ticket.Choice, Options: priorities},
		{ID: fieldDue, Name: "Due date", Entry: ticket.Date},
	}
	if options := labelOptions(labels); len(options) > 0 {
		form = append(form, ticket.FormField{
			ID: fieldLabels, Name: "Labels", Entry: ticket.Choices, Options: options,
			Help: "Of a group of labels an issue can have only one.",
		})
	}
	if options := projectOptions(projects); len(options) > 0 {
		form = append(form, ticket.FormField{ID: fieldProject, Name: "Project", Entry: ticket.Choice, Options: options})
	}
	if team.Estimation != "" && team.Estimation != "notUsed" {
		form = append(form, ticket.FormField{
			ID: fieldEstimate, Name: "Estimate", Entry: ticket.Number,
			Help: "A whole number of the team's scale, which is: " + line(team.Estimation) + ".",
		})
	}
	return form, nil
}

func (p *Provider) team(ctx context.Context, id string) (wireTeam, error) {
	if !ticket.IsUUID(id) {
		return wireTeam{}, ticket.Refusal("the team is not valid: choose one of the list")
	}
	got, _, err := ask[teamsAnswer](ctx, p.http, queryTeam, map[string]any{"ids": []string{id}})
	if err != nil {
		return wireTeam{}, err
	}
	if len(got.Teams.Nodes) == 0 || got.Teams.Nodes[0].ID != id {
		return wireTeam{}, ticket.Refusal(noTeam)
	}
	return got.Teams.Nodes[0], nil
}

func labelOptions(labels []wireLabel) []ticket.Option {
	var options []ticket.Option
	for _, l := range labels {
		if !ticket.IsUUID(l.ID) || !l.RetiredAt.IsZero() {
			continue
		}
		name := line(l.Name)
		if l.Parent.Name != "" {
			name = line(l.Parent.Name) + " / " + name
		}
		options = append(options, ticket.Option{ID: l.ID, Name: name})
	}
	slices.SortFunc(options, ticket.ByName[ticket.Option])
	return options
}

// projectOptions leaves out the projects that are over.
func projectOptions(projects []wireProject) []ticket.Option {
	var options []ticket.Option
	for _, p := range projects {
		if ticket.IsUUID(p.ID) && p.Status.Type != "completed" && p.Status.Type != "canceled" {
			options = append(options, ticket.Option{ID: p.ID, Name: line(p.Name)})
		}
	}
	slices.SortFunc(options, ticket.ByName[ticket.Option])
	return options
}

// Statuses implements ticket.Lister: the states, and below them the types, each
// of which stands for all the states of it that nothing is said of.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	var filter any
	if project != "" {
		if !ticket.IsUUID(project) {
			return nil, ticket.Refusal("the team is not valid: choose one of the list")
		}
		filter = map[string]any{"team": map[string]any{"id": map[string]any{"eq": project}}}
	}
	states, err := all[statesAnswer](ctx, p.http, queryStates, map[string]any{"filter": filter})
	if err != nil {
		return nil, err
	}
	var named, types []ticket.Ground
	for _, s := range states {
		if !ticket.IsUUID(s.ID) {
			continue
		}
		g := ticket.Ground{Key: stateKey(s), Name: line(s.Name), Outcome: cmp.Or(meanings[s.Type], ticket.Unclear)}
		if project == "" {
			g.Name += " (" + line(s.Team.Key) + ")"
		}
		named, types = appendNew(named, g), appendNew(types, typeOf(s))
	}
	return slices.Concat(named, types), nil
}

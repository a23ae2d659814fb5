package gitlab

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// The fields of an issue that can be filled in.
const (
	fieldLabels       = "labels"
	fieldDueDate      = "due_date"
	fieldMilestone    = "milestone"
	fieldConfidential = "confidential"
	fieldWeight       = "weight"
	fieldSeverity     = "severity"
)

// Their names.
const (
	nameLabels       = "Labels"
	nameDueDate      = "Due date"
	nameMilestone    = "Milestone"
	nameConfidential = "Confidential"
	nameWeight       = "Weight"
	nameSeverity     = "Severity"
)

const typeIncident = "incident"

// Types implements ticket.Former. GitLab has the same types in every project.
func (p *Provider) Types(ctx context.Context, project string) ([]ticket.Type, error) {
	if err := p.exists(ctx, project); err != nil {
		return nil, err
	}
	return []ticket.Type{{ID: typeIncident, Name: "Incident"}, {ID: "issue", Name: "Issue"}, {ID: "task", Name: "Task"}}, nil
}

// exists returns why a project cannot be filed in at all.
func (p *Provider) exists(ctx context.Context, project string) error {
	n := ticket.ParseID(project)
	if n == 0 {
		return ticket.Refusal("the project is not valid")
	}
	_, _, err := do[wireProject](ctx, p.http, ticket.Call{Path: projectPath(n)})
	return err
}

// Form implements ticket.Former. GitLab requires nothing but a title.
func (p *Provider) Form(ctx context.Context, project, typ string) ([]ticket.FormField, error) {
	n := ticket.ParseID(project)
	if n == 0 {
		return nil, ticket.Refusal("the project is not valid")
	}
	labels, err := p.labels(ctx, n)
	if err != nil {
		return nil, err
	}
	milestones, err := every[wireMilestone](ctx, p.http, projectPath(n)+"/milestones", url.Values{"state": {"active"}, "include_ancestors": {"true"}})
	if err != nil {
		return nil, err
	}
	fields := []ticket.FormField{
		{ID: fieldLabels, Name: nameLabels, Entry: ticket.Choices, Options: labelOptions(labels), Help: "Beside the label " + label + ", which every ticket gets."},
		{ID: fieldDueDate, Name: nameDueDate, Entry: ticket.Date},
		{ID: fieldConfidential, Name: nameConfidential, Entry: ticket.Flag, Help: "Only members of the project from Planner up, its author and its assignees see it. Good advice where others can see the project."},
	}
	if len(milestones) > 0 {
		fields = append(fields, ticket.FormField{ID: fieldMilestone, Name: nameMilestone, Entry: ticket.Choice, Options: milestoneOptions(milestones)})
	}
	weights, err := p.hasWeights(ctx, n)
	if err != nil {
		return nil, err
	}
	if weights {
		fields = append(fields, ticket.FormField{ID: fieldWeight, Name: nameWeight, Entry: ticket.Number})
	}
	if typ == typeIncident {
		fields = append(fields, ticket.FormField{ID: fieldSeverity, Name: nameSeverity, Entry: ticket.Choice, Options: severities()})
	}
	return fields, nil
}

func (p *Provider) labels(ctx context.Context, project int64) ([]wireLabel, error) {
	return every[wireLabel](ctx, p.http, projectPath(project)+"/labels", url.Values{"include_ancestor_groups": {"true"}})
}

// hasWeights looks at an issue: one has a weight, be it none, only where the
// license has weights.
func (p *Provider) hasWeights(ctx context.Context, project int64) (bool, error) {
	query := url.Values{"scope": {"all"}, "per_page": {"1"}}
	found, _, err := list[wireIssue](ctx, p.http, projectPath(project)+"/issues", query)
	return err == nil && len(found.Items) > 0 && found.Items[0].Weight != nil, err
}

// labelOptions offers the labels that can be asked for: GitLab takes their names.
func labelOptions(labels []wireLabel) []ticket.Option {
	var options []ticket.Option
	for _, l := range labels {
		if ticket.OneLine(l.Name) == l.Name && l.Name != "" && !strings.Contains(l.Name, ",") && !strings.EqualFold(l.Name, label) {
			options = append(options, ticket.Option{ID: l.Name, Name: line(l.Name)})
		}
	}
	return options
}

func milestoneOptions(milestones []wireMilestone) []ticket.Option {
	var options []ticket.Option
	for _, m := range milestones {
		if m.ID > 0 {
			options = append(options, ticket.Option{ID: decimal(m.ID), Name: line(m.Title)})
		}
	}
	return options
}

func severities() []ticket.Option {
	return []ticket.Option{
		{ID: "critical", Name: "Critical - S1"},
		{ID: "high", Name: "High - S2"},
		{ID: "medium", Name: "Medium - S3"},
		{ID: "low", Name: "Low - S4"},
		{ID: "unknown", Name: "Unknown"},
	}
}

// draftOf writes a ticket as GitLab takes it, or says which field cannot be.
func draftOf(d ticket.Draft) (wireDraft, error) {
	w := wireDraft{
		Title: ticket.Title(d.Title, maxTitle), Description: text(d.Body), Type: d.Type, Labels: label,
		DueDate: d.Fields[fieldDueDate], Severity: d.Fields[fieldSeverity],
	}
	var wrong []string
	if id := ticket.ParseID(d.Assignee.ID); id > 0 {
		w.AssigneeIDs = []int64{id}
	} else if d.Assignee.ID != "" {
		wrong = append(wrong, ticket.AssigneeField)
	}
	for id, value := range d.Fields {
		if value != "" && !w.take(id, value) {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return w, ticket.Refusal("these fields of the issue are not valid: "+strings.Join(wrong, ", "), wrong...)
	}
	return w, nil
}

// take fills in a field, and reports whether the value can be one of it.
func (w *wireDraft) take(id, value string) bool {
	switch id {
	case fieldDueDate, fieldSeverity:
	case fieldLabels:
		if strings.Contains(value, ",") {
			return false
		}
		w.Labels += "," + strings.ReplaceAll(value, "\n", ",")
	case fieldMilestone:
		w.MilestoneID = ticket.ParseID(value)
		return w.MilestoneID > 0
	case fieldConfidential:
		secret := value == "true"
		w.Secret = &secret
		return secret || value == "false"
	case fieldWeight:
		weight, err := strconv.ParseFloat(value, 64)
		w.Weight = &weight
		return err == nil && weight == float64(int32(weight))
	default:
		return false
	}
	return true
}

// dropped names what GitLab did not keep: it leaves out without a word what the
// account may not set, what is not valid and what the license does not have.
func dropped(asked wireDraft, w wireIssue) []string {
	var names []string
	missing := func(name string, is bool) {
		if is {
			names = append(names, name)
		}
	}
	missing("Type", asked.Type != "" && asked.Type != w.Type)
	unlabeled := func(name string) bool {
		return !slices.ContainsFunc(w.Labels, func(stored string) bool { return strings.EqualFold(stored, name) })
	}
	missing(nameLabels, slices.ContainsFunc(strings.Split(asked.Labels, ","), unlabeled))
	missing(nameDueDate, asked.DueDate != "" && asked.DueDate != w.DueDate)
	missing(nameConfidential, asked.Secret != nil && *asked.Secret != w.Secret)
	missing(nameMilestone, asked.MilestoneID != 0 && asked.MilestoneID != w.Milestone.ID)
	missing(nameSeverity, asked.Severity != "" && !strings.EqualFold(asked.Severity, w.Severity))
	missing(nameWeight, asked.Weight != nil && !isWeight(w.Weight, *asked.Weight))
	kept := func(id int64) bool {
		return slices.ContainsFunc(w.Assignees, func(u wireUser) bool { return u.ID == id })
	}
	missing(ticket.AssigneeField, len(asked.AssigneeIDs) > 0 && !kept(asked.AssigneeIDs[0]))
	return names
}

func isWeight(stored json.RawMessage, asked float64) bool {
	var weight *float64
	return json.Unmarshal(stored, &weight) == nil && weight != nil && *weight == asked
}

// Statuses implements ticket.Lister: the states, and the labels of a project. Of
// all projects it lists the labels on the tickets that changed last.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	var names []string
	if project == "" {
		query := mine()
		query.Set("order_by", "updated_at")
		found, _, err := list[wireIssue](ctx, p.http, "/issues", query)
		if err != nil {
			return nil, err
		}
		for _, w := range found.Items {
			names = append(names, w.Labels...)
		}
	} else {
		if err := p.exists(ctx, project); err != nil {
			return nil, err
		}
		labels, err := p.labels(ctx, ticket.ParseID(project))
		if err != nil {
			return nil, err
		}
		for _, l := range labels {
			names = append(names, l.Name)
		}
	}
	// Close may make a label that is not there yet.
	names = append(names, p.declined[0])
	return append([]ticket.Ground{opened(), closed(), duplicate(), moved()}, p.labelGrounds(names)...), nil
}

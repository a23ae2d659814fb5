package github

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// The fields of a form.
const (
	labelsField    = "labels"
	labelsName     = "Labels"
	milestoneField = "milestone"
	milestoneName  = "Milestone"
)

// Types implements ticket.Former. A repository of a person has none, and an
// older server does not know them. GitHub takes a type by its name.
func (p *Provider) Types(ctx context.Context, project string) ([]ticket.Type, error) {
	r, err := p.repository(ctx, project)
	if err != nil {
		return nil, err
	}
	found, answer, err := call[[]*wireType](ctx, p, ticket.Call{Path: r.path() + "/issue-types"})
	if answer.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var types []ticket.Type
	for _, t := range found {
		if t != nil && line(t.Name) != "" && (t.Enabled == nil || *t.Enabled) {
			types = append(types, ticket.Type{ID: t.Name, Name: line(t.Name)})
		}
	}
	slices.SortFunc(types, ticket.ByName)
	return types, nil
}

// Form implements ticket.Former. GitHub requires nothing but a title.
func (p *Provider) Form(ctx context.Context, project, _ string) ([]ticket.FormField, error) {
	labels, err := p.options(ctx, labelsDocument, project)
	if err != nil {
		return nil, err
	}
	milestones, err := p.options(ctx, milestonesDocument, project)
	if err != nil {
		return nil, err
	}
	fields := []ticket.FormField{
		{ID: labelsField, Name: labelsName, Entry: ticket.Choices, Options: labels},
		{ID: milestoneField, Name: milestoneName, Entry: ticket.Choice, Options: milestones},
	}
	return slices.DeleteFunc(fields, func(f ticket.FormField) bool { return len(f.Options) == 0 }), nil
}

// Statuses implements ticket.Lister: the reasons for which an issue is closed,
// and the labels of the repository, which may say more.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	all := []ticket.Ground{openGround()}
	for _, r := range reasons {
		all = append(all, r.ground)
	}
	if project == "" {
		return all, nil
	}
	labels, err := p.options(ctx, labelsDocument, project)
	if err != nil {
		return nil, err
	}
	for _, l := range labels {
		all = append(all, labelGround(l.Name))
	}
	return all, nil
}

// options lists what a field of a repository offers.
func (p *Provider) options(ctx context.Context, document, project string) ([]ticket.Option, error) {
	if !isNodeID(project) {
		return nil, ticket.Refusal("GitHub: " + noRepository)
	}
	type answer struct {
		Node struct {
			Page *nodeList[*wirePart] `json:"page"`
		} `json:"node"`
	}
	var options []ticket.Option
	err := p.pages(func(variables map[string]any) (pageInfo, error) {
		variables["id"] = project
		found, _, _, err := query[answer](ctx, p, document, variables, ticket.Reads)
		if err != nil {
			return pageInfo{}, err
		}
		if found.Node.Page == nil {
			return pageInfo{}, p.graph.Malformed(ticket.Reads, errors.New("no list of choices"))
		}
		for _, n := range found.Node.Page.Nodes {
			if n != nil && isNodeID(n.ID) {
				options = append(options, ticket.Option{ID: n.ID, Name: line(cmp.Or(n.Name, n.Title))})
			}
		}
		return found.Node.Page.PageInfo, nil
	})
	return options, err
}

// repository looks one up.
func (p *Provider) repository(ctx context.Context, project string) (wirePart, error) {
	if !isNodeID(project) {
		return wirePart{}, ticket.Refusal("GitHub: " + noRepository)
	}
	found, err := p.nodes(ctx, []string{project})
	if err != nil {
		return wirePart{}, err
	}
	r := found[project]
	if !r.isThere() {
		return wirePart{}, ticket.Refusal("GitHub: " + noRepository)
	}
	return r, nil
}

// chosen reads what was chosen in a form.
func chosen(fields map[string]string) (labels []string, milestone string, err error) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := strings.TrimSpace(fields[name])
		switch {
		case value == "":
		case name == labelsField:
			labels = strings.Fields(value)
			if len(labels) > batch-3 || !all(labels, isNodeID) {
				return nil, "", ticket.Refusal("GitHub: the labels are not some of the repository's", labelsField)
			}
			slices.Sort(labels)
			labels = slices.Compact(labels)
		case name == milestoneField:
			if !isNodeID(value) {
				return nil, "", ticket.Refusal("GitHub: the milestone is not one of the repository's", milestoneField)
			}
			milestone = value
		default:
			return nil, "", ticket.Refusal("GitHub: there is no field "+line(name), name)
		}
	}
	return labels, milestone, nil
}

func all(list []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !holds(s) })
}

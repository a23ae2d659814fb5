package shortcut

import (
	"context"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

// What a story can be given besides title, text and owner. Custom fields are
// named by customFields and their id.
const (
	labelsField   = "labels"
	deadlineField = "deadline"
	estimateField = "estimate"
	stateField    = "state"
	customFields  = "custom:"
)

const (
	labelsName   = "Labels"
	deadlineName = "Due date"
	estimateName = "Estimate"
	stateName    = "State"
)

// types are the types of stories. Shortcut has no others.
var types = []ticket.Type{{ID: "bug", Name: "Bug"}, {ID: "chore", Name: "Chore"}, {ID: "feature", Name: "Feature"}}

// noon is the time of a due date: the same day in most time zones.
const noon = "T12:00:00Z"

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Types implements ticket.Former.
func (p *Provider) Types(context.Context, string) ([]ticket.Type, error) {
	return slices.Clone(types), nil
}

// wireField is a custom field. All are lists of values to choose from.
type wireField struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	About   string   `json:"description"`
	Enabled bool     `json:"enabled"`
	Types   []string `json:"story_types"` // it is for; none: all
	Values  []struct {
		ID      string `json:"id"`
		Value   string `json:"value"`
		Enabled bool   `json:"enabled"`
	} `json:"values"`
}

// Form implements ticket.Former. Shortcut requires nothing but a state, which
// has a default. The requester is the account Admit works with.
func (p *Provider) Form(ctx context.Context, project, typ string) ([]ticket.FormField, error) {
	team, err := p.http.group(ctx, project)
	if err != nil {
		return nil, err
	}
	all, err := p.http.workflows(ctx)
	if err != nil {
		return nil, err
	}
	custom, _, err := v3[[]wireField](ctx, p.http, ticket.Call{Path: "/custom-fields"})
	if err != nil {
		return nil, err
	}
	form := []ticket.FormField{
		{ID: labelsField, Name: labelsName, Entry: ticket.Tags, Help: "Labels that are not there yet are made. Each ticket has the label " + ours + " besides."},
		{ID: deadlineField, Name: deadlineName, Entry: ticket.Date},
		{ID: estimateField, Name: estimateName, Entry: ticket.Number, Help: "Whole points, as the workspace counts them."},
	}
	if states := beginnings(all, team); len(states) > 0 {
		form = append(form, ticket.FormField{
			ID: stateField, Name: stateName, Entry: ticket.Choice, Options: states,
			Help: "Where the story begins. Without it, in the default state of the workflow.",
		})
	}
	for _, f := range custom {
		if field, ok := f.field(typ); ok {
			form = append(form, field)
		}
	}
	return form, nil
}

// beginnings are the states a new story can be in without looking begun.
func beginnings(all workflows, team wireGroup) []ticket.Option {
	flow, _ := all.of(team)
	var options []ticket.Option
	for _, s := range flow.States {
		if s.waits() {
			options = append(options, ticket.Option{ID: s.id(), Name: name(s.Name, s.id())})
		}
	}
	return options
}

// field offers a custom field for a type of story, if it is for that.
func (f wireField) field(typ string) (ticket.FormField, bool) {
	if typ == "" {
		typ = "feature"
	}
	if !f.Enabled || !ticket.IsUUID(f.ID) || len(f.Types) > 0 && !slices.Contains(f.Types, typ) {
		return ticket.FormField{}, false
	}
	field := ticket.FormField{ID: customFields + f.ID, Name: name(f.Name, f.ID), Help: line(f.About), Entry: ticket.Choice}
	for _, v := range f.Values {
		if v.Enabled && ticket.IsUUID(v.ID) {
			field.Options = append(field.Options, ticket.Option{ID: v.ID, Name: name(v.Value, v.ID)})
		}
	}
	return field, len(field.Options) > 0
}

// titles replaces the ids of custom fields by what people call them. The story
// is there already: where Shortcut does not tell, the ids must do.
func (p *Provider) titles(ctx context.Context, names []string) []string {
	if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, customFields) }) {
		return names
	}
	custom, _, err := v3[[]wireField](ctx, p.http, ticket.Call{Path: "/custom-fields"})
	if err != nil {
		return names
	}
	for i, n := range names {
		for _, f := range custom {
			if n == customFields+f.ID {
				names[i] = name(f.Name, f.ID)
			}
		}
	}
	return names
}

package shortcut

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// draft is a new story as Shortcut takes it.
type draft struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Type        string       `json:"story_type,omitempty"`
	Group       string       `json:"group_id"`
	State       int64        `json:"workflow_state_id"`
	ExternalID  string       `json:"external_id"`
	Labels      []wireLabel  `json:"labels"`
	OwnerIDs    []string     `json:"owner_ids,omitempty"`
	Deadline    string       `json:"deadline,omitempty"`
	Estimate    *int64       `json:"estimate,omitempty"`
	Custom      []wireCustom `json:"custom_fields,omitempty"`
}

// Create implements ticket.Filer. The team and its workflow are read first: a
// story needs a state. The answer is the story as it is stored, so nothing
// follows it.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	filled, err := p.fill(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	team, err := p.http.group(ctx, d.Project)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	states, err := p.http.workflows(ctx)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	if err := filled.place(states, team, d.Fields[stateField]); err != nil {
		return ticket.Snapshot{}, err
	}
	made, _, err := v3[wireStory](ctx, p.http, ticket.Call{Path: "/stories", Body: filled, Effect: ticket.Writes})
	if err != nil {
		return ticket.Snapshot{}, customNamed(err, filled)
	}
	if err := made.sane(""); err != nil {
		return p.reference(made), p.http.Malformed(ticket.Writes, err)
	}
	snap := p.snapshot(made.first(d.Assignee.ID).story(states, []ticket.Account{d.Assignee}))
	if made.ExternalID != d.Key {
		return snap, p.http.Malformed(ticket.Writes, errors.New("the new story has another external id"))
	}
	snap.Dropped = p.titles(ctx, filled.dropped(d, made))
	return snap, nil
}

// reference is what is known of a story whose answer lacks something.
func (p *Provider) reference(w wireStory) ticket.Snapshot {
	if w.ID <= 0 {
		return ticket.Snapshot{}
	}
	return ticket.Snapshot{ID: w.id(), Identifier: "sc-" + w.id(), URL: ticket.Link(w.URL), Project: w.Group, Outcome: ticket.Open}
}

// first puts an owner before the others, who may come from a rule of the team.
func (w wireStory) first(owner string) wireStory {
	if i := slices.Index(w.OwnerIDs, owner); i > 0 {
		w.OwnerIDs = slices.Concat([]string{owner}, slices.Delete(slices.Clone(w.OwnerIDs), i, i+1))
	}
	return w
}

// fill makes a draft of what needs no call.
func (p *Provider) fill(d ticket.Draft) (*draft, error) {
	if !ticket.IsKey(d.Key) || !ticket.IsUUID(d.Project) {
		return nil, ticket.Refusal("the key or the team of the ticket is not valid")
	}
	if d.Type != "" && !slices.ContainsFunc(types, func(t ticket.Type) bool { return t.ID == d.Type }) {
		return nil, ticket.Refusal("a story is a feature, a bug or a chore")
	}
	filled := &draft{
		Name:        ticket.Title(d.Title, maxTitle),
		Description: ticket.Fit(ticket.Printable(d.Body), maxText),
		Type:        d.Type,
		Group:       d.Project,
		ExternalID:  d.Key,
		Labels:      []wireLabel{{ours}},
	}
	if d.Assignee.ID != "" {
		if !ticket.IsUUID(d.Assignee.ID) {
			return nil, ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
		}
		filled.OwnerIDs = []string{d.Assignee.ID}
	}
	return filled, filled.fields(d.Fields)
}

// fields puts in what the form asked for.
func (d *draft) fields(values map[string]string) error {
	var wrong []string
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if values[id] != "" && !d.put(id, values[id]) {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		return ticket.Refusal("Shortcut has no such field, or the value cannot be one of it: "+ticket.Title(strconv.Quote(wrong[0]), maxLine), wrong...)
	}
	return nil
}

// put puts one value in, and reports whether that can be.
func (d *draft) put(id, value string) bool {
	switch id {
	case labelsField:
		for label := range strings.SplitSeq(value, "\n") {
			if label = line(label); label == "" || len([]rune(label)) > maxLabel {
				return false
			}
			if !slices.Contains(d.Labels, wireLabel{label}) {
				d.Labels = append(d.Labels, wireLabel{label})
			}
		}
	case deadlineField:
		if !isDay(value) {
			return false
		}
		d.Deadline = value + noon
	case estimateField:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return false
		}
		d.Estimate = &n
	case stateField:
		return ticket.ParseID(value) != 0 // place looks whether the workflow has it
	default:
		field, custom := strings.CutPrefix(id, customFields)
		if !custom || !ticket.IsUUID(field) || !ticket.IsUUID(value) {
			return false
		}
		d.Custom = append(d.Custom, wireCustom{field, value})
	}
	return true
}

// place finds the state the story begins in.
func (d *draft) place(all workflows, team wireGroup, wanted string) error {
	flow, ok := all.of(team)
	if !ok {
		return ticket.Refusal("the team " + name(team.Name, team.ID) + " has no workflow: give it one in Shortcut")
	}
	if wanted == "" {
		begin, ok := flow.begin()
		if !ok {
			return ticket.Refusal("the workflow " + name(flow.Name, strconv.FormatInt(flow.ID, 10)) + " has no state for what is not begun")
		}
		d.State = begin.ID
		return nil
	}
	for _, s := range flow.States {
		if s.id() == wanted && s.Type != done {
			d.State = s.ID
			return nil
		}
	}
	return ticket.Refusal("the team's workflow has no such state for new stories: choose another", stateField)
}

// customNamed names the custom fields of a refusal that is about them.
func customNamed(err error, d *draft) error {
	f := ticket.FailureOf(err)
	i := slices.Index(f.Fields, customFields)
	if i < 0 {
		return err
	}
	named := *f
	named.Fields = slices.Delete(slices.Clone(f.Fields), i, i+1)
	for _, c := range d.Custom {
		named.Fields = append(named.Fields, customFields+c.Field)
	}
	return &named
}

// dropped names what was asked for and not kept.
func (d *draft) dropped(asked ticket.Draft, w wireStory) []string {
	var names []string
	add := func(kept bool, name string) {
		if !kept {
			names = append(names, name)
		}
	}
	add(w.Group == d.Group, "Team")
	add(d.Type == "" || w.Type == d.Type, "Type")
	add(asked.Assignee.ID == "" || slices.Contains(w.OwnerIDs, asked.Assignee.ID), ticket.AssigneeField)
	add(w.State == d.State, stateName)
	add(!slices.ContainsFunc(d.Labels, func(l wireLabel) bool { return !(story{labels: w.Labels}).has(l.Name) }), labelsName)
	add(d.Deadline == "" || strings.HasPrefix(w.Deadline, asked.Fields[deadlineField]), deadlineName)
	add(d.Estimate == nil || w.Estimate != nil && *w.Estimate == float64(*d.Estimate), estimateName)
	for _, c := range d.Custom {
		add(slices.Contains(w.Custom, c), customFields+c.Field)
	}
	return names
}

package jira

import (
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Create implements ticket.Filer. The issue is read back: what counts is what
// Jira stored. An assignee that it dropped without a word gets a second try in a
// call of its own, which needs no place on a screen.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	switch {
	case !ticket.IsKey(d.Key):
		return ticket.Snapshot{}, ticket.Refusal(noKey)
	case !isID(d.Project):
		return ticket.Snapshot{}, ticket.Refusal(noProject)
	}
	if r, ok := parseRequestType(d.Type); ok {
		return p.createRequest(ctx, d, r)
	}
	typ, err := p.issueType(ctx, d.Project, d.Type)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	entries, err := p.entries(d, func() ([]entry, error) { return p.screen(ctx, d.Project, typ) })
	if err != nil {
		return ticket.Snapshot{}, err
	}
	made, err := p.file(ctx, d, typ, entries)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	return p.settle(ctx, d, made, entries)
}

// filed is the answer to the call that creates an issue.
type filed struct {
	ID  id     `json:"id"`
	Key string `json:"key"`
}

// file creates an issue.
func (p *Provider) file(ctx context.Context, d ticket.Draft, typ string, entries []entry) (filed, error) {
	fields := map[string]any{}
	for _, e := range entries {
		fields[e.ID] = e.sent
	}
	fields["project"] = map[string]string{"id": d.Project}
	fields["issuetype"] = map[string]string{"id": typ}
	fields["summary"] = ticket.Title(d.Title, maxTitle)
	fields["description"] = p.fitted(d.Body)
	fields["labels"] = labels(d)
	if d.Assignee.ID != "" {
		fields["assignee"] = p.user(d.Assignee.ID)
	}
	body := map[string]any{"fields": fields}
	if p.properties {
		body["properties"] = marks(d.Key)
	}
	made, _, err := do[filed](ctx, p.http, ticket.Call{Path: p.api + "/issue", Body: body, Effect: ticket.Writes})
	if err == nil && (made.ID == "" || made.Key == "") {
		err = p.http.Malformed(ticket.Writes, errors.New("the new issue has no id or no key"))
	}
	return made, err
}

// labels are those of a ticket: of all tickets of ours, of this one, and those
// an admin asked for.
func labels(d ticket.Draft) []string {
	list := append([]string{ours, prefix + d.Key}, tags(d.Fields["labels"])...)
	slices.Sort(list[2:])
	return slices.Compact(list)
}

// marks are the properties of a ticket.
func marks(key string) []any {
	return []any{map[string]any{"key": property, "value": map[string]string{"key": key}}}
}

// unread is a new issue that was not read back yet.
func (p *Provider) unread(d ticket.Draft, made filed) ticket.Snapshot {
	return ticket.Snapshot{
		ID: string(made.ID), Identifier: line(made.Key), URL: p.link(made.Key), Project: d.Project,
		Key: d.Key, Title: ticket.Title(d.Title, maxTitle), Outcome: ticket.Open,
	}
}

// settle reads a new issue back and compares it with what was asked for.
func (p *Provider) settle(ctx context.Context, d ticket.Draft, made filed, entries []entry) (ticket.Snapshot, error) {
	s := p.unread(d, made)
	stored, err := p.stored(ctx, s.ID, d.Key, entries)
	if err != nil {
		return s, ambiguous(err)
	}
	if stored.Key != d.Key {
		return stored, &ticket.Failure{
			Certainty: ticket.Ambiguous, Trouble: ticket.Unauthorized,
			Msg: "Jira filed the ticket but dropped its labels: see that no rule of the project takes them away",
		}
	}
	if d.Assignee.ID == "" || stored.Assignee.ID == d.Assignee.ID {
		return stored, nil
	}
	_ = p.assign(ctx, s.ID, d.Assignee.ID) // what came of it is read
	again, err := p.stored(ctx, s.ID, d.Key, entries)
	if err != nil {
		return stored, ambiguous(err)
	}
	return again, nil
}

// stored reads a new issue, with the names of the fields it lacks. Without its
// labels it carries no key: no poll would see it.
func (p *Provider) stored(ctx context.Context, id, key string, entries []entry) (ticket.Snapshot, error) {
	more := []string{"description"}
	for _, e := range entries {
		more = append(more, e.ID)
	}
	w, answer, err := p.one(ctx, id, more...)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	s, err := p.snapshot(w)
	if !isWithin([]string{ours, prefix + key}, w.Fields.Labels, func(label string) string { return label }) {
		s.Key = ""
	}
	if isEmpty(w.Fields.Description) {
		s.Dropped = append(s.Dropped, "Description")
	}
	fields := fieldsIn(answer.Body)
	for _, e := range entries {
		if !e.isIn(fields[e.ID]) {
			s.Dropped = append(s.Dropped, e.Name)
		}
	}
	return s, err
}

// issueType returns the type of an issue to file: the one that was chosen, or the
// usual one.
func (p *Provider) issueType(ctx context.Context, project, chosen string) (string, error) {
	switch {
	case chosen == "":
		return p.usualType(ctx, project)
	case !isID(chosen):
		return "", ticket.Refusal("the type of the ticket is not valid: choose one of the list")
	}
	return chosen, nil
}

// usualType returns the type of a ticket whose type nobody chose.
func (p *Provider) usualType(ctx context.Context, project string) (string, error) {
	types, err := p.issueTypes(ctx, project)
	if err != nil {
		return "", err
	}
	if len(types) == 0 {
		return "", ticket.Refusal("the project has no type of issue that the service account may file")
	}
	for _, t := range types {
		if strings.EqualFold(t.Name, "Task") {
			return t.ID, nil
		}
	}
	return types[0].ID, nil
}

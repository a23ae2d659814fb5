package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// Types implements ticket.Former: the types of issue, and in a service desk the
// types of request too.
func (p *Provider) Types(ctx context.Context, project string) ([]ticket.Type, error) {
	if !isID(project) {
		return nil, ticket.Refusal(noProject)
	}
	found, err := p.project(ctx, project)
	if err != nil {
		return nil, err
	}
	types, err := p.issueTypes(ctx, project)
	if err != nil || !found.isDesk() {
		return types, err
	}
	requests, err := p.requestTypes(ctx, project)
	if f := ticket.FailureOf(err); err != nil && (f.Trouble == ticket.Input || f.Trouble == ticket.Unauthorized) {
		return types, nil // no licence for it, or no place in the desk: issues can be filed all the same
	}
	return append(requests, types...), err
}

// issueTypes lists the types of issue the account may create, by name. A
// sub-task needs a parent, so it is none.
func (p *Provider) issueTypes(ctx context.Context, project string) ([]ticket.Type, error) {
	type wireType struct {
		named

		Subtask bool `json:"subtask"`
	}
	found, err := all(func(at int) (page[wireType], error) {
		return metaPage[wireType](ctx, p, "/issue/createmeta/"+url.PathEscape(project)+"/issuetypes", at)
	})
	if err != nil {
		return nil, err
	}
	var types []ticket.Type
	for _, t := range found {
		if t.ID != "" && !t.Subtask {
			types = append(types, ticket.Type{ID: string(t.ID), Name: t.word()})
		}
	}
	slices.SortFunc(types, ticket.ByName)
	return types, nil
}

func metaPage[T any](ctx context.Context, p *Provider, path string, at int) (page[T], error) {
	query := url.Values{"startAt": {strconv.Itoa(at)}, "maxResults": {"200"}}
	got, answer, err := do[page[T]](ctx, p.http, ticket.Call{Path: p.api + path, Query: query})
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input && (answer.Status == http.StatusNotFound || answer.Status == http.StatusBadRequest) {
		err = ticket.Refusal("Jira: the project or its type of issue does not exist, or the service account may not create issues in it")
	}
	if err == nil && got.IssueTypes == nil && got.Fields == nil && got.Values == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("the answer has no types and no fields"))
	}
	return got, err
}

// screen lists the fields of a type of issue that can be entered.
func (p *Provider) screen(ctx context.Context, project, typ string) ([]entry, error) {
	fields, err := p.fields(ctx, project, typ)
	return entriesOf(fields), err
}

// fields lists the fields of the screen a type of issue is created with.
func (p *Provider) fields(ctx context.Context, project, typ string) ([]wireField, error) {
	return all(func(at int) (page[wireField], error) {
		return metaPage[wireField](ctx, p, "/issue/createmeta/"+url.PathEscape(project)+"/issuetypes/"+url.PathEscape(typ), at)
	})
}

// Form implements ticket.Former. A required field with a default value is not
// required: Jira fills it in. People and fields of apps cannot be entered.
func (p *Provider) Form(ctx context.Context, project, typ string) ([]ticket.FormField, error) {
	if !isID(project) {
		return nil, ticket.Refusal(noProject)
	}
	entries, err := p.entriesFor(ctx, project, typ)
	if err != nil {
		return nil, err
	}
	form := make([]ticket.FormField, len(entries))
	for i, e := range entries {
		form[i] = e.FormField
	}
	slices.SortStableFunc(form, func(a, b ticket.FormField) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return form, nil
}

func (p *Provider) entriesFor(ctx context.Context, project, typ string) ([]entry, error) {
	if r, ok := parseRequestType(typ); ok {
		fields, err := p.requestFields(ctx, r)
		return entriesOf(fields), err
	}
	typ, err := p.issueType(ctx, project, typ)
	if err != nil {
		return nil, err
	}
	return p.screen(ctx, project, typ)
}

// entriesOf returns the fields that can be entered.
func entriesOf(fields []wireField) []entry {
	var entries []entry
	for _, f := range fields {
		if e, ok := f.entry(); ok {
			entries = append(entries, e)
		}
	}
	return entries
}

// entry returns a field as a form shows it; ok is false for what every ticket
// has and for what cannot be entered.
func (f wireField) entry() (e entry, ok bool) {
	kind, ok := f.kind()
	if !ok || f.isOwn() || f.ID == "" {
		return entry{}, false
	}
	e.FormField = ticket.FormField{
		ID: f.ID, Name: line(f.Name), Help: ticket.Title(f.Description, maxHelp), Entry: kind, Required: f.isRequired(),
	}
	for _, o := range f.Allowed {
		if o.ID != "" {
			e.Options = append(e.Options, ticket.Option{ID: string(o.ID), Name: o.word()})
		}
	}
	for _, o := range f.DeskValues {
		if o.Value != "" {
			e.Options = append(e.Options, ticket.Option{ID: string(o.Value), Name: line(o.Label)})
		}
	}
	closed := kind == ticket.Choice || kind == ticket.Choices
	return e, closed == (len(e.Options) > 0)
}

const maxHelp = 500

// isOwn reports whether Admit fills the field in itself, or nobody has to.
func (f wireField) isOwn() bool {
	return isOwn(f.ID) || slices.Contains([]string{"assignee", "reporter", "parent", "attachment", "issuelinks"}, f.ID)
}

// isRequired reports whether Jira refuses a ticket without it.
func (f wireField) isRequired() bool { return f.Required && !f.HasDefault }

// kind is how the field is entered.
func (f wireField) kind() (ticket.Entry, bool) {
	s := f.Schema
	if s.Type == "" {
		s = f.DeskSchema
	}
	closed := len(f.Allowed)+len(f.DeskValues) > 0
	switch {
	case s.Type == "string" && (s.System == "description" || s.System == "environment" || strings.HasSuffix(s.Custom, ":textarea")):
		return ticket.Paragraph, true
	case s.Type == "string" && !closed:
		return ticket.Line, true
	case s.Type == "number":
		return ticket.Number, true
	case s.Type == "date":
		return ticket.Date, true
	case s.Type == "array" && s.Items == "string" && !closed:
		return ticket.Tags, true
	case s.Type == "array" && closed && slices.Contains([]string{"option", "component", "version"}, s.Items):
		return ticket.Choices, true
	case closed && slices.Contains([]string{"option", "priority", "version", "component", "securitylevel", "resolution"}, s.Type):
		return ticket.Choice, true
	}
	return "", false
}

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

// Requests of Jira Service Management are issues that are created in another
// way: it does the routing, and people see them in its portal.

const deskAPI = "/rest/servicedeskapi"

// requestType is a type of request of one service desk: "request:4:25".
type requestType struct{ desk, id string }

func (r requestType) String() string { return "request:" + r.desk + ":" + r.id }

func (r requestType) path() string {
	return deskAPI + "/servicedesk/" + url.PathEscape(r.desk) + "/requesttype/" + url.PathEscape(r.id)
}

func parseRequestType(text string) (requestType, bool) {
	rest, ok := strings.CutPrefix(text, "request:")
	desk, typ, two := strings.Cut(rest, ":")
	return requestType{desk, typ}, ok && two && isID(desk) && isID(typ)
}

type wireDesk struct {
	ID        id `json:"id"`
	ProjectID id `json:"projectId"`
}

// requestTypes lists the types of request of a project that is a service desk.
func (p *Provider) requestTypes(ctx context.Context, project string) ([]ticket.Type, error) {
	desks, err := all(func(at int) (page[wireDesk], error) {
		return deskPage[wireDesk](ctx, p.http, deskAPI+"/servicedesk", at)
	})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(desks, func(d wireDesk) bool { return string(d.ProjectID) == project && d.ID != "" })
	if i < 0 {
		return nil, nil
	}
	desk := string(desks[i].ID)
	found, err := all(func(at int) (page[named], error) {
		return deskPage[named](ctx, p.http, deskAPI+"/servicedesk/"+desk+"/requesttype", at)
	})
	var types []ticket.Type
	for _, t := range found {
		if t.ID != "" {
			types = append(types, ticket.Type{ID: requestType{desk, string(t.ID)}.String(), Name: "Request: " + t.word()})
		}
	}
	return types, err
}

func deskPage[T any](ctx context.Context, x exchange, path string, at int) (page[T], error) {
	query := url.Values{"start": {strconv.Itoa(at)}, "limit": {"100"}}
	got, _, err := do[page[T]](ctx, x, ticket.Call{Path: path, Query: query})
	if err == nil && got.Values == nil {
		err = x.Malformed(ticket.Reads, errors.New("the answer has no values"))
	}
	return got, err
}

// requestFields lists what a type of request asks for. One without a description
// is refused: until a request has its labels, it is found by its text.
func (p *Provider) requestFields(ctx context.Context, r requestType) ([]wireField, error) {
	type result struct {
		Fields []wireField `json:"requestTypeFields"`
	}
	got, _, err := do[result](ctx, p.http, ticket.Call{Path: r.path() + "/field"})
	if err == nil && got.Fields == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("the answer has no fields"))
	}
	if err == nil && !slices.ContainsFunc(got.Fields, func(f wireField) bool { return f.ID == "description" }) {
		err = ticket.Refusal("Jira: the type of request has no field Description, by which Admit finds its tickets: add it to the request form")
	}
	return got.Fields, err
}

// createRequest files a request. It cannot be given labels, so these follow in
// an edit of the issue; until then Find knows it by its text.
func (p *Provider) createRequest(ctx context.Context, d ticket.Draft, r requestType) (ticket.Snapshot, error) {
	desk, _, err := do[wireDesk](ctx, p.http, ticket.Call{Path: deskAPI + "/servicedesk/" + url.PathEscape(r.desk)})
	if err != nil {
		return ticket.Snapshot{}, err
	}
	if string(desk.ProjectID) != d.Project {
		return ticket.Snapshot{}, ticket.Refusal("the type of request belongs to another project: choose one of the list")
	}
	fields, err := p.requestFields(ctx, r)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	entries, err := p.entries(d, func() ([]entry, error) { return entriesOf(fields), nil })
	if err != nil {
		return ticket.Snapshot{}, err
	}
	own := map[string]any{"summary": ticket.Title(d.Title, maxTitle), "description": p.fitted(d.Body)}
	made, err := p.ask(ctx, r, fields, own, entries)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	if err := p.mark(ctx, string(made.ID), d, own); err != nil {
		return p.unread(d, made), ambiguous(err)
	}
	return p.settle(ctx, d, made, entries)
}

// ask creates a request, and takes out of own what it was given.
func (p *Provider) ask(ctx context.Context, r requestType, fields []wireField, own map[string]any, entries []entry) (filed, error) {
	values := map[string]any{}
	for _, f := range fields {
		if value, ok := own[f.ID]; ok {
			values[f.ID] = value
			delete(own, f.ID)
		}
	}
	for _, e := range entries {
		values[e.ID] = e.sent
	}
	body := map[string]any{"serviceDeskId": r.desk, "requestTypeId": r.id, "requestFieldValues": values}
	if p.isCloud {
		body["isAdfRequest"] = true
	}
	type result struct {
		ID  id     `json:"issueId"`
		Key string `json:"issueKey"`
	}
	got, _, err := do[result](ctx, p.http, ticket.Call{Path: deskAPI + "/request", Body: body, Effect: ticket.Writes})
	if err == nil && (got.ID == "" || got.Key == "") {
		err = p.http.Malformed(ticket.Writes, errors.New("the new request has no id or no key"))
	}
	return filed(got), err
}

// mark gives an issue our labels, and the fields its request did not take.
func (p *Provider) mark(ctx context.Context, id string, d ticket.Draft, fields map[string]any) error {
	var add []any
	for _, label := range labels(d) {
		add = append(add, map[string]string{"add": label})
	}
	body := map[string]any{"update": map[string]any{"labels": add}}
	if len(fields) > 0 {
		body["fields"] = fields
	}
	if p.properties {
		body["properties"] = marks(d.Key)
	}
	_, _, err := do[ticket.Nothing](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: p.api + "/issue/" + url.PathEscape(id), Body: body, Effect: ticket.Writes,
	})
	return err
}

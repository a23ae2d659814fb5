package freshservice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks the API.
type exchange struct{ ticket.Exchange }

// do makes one call, and names what a refusal is about.
func do[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	v, answer, err := ticket.Do[T](ctx, x.Exchange, c)
	if err == nil {
		return v, answer, nil
	}
	f := *ticket.FailureOf(err)
	switch {
	case answer.Status == http.StatusNotFound && empty(answer):
		// What is not there is answered with nothing at all.
		f.Trouble, f.Certainty = ticket.Input, ticket.Refused
	case answer.Status == http.StatusConflict:
		// Something else is under way; what became of this is not said.
		f.Trouble, f.Certainty = ticket.Down, c.Effect.Unknown()
	case f.Trouble == ticket.Input && f.Certainty == ticket.Refused:
		f.Fields = readRefusal(answer.Body).fields()
	}
	return v, answer, &f
}

func empty(a ticket.Answer) bool { return len(bytes.TrimSpace(a.Body)) == 0 }

// refusal is what Freshservice says when it refuses a call.
type refusal struct {
	Code        string        `json:"code"`
	Message     string        `json:"message"`
	Description string        `json:"description"`
	Errors      []refusedPart `json:"errors"`
}

type refusedPart struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

func readRefusal(body []byte) refusal {
	var r refusal
	_ = json.Unmarshal(body, &r) // best effort: then there is nothing to say
	return r
}

// denied is the code for what is there and not for this user.
const denied = "access_denied"

// words finds what Freshservice says in a refusal.
func words(body []byte) string {
	r := readRefusal(body)
	said := r.Description
	if said == "" {
		said = r.Message
	}
	for _, e := range r.Errors {
		said += "; " + strings.TrimSpace(e.Field+" "+e.Message)
	}
	return strings.TrimPrefix(said, "; ")
}

// parameters are those of a new ticket that have another name in a form.
var parameters = map[string]string{
	"responder_id": ticket.AssigneeField, "due_by": dueField, "fr_due_by": dueField,
}

// fields returns what of a draft a refusal is about, custom fields by name.
func (r refusal) fields() []string {
	var found []string
	for _, e := range r.Errors {
		field := strings.TrimPrefix(e.Field, "custom_fields.")
		if known, ok := parameters[field]; ok {
			field = known
		}
		if field != "" && !slices.Contains(found, field) {
			found = append(found, field)
		}
	}
	return found
}

func (r refusal) about(field string) bool {
	return slices.ContainsFunc(r.Errors, func(e refusedPart) bool { return e.Field == field })
}

func (r refusal) says(field, code string) bool {
	return slices.ContainsFunc(r.Errors, func(e refusedPart) bool { return e.Field == field && e.Code == code })
}

// in adds the workspace to a query. Accounts without workspaces do not know the
// parameter.
func (p *Provider) in(query url.Values) url.Values {
	if p.workspace != "" {
		query.Set("workspace_id", p.workspace)
	}
	return query
}

// list reads one page of the tickets that Admit is the requester of. A list comes
// without tags, and cannot be asked for them.
func (p *Provider) list(ctx context.Context, query url.Values) ([]wireTicket, ticket.Answer, error) {
	query.Set("email", p.email)
	return p.page(ctx, "/tickets", query)
}

func (p *Provider) page(ctx context.Context, path string, query url.Values) ([]wireTicket, ticket.Answer, error) {
	type answer struct {
		Tickets []wireTicket `json:"tickets"`
	}
	got, a, err := do[answer](ctx, p.http, ticket.Call{Path: path, Query: p.in(query)})
	if err == nil && got.Tickets == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("no list of tickets"))
	}
	return got.Tickets, a, err
}

// one reads a ticket with its tags. Of one that is closed the notes are read as
// well: they tell whether it was merged. ok is false if it is not there or not
// for this user.
func (p *Provider) one(ctx context.Context, id string) (w wireTicket, ok bool, err error) {
	if w, ok, err = p.view(ctx, id); err != nil || !ok || w.Status != closed || p.declines(w) {
		return w, ok, err
	}
	notes, err := p.notes(ctx, id)
	w.merged = slices.ContainsFunc(notes, wireConversation.merges)
	return w, err == nil, err
}

func (p *Provider) view(ctx context.Context, id string) (w wireTicket, ok bool, err error) {
	type wrapped struct {
		Ticket *wireTicket `json:"ticket"`
	}
	got, answer, err := do[wrapped](ctx, p.http, ticket.Call{Path: "/tickets/" + id, Query: url.Values{"include": {"tags"}}})
	hidden := answer.Status == http.StatusForbidden && readRefusal(answer.Body).Code == denied
	missing := answer.Status == http.StatusNotFound && ticket.IsRefusal(err)
	switch {
	case hidden || missing:
		return w, false, nil
	case err != nil:
		return w, false, err
	case got.Ticket == nil || got.Ticket.id() != id:
		return w, false, p.http.Malformed(ticket.Reads, errors.New("another ticket than was asked for"))
	}
	return *got.Ticket, true, p.sane(*got.Ticket, ticket.Reads)
}

// put changes a ticket and returns it as it is now.
func (p *Provider) put(ctx context.Context, id string, change any) (wireTicket, error) {
	type wrapped struct {
		Ticket wireTicket `json:"ticket"`
	}
	after, _, err := do[wrapped](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: "/tickets/" + id, Body: change, Effect: ticket.Writes,
	})
	if err == nil && after.Ticket.id() != id {
		err = p.http.Malformed(ticket.Writes, errors.New("the changed ticket has another id"))
	}
	return after.Ticket, err
}

// notes reads what was said on a ticket.
func (p *Provider) notes(ctx context.Context, id string) ([]wireConversation, error) {
	return all[wireConversation](ctx, p.http, "/tickets/"+id+"/conversations", "conversations", url.Values{})
}

// group returns a group that tickets can be filed for.
func (p *Provider) group(ctx context.Context, id string) (wireGroup, error) {
	type wrapped struct {
		Group *wireGroup `json:"group"`
	}
	if ticket.ParseID(id) == 0 {
		return wireGroup{}, ticket.Refusal("the group is not valid: choose one of the list")
	}
	got, answer, err := do[wrapped](ctx, p.http, ticket.Call{Path: "/groups/" + id})
	switch {
	case answer.Status == http.StatusNotFound && ticket.IsRefusal(err):
		return wireGroup{}, ticket.Refusal("the group does not exist any more: choose another")
	case err != nil:
		return wireGroup{}, err
	case got.Group == nil || strconv.FormatInt(got.Group.ID, 10) != id:
		return wireGroup{}, p.http.Malformed(ticket.Reads, errors.New("another group than was asked for"))
	}
	return *got.Group, nil
}

// mostPages is how many pages of a list of people or groups are read.
const mostPages = 50

// all reads a list to its end. name is where an answer keeps it.
func all[T any](ctx context.Context, x exchange, path, name string, query url.Values) ([]T, error) {
	var list []T
	for n := range mostPages {
		query.Set("page", strconv.Itoa(n+1))
		query.Set("per_page", strconv.Itoa(onPage))
		page, _, err := do[map[string]json.RawMessage](ctx, x, ticket.Call{Path: path, Query: query})
		if err != nil {
			return nil, err
		}
		var found []T
		if err := json.Unmarshal(page[name], &found); err != nil || found == nil {
			return nil, x.Malformed(ticket.Reads, errors.Join(errors.New("no list of "+name), err))
		}
		list = append(list, found...)
		if len(found) < onPage {
			break
		}
	}
	return list, nil
}

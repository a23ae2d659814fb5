package requesttracker

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks REST 2.0.
type exchange struct{ ticket.Exchange }

// do makes one call and reads the answer as a T.
func do[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	v, answer, err := ticket.Do[T](ctx, x.Exchange, c)
	if answer.Status == http.StatusForbidden && words(answer.Body) != "" {
		err = aboutOne(err)
	}
	return v, answer, err
}

// list makes a call that is answered with a page, which must be one: an answer
// without rows would say that there is no such ticket.
func list[T any](ctx context.Context, x exchange, c ticket.Call) (page[T], ticket.Answer, error) {
	found, answer, err := do[page[T]](ctx, x, c)
	if err == nil && found.Items == nil {
		err = x.Malformed(c.Effect, errors.New("a list without items"))
	}
	return found, answer, err
}

// aboutOne narrows a 403 that Request Tracker itself gave: it says so of a
// queue or a ticket that does not exist or that the user may not touch. The
// account as such is well.
func aboutOne(err error) error {
	f := *ticket.FailureOf(err)
	f.Trouble, f.Certainty = ticket.Input, ticket.Refused
	return &f
}

// search finds tickets.
type search struct {
	sql    string
	order  []string // columns
	desc   bool     // the order is the other way round
	most   int      // rows, at most batch
	fields string   // what is asked for of each; "": all that makes a Snapshot
}

func (x exchange) tickets(ctx context.Context, s search) (page[wireTicket], ticket.Answer, error) {
	direction := "ASC"
	if s.desc {
		direction = "DESC"
	}
	query := peopleFields()
	query.Set("query", s.sql)
	query.Set("fields", cmp.Or(s.fields, ticketFields))
	query.Set("per_page", strconv.Itoa(s.most))
	for _, column := range s.order {
		query.Add("orderby", column)
		query.Add("order", direction)
	}
	return list[wireTicket](ctx, x, ticket.Call{Path: "/tickets", Query: query})
}

// one reads a ticket by its id, also a deleted one. A merged ticket's id leads
// to the ticket it was merged into.
func (x exchange) one(ctx context.Context, id string) (wireTicket, error) {
	found, _, err := do[wireTicket](ctx, x, ticket.Call{Path: "/ticket/" + url.PathEscape(id), Query: peopleFields()})
	return found, err
}

// peopleFields asks for the people of a ticket with all that is needed of them, so
// that no call for each person follows.
func peopleFields() url.Values {
	return url.Values{
		"fields[Owner]":         {userFields},
		"fields[Creator]":       {userFields},
		"fields[LastUpdatedBy]": {userFields},
	}
}

// users finds people by their whole e-mail address.
func (x exchange) users(ctx context.Context, email string) ([]wireUser, error) {
	return x.people(ctx, condition{Field: "EmailAddress", Operator: "=", Value: email})
}

// people finds people for whom a condition holds.
func (x exchange) people(ctx context.Context, c condition) ([]wireUser, error) {
	found, _, err := list[wireUser](ctx, x, ticket.Call{Path: "/users", Query: url.Values{"fields": {userFields}}, Body: []condition{c}})
	return found.Items, err
}

// customFields finds the custom fields of tickets with this name that the
// service user may see.
func (x exchange) customFields(ctx context.Context, name string) ([]wireField, error) {
	conditions := []condition{{Field: "Name", Operator: "=", Value: name}}
	query := url.Values{"fields": {fieldFields}}
	found, _, err := list[wireField](ctx, x, ticket.Call{Path: "/customfields", Query: query, Body: conditions})
	var fields []wireField
	for _, f := range found.Items {
		// A condition on a field that may not be searched by is ignored.
		if strings.EqualFold(f.Name, name) && f.LookupType == ticketFieldType && !bool(f.Disabled) {
			fields = append(fields, f)
		}
	}
	return fields, err
}

// condition is a part of a search in JSON.
type condition struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// quote makes text a string of TicketSQL.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

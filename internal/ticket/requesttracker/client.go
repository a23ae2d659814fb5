package requesttracker

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks REST 2.0.
type exchange struct {
	ticket.Exchange
	base  string
	token string
}

// do makes one call and reads the answer as a T.
func do[T any](ctx context.Context, x exchange, c call) (T, ticket.Answer, error) {
	answer, err := x.send(ctx, c)
	if err != nil {
		return *new(T), answer, err
	}
	v, err := ticket.Decode[T](x.Exchange, answer, c.effect)
	return v, answer, err
}

// call is one call of REST 2.0.
type call struct {
	path   string
	query  url.Values
	body   []byte // JSON; nil makes the call a GET
	effect ticket.Effect
}

func (x exchange) send(ctx context.Context, c call) (ticket.Answer, error) {
	method, target := http.MethodGet, x.base+c.path
	if c.body != nil {
		method = http.MethodPost
	}
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(c.body))
	if err != nil {
		return ticket.Answer{}, notSent("the address of Request Tracker is not valid", err)
	}
	req.Header.Set("Authorization", "token "+x.token)
	req.Header.Set("Accept", "application/json")
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := x.Do(req, c.effect)
	if answer.Status == http.StatusForbidden && words(answer.Body) != "" {
		err = aboutOne(err)
	}
	return answer, err
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
	sql   string
	order []string // columns
	desc  bool     // the order is the other way round
	most  int      // rows, at most batch
}

func (x exchange) tickets(ctx context.Context, s search) (page[wireTicket], ticket.Answer, error) {
	direction := "ASC"
	if s.desc {
		direction = "DESC"
	}
	query := people()
	query.Set("query", s.sql)
	query.Set("fields", ticketFields)
	query.Set("per_page", strconv.Itoa(s.most))
	for _, column := range s.order {
		query.Add("orderby", column)
		query.Add("order", direction)
	}
	return do[page[wireTicket]](ctx, x, call{path: "/tickets", query: query})
}

// one reads a ticket by its id, also a deleted one. A merged ticket's id leads
// to the ticket it was merged into.
func (x exchange) one(ctx context.Context, id string) (wireTicket, error) {
	found, _, err := do[wireTicket](ctx, x, call{path: "/ticket/" + url.PathEscape(id), query: people()})
	return found, err
}

// people asks for the people of a ticket with all that is needed of them, so
// that no call for each person follows.
func people() url.Values {
	return url.Values{
		"fields[Owner]":         {userFields},
		"fields[Creator]":       {userFields},
		"fields[LastUpdatedBy]": {userFields},
	}
}

// users finds people whose field has this value.
func (x exchange) users(ctx context.Context, email string) ([]wireUser, error) {
	body, err := json.Marshal([]condition{{Field: "EmailAddress", Operator: "=", Value: email}})
	if err != nil {
		return nil, notSent("the e-mail address cannot be sent", err)
	}
	found, _, err := do[page[wireUser]](ctx, x, call{path: "/users", query: url.Values{"fields": {userFields}}, body: body})
	return found.Items, err
}

// customFields finds the custom fields of tickets with this name that the
// service user may see.
func (x exchange) customFields(ctx context.Context, name string) ([]wireField, error) {
	body, err := json.Marshal([]condition{{Field: "Name", Operator: "=", Value: name}})
	if err != nil {
		return nil, notSent("the name of the key field cannot be sent", err)
	}
	query := url.Values{"fields": {"Name,Type,MaxValues,LookupType,Disabled,UniqueValues,Pattern"}}
	found, _, err := do[page[wireField]](ctx, x, call{path: "/customfields", query: query, body: body})
	var fields []wireField
	for _, f := range found.Items {
		// A condition on a field that may not be searched by is ignored.
		if strings.EqualFold(f.Name, name) && f.LookupType == "RT::Queue-RT::Ticket" && !bool(f.Disabled) {
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

func notSent(msg string, cause error) error {
	return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Input, Msg: msg, Err: cause}
}

func refused(msg string) error {
	return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: msg}
}

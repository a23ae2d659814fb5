package zendesk

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks the API.
type exchange struct{ ticket.Exchange }

// sideloads asks for the people of the tickets and for the times of what
// happened to them, so that no call for each follows.
const sideloads = "users,dates"

// tickets reads a list of tickets, one call.
func (x exchange) tickets(ctx context.Context, path string, query url.Values) (wireList, ticket.Answer, error) {
	query.Set("include", sideloads)
	found, answer, err := ticket.Do[wireList](ctx, x.Exchange, ticket.Call{Path: path, Query: query})
	if err != nil {
		return found, answer, err
	}
	if problem := found.whole(); problem != nil {
		return found, answer, x.Malformed(ticket.Reads, problem)
	}
	return found, answer, nil
}

// byIDs reads tickets. Those that are deleted or hidden are absent.
func (x exchange) byIDs(ctx context.Context, ids []string) (wireList, error) {
	found, _, err := x.tickets(ctx, "/tickets/show_many", url.Values{"ids": {strings.Join(ids, ",")}})
	return found, err
}

// change changes a ticket and returns it as it is now.
func (x exchange) change(ctx context.Context, id number, c any) (wireTicket, ticket.Answer, error) {
	type body struct {
		Ticket any `json:"ticket"`
	}
	type changed struct {
		Ticket wireTicket `json:"ticket"`
	}
	got, answer, err := ticket.Do[changed](ctx, x.Exchange, ticket.Call{
		Method: http.MethodPut, Path: "/tickets/" + id.String(), Body: body{c}, Effect: ticket.Writes,
	})
	if err == nil && got.Ticket.ID != id {
		err = x.Malformed(ticket.Writes, errors.New("the changed ticket has another id"))
	}
	if answer.Status == http.StatusForbidden && words(answer.Body) != "" {
		err = aboutOne(err)
	}
	return got.Ticket, answer, conflict(err, answer, ticket.NotSent)
}

// aboutOne narrows a 403 that Zendesk itself gave: it says so of a ticket that
// the service user may not touch. The account as such is well.
func aboutOne(err error) error {
	f := *ticket.FailureOf(err)
	f.Trouble, f.Certainty = ticket.Input, ticket.Refused
	return &f
}

// me returns the service user.
func (x exchange) me(ctx context.Context) (wireUser, ticket.Answer, error) {
	type answer struct {
		User *wireUser `json:"user"`
	}
	got, a, err := ticket.Do[answer](ctx, x.Exchange, ticket.Call{Path: "/users/me"})
	if err == nil && got.User == nil {
		err = x.Malformed(ticket.Reads, errors.New("no user"))
	}
	if err != nil {
		return wireUser{}, a, err
	}
	return *got.User, a, nil
}

// users finds people by the syntax of Zendesk's search. Its index may not know
// somebody who is new.
func (x exchange) users(ctx context.Context, query string) ([]wireUser, error) {
	type answer struct {
		Users []wireUser `json:"users"`
	}
	got, _, err := ticket.Do[answer](ctx, x.Exchange, ticket.Call{Path: "/users/search", Query: url.Values{"query": {query}}})
	if err == nil && got.Users == nil {
		err = x.Malformed(ticket.Reads, errors.New("no list of users"))
	}
	return got.Users, err
}

// member reports whether somebody is in a group.
func (x exchange) member(ctx context.Context, user, group number) (bool, error) {
	type membership struct {
		Group number `json:"group_id"`
	}
	found, _, err := all[membership](ctx, x, "/users/"+user.String()+"/group_memberships", "group_memberships", nil)
	for _, m := range found {
		if m.Group == group {
			return true, err
		}
	}
	return false, err
}

// groups returns the groups that the service user may assign tickets to.
func (x exchange) groups(ctx context.Context) ([]wireGroup, error) {
	found, _, err := all[wireGroup](ctx, x, "/groups/assignable", "groups", nil)
	var groups []wireGroup
	for _, g := range found {
		if g.ID != 0 && !g.Deleted {
			groups = append(groups, g)
		}
	}
	return groups, err
}

// mostPages is how many pages of a list are read: 5000 entries.
const mostPages = 50

// all reads a list to its end. name is where an answer keeps it. Zendesk pages
// some lists by cursors and some by numbers, and some it sends whole.
func all[T any](ctx context.Context, x exchange, path, name string, query url.Values) ([]T, ticket.Answer, error) {
	var list []T
	var last ticket.Answer
	ask := url.Values{"page[size]": {strconv.Itoa(batch)}}
	maps.Copy(ask, query)
	for n := range mostPages {
		page, answer, err := ticket.Do[part](ctx, x.Exchange, ticket.Call{Path: path, Query: ask})
		if last = answer; err != nil {
			return nil, last, err
		}
		found, next, err := entries[T](page, name)
		if err != nil {
			return nil, last, x.Malformed(ticket.Reads, err)
		}
		list = append(list, found...)
		switch {
		case next.Meta.HasMore && next.Meta.After != "":
			ask.Set("page[after]", next.Meta.After)
		case next.Numbered != "":
			ask.Del("page[size]")
			ask.Set("per_page", strconv.Itoa(batch))
			ask.Set("page", strconv.Itoa(n+2)) // the first is 1
		default:
			return list, last, nil
		}
	}
	return list, last, nil
}

// optional reads a list of something that not every plan has. Zendesk says that
// it does not have it as it says that something is not there or forbidden, but
// never without a word.
func optional[T any](ctx context.Context, x exchange, path, name string) ([]T, error) {
	list, answer, err := all[T](ctx, x, path, name, nil)
	missing := answer.Status == http.StatusForbidden || answer.Status == http.StatusNotFound
	if missing && words(answer.Body) != "" {
		return nil, nil
	}
	return list, err
}

// part is one page of a list of anything.
type part map[string]json.RawMessage

// following says where a list goes on.
type following struct {
	Meta     wireMeta
	Numbered string // the address of the next page
}

// entries returns what page keeps under name, and where it goes on.
func entries[T any](page part, name string) (list []T, next following, err error) {
	if _, ok := page[name]; !ok {
		return nil, next, errors.New("no list of " + name)
	}
	for key, to := range map[string]any{name: &list, "meta": &next.Meta, "next_page": &next.Numbered} {
		if raw, ok := page[key]; ok && err == nil {
			err = json.Unmarshal(raw, to)
		}
	}
	return list, next, err
}

package jira

import (
	"context"
	"slices"
	"time"

	"admit/internal/ticket"
)

// flavour is what Jira Cloud and Jira Data Center do differently.
type flavour struct {
	api          string        // where the REST API is
	isCloud      bool          //
	searchBy     string        // the parameter of a search for people: Data Center ignores the other one, and finds everybody
	projectsByID bool          // a search for people takes a project's id
	properties   bool          // an issue can be created with properties, and be read with them
	overlap      time.Duration // how far a poll looks back: how late a search may see a change
	hooks        string        // where webhooks are registered

	// render writes Markdown as its API takes a long text.
	render func(source string) any
	// length is how much of maxStored a rendered text takes.
	length func(rendered any) int
	// account is the id of a person.
	account func(u wireUser) string
	// user names somebody in a field, assigned in the call that assigns: there ""
	// is nobody.
	user     func(id string) map[string]string
	assigned func(id string) map[string]any
	// search returns one page of a search that begins at "", or at the next of
	// the page before.
	search func(ctx context.Context, x exchange, s search) (found, ticket.Answer, error)
	// read reads issues by their ids in one call; those that are gone are absent.
	read func(ctx context.Context, x exchange, ids []string) ([]wireIssue, error)
	// projects returns one page of the projects to file in.
	projects func(ctx context.Context, x exchange, at int) (page[wireProject], error)
	// resolutions returns one page of the resolutions.
	resolutions func(ctx context.Context, x exchange, at int) (page[named], error)
	// hook is a registration as its API takes it.
	hook func(h ticket.Hook) any
}

// search finds issues.
type search struct {
	jql  string
	at   string
	most int
	more []string // fields beside those of a ticket
}

func (s search) fields() []string { return slices.Concat(issueFields, s.more) }

// found is one page of a search. next is "" on the last.
type found struct {
	issues []wireIssue
	next   string
}

// page is a page of a list, under any of the names Jira gives to one.
type page[T any] struct {
	Values     []T   `json:"values"`
	IssueTypes []T   `json:"issueTypes"`
	Fields     []T   `json:"fields"`
	Total      *int  `json:"total"`
	IsLast     *bool `json:"isLast"`
	IsLastPage *bool `json:"isLastPage"`
}

func (p page[T]) items() []T {
	switch {
	case p.IssueTypes != nil:
		return p.IssueTypes
	case p.Fields != nil:
		return p.Fields
	}
	return p.Values
}

// ends reports whether the page, which began at the row at, is the last.
func (p page[T]) ends(at int) bool {
	switch n := len(p.items()); {
	case n == 0:
		return true
	case p.IsLast != nil:
		return *p.IsLast
	case p.IsLastPage != nil:
		return *p.IsLastPage
	case p.Total != nil:
		return at+n >= *p.Total
	}
	return false
}

// all reads a list to its end.
func all[T any](get func(at int) (page[T], error)) ([]T, error) {
	const most = 100 // pages
	var list []T
	for range most {
		got, err := get(len(list))
		if err != nil {
			return nil, err
		}
		at := len(list)
		list = append(list, got.items()...)
		if got.ends(at) {
			return list, nil
		}
	}
	return list, nil
}

// orNull is text, null where it is nothing.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// fitted renders Markdown so that it fits: the longer the rendered text turns
// out, the less of the source is left. Its last line stays.
func (f flavour) fitted(source string) any {
	source = ticket.Printable(source)
	for n := maxBody; ; n = n * 3 / 4 {
		rendered := f.render(ticket.Fit(source, n))
		if n < 200 || f.length(rendered) <= maxStored {
			return rendered
		}
	}
}

package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks the REST API.
type exchange struct{ ticket.Exchange }

// do makes one call and reads the answer as a T.
func do[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	v, answer, err := ticket.Do[T](ctx, x.Exchange, c)
	return v, answer, judged(answer, c.Effect, err)
}

// judged is err, with what Jira's own ways of refusing tell beyond the status.
func judged(a ticket.Answer, effect ticket.Effect, err error) error {
	refused := a.Status >= 400 && a.Status < 500
	if isStranger(a.Header) && (refused || err == nil && effect == ticket.Reads) {
		return &ticket.Failure{
			Certainty: ticket.NotSent, Trouble: ticket.Unauthorized,
			Msg: "Jira does not know who is asking, and showed what anybody may see: check the token",
		}
	}
	if err == nil || !refused {
		return err
	}
	f := *ticket.FailureOf(err)
	told := refusalOf(a.Body)
	switch {
	case a.Status == http.StatusConflict: // somebody else changed the issue just now
		f.Trouble, f.Certainty = ticket.Down, ticket.NotSent
	case a.Status == http.StatusForbidden && f.Trouble == ticket.Unauthorized && len(told.Messages)+len(told.Errors)+len(told.Message) > 0:
		f.Trouble, f.Certainty = ticket.Input, ticket.Refused // about one project or issue: the account as such is well
	}
	if f.Trouble == ticket.Input {
		f.Fields = slices.DeleteFunc(told.fields(), isOwn)
	}
	return &f
}

// isStranger reports whether Jira took the call for that of somebody who is not
// signed in. It says so in a header only, and answers 200 with nothing in it
// where anonymous people may ask.
func isStranger(h http.Header) bool {
	reason := h.Get("X-Seraph-LoginReason")
	for _, bad := range []string{"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED", "AUTHORISATION_FAILED"} {
		if strings.Contains(reason, bad) {
			return true
		}
	}
	return strings.EqualFold(h.Get("X-AUSERNAME"), "anonymous") || h.Get("X-Authentication-Denied-Reason") != ""
}

// isOwn reports whether a field is one that every ticket has.
func isOwn(field string) bool {
	return field == "project" || field == "issuetype" || field == "summary" || field == "description"
}

// one reads an issue by its id, from the database, with more fields than a
// ticket needs.
func (p *Provider) one(ctx context.Context, id string, more ...string) (wireIssue, ticket.Answer, error) {
	query := url.Values{"fields": {strings.Join(slices.Concat(issueFields, more), ",")}}
	if p.properties {
		query.Set("properties", property)
	}
	return do[wireIssue](ctx, p.http, ticket.Call{Path: p.api + "/issue/" + url.PathEscape(id), Query: query})
}

func (p *Provider) project(ctx context.Context, id string) (wireProject, error) {
	found, _, err := do[wireProject](ctx, p.http, ticket.Call{Path: p.api + "/project/" + url.PathEscape(id)})
	if err == nil && (found.ID == "" || found.Key == "") {
		err = p.http.Malformed(ticket.Reads, errors.New("a project without id or key"))
	}
	return found, err
}

// people searches accounts. With a project it finds those that its tickets can
// be assigned to. Data Center knows a project by its key only.
func (p *Provider) people(ctx context.Context, project, text, most string) ([]wireUser, error) {
	path, query := "/user/search", url.Values{p.searchBy: {text}, "maxResults": {most}}
	if project != "" {
		path = "/user/assignable/search"
		if !p.projectsByID {
			found, err := p.project(ctx, project)
			if err != nil {
				return nil, err
			}
			project = found.Key
		}
		query.Set("project", project)
	}
	users, _, err := do[[]wireUser](ctx, p.http, ticket.Call{Path: p.api + path, Query: query})
	if err == nil && users == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("the answer is no list of people"))
	}
	return users, err
}

// ambiguous is err for the case that something was changed before it.
func ambiguous(err error) error {
	f := *ticket.FailureOf(err)
	f.Certainty = ticket.Ambiguous
	return &f
}

package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

func dataCenter() flavour {
	return flavour{
		api: "/rest/api/2", searchBy: "username", overlap: 2 * time.Minute, hooks: "/rest/jira-webhook/1.0/webhooks",
		render:      func(source string) any { return markdown.Wiki(source) },
		length:      func(rendered any) int { text, _ := rendered.(string); return utf8.RuneCountInString(text) },
		account:     func(u wireUser) string { return u.Name },
		user:        func(id string) map[string]string { return map[string]string{"name": id} },
		assigned:    func(id string) map[string]any { return map[string]any{"name": orNull(id)} },
		search:      searchDataCenter,
		read:        readDataCenter,
		projects:    projectsDataCenter,
		resolutions: resolutionsDataCenter,
		hook:        hookDataCenter,
	}
}

// repeated is how many rows of a page the next one shows again. A row that goes
// away meanwhile would else take one with it that nobody saw.
const repeated = 5

// searchDataCenter uses the search that pages by rows.
func searchDataCenter(ctx context.Context, x exchange, s search) (found, ticket.Answer, error) {
	start, err := strconv.Atoi("0" + s.at)
	if err != nil {
		return found{}, ticket.Answer{}, ticket.BadCursor("Jira", err)
	}
	got, answer, err := searchRows(ctx, x, map[string]any{"jql": s.jql, "startAt": start, "maxResults": s.most, "fields": s.fields()})
	if err != nil {
		return found{}, answer, err
	}
	page := found{issues: got.Issues}
	if n := len(got.Issues); n > 0 && start+n < *got.Total {
		page.next = strconv.Itoa(start + max(n-repeated, 1))
	}
	return page, answer, nil
}

type rows struct {
	Issues []wireIssue `json:"issues"`
	Total  *int        `json:"total"`
}

func searchRows(ctx context.Context, x exchange, body map[string]any) (rows, ticket.Answer, error) {
	got, answer, err := do[rows](ctx, x, ticket.Call{Path: "/rest/api/2/search", Body: body})
	if err == nil && (got.Issues == nil || got.Total == nil) {
		err = x.Malformed(ticket.Reads, errors.New("the answer of a search has no issues or no total"))
	}
	return got, answer, err
}

// readDataCenter searches, which shows an issue as the database has it. With
// validation on, one id that is gone would spoil the whole search. A single issue
// is read without the search, which is a little behind.
func readDataCenter(ctx context.Context, x exchange, ids []string) ([]wireIssue, error) {
	if len(ids) == 1 {
		return readOne(ctx, x, ids[0])
	}
	body := map[string]any{
		"jql": "id in (" + strings.Join(ids, ",") + ")", "startAt": 0, "maxResults": batch,
		"fields": issueFields, "validateQuery": false,
	}
	got, _, err := searchRows(ctx, x, body)
	if err == nil && len(got.Issues) < *got.Total { // those that are not shown must not be taken for gone
		err = &ticket.Failure{
			Certainty: ticket.NotSent, Trouble: ticket.Malformed,
			Msg: "Jira shows fewer issues at once than Admit reads: an admin of Jira must set jira.search.views.default.max to 100 at least",
		}
	}
	return got.Issues, err
}

func readOne(ctx context.Context, x exchange, id string) ([]wireIssue, error) {
	query := url.Values{"fields": {strings.Join(issueFields, ",")}}
	w, answer, err := do[wireIssue](ctx, x, ticket.Call{Path: "/rest/api/2/issue/" + url.PathEscape(id), Query: query})
	switch f := ticket.FailureOf(err); {
	case err == nil && w.ID == "":
		return nil, x.Malformed(ticket.Reads, errors.New("an issue without an id"))
	case err == nil:
		return []wireIssue{w}, nil
	case answer.Status == http.StatusNotFound && f.Trouble == ticket.Input:
		return nil, nil // gone or hidden: Jira does not tell which
	}
	return nil, err
}

// projectsDataCenter reads all projects at once.
func projectsDataCenter(ctx context.Context, x exchange, _ int) (page[wireProject], error) {
	return whole[wireProject](ctx, x, "/rest/api/2/project")
}

func resolutionsDataCenter(ctx context.Context, x exchange, _ int) (page[named], error) {
	return whole[named](ctx, x, "/rest/api/2/resolution")
}

// whole reads a list that comes as one page.
func whole[T any](ctx context.Context, x exchange, path string) (page[T], error) {
	list, _, err := do[[]T](ctx, x, ticket.Call{Path: path})
	if err == nil && list == nil {
		err = x.Malformed(ticket.Reads, errors.New("the answer is no list"))
	}
	last := true
	return page[T]{Values: list, IsLast: &last}, err
}

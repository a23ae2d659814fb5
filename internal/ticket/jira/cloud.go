package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

const property = "admit" // the issue property, which keeps the key when people change the labels

func cloud() flavour {
	return flavour{
		api: "/rest/api/3", isCloud: true, searchBy: "query", projectsByID: true, properties: true,
		overlap: 5 * time.Minute, hooks: "/rest/webhooks/1.0/webhook",
		render:      markdown.ADF,
		length:      jsonLength,
		account:     func(u wireUser) string { return u.AccountID },
		user:        func(id string) map[string]string { return map[string]string{"id": id} },
		assigned:    func(id string) map[string]any { return map[string]any{"accountId": orNull(id)} },
		search:      searchCloud,
		read:        readCloud,
		projects:    projectsCloud,
		resolutions: resolutionsCloud,
		hook:        hookCloud,
	}
}

// jsonLength is the length of a document as it is sent. Whether Jira counts
// that or the text in it is not documented, so the longer one counts.
func jsonLength(rendered any) int {
	b, err := json.Marshal(rendered)
	if err != nil {
		return maxStored + 1
	}
	return utf8.RuneCount(b)
}

// searchCloud uses the search that pages by tokens. It may return fewer issues
// than asked for before its last page.
func searchCloud(ctx context.Context, x exchange, s search) (found, ticket.Answer, error) {
	body := map[string]any{"jql": s.jql, "maxResults": s.most, "fields": s.fields(), "properties": []string{property}}
	if s.at != "" {
		body["nextPageToken"] = s.at
	}
	type result struct {
		Issues []wireIssue `json:"issues"`
		Next   string      `json:"nextPageToken"`
		IsLast *bool       `json:"isLast"`
	}
	got, answer, err := do[result](ctx, x, ticket.Call{Path: "/rest/api/3/search/jql", Body: body})
	switch {
	case err != nil:
		return found{}, answer, err
	case got.Issues == nil:
		return found{}, answer, x.Malformed(ticket.Reads, errors.New("the answer of a search has no issues"))
	case got.IsLast != nil && *got.IsLast:
		got.Next = ""
	case got.Next == "" && got.IsLast != nil:
		return found{}, answer, x.Malformed(ticket.Reads, errors.New("a page of a search is not the last, and tells of no other"))
	case got.Next != "" && got.Next == s.at:
		return found{}, answer, x.Malformed(ticket.Reads, errors.New("the pages of a search go in circles"))
	}
	return found{got.Issues, got.Next}, answer, nil
}

// readCloud reads from the database. An issue that is gone or hidden is absent
// without a word; one that Jira failed to read is named, and must not be taken
// for gone.
func readCloud(ctx context.Context, x exchange, ids []string) ([]wireIssue, error) {
	type result struct {
		Issues []wireIssue `json:"issues"`
		Errors []struct {
			ID      string `json:"id"`
			Message string `json:"errorMessage"`
		} `json:"issueErrors"`
	}
	body := map[string]any{"issueIdsOrKeys": ids, "fields": issueFields, "properties": []string{property}}
	got, _, err := do[result](ctx, x, ticket.Call{Path: "/rest/api/3/issue/bulkfetch", Body: body})
	switch {
	case err != nil:
		return nil, err
	case got.Issues == nil:
		return nil, x.Malformed(ticket.Reads, errors.New("the answer has no issues"))
	case len(got.Errors) > 0:
		return nil, &ticket.Failure{
			Certainty: ticket.NotSent, Trouble: ticket.Down,
			Msg: x.Message("Jira could not read the issue " + got.Errors[0].ID + ": " + got.Errors[0].Message),
		}
	}
	return got.Issues, nil
}

func projectsCloud(ctx context.Context, x exchange, at int) (page[wireProject], error) {
	query := url.Values{"action": {"create"}, "orderBy": {"name"}, "maxResults": {"100"}, "startAt": {strconv.Itoa(at)}}
	got, _, err := do[page[wireProject]](ctx, x, ticket.Call{Path: "/rest/api/3/project/search", Query: query})
	if err == nil && got.Values == nil {
		err = x.Malformed(ticket.Reads, errors.New("the answer has no projects"))
	}
	return got, err
}

func resolutionsCloud(ctx context.Context, x exchange, at int) (page[named], error) {
	query := url.Values{"maxResults": {"100"}, "startAt": {strconv.Itoa(at)}}
	got, _, err := do[page[named]](ctx, x, ticket.Call{Path: "/rest/api/3/resolution/search", Query: query})
	if err == nil && got.Values == nil {
		err = x.Malformed(ticket.Reads, errors.New("the answer has no resolutions"))
	}
	return got, err
}

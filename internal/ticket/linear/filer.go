package linear

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"admit/internal/ticket"
)

const maxTitle = 200

// Create implements ticket.Filer. The issue's id comes from the key, and Linear
// refuses an id it has: whatever a call is refused for, the issue may be there
// from an earlier one whose answer was lost.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	id, ok := issueID(d.Key)
	if !ok || !ticket.IsUUID(d.Project) {
		return ticket.Snapshot{}, ticket.Refusal("the key or the team of the ticket is not valid")
	}
	input, err := inputOf(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	input["id"] = id
	made, err := tell[createAnswer](ctx, p.http, mutationCreate, map[string]any{"input": input})
	if err != nil && ticket.FailureOf(err).Certainty == ticket.Refused {
		return p.adopt(ctx, d, id, err)
	}
	if err != nil {
		return ticket.Snapshot{}, err
	}
	return p.stored(d, id, *made.Create.Issue)
}

// adopt returns the issue that is there although it was refused to make it.
func (p *Provider) adopt(ctx context.Context, d ticket.Draft, id string, refusal error) (ticket.Snapshot, error) {
	f := *ticket.FailureOf(refusal)
	got, _, err := ask[issuesAnswer](ctx, p.http, queryIssues, map[string]any{"ids": []string{id}, "first": 1})
	if err == nil && len(got.Issues.Nodes) > 0 {
		return p.stored(d, id, got.Issues.Nodes[0])
	}
	if err == nil && errors.Is(refusal, errTaken) {
		f.Trouble, f.Msg = ticket.Unauthorized, f.Msg+" The account cannot see it: was it moved to a team the account is not in?"
	}
	if err != nil || errors.Is(refusal, errTaken) {
		f.Certainty = ticket.Ambiguous
	}
	return ticket.Snapshot{}, &f
}

// stored returns an issue as Linear has it, with what it did not keep. The
// reference comes also with an error.
func (p *Provider) stored(d ticket.Draft, id string, w wireIssue) (ticket.Snapshot, error) {
	s, err := p.snapshot(w, ticket.Writes)
	if err != nil {
		s = ticket.Snapshot{ID: id, Identifier: line(w.Identifier), URL: ticket.Link(w.URL), Project: d.Project, Outcome: ticket.Open}
	}
	if w.ID != id {
		// Without its id it cannot be found again by its key.
		return s, p.http.Malformed(ticket.Writes, errors.New("the issue did not get the id that was asked for"))
	}
	s.Key, s.Dropped = d.Key, dropped(d, w)
	return s, err
}

// inputOf returns a Draft as an IssueCreateInput.
func inputOf(d ticket.Draft) (map[string]any, error) {
	input := map[string]any{
		"teamId":      d.Project,
		"title":       ticket.Title(d.Title, maxTitle),
		"description": ticket.Printable(d.Body),
	}
	if d.Assignee.ID != "" {
		if !ticket.IsUUID(d.Assignee.ID) {
			return nil, ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
		}
		input["assigneeId"] = d.Assignee.ID
	}
	var wrong []string
	for name, text := range d.Fields {
		if text == "" {
			continue
		}
		f, known := formFields[name]
		if !known || !f.put(input, text) {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return nil, ticket.Refusal("Linear has no such field, or the value cannot be one of it: "+ticket.OneLine(strconv.Quote(wrong[0])), wrong...)
	}
	return input, nil
}

// Find implements ticket.Filer. The id comes from the key, so there is at most
// one. Should Linear's answer be behind, nothing is lost: filing again meets the
// issue.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	id, ok := issueID(key)
	if !ok {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	found, err := p.Read(ctx, []string{id})
	for i := range found {
		found[i].Key = key
	}
	return found, err
}

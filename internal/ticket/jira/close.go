package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if !isID(id) {
		return ticket.Refusal(noTicket)
	}
	return p.say(ctx, id, p.fitted(text))
}

func (p *Provider) say(ctx context.Context, id string, rendered any) error {
	type made struct {
		ID string `json:"id"`
	}
	w, _, err := do[made](ctx, p.http, ticket.Call{
		Path: p.api + "/issue/" + url.PathEscape(id) + "/comment", Body: map[string]any{"body": rendered}, Effect: ticket.Writes,
	})
	if err == nil && w.ID == "" {
		err = p.http.Malformed(ticket.Writes, errors.New("the new comment has no id"))
	}
	return err
}

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, ticket.No)
}

// Complete implements ticket.Completer.
func (p *Provider) Complete(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, ticket.Yes)
}

// end takes an open ticket to an end that reads as wanted. A step without a screen
// drops its comment, so text is a comment of its own, before the step: nothing is
// said of a ticket that has ended. What came of it is read back.
func (p *Provider) end(ctx context.Context, id, text string, wanted ticket.Outcome) error {
	if !isID(id) {
		return ticket.Refusal(noTicket)
	}
	before, w, err := p.standing(ctx, id)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	step, err := p.wayTo(ctx, w, wanted)
	if err != nil {
		return err
	}
	if rendered := p.fitted(text); !w.says(rendered) {
		if err := p.say(ctx, id, rendered); err != nil {
			return err
		}
	}
	_, _, err = do[ticket.Nothing](ctx, p.http, ticket.Call{
		Method: http.MethodPost, Path: p.transitions(id), Body: step, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	after, _, err := p.standing(ctx, id)
	switch {
	case err != nil:
		return ambiguous(err)
	case after.Outcome.Ended() && after.Outcome != wanted: // the workflow had its own way
		return ambiguous(ticket.Refusal(p.http.Message("Jira ended the ticket, but not as was asked for: its status is " + after.Status)))
	case after.Outcome != wanted:
		return ticket.Refusal(p.http.Message("Jira did not end the ticket: its status is " + after.Status))
	}
	return nil
}

// standing reads how a ticket stands, with its comments.
func (p *Provider) standing(ctx context.Context, id string) (ticket.Snapshot, wireIssue, error) {
	w, _, err := p.one(ctx, id, "comment")
	if err != nil {
		return ticket.Snapshot{}, w, err
	}
	s, err := p.snapshot(w)
	return s, w, err
}

// says reports whether an issue has a comment that reads like a rendered text.
func (w wireIssue) says(rendered any) bool {
	sent, err := json.Marshal(rendered)
	return err == nil && slices.ContainsFunc(w.Fields.Comment.Comments, func(c wireComment) bool {
		return letters(c.Body) == letters(sent)
	})
}

// letters are the texts in a document or a string without its blanks: Jira adds
// to what it stores, and breaks lines in its own way.
func letters(body json.RawMessage) string {
	var text string
	if json.Unmarshal(body, &text) != nil {
		var node struct {
			Text    string            `json:"text"`
			Content []json.RawMessage `json:"content"`
		}
		_ = json.Unmarshal(body, &node) // what is none has no text
		text = node.Text
		for _, child := range node.Content {
			text += letters(child)
		}
	}
	return strings.Join(strings.Fields(text), "")
}

func (p *Provider) transitions(id string) string {
	return p.api + "/issue/" + url.PathEscape(id) + "/transitions"
}

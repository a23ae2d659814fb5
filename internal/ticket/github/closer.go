package github

import (
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const noIssue = "the id of the ticket is not valid"

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if !isNodeID(id) {
		return ticket.Refusal(noIssue)
	}
	_, _, _, err := query[map[string]any](ctx, p, commentDocument, map[string]any{"id": id, "body": fit(text)}, ticket.Writes)
	return err
}

// Close implements ticket.Closer. Reason and end are one call, made one after
// the other; if only the first came through, it is not said again.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	if !isNodeID(id) {
		return ticket.Refusal(noIssue)
	}
	type answer struct {
		Node *wireIssue `json:"node"`
	}
	before, _, _, err := query[answer](ctx, p, endDocument, map[string]any{"id": id}, ticket.Reads)
	switch {
	case err != nil:
		return err
	case before.Node == nil || before.Node.Typename != "Issue" || before.Node.State == "":
		return ticket.Refusal("GitHub: there is no issue with this id")
	case before.Node.State != opened:
		return nil
	}
	said := slices.ContainsFunc(before.Node.Comments.Nodes, func(r *wireRemark) bool {
		return r != nil && r.ViewerDidAuthor && same(r.Body, fit(text))
	})
	if said || strings.TrimSpace(text) == "" {
		return p.end(ctx, closeDocument, map[string]any{"id": id})
	}
	return p.end(ctx, endWithDocument, map[string]any{"id": id, "body": fit(text)})
}

// end closes an issue, and looks whether it ended as was asked for: with another
// reason it could pass for done.
func (p *Provider) end(ctx context.Context, document string, variables map[string]any) error {
	type answer struct {
		Close struct {
			Issue wireIssue `json:"issue"`
		} `json:"closeIssue"`
	}
	after, _, _, err := query[answer](ctx, p, document, variables, ticket.Writes)
	if now := after.Close.Issue; err == nil && (now.State != closed || now.StateReason != notPlanned) {
		err = p.graph.Malformed(ticket.Writes, errors.New("the issue was not closed as not planned"))
	}
	return err
}

func fit(text string) string { return ticket.Fit(ticket.Printable(text), maxBody) }

// same reports whether two texts read the same, however their lines end.
func same(a, b string) bool {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return clean(a) == clean(b)
}

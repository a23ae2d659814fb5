package github

import (
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const (
	noIssue   = "the id of the ticket is not valid"
	goneIssue = "GitHub: there is no issue with this id"
)

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if !isNodeID(id) {
		return ticket.Refusal(noIssue)
	}
	_, _, _, err := query[map[string]any](ctx, p, commentDocument, map[string]any{"id": id, "body": fit(text)}, ticket.Writes)
	return err
}

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	return p.finish(ctx, id, text, notPlanned)
}

// Complete implements ticket.Completer. An issue with a label that says that
// nothing was done would not read as done, so it is left open.
func (p *Provider) Complete(ctx context.Context, id, text string) error {
	return p.finish(ctx, id, text, completed)
}

// finish closes an open issue for a reason, with text as a comment. Both are one
// call, made one after the other; if only the first came through, it is not said
// again.
func (p *Provider) finish(ctx context.Context, id, text, reason string) error {
	if !isNodeID(id) {
		return ticket.Refusal(noIssue)
	}
	type answer struct {
		Node *wireIssue `json:"node"`
	}
	before, hidden, a, err := query[answer](ctx, p, endDocument, map[string]any{"id": id}, ticket.Reads)
	if err == nil && before.Node == nil {
		err = p.forbidden(hidden, a)
	}
	switch {
	case err != nil:
		return err
	case before.Node == nil || before.Node.Typename != "Issue" || before.Node.State == "":
		return ticket.Refusal(goneIssue)
	case before.Node.State != opened:
		return nil
	}
	if against, ok := before.Node.against(reason); ok {
		return ticket.Refusal("GitHub: the issue cannot be closed as " + plain(reason) + ", for its " + against.Name + " says otherwise: take that away first")
	}
	said := slices.ContainsFunc(before.Node.Comments.Nodes, func(r *wireRemark) bool {
		return r != nil && r.ViewerDidAuthor && same(r.Body, fit(text))
	})
	variables := map[string]any{"id": id, "reason": reason}
	if said || strings.TrimSpace(text) == "" {
		return p.end(ctx, closeDocument, variables)
	}
	variables["body"] = fit(text)
	return p.end(ctx, endWithDocument, variables)
}

// against returns what would keep an open issue from being read as its reason
// says, once it is closed.
func (w wireIssue) against(reason string) (ticket.Ground, bool) {
	w.State, w.StateReason = closed, reason
	i := slices.IndexFunc(grounds(w), func(g ticket.Ground) bool {
		return g.Outcome != "" && g.Outcome != reasonGround(reason).Outcome
	})
	if i < 0 {
		return ticket.Ground{}, false
	}
	return grounds(w)[i], true
}

// end closes an issue, and looks whether it ended as was asked for: with another
// reason it could pass for something else.
func (p *Provider) end(ctx context.Context, document string, variables map[string]any) error {
	type answer struct {
		Close struct {
			Issue wireIssue `json:"issue"`
		} `json:"closeIssue"`
	}
	after, _, _, err := query[answer](ctx, p, document, variables, ticket.Writes)
	if now := after.Close.Issue; err == nil && (now.State != closed || now.StateReason != variables["reason"]) {
		err = p.graph.Malformed(ticket.Writes, errors.New("the issue was not closed as was asked for"))
	}
	return err
}

func fit(text string) string { return ticket.Fit(ticket.Printable(text), maxBody) }

// same reports whether two texts read the same, however their lines end.
func same(a, b string) bool {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return clean(a) == clean(b)
}

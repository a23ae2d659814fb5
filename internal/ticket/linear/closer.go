package linear

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if !ticket.IsUUID(id) {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	input := map[string]any{"issueId": id, "body": ticket.Printable(text)}
	_, err := tell[commentAnswer](ctx, p.http, mutationComment, map[string]any{"input": input})
	return err
}

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, "canceled")
}

// Complete implements ticket.Completer.
func (p *Provider) Complete(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, "completed")
}

// end moves an open issue to a state of this type. The text and the state go in
// one call. The comment's id comes from its words, so it is known whether an
// earlier call that failed half-way made it.
func (p *Provider) end(ctx context.Context, id, text, kind string) error {
	if !ticket.IsUUID(id) {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	comment := commentID(id, text)
	got, _, err := ask[endingAnswer](ctx, p.http, queryEnding, map[string]any{"ids": []string{id}, "comment": comment, "type": kind})
	if err != nil {
		return err
	}
	if len(got.Issues.Nodes) == 0 {
		return ticket.Refusal("Linear: the issue does not exist, or the account cannot see it")
	}
	w := got.Issues.Nodes[0]
	before, err := p.snapshot(w, ticket.Reads)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	state, ok := endState(w.Team.States.Nodes)
	if !ok {
		return ticket.Refusal("Linear: the team of " + before.Identifier + " has no status of the type " + kind + ": add one")
	}
	after, err := tell[endAnswer](ctx, p.http, mutationEnd, map[string]any{
		"id": id, "state": state, "say": len(got.Comments.Nodes) == 0,
		"comment": map[string]any{"id": comment, "issueId": id, "body": ticket.Printable(text)},
	})
	if err == nil && after.Update.Issue.State.ID != state {
		return ticket.Refusal("Linear did not move " + before.Identifier + " to a status of the type " + kind)
	}
	return err
}

// endState chooses the state of an issue that ends: the first in the team's
// order, but none for duplicates, which older teams have.
func endState(states []wireState) (id string, ok bool) {
	states = slices.DeleteFunc(slices.Clone(states), func(s wireState) bool { return !ticket.IsUUID(s.ID) })
	if len(states) == 0 {
		return "", false
	}
	duplicate := func(s wireState) int {
		if strings.EqualFold(s.Name, "duplicate") {
			return 1
		}
		return 0
	}
	first := slices.MinFunc(states, func(a, b wireState) int {
		return cmp.Or(cmp.Compare(duplicate(a), duplicate(b)), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return first.ID, true
}

package shortcut

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if ticket.ParseID(id) == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	return p.say(ctx, id, text)
}

func (p *Provider) say(ctx context.Context, id, text string) error {
	type comment struct {
		Text string `json:"text"`
	}
	made, _, err := v3[wireComment](ctx, p.http, ticket.Call{
		Path: "/stories/" + id + "/comments", Body: comment{remark(text)}, Effect: ticket.Writes,
	})
	if err == nil && made.ID == 0 {
		err = p.http.Malformed(ticket.Writes, errors.New("the new comment has no id"))
	}
	return err
}

// remark makes text fit for a comment.
func remark(text string) string { return ticket.Clip(ticket.Printable(text), maxText) }

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, ticket.No)
}

// Complete implements ticket.Completer.
func (p *Provider) Complete(ctx context.Context, id, text string) error {
	return p.end(ctx, id, text, ticket.Yes)
}

// end ends an open story so that it reads as want. The text comes first and is
// not repeated: if the answer to it was lost, the story has it.
func (p *Provider) end(ctx context.Context, id, text string, want ticket.Outcome) error {
	now, err := p.http.story(ctx, id)
	if err != nil || *now.Completed || *now.Archived {
		return err
	}
	states, err := p.http.workflows(ctx)
	if err != nil {
		return err
	}
	change, err := p.ending(now, states, want)
	if err != nil {
		return err
	}
	if !now.says(remark(text)) {
		if err := p.say(ctx, id, text); err != nil {
			return err
		}
	}
	after, _, err := v3[[]wireStory](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: "/stories/bulk", Body: change, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	return p.ended(after, states, id, want)
}

// says reports whether a story has a comment. Shortcut may trim it.
func (w wireStory) says(text string) bool {
	return slices.ContainsFunc(w.Comments, func(c wireComment) bool {
		return !c.Deleted && strings.TrimSpace(c.Text) == strings.TrimSpace(text)
	})
}

// ending is the change that ends stories. Changing labels this way leaves alone
// what others set meanwhile.
type ending struct {
	StoryIDs []int64     `json:"story_ids"`
	State    int64       `json:"workflow_state_id,omitempty"`
	Archived bool        `json:"archived,omitempty"`
	Labels   []wireLabel `json:"labels_add,omitempty"`
	Unlabel  []wireLabel `json:"labels_remove,omitempty"`
}

// ending is how a story comes to read as want: in the first state of its workflow
// that says so. If none says no, the archive does, with the label for it.
func (p *Provider) ending(w wireStory, states workflows, want ticket.Outcome) (ending, error) {
	change := ending{StoryIDs: []int64{w.ID}}
	for _, s := range states.in(w.Workflow) {
		if stateGround(s, s.Type == done).Outcome != want {
			continue
		}
		if change.State = s.ID; want == ticket.Yes {
			change.Unlabel = w.labeled(p.declined)
		}
		return change, nil
	}
	if want == ticket.Yes {
		return ending{}, ticket.Refusal("the workflow of the story has no state of the type Done that says yes: add one in Shortcut")
	}
	change.Archived, change.Labels = true, []wireLabel{{p.declined}}
	return change, nil
}

// labeled returns the labels of a story with this name, whatever their capitals.
func (w wireStory) labeled(name string) []wireLabel {
	return slices.DeleteFunc(slices.Clone(w.Labels), func(l wireLabel) bool { return !strings.EqualFold(l.Name, name) })
}

// ended looks at what came of the change.
func (p *Provider) ended(after []wireStory, states workflows, id string, want ticket.Outcome) error {
	i := slices.IndexFunc(after, func(w wireStory) bool { return w.id() == id })
	if i < 0 || after[i].sane(id) != nil {
		return p.http.Malformed(ticket.Writes, errors.New("the changed story is not in the answer"))
	}
	if p.snapshot(after[i].story(states, nil)).Outcome != want {
		return ticket.Refusal("Shortcut did not keep the end of the story: maybe an automation set another")
	}
	return nil
}

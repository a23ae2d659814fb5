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

// ending is the change that ends stories. Adding a label this way leaves alone
// what others set meanwhile.
type ending struct {
	StoryIDs []int64     `json:"story_ids"`
	State    int64       `json:"workflow_state_id,omitempty"`
	Archived bool        `json:"archived,omitempty"`
	Labels   []wireLabel `json:"labels_add,omitempty"`
}

// Close implements ticket.Closer. The reason comes first and is not repeated: if
// the answer to it was lost, the story has it. Then the story goes to the state
// that says no, or into the archive with the label that does.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	now, err := p.http.story(ctx, id)
	if err != nil {
		return err
	}
	if *now.Completed || *now.Archived {
		return nil
	}
	states, err := p.http.workflows(ctx)
	if err != nil {
		return err
	}
	if !now.says(remark(text)) {
		if err := p.say(ctx, id, text); err != nil {
			return err
		}
	}
	change := p.ending(now, states)
	after, _, err := v3[[]wireStory](ctx, p.http, ticket.Call{
		Method: http.MethodPut, Path: "/stories/bulk", Body: change, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	return p.ended(after, id, change)
}

// says reports whether a story has a comment. Shortcut may trim it.
func (w wireStory) says(text string) bool {
	return slices.ContainsFunc(w.Comments, func(c wireComment) bool {
		return !c.Deleted && strings.TrimSpace(c.Text) == strings.TrimSpace(text)
	})
}

func (p *Provider) ending(w wireStory, states workflows) ending {
	for _, flow := range states {
		for _, s := range flow.States {
			if flow.ID == w.Workflow && s.Type == done && declines(s.Name) {
				return ending{StoryIDs: []int64{w.ID}, State: s.ID}
			}
		}
	}
	return ending{StoryIDs: []int64{w.ID}, Archived: true, Labels: []wireLabel{{p.declined}}}
}

// ended looks at what came of the change.
func (p *Provider) ended(after []wireStory, id string, change ending) error {
	i := slices.IndexFunc(after, func(w wireStory) bool { return w.id() == id })
	if i < 0 || after[i].sane(id) != nil {
		return p.http.Malformed(ticket.Writes, errors.New("the changed story is not in the answer"))
	}
	w := after[i]
	if change.State != 0 && w.State != change.State || change.Archived && (!*w.Archived || !(story{labels: w.Labels}).has(p.declined)) {
		return ticket.Refusal("Shortcut did not keep the end of the story: maybe an automation set another")
	}
	return nil
}

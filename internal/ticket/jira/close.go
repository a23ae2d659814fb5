package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"admit/internal/ticket"
)

const noWayOut = "Jira offers no step from the ticket's status to an end that says no: give the workflow a step to a status such as " +
	"Won't Do, or a screen with the field Resolution on the step that closes, and let the service account use it"

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if !isID(id) {
		return ticket.Refusal(noTicket)
	}
	type made struct {
		ID string `json:"id"`
	}
	w, _, err := do[made](ctx, p.http, ticket.Call{
		Path: p.api + "/issue/" + url.PathEscape(id) + "/comment", Body: map[string]any{"body": p.fitted(text)}, Effect: ticket.Writes,
	})
	if err == nil && w.ID == "" {
		err = p.http.Malformed(ticket.Writes, errors.New("the new comment has no id"))
	}
	return err
}

// Close implements ticket.Closer. The step to the end and the comment are one
// call, and what came of both is read back.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	if !isID(id) {
		return ticket.Refusal(noTicket)
	}
	before, comments, err := p.standing(ctx, id)
	if err != nil || before.Outcome.Ended() {
		return err
	}
	step, err := p.wayOut(ctx, id)
	if err != nil {
		return err
	}
	step["update"] = map[string]any{"comment": []any{map[string]any{"add": map[string]any{"body": p.fitted(text)}}}}
	_, _, err = do[ticket.Nothing](ctx, p.http, ticket.Call{
		Method: http.MethodPost, Path: p.transitions(id), Body: step, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	after, said, err := p.standing(ctx, id)
	switch {
	case err != nil:
		return ambiguous(err)
	case after.Outcome.Ended() && after.Outcome != ticket.No: // the workflow had its own way
		return ambiguous(ticket.Refusal(p.http.Message("Jira ended the ticket, but not as not wanted: its status is " + after.Status)))
	case after.Outcome != ticket.No:
		return ticket.Refusal(p.http.Message("Jira did not end the ticket as not wanted: its status is " + after.Status))
	case said > comments:
		return nil
	}
	if err := p.Comment(ctx, id, text); err != nil { // a step without a screen may drop it
		return ambiguous(err)
	}
	return nil
}

// standing reads how a ticket stands, and how many comments it has.
func (p *Provider) standing(ctx context.Context, id string) (ticket.Snapshot, int, error) {
	w, _, err := p.one(ctx, id, "comment")
	if err != nil {
		return ticket.Snapshot{}, 0, err
	}
	s, err := p.snapshot(w)
	return s, w.Fields.Comment.Total, err
}

func (p *Provider) transitions(id string) string {
	return p.api + "/issue/" + url.PathEscape(id) + "/transitions"
}

// wayOut returns the step of the workflow that ends a ticket with no.
func (p *Provider) wayOut(ctx context.Context, id string) (map[string]any, error) {
	type result struct {
		Transitions []wireTransition `json:"transitions"`
	}
	got, _, err := do[result](ctx, p.http, ticket.Call{Path: p.transitions(id), Query: url.Values{"expand": {"transitions.fields"}}})
	if err != nil {
		return nil, err
	}
	if got.Transitions == nil {
		return nil, p.http.Malformed(ticket.Reads, errors.New("the answer has no transitions"))
	}
	var second map[string]any
	for _, t := range got.Transitions {
		step, saysNo := t.step()
		if saysNo {
			return step, nil
		}
		if second == nil {
			second = step
		}
	}
	if second == nil {
		return nil, ticket.Refusal(noWayOut)
	}
	return second, nil
}

// step returns what to send to take a step, nil if it does not end with no.
// saysNo reports that the status it leads to says so itself.
func (t wireTransition) step() (body map[string]any, saysNo bool) {
	if t.ID == "" || t.Available != nil && !*t.Available || t.To.Category.Key != done || t.asksForMore() {
		return nil, false
	}
	body = map[string]any{"transition": map[string]string{"id": string(t.ID)}}
	saysNo = statusGround(t.To).Outcome == ticket.No
	resolution, onScreen := t.Fields["resolution"]
	no, offered := bestRefusal(resolution.Allowed)
	switch {
	case offered:
		body["fields"] = map[string]any{"resolution": map[string]string{"id": string(no.ID)}}
		return body, saysNo
	case saysNo && (!onScreen || !resolution.Required):
		return body, true
	}
	return nil, false
}

// asksForMore reports whether the screen has a required field that Admit cannot
// fill in.
func (t wireTransition) asksForMore() bool {
	for name, f := range t.Fields {
		if f.Required && !f.HasDefault && name != "resolution" {
			return true
		}
	}
	return false
}

// bestRefusal returns the resolution that says no, the one that suits best.
func bestRefusal(resolutions []named) (named, bool) {
	best, rank := named{}, len(refusals)
	for _, r := range resolutions {
		if i := slices.Index(refusals, plain(r.Name)); i >= 0 && i < rank && r.ID != "" {
			best, rank = r, i
		}
	}
	return best, rank < len(refusals)
}

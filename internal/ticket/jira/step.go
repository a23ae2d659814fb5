package jira

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"admit/internal/ticket"
)

// noWay says what is missing where no step leads to an end that is wanted.
var noWay = map[ticket.Outcome]string{
	ticket.No: "Jira offers no step from the ticket's status to an end that says no: give the workflow a step to a status such as " +
		"Won't Do, or a screen with the field Resolution on the step that closes, and let the service account use it",
	ticket.Yes: "Jira offers no step from the ticket's status to an end that says yes: give the workflow a step to a status of the category Done " +
		"whose screen asks for nothing, or for a resolution such as Done, and let the service account use it",
}

// wayTo returns the step of the workflow that ends an issue as wanted, the one
// that says so most plainly. An issue whose sub-tasks say otherwise would not be
// read as done.
func (p *Provider) wayTo(ctx context.Context, w wireIssue, wanted ticket.Outcome) (map[string]any, error) {
	if child, ok := childGround(w.Fields.Subtasks); ok && wanted == ticket.Yes {
		return nil, ticket.Refusal("Jira: the ticket cannot be ended as done: " + child.Name)
	}
	type result struct {
		Transitions []wireTransition `json:"transitions"`
	}
	got, _, err := do[result](ctx, p.http, ticket.Call{Path: p.transitions(string(w.ID)), Query: url.Values{"expand": {"transitions.fields"}}})
	if err != nil {
		return nil, err
	}
	if got.Transitions == nil {
		return nil, p.http.Malformed(ticket.Reads, errors.New("the answer has no transitions"))
	}
	var best map[string]any
	least := 0
	for _, t := range got.Transitions {
		if step, doubt := t.step(wanted); step != nil && (best == nil || doubt < least) {
			best, least = step, doubt
		}
	}
	if best == nil {
		return nil, ticket.Refusal(noWay[wanted])
	}
	return best, nil
}

// step returns what to send to take a step, nil if it does not end as wanted. The
// less doubt there is about that, the better.
func (t wireTransition) step(wanted ticket.Outcome) (body map[string]any, doubt int) {
	if t.ID == "" || t.Available != nil && !*t.Available || t.To.Category.Key != done || t.asksForMore() {
		return nil, 0
	}
	resolution, onScreen := t.Fields["resolution"]
	chosen, offered := bestOf(wanted, resolution.Allowed)
	if !offered && onScreen && resolution.Required {
		return nil, 0
	}
	switch says := statusGround(t.To).Outcome; {
	case wanted == ticket.No && says == ticket.No:
	case wanted == ticket.No && offered:
		doubt = 1
	case wanted == ticket.Yes && says == "" && !isDoubtful(t.Name):
		doubt = t.doubt(offered)
	default:
		return nil, 0
	}
	body = map[string]any{"transition": map[string]string{"id": string(t.ID)}}
	if offered {
		body["fields"] = map[string]any{"resolution": map[string]string{"id": string(chosen.ID)}}
	}
	return body, doubt
}

// doubt is how unsure it is that a step ends with yes: the workflow may set a
// resolution by itself, and a name such as Closed says nothing.
func (t wireTransition) doubt(offered bool) (doubt int) {
	if !offered {
		doubt += 2
	}
	if reads(t.To.Name) != ticket.Yes {
		doubt++
	}
	return doubt
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

// bestOf returns the resolution that reads as wanted, the one that suits best.
func bestOf(wanted ticket.Outcome, resolutions []named) (named, bool) {
	words := successes
	if wanted == ticket.No {
		words = refusals
	}
	best, rank := named{}, len(words)
	for _, r := range resolutions {
		if i := slices.Index(words, plain(r.Name)); i >= 0 && i < rank && r.ID != "" {
			best, rank = r, i
		}
	}
	return best, rank < len(words)
}

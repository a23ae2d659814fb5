package freshservice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// Comment implements ticket.Closer: a private note, which agents see.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	if ticket.ParseID(id) == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	return p.note(ctx, id, text)
}

func (p *Provider) note(ctx context.Context, id, text string) error {
	type body struct {
		Body    string `json:"body"`
		Private bool   `json:"private"`
	}
	type wrapped struct {
		Conversation wireConversation `json:"conversation"`
	}
	made, _, err := do[wrapped](ctx, p.http, ticket.Call{
		Path: "/tickets/" + id + "/notes", Body: body{html(ticket.Printable(text)), true}, Effect: ticket.Writes,
	})
	if err == nil && made.Conversation.ID == 0 {
		err = p.http.Malformed(ticket.Writes, errors.New("the new note has no id"))
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

// end ends an open ticket so that it reads as want. The note comes first and is
// not repeated: if the answer to it was lost, the ticket has it. Then the ticket
// gets the status, with the tags that say what that means.
func (p *Provider) end(ctx context.Context, id, text string, want ticket.Outcome) error {
	if ticket.ParseID(id) == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	now, ok, err := p.one(ctx, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return ticket.Refusal("Freshservice has no ticket #" + id + ", or the service user may not see it")
	case ticket.Outcomes(nil).Judge(p.grounds(now)).Ended():
		return nil
	case now.Tags == nil:
		return ticket.Refusal("Freshservice does not tell the tags of ticket #" + id + ", so that nobody could tell how it ended")
	}
	if err := p.noteOnce(ctx, id, text); err != nil {
		return err
	}
	return p.finish(ctx, now, want)
}

// noteOnce adds a note unless the ticket has it.
func (p *Provider) noteOnce(ctx context.Context, id, text string) error {
	said, err := p.says(ctx, id, text)
	if err != nil || said {
		return err
	}
	return p.note(ctx, id, text)
}

// says reports whether a ticket has a note with this text.
func (p *Provider) says(ctx context.Context, id, text string) (bool, error) {
	notes, err := p.notes(ctx, id)
	if err != nil {
		return false, err
	}
	want := bare(markdown.Text(ticket.Printable(text)))
	return slices.ContainsFunc(notes, func(c wireConversation) bool { return bare(c.Text) == want }), nil
}

// bare leaves the letters and digits of a text, in which all ways to make text of
// HTML agree.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// finish ends a ticket, and looks at what came of it. All tags that shall stay
// must be given.
func (p *Provider) finish(ctx context.Context, now wireTicket, want ticket.Outcome) error {
	type change struct {
		Status int64    `json:"status"`
		Tags   []string `json:"tags"`
	}
	c := change{resolved, slices.DeleteFunc(slices.Clone(now.Tags), p.saysNo)}
	if want == ticket.No {
		c = change{closed, slices.Clone(now.Tags)}
		if !now.has(p.declined[0]) {
			c.Tags = append(c.Tags, p.declined[0])
		}
	}
	after, err := p.put(ctx, now.id(), c)
	switch declined := p.declines(after); {
	case err != nil:
		return err
	case !after.over():
		return ticket.Refusal("Freshservice did not keep the status " + statusName(c.Status) + ": maybe a workflow set another")
	case want == ticket.No && !declined:
		return ticket.Refusal("Freshservice closed ticket #" + now.id() + " without the tag " + p.declined[0] + ", so that it looks done: add the tag by hand")
	case want == ticket.Yes && declined:
		return ticket.Refusal("Freshservice resolved ticket #" + now.id() + " with a tag that says no: maybe a workflow set it. Take it away by hand")
	}
	return nil
}

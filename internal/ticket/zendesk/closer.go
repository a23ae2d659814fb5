package zendesk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// note is a comment that agents see and requesters do not.
func note(text string) wireComment { return wireComment{HTML: render(text)} }

// render returns Markdown as HTML of at most maxText bytes, whose last line is
// there also when the text is cut. Placeholders of Zendesk's templates come out
// as they are written.
func render(text string) string {
	const enough = 1000 // characters that fit whatever they become
	text = ticket.Printable(text)
	for room := min(maxText, utf8.RuneCountInString(text)); ; {
		html := markdown.HTML(ticket.Fit(text, room))
		html = strings.NewReplacer("{{", "&#123;&#123;", "{%", "&#123;%").Replace(html)
		if len(html) <= maxText || room < enough {
			return html
		}
		room = room*maxText/len(html) - room/enough
	}
}

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, text string) error {
	n := parseID(id)
	if n == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	_, _, err := p.http.change(ctx, n, wireNote{note(text)})
	return err
}

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	return p.solve(ctx, id, text, ticket.No)
}

// Complete implements ticket.Completer.
func (p *Provider) Complete(ctx context.Context, id, text string) error {
	return p.solve(ctx, id, text, ticket.Yes)
}

// solve ends an open ticket so that it reads as want: a note, the tags that say
// so, and the status solved, in one call that is refused if somebody else changed
// the ticket since it was read.
func (p *Provider) solve(ctx context.Context, id, text string, want ticket.Outcome) error {
	n := parseID(id)
	if n == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	now, err := p.one(ctx, n)
	if err != nil || p.outcome(now).Ended() {
		return err
	}
	c := wireEnd{wireNote: wireNote{note(text)}, wireStamp: now.stamp(), Status: solved, Tags: p.endTags(now.Tags, want)}
	if now.Assignee == 0 {
		// Nobody can solve a ticket that nobody has.
		me, _, err := p.http.me(ctx)
		if err != nil {
			return err
		}
		c.Assignee = me.ID
	}
	after, answer, err := p.http.change(ctx, n, c)
	if answer.Status == http.StatusUnprocessableEntity && strings.Contains(words(answer.Body), closedAlready) {
		return nil // in the meantime
	}
	if err != nil {
		return c.hinted(err)
	}
	return p.solvedAs(after, want)
}

// endTags returns the tags with which a solved ticket reads as want. All that
// shall stay must be given.
func (p *Provider) endTags(tags []string, want ticket.Outcome) []string {
	kept := slices.Clone(tags)
	if want == ticket.No {
		return append(kept, p.declined[0])
	}
	for _, against := range p.allTags() {
		kept = slices.DeleteFunc(kept, func(tag string) bool { return tagKey(tag) == against.Key })
	}
	return kept
}

// hinted says what to do where the service user cannot take a ticket to solve it.
func (c wireEnd) hinted(err error) error {
	if c.Assignee == 0 || !aboutAssignee(err) {
		return err
	}
	return hint(err, "nobody has the ticket, and the service user cannot take it: add it to the group, or give the ticket to somebody")
}

// solvedAs looks at what came of solving a ticket.
func (p *Provider) solvedAs(after wireTicket, want ticket.Outcome) error {
	got, name := p.outcome(after), "ticket #"+after.ID.String()
	switch {
	case got == want, got == ticket.Unclear && want == ticket.No:
		return nil
	case got == ticket.Yes:
		return ticket.Refusal("Zendesk solved " + name + " without the tag " + p.declined[0] + ", so that it looks done: add the tag by hand")
	case got == ticket.No, got == ticket.Unclear:
		return ticket.Refusal("Zendesk solved " + name + " with a tag by which it does not look done: take the tag away by hand")
	}
	return ticket.Refusal("Zendesk did not keep the status solved: maybe a trigger set another")
}

// one reads a ticket.
func (p *Provider) one(ctx context.Context, id number) (wireTicket, error) {
	found, err := p.http.byIDs(ctx, []string{id.String()})
	if err != nil {
		return wireTicket{}, err
	}
	for _, w := range found.Tickets {
		if w.ID == id {
			return w, p.sane(w)
		}
	}
	return wireTicket{}, ticket.Refusal("Zendesk has no ticket #" + id.String() + ", or the service user may not see it")
}

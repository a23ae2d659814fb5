package zendesk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
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
	_, _, err := p.http.change(ctx, n, wireChange{Comment: note(text)})
	return err
}

// Close implements ticket.Closer: a note, the tag that says no, and the status
// solved, in one call that is refused if somebody else changed the ticket since
// it was read.
func (p *Provider) Close(ctx context.Context, id, text string) error {
	n := parseID(id)
	if n == 0 {
		return ticket.Refusal("the id of the ticket is not valid")
	}
	now, err := p.one(ctx, n)
	if err != nil || p.outcome(now).Ended() {
		return err
	}
	c := wireChange{
		Comment: note(text),
		Status:  solved,
		Tags:    append(slices.Clone(now.Tags), p.declined[0]),
		Safe:    true,
		Stamp:   now.UpdatedAt.Format(time.RFC3339),
	}
	if now.Assignee == 0 {
		// Nobody can solve a ticket that nobody has.
		me, _, err := p.http.me(ctx)
		if err != nil {
			return err
		}
		c.Assignee = me.ID
	}
	return p.solve(ctx, n, c)
}

// solve makes the change that closes a ticket, and looks at what came of it.
func (p *Provider) solve(ctx context.Context, id number, c wireChange) error {
	after, answer, err := p.http.change(ctx, id, c)
	if answer.Status == http.StatusUnprocessableEntity && strings.Contains(words(answer.Body), closedAlready) {
		return nil // in the meantime
	}
	if err != nil {
		return err
	}
	switch p.outcome(after) {
	case ticket.No, ticket.Unclear:
		return nil
	case ticket.Yes:
		return ticket.Refusal("Zendesk solved ticket #" + id.String() + " without the tag " + p.declined[0] + ", so that it looks done: add the tag by hand")
	case ticket.Open, ticket.Deleted:
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

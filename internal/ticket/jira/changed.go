package jira

import (
	"context"
	"fmt"
	"time"

	"admit/internal/ticket"
)

// Changed implements ticket.Reader. Only tickets with our label are looked at.
//
// The newest change comes first. Jira searches an index, but shows issues as its
// database has them, so the times on a page may be later than those it was
// sorted by, and no page can begin after the last time of the one before. In
// this order an issue that changes meanwhile only pushes others to where they
// are seen twice; itself it is seen by the next pass, which goes back to before
// this one began.
//
// Times are written as milliseconds since 1970: a time in words would be read to
// the minute, and in the time zone of the account.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("Jira", at)
	if err != nil {
		return ticket.Page{}, err
	}
	jql := fmt.Sprintf(`labels = "%s" AND updated >= %d ORDER BY updated DESC`, ours, c.Since(p.overlap).Truncate(time.Second).UnixMilli())
	page, answer, err := p.search(ctx, p.http, search{jql: jql, at: c.Page, most: batch})
	if c.Inside() && ticket.IsRefusal(err) {
		// The page has expired: the next poll begins the pass again.
		return ticket.Page{Cursor: ticket.Cursor{Floor: c.From}.String()}, nil
	}
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.snapshots(page.issues)
	if err != nil {
		return ticket.Page{}, err
	}
	next := c.Advance(answer.Date(), tickets, page.next)
	return ticket.Page{Tickets: tickets, Cursor: next.String(), More: next.Inside()}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	page, answer, err := p.search(ctx, p.http, search{jql: `labels = "` + ours + `" ORDER BY updated DESC`, most: 1})
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(page.issues)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), newest, "").String()}, nil
}

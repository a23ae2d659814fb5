package zendesk

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its
// time stamp to where a list shows it, and how far the clocks of several servers
// may be apart.
const overlap = 2 * time.Minute

// Changed implements ticket.Reader. The list of tickets is read from the newest
// change down to where the last pass began. Zendesk can neither leave out other
// people's tickets nor begin at a time; its export can, but is for admins only,
// is read by others too at ten calls a minute for all, and hides the last minute.
//
// A ticket that changes while the pages are read moves to the top, beyond what
// is read: it is newer than the floor of the next pass, which finds it.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("Zendesk", at)
	if err != nil {
		return ticket.Page{}, err
	}
	found, answer, err := p.newest(ctx, c.Page, batch)
	if err != nil && c.Inside() && ticket.FailureOf(err).Certainty == ticket.Refused {
		// Where the list went on is not known any more: the pass begins again.
		again := ticket.Cursor{Floor: c.From}
		return ticket.Page{Cursor: again.String(), More: true}, nil
	}
	if err != nil {
		return ticket.Page{}, err
	}
	read, err := p.snapshots(found)
	if err != nil {
		return ticket.Page{}, err
	}
	next, since := found.Meta.After, c.Since(overlap)
	var changed []ticket.Snapshot
	for _, s := range read {
		if s.UpdatedAt.Before(since) {
			next = ""
			break
		}
		if ticket.IsTicketKey(s.Key) {
			changed = append(changed, s)
		}
	}
	if !found.Meta.HasMore {
		next = ""
	}
	if next != "" && next == c.Page {
		return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("the pages of changed tickets go in circles"))
	}
	return ticket.Page{Tickets: changed, Cursor: c.Advance(answer.Date(), read, next).String(), More: next != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	found, answer, err := p.newest(ctx, "", 1)
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(found)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), newest, "").String()}, nil
}

// newest lists tickets, the last to change first.
func (p *Provider) newest(ctx context.Context, after string, most int) (wireList, ticket.Answer, error) {
	query := url.Values{"sort": {"-updated_at"}, "page[size]": {strconv.Itoa(most)}}
	if after != "" {
		query.Set("page[after]", after)
	}
	return p.http.tickets(ctx, "/tickets", query)
}

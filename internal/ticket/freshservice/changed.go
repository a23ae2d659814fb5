package freshservice

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its time
// stamp to where the list sees it.
const overlap = 2 * time.Minute

// Read implements ticket.Reader: one call for each ticket, see Spec. Deleted
// tickets are read, and say so.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	var found []ticket.Snapshot
	for i, id := range ids {
		if !isID(id) || slices.Contains(ids[:i], id) {
			continue
		}
		w, ok, err := p.one(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, p.snapshot(w))
		}
	}
	return found, nil
}

// Changed implements ticket.Reader: the tickets Admit is the requester of, in
// the order they were created in, which does not change. So what changes while
// the pages are read moves nothing: it comes once more with the next pass, which
// begins before the first page of this one. Only a ticket that is deleted
// meanwhile draws the ones behind it forward: then one at the edge of a page may
// be seen late, by a full read.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("Freshservice", at)
	if err != nil {
		return ticket.Page{}, err
	}
	number := 1
	if c.Page != "" {
		if number, err = strconv.Atoi(c.Page); err != nil || number < 2 {
			return ticket.Page{}, &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Input, Msg: "the cursor is not one of Freshservice's"}
		}
	}
	found, answer, err := p.list(ctx, url.Values{
		"updated_since": {c.Since(overlap).UTC().Format(time.RFC3339)}, "order_type": {"asc"},
		"per_page": {strconv.Itoa(onPage)}, "page": {strconv.Itoa(number)},
	})
	if err != nil {
		return ticket.Page{}, err
	}
	var seen, tickets []ticket.Snapshot
	for _, w := range found {
		if err := p.sane(w, ticket.Reads); err != nil {
			return ticket.Page{}, err
		}
		s := p.snapshot(w)
		if seen = append(seen, s); s.Key != "" {
			tickets = append(tickets, s)
		}
	}
	next := ""
	if len(found) >= onPage {
		next = strconv.Itoa(number + 1)
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(answer.Date(), seen, next).String(), More: next != ""}, nil
}

// fromNow returns the cursor that begins now, by the clock of the answer: the
// list cannot show the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	found, answer, err := p.list(ctx, url.Values{"order_type": {"desc"}, "per_page": {"1"}})
	if err != nil {
		return ticket.Page{}, err
	}
	date := answer.Date().UTC()
	c := ticket.Cursor{Floor: date, Date: date}
	if !ticket.Plausible(date) {
		var seen []ticket.Snapshot
		for _, w := range found {
			seen = append(seen, ticket.Snapshot{UpdatedAt: w.UpdatedAt})
		}
		c = ticket.Cursor{}.Advance(date, seen, "")
	}
	return ticket.Page{Cursor: c.String()}, nil
}

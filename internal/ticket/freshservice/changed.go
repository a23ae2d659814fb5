package freshservice

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	// overlap is how far a poll looks back: how long a change may take from its
	// time stamp to where the list sees it.
	overlap = 2 * time.Minute
	// settled is how old a change must be to be the last of its second, by which
	// Freshservice tells the time.
	settled = 5 * time.Second
	// mostLooks is how many tickets are looked at by themselves for one page.
	mostLooks = 20
)

// Read implements ticket.Reader: one call for each ticket, see Spec, and another
// for one that is closed. Deleted tickets are read, and say so.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	var found []ticket.Snapshot
	for i, id := range ids {
		if ticket.ParseID(id) == 0 || slices.Contains(ids[:i], id) {
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
//
// The list says that a ticket ended and not how. So that one is read by itself,
// once for each of its changes: a call or two more.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	here, err := parsePlace(at)
	if err != nil {
		return ticket.Page{}, err
	}
	found, answer, err := p.list(ctx, url.Values{
		"updated_since": {here.Since(overlap).UTC().Format(time.RFC3339)}, "order_type": {"asc"},
		"per_page": {strconv.Itoa(onPage)}, "page": {strconv.Itoa(here.number)},
	})
	if err != nil {
		return ticket.Page{}, err
	}
	times := make([]ticket.Snapshot, len(found))
	for i, w := range found {
		if err := p.sane(w, ticket.Reads); err != nil {
			return ticket.Page{}, err
		}
		times[i].UpdatedAt = w.UpdatedAt
	}
	tickets, all, err := p.ends(ctx, found, answer.Date(), here.looked)
	if err != nil {
		return ticket.Page{}, err
	}
	next := ""
	switch {
	case !all:
		next = strconv.Itoa(here.number)
	case len(found) >= onPage:
		next = strconv.Itoa(here.number + 1)
	}
	here.Cursor = here.Advance(answer.Date(), times, next)
	return ticket.Page{Tickets: tickets, Cursor: here.String(), More: next != ""}, nil
}

// ends returns the tickets of a page, those that ended as they are now. looked
// says which of these need no look any more, and is told of new ones. all is
// false if some are left for the next call: there are many, or the account takes
// no more calls now, which the next call says if it is still so.
func (p *Provider) ends(ctx context.Context, page []wireTicket, now time.Time, looked map[int64]int64) (tickets []ticket.Snapshot, all bool, err error) {
	looks, noted := 0, 0
	for _, w := range page {
		changed := w.UpdatedAt.Unix()
		switch {
		case !w.over():
			tickets = append(tickets, p.snapshot(w))
			continue
		case looked[w.ID] == changed:
			continue
		case looks == mostLooks:
			return tickets, false, nil
		}
		one, ok, err := p.one(ctx, w.id())
		switch {
		case err != nil && noted == 0:
			return nil, false, err
		case err != nil:
			return tickets, false, nil //nolint:nilerr // it keeps what was looked at; the next call returns the error
		}
		looks++
		if now.Sub(w.UpdatedAt) > settled {
			looked[w.ID] = changed
			noted++
		}
		if ok {
			tickets = append(tickets, p.snapshot(one))
		}
	}
	return tickets, true, nil
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

// place is how far the changes have been read: the cursor, whose page is a
// number, and which tickets that ended were looked at, with the times of their
// changes.
type place struct {
	ticket.Cursor

	number int
	looked map[int64]int64
}

const sep = "."

// String returns the place as parsePlace reads it, without what no poll sees again.
func (p place) String() string {
	parts := []string{p.Cursor.String()}
	for _, id := range slices.Sorted(maps.Keys(p.looked)) {
		if p.looked[id] >= p.Since(overlap).Unix() {
			parts = append(parts, fmt.Sprintf("%d-%d", id, p.looked[id]))
		}
	}
	return strings.Join(parts, sep)
}

func parsePlace(text string) (place, error) {
	parts := strings.Split(text, sep)
	c, err := ticket.ParseCursor("Freshservice", parts[0])
	if err != nil {
		return place{}, err
	}
	p := place{c, 1, map[int64]int64{}}
	if c.Page != "" {
		p.number, err = strconv.Atoi(c.Page)
	}
	for _, part := range parts[1:] {
		id, changed, _ := strings.Cut(part, "-")
		p.looked[ticket.ParseID(id)] = ticket.ParseID(changed)
	}
	if err != nil || p.number < 1 || p.String() != text {
		return place{}, ticket.BadCursor("Freshservice", err)
	}
	return p, nil
}

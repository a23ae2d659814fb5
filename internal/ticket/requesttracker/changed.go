package requesttracker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its
// time stamp to where a search can see it, and how far the clocks of several
// servers may be apart.
const overlap = 2 * time.Minute

// sqlTime is how TicketSQL writes a time, which it reads in the time zone of
// the user who asks. A zone in the text is not understood.
const sqlTime = "2006-01-02 15:04:05"

// dawn is before any change that can matter.
func dawn() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// cursor is how far the changes have been read. A pass goes from a little
// before Floor to the newest change, in the order of (LastUpdated, id), one
// page at a time.
type cursor struct {
	Floor time.Time `json:"f"`           // by Request Tracker's clock it was at least this late ...
	Date  time.Time `json:"d,omitzero"`  // ... when its web server's clock said this
	After time.Time `json:"a,omitzero"`  // inside a pass: the last ticket that was seen
	ID    int64     `json:"i,omitempty"` //
}

// Changed implements ticket.Reader. Only tickets that carry a key are looked at.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := parseCursor(at)
	if err != nil {
		return ticket.Page{}, err
	}
	found, answer, err := p.http.tickets(ctx, search{
		sql:   p.keyColumn() + " IS NOT NULL AND " + c.condition(),
		order: []string{"LastUpdated", "id"},
		most:  batch,
	})
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.snapshots(found.Items)
	if err != nil {
		return ticket.Page{}, err
	}
	next := c
	if !c.inside() {
		next = c.advance(answer.Date(), tickets)
	}
	if !found.goesOn() {
		next.After, next.ID = time.Time{}, 0
		return ticket.Page{Tickets: tickets, Cursor: next.String()}, nil
	}
	last := tickets[len(tickets)-1]
	next.After, next.ID = last.UpdatedAt, id(last.ID).number()
	if c.inside() && !next.beyond(c) {
		return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("the pages of changed tickets go in circles"))
	}
	return ticket.Page{Tickets: tickets, Cursor: next.String(), More: true}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	found, answer, err := p.http.tickets(ctx, search{
		sql:   p.keyColumn() + " IS NOT NULL",
		order: []string{"LastUpdated", "id"},
		desc:  true,
		most:  1,
	})
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(found.Items)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: cursor{}.advance(answer.Date(), newest).String()}, nil
}

// condition selects what a page begins with.
func (c cursor) condition() string {
	if !c.inside() {
		return "LastUpdated > " + quote(c.Floor.Add(-overlap).UTC().Format(sqlTime))
	}
	// TicketSQL has no "at this second": "=" means "on this day".
	return fmt.Sprintf("(LastUpdated > %s OR (LastUpdated > %s AND id > %d))",
		quote(c.After.UTC().Format(sqlTime)), quote(c.After.Add(-time.Second).UTC().Format(sqlTime)), c.ID)
}

// inside reports whether a pass has begun and not ended.
func (c cursor) inside() bool { return !c.After.IsZero() }

// beyond reports whether c is further on in a pass than other.
func (c cursor) beyond(other cursor) bool {
	return c.After.After(other.After) || c.After.Equal(other.After) && c.ID > other.ID
}

// advance raises the floor after the first page of a pass. Two things tell how
// late it must be by Request Tracker's clock: a change that was seen, and the
// time that went by on its web server's clock since the floor was set. Without
// the second, a system where nothing happens would show its last changes again
// in each poll. The floor never passes the web server's own time, so that a
// clock that was wrong for a moment does no lasting harm.
func (c cursor) advance(date time.Time, seen []ticket.Snapshot) cursor {
	floor := c.Floor
	if !plausible(date) {
		date = time.Time{}
	}
	if !date.IsZero() && !c.Date.IsZero() {
		floor = floor.Add(date.Sub(c.Date))
	}
	for _, s := range seen {
		if s.UpdatedAt.After(floor) {
			floor = s.UpdatedAt
		}
	}
	if !date.IsZero() && floor.After(date) {
		floor = date
	}
	if floor.Before(dawn()) {
		floor = dawn()
	}
	return cursor{Floor: floor.UTC(), Date: date.UTC()}
}

// String returns the cursor as the engine keeps it.
func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // only for a year beyond 9999, which parsing refuses
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text string) (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err == nil && (c.Floor.IsZero() || c.ID < 0 || c.inside() != (c.ID > 0)) {
		err = errors.New("a part of it is missing")
	}
	for _, t := range []time.Time{c.Floor, c.Date, c.After} {
		if err == nil && !t.IsZero() && !plausible(t) {
			err = errors.New("a time in it cannot be")
		}
	}
	if err != nil {
		return cursor{}, notSent("the cursor is not one of Request Tracker's", err)
	}
	return c, nil
}

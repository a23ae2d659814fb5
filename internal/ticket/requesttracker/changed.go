package requesttracker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its
// time stamp to where a search can see it, and how far the clocks of several
// servers may be apart.
const overlap = 2 * time.Minute

// position is where in the order of (LastUpdated, id) a page ends. It is kept in
// Cursor.Page.
type position struct {
	at time.Time
	id int64
}

// Changed implements ticket.Reader. Only tickets that carry a key are looked at.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, from, err := parseCursor(at)
	if err != nil {
		return ticket.Page{}, err
	}
	since := "LastUpdated > " + sqlTime(c.Since(overlap))
	if c.Inside() {
		since = from.beyond()
	}
	found, answer, err := p.http.tickets(ctx, search{sql: p.hasKey() + " AND " + since, order: inOrder(), most: batch})
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.snapshots(found.Items)
	if err != nil {
		return ticket.Page{}, err
	}
	next := ""
	if found.goesOn() {
		last := tickets[len(tickets)-1]
		to := position{last.UpdatedAt, id(last.ID).number()}
		if c.Inside() && !to.after(from) {
			return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("the pages of changed tickets go in circles"))
		}
		next = to.String()
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(answer.Date(), tickets, next).String(), More: next != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	found, answer, err := p.http.tickets(ctx, search{sql: p.hasKey(), order: inOrder(), desc: true, most: 1})
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(found.Items)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), newest, "").String()}, nil
}

// hasKey selects the tickets of Admit.
func (p *Provider) hasKey() string { return p.keyColumn() + " IS NOT NULL" }

// inOrder is the order of a pass: a ticket that changes moves to its end.
func inOrder() []string { return []string{"LastUpdated", "id"} }

// sqlTime is how TicketSQL writes a time, which it reads in the time zone of
// the user who asks. A zone in the text is not understood.
func sqlTime(t time.Time) string { return quote(t.UTC().Format(time.DateTime)) }

// beyond selects what comes after a position. TicketSQL has no "at this second":
// "=" means "on this day".
func (p position) beyond() string {
	return fmt.Sprintf("(LastUpdated > %s OR (LastUpdated > %s AND id > %d))", sqlTime(p.at), sqlTime(p.at.Add(-time.Second)), p.id)
}

func (p position) after(other position) bool {
	return p.at.After(other.at) || p.at.Equal(other.at) && p.id > other.id
}

// String returns the position as Cursor.Page keeps it.
func (p position) String() string { return fmt.Sprintf("%d/%d", p.at.Unix(), p.id) }

func parseCursor(text string) (ticket.Cursor, position, error) {
	c, err := ticket.ParseCursor("Request Tracker", text)
	if err != nil || !c.Inside() {
		return c, position{}, err
	}
	at, number, _ := strings.Cut(c.Page, "/")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if from := (position{time.Unix(seconds, 0).UTC(), id(number).number()}); err == nil && isID(number) && ticket.Plausible(from.at) {
		return c, from, nil
	}
	return c, position{}, ticket.BadCursor("Request Tracker", err)
}

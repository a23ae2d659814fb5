package gitlab

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its time
// stamp to the end of its transaction, and how far the clocks of GitLab's servers
// may be apart.
const overlap = 2 * time.Minute

// Changed implements ticket.Reader. It looks at the issues the account created,
// in the order of their changes, each page from the time of the last one of the
// page before. So an issue that changes meanwhile only comes later. It is one
// call, and one more for an issue that was just moved: its successor keeps the
// time of its last change, and is seldom on the page.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	query := mine()
	query.Set("order_by", "updated_at")
	if at == "" {
		return p.fromNow(ctx, query)
	}
	c, err := parseCursor(at)
	if err != nil {
		return ticket.Page{}, err
	}
	here := c.place()
	here.ask(query)
	found, answer, err := list[wireIssue](ctx, p.http, "/issues", query)
	// It may come in parts; but the place behind it is counted in whole pages.
	for part := 1; err == nil && here.page < 0 && found.next != nil && part < batch && part*sizeOf(found.next) < batch && len(found.Items) < batch; part++ {
		var more page[wireIssue]
		more, _, err = list[wireIssue](ctx, p.http, "/issues", found.next)
		found = page[wireIssue]{append(found.Items, more.Items...), more.next}
	}
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, origins, err := p.settle(ctx, c.news(found.Items))
	if err != nil {
		return ticket.Page{}, err
	}
	tickets = c.rename(tickets, origins)
	behind := ""
	if next, more := here.beyond(found, lastPage(answer)); more {
		if next.page > mostPages {
			return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("the pages of changed issues go in circles"))
		}
		behind = next.String()
	}
	c.Cursor = c.Advance(answer.Date(), seen(found.Items), behind)
	return ticket.Page{Tickets: tickets, Cursor: c.String(), More: behind != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context, query url.Values) (ticket.Page, error) {
	query.Set("sort", "desc")
	query.Set("per_page", "1")
	newest, answer, err := list[wireIssue](ctx, p.http, "/issues", query)
	if err != nil {
		return ticket.Page{}, err
	}
	if slices.ContainsFunc(newest.Items, func(w wireIssue) bool { return !w.whole() }) {
		return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("an issue without ids, state or times"))
	}
	return ticket.Page{Cursor: cursor{Cursor: ticket.Cursor{}.Advance(answer.Date(), seen(newest.Items), "")}.String()}, nil
}

// seen is what tells of the times of a page.
func seen(found []wireIssue) []ticket.Snapshot {
	times := make([]ticket.Snapshot, len(found))
	for i, w := range found {
		times[i].UpdatedAt = w.UpdatedAt
	}
	return times
}

// place is where a page begins: with the changes at or after a time.
//
// More changes than one page may have the same time, to the millisecond that
// GitLab tells. They are read by number, from the last page to the first: an issue
// that changes meanwhile leaves them, which moves only what is behind it, and that
// was read. How many pages they are is asked first.
type place struct {
	after time.Time
	page  int // 1 and up: from there on. 0: how many are of this time? -1 and down: page 1 and up of these
}

// ask adds to a query what the page is to hold.
func (l place) ask(query url.Values) {
	query.Set("sort", "asc")
	query.Set("updated_after", stamp(l.after))
	if l.page <= 0 {
		query.Set("updated_before", stamp(l.after.Add(time.Millisecond)))
	}
	query.Set("page", strconv.Itoa(max(l.page, -l.page, 1)))
}

// beyond returns the place behind a page, if there is one. last is how many pages
// there are.
func (l place) beyond(found page[wireIssue], last int) (place, bool) {
	all := place{l.after.Add(time.Millisecond), 1}
	switch {
	case l.page < -1:
		return place{l.after, l.page + 1}, true
	case l.page == -1:
		return all, true
	case l.page == 0 && last > 1:
		return place{l.after, -last}, true
	case l.page == 0:
		return all, true
	case found.next == nil:
		return place{}, false
	case len(found.Items) == 0: // nothing on it may be seen
		return place{l.after, l.page + 1}, true
	}
	if at := found.Items[len(found.Items)-1].UpdatedAt.Truncate(time.Millisecond); at.After(l.after) {
		return place{at, 1}, true
	}
	return place{l.after, 0}, true
}

// lastPage returns how many pages an answer says there are.
func lastPage(a ticket.Answer) int {
	if n, err := strconv.Atoi(a.Header.Get("X-Total-Pages")); err == nil {
		return min(n, mostPages)
	}
	return mostPages // GitLab does not count more than 10,000 rows
}

// String returns the place as a cursor keeps it.
func (l place) String() string { return fmt.Sprintf("%d/%d", l.after.UnixMilli(), l.page) }

func parsePlace(text string) (place, bool) {
	at, page, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(page)
	l := place{time.UnixMilli(ticket.ParseID(at)).UTC(), n}
	return l, err == nil && ticket.Plausible(l.after) && l.String() == text && n >= -mostPages && n <= mostPages
}

// cursor is how far the changes have been read, and what was moved on the way:
// the new issue does not tell which one it was.
type cursor struct {
	ticket.Cursor
	Moved []move
}

// move says that a ticket goes on as another issue.
type move struct {
	Now  int64  `json:"n"` // the id of the issue
	From string `json:"f"` // the ticket's id
}

// mostMoves is how many moves a cursor keeps. Older ones are still found when the
// ticket is read by its id.
const mostMoves = 50

// news leaves out the issues that were moved and of which that was seen: what
// happens since happens to their successors.
func (c *cursor) news(found []wireIssue) []wireIssue {
	old := func(w wireIssue) bool {
		next := func(other wireIssue) bool { return other.ID == w.MovedTo }
		return w.MovedTo != 0 && c.known(w.MovedTo) >= 0 && !slices.ContainsFunc(found, next)
	}
	return slices.DeleteFunc(slices.Clone(found), old)
}

// rename gives the tickets that were moved earlier the ids they had, and notes
// those that were moved since: origins, by the id of the issue they are now.
func (c *cursor) rename(tickets []ticket.Snapshot, origins map[int64]ref) []ticket.Snapshot {
	for now, from := range origins {
		first := from.String()
		if i := c.known(from.ID); i >= 0 {
			first = c.Moved[i].From
			c.Moved = slices.Delete(c.Moved, i, i+1)
		}
		if c.known(now) < 0 {
			c.Moved = append(c.Moved, move{now, first})
		}
	}
	c.Moved = c.Moved[max(0, len(c.Moved)-mostMoves):]
	for i, s := range tickets {
		for now, from := range origins {
			if s.ID == from.String() {
				tickets[i].ID = c.first(now, s.ID)
			}
		}
		tickets[i].ID = c.first(idOf(s.ID), tickets[i].ID)
	}
	return tickets
}

// first returns the id of the ticket an issue began as.
func (c *cursor) first(issue int64, otherwise string) string {
	if i := c.known(issue); i >= 0 {
		return c.Moved[i].From
	}
	return otherwise
}

func (c *cursor) known(issue int64) int {
	return slices.IndexFunc(c.Moved, func(m move) bool { return m.Now == issue })
}

// place returns where the next page begins.
func (c *cursor) place() place {
	if l, ok := parsePlace(c.Page); ok {
		return l
	}
	return place{c.Since(overlap).Truncate(time.Millisecond), 1}
}

// String returns the cursor as the engine keeps it.
func (c cursor) String() string {
	text := c.Cursor.String()
	if len(c.Moved) == 0 {
		return text
	}
	b, err := json.Marshal(c.Moved)
	if err != nil {
		return text
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text string) (cursor, error) {
	first, rest, hasMoves := strings.Cut(text, ".")
	at, err := ticket.ParseCursor("GitLab", first)
	if err != nil {
		return cursor{}, err
	}
	c := cursor{Cursor: at}
	if _, ok := parsePlace(c.Page); c.Inside() && !ok {
		return cursor{}, ticket.BadCursor("GitLab", errors.New("its page is none"))
	}
	if !hasMoves {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err == nil {
		err = json.Unmarshal(b, &c.Moved)
	}
	odd := func(m move) bool { _, ok := parseRef(m.From); return !ok || m.Now <= 0 }
	if err == nil && (len(c.Moved) > mostMoves || slices.ContainsFunc(c.Moved, odd)) {
		err = errors.New("its moves are none")
	}
	if err != nil {
		return cursor{}, ticket.BadCursor("GitLab", err)
	}
	return c, nil
}

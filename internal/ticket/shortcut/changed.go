package shortcut

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its time
// stamp to where a list sees it.
const overlap = 2 * time.Minute

// Read implements ticket.Reader. Stories in the archive are read too. Owners come
// without e-mail address: only the list of all members has it. Ids that are not
// there only narrow the list, as its documentation has it; should Shortcut refuse
// them one day, reading fails and nothing is taken for gone.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	wanted := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return ticket.ParseID(id) == 0 })
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) == 0 {
		return nil, nil
	}
	if len(wanted) > batch {
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	got, _, err := p.list(ctx, url.Values{"ids": {strings.Join(wanted, ",")}, "limit": {strconv.Itoa(batch)}}, "", storyFields+",comments")
	if err != nil {
		return nil, err
	}
	if got.Next != "" {
		return nil, p.http.Malformed(ticket.Reads, errors.New("more stories than were asked for"))
	}
	var found []ticket.Snapshot
	for _, w := range got.Entities {
		if !slices.Contains(wanted, w.id()) {
			continue
		}
		if err := w.sane(); err != nil {
			return nil, p.http.Malformed(ticket.Reads, err)
		}
		found = append(found, p.snapshot(w.story()))
	}
	return found, nil
}

// Changed implements ticket.Reader. The list is that of the whole workspace, the
// newest change first: one by label would need another call to find the label,
// and the search has no names. What changes during a pass moves to its front, out
// of sight: it is newer than where the next pass ends, which sees it. When stories
// went away meanwhile, others may have moved from the page that comes to one that
// was read: then the pass begins again. Comments are left out: they may be long,
// and are other people's too.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("Shortcut", at)
	if err != nil {
		return ticket.Page{}, err
	}
	here, err := parseLook(c.Page)
	if err != nil {
		return ticket.Page{}, err
	}
	got, answer, err := p.list(ctx, byChange(batch), here.cursor, storyFields)
	if here.cursor != "" && ticket.IsRefusal(err) {
		return ticket.Page{Cursor: ticket.Cursor{Floor: c.From}.String()}, nil // Shortcut forgot the page
	}
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, seen, ended, err := p.since(got, c.Since(overlap))
	if err != nil {
		return ticket.Page{}, err
	}
	cursor, err := got.next()
	if err != nil || cursor != "" && (cursor == here.cursor || len(seen) == 0) {
		return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.Join(err, errors.New("the pages of changed stories do not go on")))
	}
	if *got.Total < here.total {
		return ticket.Page{Tickets: tickets, Cursor: ticket.Cursor{Floor: c.From}.String(), More: true}, nil
	}
	next := ""
	if cursor != "" && !ended {
		next = look{*got.Total, cursor}.String()
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(answer.Date(), seen, next).String(), More: next != ""}, nil
}

func byChange(limit int) url.Values {
	return url.Values{"order_by": {"updated_at"}, "order_dir": {"desc"}, "limit": {strconv.Itoa(limit)}}
}

// since returns the tickets of Admit on a page that changed since a time, the
// times of all stories on it, and whether the page goes back to before that time.
func (p *Provider) since(page wireList, since time.Time) (tickets, seen []ticket.Snapshot, ended bool, err error) {
	for _, w := range page.Entities {
		if w.UpdatedAt.IsZero() {
			return nil, nil, false, p.http.Malformed(ticket.Reads, errors.New("a story without the time of its change"))
		}
		seen = append(seen, ticket.Snapshot{UpdatedAt: w.UpdatedAt.UTC()})
		if w.UpdatedAt.Before(since) {
			ended = true
			continue
		}
		if !ticket.IsTicketKey(w.ExternalID) {
			continue
		}
		if err := w.sane(); err != nil {
			return nil, nil, false, p.http.Malformed(ticket.Reads, err)
		}
		tickets = append(tickets, p.snapshot(w.story()))
	}
	return tickets, seen, ended, nil
}

// look is where a page of a pass begins. It is what Cursor.Page holds.
type look struct {
	total  int64 // how many stories there were at the page before
	cursor string
}

// String returns the look as parseLook reads it.
func (l look) String() string { return strconv.FormatInt(l.total, 10) + " " + l.cursor }

func parseLook(text string) (look, error) {
	if text == "" {
		return look{}, nil
	}
	total, cursor, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(total, 10, 64)
	if l := (look{n, cursor}); err == nil && cursor != "" && l.String() == text {
		return l, nil
	}
	return look{}, ticket.BadCursor("Shortcut", err)
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	got, answer, err := p.list(ctx, byChange(1), "", "id,updated_at")
	if err != nil {
		return ticket.Page{}, err
	}
	_, seen, _, err := p.since(got, time.Time{})
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), seen, "").String()}, nil
}

package linear

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its time
// stamp to where a search sees it.
const overlap = 2 * time.Minute

// Read implements ticket.Reader. Issues in the archive and in the trash are
// read too. Linear takes other words for an issue as well (ENG-12); those change,
// and are no ids.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	wanted := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !ticket.IsUUID(id) })
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) == 0 {
		return nil, nil
	}
	if len(wanted) > batch {
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	got, _, err := ask[issuesAnswer](ctx, p.http, queryRead, map[string]any{"ids": wanted, "first": len(wanted)})
	if half := len(wanted) / 2; half > 0 && errors.Is(err, ticket.ErrTooMuch) {
		first, err := p.Read(ctx, wanted[:half])
		if err != nil {
			return nil, err
		}
		rest, err := p.Read(ctx, wanted[half:])
		return append(first, rest...), err
	}
	if err != nil {
		return nil, err
	}
	found, err := p.snapshots(got.Issues.Nodes)
	return slices.DeleteFunc(found, func(s ticket.Snapshot) bool { return !slices.Contains(wanted, s.ID) }), err
}

// Changed implements ticket.Reader: the issues this account created. Linear
// shows the newest change first, and a page begins behind the last issue of the
// page before. So what changes during a pass moves to its front, out of sight: a
// pass of several pages looks there again before it ends.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("Linear", at)
	if err != nil {
		return ticket.Page{}, err
	}
	here, err := parseLook(c.Page)
	if err != nil {
		return ticket.Page{}, err
	}
	since := c.Since(overlap)
	if here.again {
		since = here.front
	}
	filter := map[string]any{"updatedAt": map[string]any{"gte": since.UTC().Format(time.RFC3339Nano)}}
	got, answer, err := p.ours(ctx, filter, here.after, batch)
	if here.after != "" && ticket.IsRefusal(err) {
		// The issue the page begins behind is gone: the pass begins again.
		return ticket.Page{Cursor: ticket.Cursor{Floor: c.From}.String()}, nil
	}
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.snapshots(got.Issues.Nodes)
	if err != nil {
		return ticket.Page{}, err
	}
	next := got.Issues.next()
	if next != "" && (next == here.after || len(tickets) == 0) {
		return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("the pages of changed issues go in circles"))
	}
	page := here.next(next, tickets)
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(answer.Date(), tickets, page).String(), More: page != ""}, nil
}

// look is where a page of a pass begins. It is what Cursor.Page holds.
type look struct {
	again bool      // it is the second look at the front
	front time.Time // the newest change when the pass began; zero before the first page
	after string    // the issue before the page
}

// String returns the look as parseLook reads it.
func (l look) String() string {
	mark := ">"
	if l.again {
		mark = "+"
	}
	return mark + strconv.FormatInt(l.front.UnixMilli(), 10) + " " + l.after
}

func parseLook(text string) (look, error) {
	if text == "" {
		return look{}, nil
	}
	front, after, ok := strings.Cut(text[1:], " ")
	n, err := strconv.ParseInt(front, 10, 64)
	l := look{again: text[0] == '+', front: time.UnixMilli(n).UTC(), after: after}
	if !ok || err != nil || !ticket.Plausible(l.front) || l.String() != text {
		return look{}, ticket.BadCursor("Linear", err)
	}
	return l, nil
}

// next returns where the page behind this one begins, "" at the end of the pass.
func (l look) next(after string, seen []ticket.Snapshot) string {
	first := l.front.IsZero()
	for _, s := range seen {
		if first && s.UpdatedAt.After(l.front) {
			l.front = s.UpdatedAt
		}
	}
	switch {
	case after != "":
		l.after = after
	case !first && !l.again:
		l.again, l.after = true, ""
	default:
		return ""
	}
	return l.String()
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	got, answer, err := p.ours(ctx, map[string]any{}, "", 1)
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(got.Issues.Nodes)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), newest, "").String()}, nil
}

// ours finds issues this account created, by the time of their last change: the
// first of them, or fewer if that is too much at once.
func (p *Provider) ours(ctx context.Context, filter map[string]any, after string, first int) (issuesAnswer, ticket.Answer, error) {
	filter["creator"] = map[string]any{"isMe": map[string]any{"eq": true}}
	variables := map[string]any{"filter": filter, "first": first}
	if after != "" {
		variables["after"] = after
	}
	got, answer, err := ask[issuesAnswer](ctx, p.http, queryChanged, variables)
	if half := first / 2; half > 0 && errors.Is(err, ticket.ErrTooMuch) {
		return p.ours(ctx, filter, after, half)
	}
	return got, answer, err
}

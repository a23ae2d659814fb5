package github

import (
	"context"
	"errors"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its
// time stamp to where a list shows it, and how far clocks may be apart.
const overlap = 2 * time.Minute

// Read implements ticket.Reader.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	if len(ids) > batch {
		return nil, refused("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	var wanted []string
	for _, id := range ids {
		if isNodeID(id) {
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	type answer struct {
		Nodes []*wireIssue `json:"nodes"`
	}
	got, hidden, a, err := query[answer](ctx, p, readDocument, map[string]any{"ids": wanted}, ticket.Reads)
	if err != nil {
		return nil, err
	}
	if len(got.Nodes) != len(wanted) {
		return nil, p.graph.Malformed(ticket.Reads, errors.New("not as many nodes as were asked for"))
	}
	for i, w := range got.Nodes {
		if w != nil && w.Typename == "Issue" && w.ID != "" {
			w.ID = wanted[i] // an old form of an id, or that of a place an issue was moved from, brings the issue with a new one
		}
	}
	tickets, err := p.snapshots(got.Nodes)
	if e, ok := hidden.forbidden(); ok && err == nil && len(tickets) == 0 {
		// Not one issue is gone: the token has lost its rights.
		return nil, p.failureOf(e, graphAnswer{}, a, ticket.Reads)
	}
	return tickets, err
}

// Changed implements ticket.Reader. The list is ordered by the time of the last
// change, and a page begins behind the last issue of the page before, by its
// time: what changes meanwhile moves to the end and is met there.
func (p *Provider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("GitHub", at)
	if err != nil {
		return ticket.Page{}, err
	}
	variables := map[string]any{
		"first":  batch,
		"order":  order("UPDATED_AT", "ASC"),
		"filter": map[string]string{"since": c.Since(overlap).UTC().Format(time.RFC3339)},
	}
	if c.Inside() {
		variables["after"] = c.Page
	}
	list, answer, err := p.list(ctx, variables)
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.snapshots(list.Nodes)
	if err != nil {
		return ticket.Page{}, err
	}
	page := ""
	if list.PageInfo.HasNextPage {
		if page = list.PageInfo.EndCursor; page == "" || page == c.Page {
			return ticket.Page{}, p.graph.Malformed(ticket.Reads, errors.New("the pages of changed issues go in circles"))
		}
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(answer.Date(), tickets, page).String(), More: page != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	list, answer, err := p.list(ctx, map[string]any{"first": 1, "order": order("UPDATED_AT", "DESC")})
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(list.Nodes)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(answer.Date(), newest, "").String()}, nil
}

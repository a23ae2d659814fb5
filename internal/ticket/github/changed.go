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
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
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
	got, hidden, a, err := p.byID(ctx, wanted)
	if isTooMuch(err) && len(wanted) > 1 {
		first, err := p.Read(ctx, wanted[:len(wanted)/2])
		if err != nil {
			return nil, err
		}
		rest, err := p.Read(ctx, wanted[len(wanted)/2:])
		return append(first, rest...), err
	}
	if err != nil {
		return nil, err
	}
	for i, w := range got {
		switch {
		case w == nil || w.ID == wanted[i] || w.ID == "":
		case isOldForm(wanted[i]):
			w.ID = wanted[i]
		default:
			got[i] = nil // moved to another repository, where it has this other id
		}
	}
	tickets, err := p.snapshots(got)
	if err == nil && len(tickets) == 0 {
		err = p.forbidden(hidden, a) // not one issue is gone: the token has lost its rights
	}
	return tickets, err
}

// byID asks for issues by their ids. In the place of one that is not there for
// us comes nil.
func (p *Provider) byID(ctx context.Context, ids []string) ([]*wireIssue, problems, ticket.Answer, error) {
	type answer struct {
		Nodes []*wireIssue `json:"nodes"`
	}
	got, hidden, a, err := query[answer](ctx, p, readDocument, map[string]any{"ids": ids}, ticket.Reads)
	if err == nil && len(got.Nodes) != len(ids) {
		err = p.graph.Malformed(ticket.Reads, errors.New("not as many nodes as were asked for"))
	}
	return got.Nodes, hidden, a, err
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
	list, err := p.list(ctx, variables)
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
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(list.at, tickets, page).String(), More: page != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	list, err := p.list(ctx, map[string]any{"first": 1, "order": order("UPDATED_AT", "DESC")})
	if err != nil {
		return ticket.Page{}, err
	}
	newest, err := p.snapshots(list.Nodes)
	if err != nil {
		return ticket.Page{}, err
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(list.at, newest, "").String()}, nil
}

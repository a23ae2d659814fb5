package freshservice

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// Create implements ticket.Filer. It is one call: Freshservice answers with what
// it stored.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	filled, err := p.fill(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	type wrapped struct {
		Ticket wireTicket `json:"ticket"`
	}
	made, _, err := do[wrapped](ctx, p.http, ticket.Call{Path: "/tickets", Body: filled, Effect: ticket.Writes})
	if err != nil {
		return ticket.Snapshot{}, named(err, d.Fields)
	}
	w := made.Ticket
	if err := p.sane(w, ticket.Writes); err != nil {
		if w.ID <= 0 {
			return ticket.Snapshot{}, err
		}
		return ticket.Snapshot{ID: w.id(), Identifier: "#" + w.id(), URL: p.base + "/a/tickets/" + w.id(), Project: d.Project, Outcome: ticket.Open}, err
	}
	snap := p.snapshot(w, d.Assignee)
	if w.key() != d.Key {
		return snap, p.http.Malformed(ticket.Writes, errors.New("the new ticket has another key"))
	}
	snap.Dropped = p.titles(ctx, dropped(d, w))
	return snap, nil
}

// fill makes a draft what Freshservice takes. A ticket is open and of low
// priority unless the form says otherwise; both must be given.
func (p *Provider) fill(d ticket.Draft) (map[string]any, error) {
	if !ticket.IsTicketKey(d.Key) || ticket.ParseID(d.Project) == 0 {
		return nil, ticket.Refusal("the key or the group of the ticket is not valid")
	}
	if d.Type != "" && d.Type != incident {
		return nil, ticket.Refusal("only incidents can be filed")
	}
	filled := map[string]any{
		"subject":     ticket.Title(d.Title, maxTitle),
		"description": html(d.Body),
		"email":       p.email,
		"status":      opened,
		"priority":    1,
		"group_id":    ticket.ParseID(d.Project),
		"tags":        []string{ours, d.Key},
	}
	if p.workspace != "" {
		filled["workspace_id"] = ticket.ParseID(p.workspace)
	}
	if d.Assignee.ID != "" {
		if ticket.ParseID(d.Assignee.ID) == 0 {
			return nil, ticket.Refusal("the assignee of the ticket is not valid", ticket.AssigneeField)
		}
		filled["responder_id"] = ticket.ParseID(d.Assignee.ID)
	}
	return filled, put(filled, d.Fields)
}

// html renders Markdown, cut so that its last line stays and the whole fits.
func html(text string) string {
	const enough = 1000
	for room := maxBody; ; room = room * 3 / 4 {
		rendered := markdown.HTML(ticket.Fit(text, room))
		if len(rendered) <= maxText || room < enough {
			return rendered
		}
	}
}

// fresh is how far back the list of new tickets is read for a key. What is older
// is in the index of the filter, which may be minutes behind.
const fresh = 30 * time.Minute

// newPages is how many pages of new tickets are read at most: more are not filed
// in that time.
const newPages = 20

// Find implements ticket.Filer. Two reads together tell: the list of the newest
// tickets is up to date, and the filter by tag knows all that are older. What
// they find is read by itself.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsTicketKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	newest, err := p.newest(ctx, key)
	if err != nil {
		return nil, err
	}
	tagged, err := p.tagged(ctx, key)
	if err != nil {
		return nil, err
	}
	ids := slices.Concat(newest, tagged)
	slices.Sort(ids)
	var tickets []ticket.Snapshot
	for _, id := range slices.Compact(ids) {
		w, ok, err := p.one(ctx, strconv.FormatInt(id, 10))
		if err != nil {
			return nil, err
		}
		switch {
		case ok && w.key() == key:
			tickets = append(tickets, p.snapshot(w, p.agent(ctx, w.Responder)...))
		case ok && slices.Contains(tagged, id):
			// The condition was not heard: who knows what else was left out.
			return nil, p.http.Malformed(ticket.Reads, errors.New("a ticket with another tag than was asked for"))
		}
	}
	return tickets, nil
}

// newest returns those of the newest tickets whose text carries a key.
func (p *Provider) newest(ctx context.Context, key string) ([]int64, error) {
	var found []int64
	for n := range newPages {
		query := url.Values{"order_type": {"desc"}, "per_page": {strconv.Itoa(onPage)}, "page": {strconv.Itoa(n + 1)}}
		page, answer, err := p.list(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, w := range page {
			if err := p.sane(w, ticket.Reads); err != nil {
				return nil, err
			}
			if w.key() == key {
				found = append(found, w.ID)
			}
		}
		if len(page) < onPage || page[len(page)-1].CreatedAt.Before(answer.Date().Add(-fresh)) {
			break
		}
	}
	return found, nil
}

// tagged returns what the filter finds by the tag.
func (p *Provider) tagged(ctx context.Context, key string) ([]int64, error) {
	hits, _, err := p.page(ctx, "/tickets/filter", url.Values{"query": {`"tag:'` + key + `'"`}})
	if err != nil {
		return nil, err
	}
	var found []int64
	for _, hit := range hits {
		if hit.ID <= 0 {
			return nil, p.http.Malformed(ticket.Reads, errors.New("a ticket without id"))
		}
		found = append(found, hit.ID)
	}
	return found, nil
}

package zendesk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The statuses of Zendesk. Where an account has statuses of its own, each of
// them is in one of these as its category.
const (
	fresh   = "new"
	opened  = "open"
	pending = "pending"
	onHold  = "hold"
	solved  = "solved"
	closed  = "closed"
	deleted = "deleted"
)

// merged is the tag of a ticket that was closed because another goes on for it.
const merged = "closed_by_merge"

// byStatus says what the statuses mean. An unknown one has no meaning.
var byStatus = map[string]ticket.Outcome{
	fresh: ticket.Open, opened: ticket.Open, pending: ticket.Open, onHold: ticket.Open,
	solved: ticket.Yes, closed: ticket.Yes, deleted: ticket.Deleted,
}

// people are the accounts of the users in an answer.
func people(known ...ticket.Account) map[string]ticket.Account {
	byID := make(map[string]ticket.Account, len(known))
	for _, a := range known {
		byID[a.ID] = a
	}
	return byID
}

// snapshots maps a page of tickets.
func (p *Provider) snapshots(found wireList) ([]ticket.Snapshot, error) {
	known := make([]ticket.Account, len(found.Users))
	for i, u := range found.Users {
		known[i] = u.account()
	}
	byID := people(known...)
	tickets := make([]ticket.Snapshot, 0, len(found.Tickets))
	for _, w := range found.Tickets {
		s, err := p.snapshot(w, byID)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, s)
	}
	return tickets, nil
}

// sane reports whether a ticket has what every ticket has.
func (p *Provider) sane(w wireTicket) error {
	if w.ID == 0 || w.Status == "" || w.CreatedAt.IsZero() || w.UpdatedAt.IsZero() {
		return p.http.Malformed(ticket.Reads, errors.New("a ticket without id, status or times"))
	}
	return nil
}

func (p *Provider) snapshot(w wireTicket, byID map[string]ticket.Account) (ticket.Snapshot, error) {
	if err := p.sane(w); err != nil {
		return ticket.Snapshot{}, err
	}
	s := ticket.Snapshot{
		ID:         w.ID.String(),
		Identifier: "#" + w.ID.String(),
		URL:        p.url(w.ID),
		Project:    w.Group.String(),
		Title:      line(w.Subject),
		Status:     line(w.Status),
		Grounds:    p.grounds(w),
		WorkSeen:   workSeen(w),
		Assignee:   assignee(w, byID),
		CreatedAt:  w.CreatedAt.Time,
		UpdatedAt:  w.UpdatedAt.Time,
	}
	if ticket.IsKey(w.ExternalID) {
		s.Key = w.ExternalID
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	return s, nil
}

func assignee(w wireTicket, byID map[string]ticket.Account) ticket.Account {
	if w.Assignee == 0 {
		return ticket.Account{}
	}
	if a, ok := byID[w.Assignee.String()]; ok {
		return a
	}
	return ticket.Account{ID: w.Assignee.String(), Name: "user " + w.Assignee.String()}
}

// workSeen reports whether somebody has begun. That a ticket is open says
// little: it is so as soon as it is assigned, and stays so when it is taken away.
func workSeen(w wireTicket) bool {
	switch {
	case w.Status == pending, w.Status == onHold, w.Status == opened && w.Assignee == 0 && !w.Dates.openedByAssigning():
		return true
	}
	return !w.Dates.AssigneeUpdatedAt.IsZero()
}

// openedByAssigning reports whether a ticket has its status since it was first
// assigned. Zendesk writes both times by themselves, within one change.
func (d wireDates) openedByAssigning() bool {
	const oneChange = 5 * time.Second
	return !d.InitiallyAssignedAt.IsZero() && d.StatusUpdatedAt.Sub(d.InitiallyAssignedAt.Time).Abs() < oneChange
}

// grounds returns what a ticket's outcome is read from: the tags that say no or
// that another ticket goes on, the account's own status, and the category of
// that. While a ticket is open its tags say nothing yet.
func (p *Provider) grounds(w wireTicket) []ticket.Ground {
	meaning, known := byStatus[w.Status]
	var grounds []ticket.Ground
	if meaning.Ended() && meaning != ticket.Deleted || !known {
		grounds = p.tagGrounds(w.Tags)
	}
	if w.CustomStatus != 0 {
		grounds = append(grounds, ticket.Ground{
			Key: customKey(w.CustomStatus), Name: "status " + w.CustomStatus.String() + " (" + line(w.Status) + ")",
		})
	}
	status := ticket.Ground{Key: statusKey(line(w.Status)), Name: line(w.Status), Outcome: meaning}
	if !known {
		return append([]ticket.Ground{status}, grounds...)
	}
	return append(grounds, status)
}

func (p *Provider) tagGrounds(tags []string) []ticket.Ground {
	var grounds []ticket.Ground
	for _, g := range p.allTags() {
		if slices.ContainsFunc(tags, func(tag string) bool { return tagKey(tag) == g.Key }) {
			grounds = append(grounds, g)
		}
	}
	return grounds
}

// allTags are the tags that mean something.
func (p *Provider) allTags() []ticket.Ground {
	grounds := make([]ticket.Ground, 0, len(p.declined)+1)
	for _, tag := range p.declined {
		grounds = append(grounds, ticket.Ground{Key: tagKey(tag), Name: "tag " + tag, Outcome: ticket.No})
	}
	return append(grounds, ticket.Ground{Key: tagKey(merged), Name: "merged into another ticket", Outcome: ticket.Unclear})
}

func (p *Provider) outcome(w wireTicket) ticket.Outcome {
	return ticket.Outcomes(nil).Judge(p.grounds(w))
}

func statusKey(status string) string { return "status:" + status }
func customKey(id number) string     { return "custom_status:" + id.String() }
func tagKey(tag string) string       { return "tag:" + strings.ToLower(tag) }

// Statuses implements ticket.Lister. The statuses are those of the account,
// whatever the group.
func (p *Provider) Statuses(ctx context.Context, _ string) ([]ticket.Ground, error) {
	own, err := optional[wireStatus](ctx, p.http, "/custom_statuses", "custom_statuses")
	if err != nil {
		return nil, err
	}
	grounds := p.allTags()
	for _, s := range own {
		if s.ID != 0 && s.Active {
			name := cmp.Or(line(s.Label), s.ID.String()) + " (" + line(s.Category) + ")"
			grounds = append(grounds, ticket.Ground{Key: customKey(s.ID), Name: name, Outcome: byStatus[s.Category]})
		}
	}
	for _, status := range []string{fresh, opened, pending, onHold, solved, closed} {
		grounds = append(grounds, ticket.Ground{Key: statusKey(status), Name: status, Outcome: byStatus[status]})
	}
	return grounds, nil
}

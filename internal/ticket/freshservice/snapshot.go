package freshservice

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// The statuses every account has. What an account adds has a higher number.
const (
	opened   = 2
	pending  = 3
	resolved = 4
	closed   = 5
)

var statusNames = map[int64]string{opened: "Open", pending: "Pending", resolved: "Resolved", closed: "Closed"}

// meanings is how the statuses of every account read. Only Resolved and Closed end
// a ticket for Freshservice: whatever status an account adds is on the way there,
// and open until an admin says otherwise.
var meanings = map[int64]ticket.Outcome{
	opened: ticket.Open, pending: ticket.Open, resolved: ticket.Yes, closed: ticket.Yes,
}

// sane reports what a ticket lacks that every ticket has.
func (p *Provider) sane(w wireTicket, effect ticket.Effect) error {
	if w.ID <= 0 || w.Status == 0 || w.CreatedAt.IsZero() || w.UpdatedAt.IsZero() {
		return p.http.Malformed(effect, errors.New("a ticket without id, status or times"))
	}
	return nil
}

// snapshot maps a ticket. Freshservice names the agent by id only; who is known
// already gets a name.
func (p *Provider) snapshot(w wireTicket, known ...ticket.Account) ticket.Snapshot {
	s := ticket.Snapshot{
		ID:         w.id(),
		Identifier: "#" + w.id(),
		URL:        p.base + "/a/tickets/" + w.id(),
		Project:    strconv.FormatInt(w.Group, 10),
		Key:        w.key(),
		Title:      line(w.Subject),
		Status:     statusName(w.Status),
		Grounds:    p.grounds(w),
		WorkSeen:   w.Status != opened,
		CreatedAt:  w.CreatedAt.UTC(),
		UpdatedAt:  w.UpdatedAt.UTC(),
	}
	if w.Responder > 0 {
		id := strconv.FormatInt(w.Responder, 10)
		s.Assignee = ticket.Account{ID: id, Name: "agent " + id}
		if i := slices.IndexFunc(known, func(a ticket.Account) bool { return a.ID == id }); i >= 0 {
			s.Assignee = known[i]
		}
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	return s
}

func statusName(status int64) string {
	if name, ok := statusNames[status]; ok {
		return name
	}
	return "status " + strconv.FormatInt(status, 10)
}

// grounds returns what the outcome is read from: that the ticket is gone, the
// tags that say no, that it was merged, and the status. While a ticket is open its
// tags say nothing yet.
func (p *Provider) grounds(w wireTicket) []ticket.Ground {
	var grounds []ticket.Ground
	if w.Deleted || w.Spam {
		grounds = append(grounds, ticket.Ground{Key: "deleted", Name: "in the trash, or marked as spam", Outcome: ticket.Deleted})
	}
	if w.over() && w.Tags == nil {
		grounds = append(grounds, ticket.Ground{Key: "tags", Name: "its tags are not told", Outcome: ticket.Unclear})
	}
	for _, g := range p.tagGrounds() {
		if w.over() && w.has(strings.TrimPrefix(g.Key, tagKey)) {
			grounds = append(grounds, g)
		}
	}
	if w.merged {
		grounds = append(grounds, mergedGround())
	}
	return append(grounds, statusGround(w.Status, ""))
}

// over reports whether the ticket has ended for Freshservice.
func (w wireTicket) over() bool { return meanings[w.Status] == ticket.Yes }

// declines reports whether a ticket has a tag that says no.
func (p *Provider) declines(w wireTicket) bool { return slices.ContainsFunc(w.Tags, p.saysNo) }

func (p *Provider) saysNo(tag string) bool {
	return slices.ContainsFunc(p.declined, func(no string) bool { return strings.EqualFold(no, tag) })
}

func mergedGround() ticket.Ground {
	return ticket.Ground{Key: "merged", Name: "merged into another ticket", Outcome: ticket.Unclear}
}

const (
	tagKey    = "tag:"
	statusKey = "status:"
)

// tagGrounds are the tags that say no.
func (p *Provider) tagGrounds() []ticket.Ground {
	var grounds []ticket.Ground
	for _, tag := range p.declined {
		grounds = append(grounds, ticket.Ground{Key: tagKey + tag, Name: "tag " + tag, Outcome: ticket.No})
	}
	return grounds
}

func statusGround(status int64, name string) ticket.Ground {
	outcome, known := meanings[status]
	if !known {
		outcome = ticket.Open
	}
	if name == "" {
		name = statusName(status)
	}
	return ticket.Ground{Key: statusKey + strconv.FormatInt(status, 10), Name: name, Outcome: outcome}
}

// Statuses implements ticket.Lister. They are those of the workspace, whatever
// the group.
func (p *Provider) Statuses(ctx context.Context, _ string) ([]ticket.Ground, error) {
	fields, err := p.fields(ctx)
	if err != nil {
		return nil, err
	}
	grounds := append(p.tagGrounds(), mergedGround())
	others := len(grounds)
	for _, f := range fields {
		if f.Type != "default_status" {
			continue
		}
		for _, c := range f.Choices {
			g := statusGround(c.number(), line(c.Value))
			if c.number() > 0 && !slices.ContainsFunc(grounds, func(other ticket.Ground) bool { return other.Key == g.Key }) {
				grounds = append(grounds, g)
			}
		}
	}
	if len(grounds) == others {
		for _, status := range []int64{opened, pending, resolved, closed} {
			grounds = append(grounds, statusGround(status, ""))
		}
	}
	return grounds, nil
}

// fields returns the form of tickets.
func (p *Provider) fields(ctx context.Context) ([]wireField, error) {
	type answer struct {
		Fields []wireField `json:"ticket_fields"`
	}
	got, _, err := do[answer](ctx, p.http, ticket.Call{Path: "/ticket_form_fields", Query: p.in(url.Values{})})
	if err == nil && got.Fields == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("no list of fields"))
	}
	return got.Fields, err
}

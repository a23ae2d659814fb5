package requesttracker

import (
	"cmp"
	"errors"
	"time"

	"admit/internal/ticket"
)

// nobody owns the tickets that nobody owns.
const nobody = "Nobody"

// system does what Request Tracker does by itself.
const system = "RT_System"

// snapshots maps a page of tickets.
func (p *Provider) snapshots(found []wireTicket) ([]ticket.Snapshot, error) {
	tickets := make([]ticket.Snapshot, 0, len(found))
	for _, w := range found {
		s, err := p.snapshot(w)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, s)
	}
	return tickets, nil
}

func (p *Provider) snapshot(w wireTicket) (ticket.Snapshot, error) {
	if w.ID == "" || w.Queue.ID == "" || w.Status == "" || w.Created.IsZero() || w.LastUpdated.IsZero() {
		return ticket.Snapshot{}, p.http.Malformed(ticket.Reads, errors.New("a ticket without id, queue, status or times"))
	}
	grounds := []ticket.Ground{p.means.ground(w.Status, !w.Resolved.IsZero())}
	s := ticket.Snapshot{
		ID:         string(w.ID),
		Identifier: "#" + string(w.ID),
		URL:        p.url(string(w.ID)),
		Project:    string(w.Queue.ID),
		Key:        line(w.CustomFields.of(p.keyField)),
		Title:      line(w.Subject),
		Status:     line(w.Status),
		Grounds:    grounds,
		Outcome:    ticket.Outcomes(nil).Judge(grounds),
		WorkSeen:   workSeen(w),
		Assignee:   account(w.Owner),
		CreatedAt:  w.Created.Time,
		UpdatedAt:  w.LastUpdated.Time,
	}
	// Only when nothing happened since is the last to touch it the one who closed it.
	if s.Outcome.Ended() && w.LastUpdated.Sub(w.Resolved.Time).Abs() <= time.Second {
		s.ClosedBy = account(w.LastUpdatedBy)
	}
	return s, nil
}

// workSeen reports whether the ticket left its first status or anybody but its
// author touched it.
func workSeen(w wireTicket) bool {
	by := w.LastUpdatedBy
	return !w.Started.IsZero() || by.ID != "" && by.ID != w.Creator.ID && isPerson(by)
}

func (p *Provider) url(id string) string { return p.base + "/Ticket/Display.html?id=" + id }

func account(u wireUser) ticket.Account {
	if u.ID == "" || u.Name == nobody {
		return ticket.Account{}
	}
	return ticket.Account{ID: string(u.ID), Name: line(cmp.Or(u.RealName, u.Name)), Email: line(u.EmailAddress)}
}

func isPerson(u wireUser) bool { return u.Name != nobody && u.Name != system }

// line makes text that came from Request Tracker fit for one line.
func line(text string) string { return ticket.Clip(ticket.OneLine(text), maxTitle) }

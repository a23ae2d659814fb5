package jira

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const (
	ours   = "admit"  // the label of every ticket of ours: a poll asks for it
	prefix = "admit-" // with a key behind it, the label that finds one ticket
)

// snapshots maps a page of issues.
func (p *Provider) snapshots(issues []wireIssue) ([]ticket.Snapshot, error) {
	tickets := make([]ticket.Snapshot, 0, len(issues))
	for _, w := range issues {
		s, err := p.snapshot(w)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, s)
	}
	return tickets, nil
}

func (p *Provider) snapshot(w wireIssue) (ticket.Snapshot, error) {
	f := w.Fields
	if w.ID == "" || w.Key == "" || f.Project.ID == "" || f.Status.ID == "" || f.Created.IsZero() || f.Updated.IsZero() {
		return ticket.Snapshot{}, p.http.Malformed(ticket.Reads, errors.New("an issue without id, key, project, status or times"))
	}
	s := ticket.Snapshot{
		ID:         string(w.ID),
		Identifier: line(w.Key),
		URL:        p.link(w.Key),
		Project:    string(f.Project.ID),
		Key:        w.key(),
		Title:      line(f.Summary),
		Status:     line(f.Status.Name),
		Grounds:    grounds(f),
		WorkSeen:   workSeen(f),
		CreatedAt:  f.Created.Time,
		UpdatedAt:  f.Updated.Time,
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if f.Assignee != nil {
		s.Assignee = p.person(*f.Assignee)
	}
	if s.Outcome == ticket.No {
		s.Reason = whyNot(f)
	}
	return s, nil
}

// key returns the key an issue carries: in its property, where people do not
// reach it, else in a label. Other labels may begin like that.
func (w wireIssue) key() string {
	var kept struct {
		Key string `json:"key"`
	}
	if json.Unmarshal(w.Properties[property], &kept) == nil && ticket.IsKey(kept.Key) {
		return kept.Key
	}
	for _, label := range w.Fields.Labels {
		if key, ok := strings.CutPrefix(label, prefix); ok && ticket.IsTicketKey(key) {
			return key
		}
	}
	return ""
}

// carries reports whether an issue is marked with key, or has it in its text.
// Both are held against it letter by letter: a search may not.
func (w wireIssue) carries(key string) bool {
	return w.key() == key || slices.Contains(w.Fields.Labels, prefix+key) ||
		w.key() == "" && strings.Contains(string(w.Fields.Description), key)
}

func (p *Provider) person(u wireUser) ticket.Account {
	id := p.account(u)
	if id == "" {
		return ticket.Account{}
	}
	name := line(u.DisplayName)
	if name == "" {
		name = line(id)
	}
	return ticket.Account{ID: id, Name: name, Email: line(u.Email)}
}

// workSeen reports whether the issue left its first category, has a child or
// time was logged on it. Our own comments change none of that.
func workSeen(f wireFields) bool {
	return f.Status.Category.Key == inProgress || f.Status.Category.Key == done ||
		f.Resolution != nil || len(f.Subtasks) > 0 || f.TimeSpent > 0
}

// whyNot is what the issue itself says of why it was not done.
func whyNot(f wireFields) string {
	if f.Resolution != nil && reads(f.Resolution.Name) == ticket.No {
		return f.Resolution.word()
	}
	return line(f.Status.Name)
}

package linear

import (
	"errors"

	"admit/internal/ticket"
)

// meanings is how the types of states read. Linear may add types: one that is
// not here has no meaning.
var meanings = map[string]ticket.Outcome{
	"triage":    ticket.Open,
	"backlog":   ticket.Open,
	"unstarted": ticket.Open,
	"started":   ticket.Open,
	"completed": ticket.Yes,
	"canceled":  ticket.No,
	"duplicate": ticket.No,
}

// snapshots maps a page of issues.
func (p *Provider) snapshots(found []wireIssue) ([]ticket.Snapshot, error) {
	tickets := make([]ticket.Snapshot, 0, len(found))
	for _, w := range found {
		s, err := p.snapshot(w, ticket.Reads)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, s)
	}
	return tickets, nil
}

func (p *Provider) snapshot(w wireIssue, effect ticket.Effect) (ticket.Snapshot, error) {
	if !ticket.IsUUID(w.ID) || !ticket.IsUUID(w.Team.ID) || !ticket.IsUUID(w.State.ID) || w.Identifier == "" || w.CreatedAt.IsZero() || w.UpdatedAt.IsZero() {
		return ticket.Snapshot{}, p.http.Malformed(effect, errors.New("an issue without id, team, state or times"))
	}
	s := ticket.Snapshot{
		ID:         w.ID,
		Identifier: line(w.Identifier),
		URL:        ticket.Link(w.URL),
		Project:    w.Team.ID,
		Key:        keyOf(w.ID, w.Description),
		Title:      line(w.Title),
		Status:     line(w.State.Name),
		Grounds:    w.grounds(),
		WorkSeen:   w.begun(),
		Assignee:   w.Assignee.account(),
		CreatedAt:  w.CreatedAt.Time,
		UpdatedAt:  w.UpdatedAt.Time,
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if s.Outcome.Ended() {
		s.ClosedBy = w.closedBy()
	}
	if s.Outcome == ticket.No {
		s.Reason = w.reason(s.ClosedBy)
	}
	return s, nil
}

// grounds returns what the outcome is read from. The state comes before its
// type, so that an admin can say of one state what it means.
func (w wireIssue) grounds() []ticket.Ground {
	var grounds []ticket.Ground
	if w.Trashed {
		grounds = append(grounds, ticket.Ground{Key: "trashed", Name: "Trash", Outcome: ticket.Deleted})
	}
	return append(grounds, ticket.Ground{Key: stateKey(w.State), Name: line(w.State.Name)}, typeOf(w.State))
}

func stateKey(s wireState) string { return "state:" + s.ID }

// typeOf returns the ground that a state's type is.
func typeOf(s wireState) ticket.Ground {
	kind := line(s.Type)
	return ticket.Ground{Key: "type:" + kind, Name: "any status of the type " + kind, Outcome: meanings[s.Type]}
}

// begun reports whether somebody has started: the issue was in a started state,
// somebody else wrote a comment, or it has an issue below it.
func (w wireIssue) begun() bool {
	return w.State.Type == "started" || w.State.Type == "completed" || !w.StartedAt.IsZero() ||
		len(w.Comments.Nodes) > 0 || len(w.Children.Nodes) > 0
}

// closedBy finds who last moved the issue to the state it is in, nobody if its
// history here does not reach back to that.
func (w wireIssue) closedBy() ticket.Account {
	var last wireChange
	for _, c := range w.History.Nodes {
		if c.ToStateID == w.State.ID && c.CreatedAt.After(last.CreatedAt.Time) {
			last = c
		}
	}
	return last.Actor.account()
}

const maxReason = 500

// reason returns the last comment of the one who closed the issue, or of anybody
// if that is not known.
func (w wireIssue) reason(closer ticket.Account) string {
	for _, c := range w.Comments.Nodes {
		if closer.ID == "" || c.User.ID == closer.ID {
			return ticket.Title(c.Body, maxReason)
		}
	}
	return ""
}

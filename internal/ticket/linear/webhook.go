package linear

import (
	"encoding/json"
	"time"

	"admit/internal/ticket"
)

// maxAge is how far the time in a delivery may be from ours, as Linear's own
// verifier has it. A delivery that Linear repeats an hour later may be too old:
// then the poll sees what it was about.
const maxAge = time.Minute

// delivery is what Linear calls the webhook address with.
type delivery struct {
	Type      string   `json:"type"`
	Timestamp *float64 `json:"webhookTimestamp"` // milliseconds since 1970
	Data      struct {
		ID      string `json:"id"`
		IssueID string `json:"issueId"`
		Issue   node   `json:"issue"`
	} `json:"data"`
}

// Hear implements ticket.Listener. The time counts only where it is signed: in
// the body.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	news := ticket.News{Signed: d.Secret != ""}
	if id := d.Header.Get("Linear-Delivery"); ticket.IsUUID(id) {
		news.ID = id
	}
	if news.Signed && !d.Signed(d.Header.Get("Linear-Signature")) {
		return ticket.News{}, ticket.ErrForged
	}
	var said delivery
	err := json.Unmarshal(d.Body, &said)
	if news.Signed && !said.fresh(d.At) {
		return ticket.News{}, ticket.ErrForged
	}
	if err == nil {
		news.Tickets = said.tickets()
	}
	return news, nil
}

func (d delivery) fresh(now time.Time) bool {
	if d.Timestamp == nil {
		return false
	}
	age := float64(now.UnixMilli()) - *d.Timestamp
	return age <= float64(maxAge.Milliseconds()) && age >= -float64(maxAge.Milliseconds())
}

// tickets returns the issue a delivery is about.
func (d delivery) tickets() []string {
	var id string
	switch d.Type {
	case "Issue":
		id = d.Data.ID
	case "Comment":
		if id = d.Data.IssueID; id == "" {
			id = d.Data.Issue.ID
		}
	}
	if !ticket.IsUUID(id) {
		return nil
	}
	return []string{id}
}

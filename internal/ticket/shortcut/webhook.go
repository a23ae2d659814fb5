package shortcut

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

// A delivery says when the change was made, and that is signed with the rest.
// It may be late: Shortcut does not say how long it tries.
const (
	maxAge  = 24 * time.Hour
	maxSkew = 10 * time.Minute
)

// delivery is what Shortcut calls the webhook address with. Version 1 is what a
// workspace's webhooks send, version 2 what an agent's do.
type delivery struct {
	ID        string    `json:"id"`
	ChangedAt time.Time `json:"changed_at"`
	Timestamp time.Time `json:"timestamp"`
	Actions   []change  `json:"actions"`
}

// change is one thing that was changed.
type change struct {
	ID      json.RawMessage `json:"id"` // a number for stories, a UUID for others
	Entity  string          `json:"entity_type"`
	StoryID json.RawMessage `json:"story_id"`
}

// Hear implements ticket.Listener. Deliveries without a secret are not signed.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	if d.Secret != "" && !slices.ContainsFunc(signatures, func(name string) bool { return d.Signed(d.Header.Get(name)) }) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{Signed: d.Secret != ""}
	var said delivery
	err := json.Unmarshal(d.Body, &said)
	if news.Signed && err == nil && !said.fresh(d.At) {
		return ticket.News{}, ticket.ErrForged
	}
	if ticket.IsUUID(said.ID) {
		news.ID = said.ID
	}
	if err == nil {
		news.Tickets = said.stories()
	}
	return news, nil
}

// signatures are the headers a signature may be in. The client and the pages for
// developers name the first, the pages for users the second.
var signatures = []string{"Payload-Signature", "Shortcut-Signature"}

// fresh reports whether the time in a delivery, if there is one, is not long ago.
func (d delivery) fresh(now time.Time) bool {
	at := d.ChangedAt
	if at.IsZero() {
		at = d.Timestamp
	}
	return at.IsZero() || now.Sub(at) <= maxAge && at.Sub(now) <= maxSkew
}

// mostStories is how many stories of one delivery are looked at.
const mostStories = 100

// stories returns the stories a delivery is about.
func (d delivery) stories() []string {
	var ids []string
	for _, c := range d.Actions {
		id := string(c.StoryID)
		if c.Entity == "story" {
			id = string(c.ID)
		}
		if id = strings.Trim(id, `"`); ticket.ParseID(id) != 0 && !slices.Contains(ids, id) && len(ids) < mostStories {
			ids = append(ids, id)
		}
	}
	return ids
}

package freshservice

import (
	"crypto/hmac"
	"encoding/json"
	"strings"

	"admit/internal/ticket"
)

// secretHeader is the header that the workflow sends the secret in.
const secretHeader = "X-Admit-Secret"

// Hear implements ticket.Listener. Freshservice signs nothing, so the workflow
// sends the secret itself: it tells who calls, and nothing of the body or of
// the time. Deliveries have no id.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	if d.Secret != "" && !hmac.Equal([]byte(d.Header.Get(secretHeader)), []byte(d.Secret)) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{Signed: d.Secret != ""}
	var said struct {
		Ticket json.RawMessage `json:"ticket_id"`
	}
	err := json.Unmarshal(d.Body, &said)
	if id := idOf(string(said.Ticket)); err == nil && ticket.ParseID(id) != 0 {
		news.Tickets = []string{id}
	}
	return news, nil
}

// idOf returns the number of a ticket that may be written as people do: INC-12.
func idOf(text string) string {
	text = strings.TrimLeft(strings.Trim(strings.TrimSpace(text), `"`), "#")
	return text[strings.LastIndexByte(text, '-')+1:]
}

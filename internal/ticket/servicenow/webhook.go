package servicenow

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// ServiceNow has no webhooks. What calls Admit is the script of webhook.md, so
// the form of a delivery is Admit's own:
//
//	X-Admit-Timestamp: 1795608000            seconds since 1970
//	X-Admit-Signature: base64(HMAC-SHA256(secret, timestamp + "." + body))
//	{"delivery":"...","tickets":["sys_id of a ticket", "order:sys_id of a request"]}
const (
	timeHeader = "X-Admit-Timestamp"
	signHeader = "X-Admit-Signature"
	maxAge     = 5 * time.Minute // also how far the clocks may be apart
	mostHeard  = 100             // tickets of one delivery
)

// Hear implements ticket.Listener.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	stamp := d.Header.Get(timeHeader)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || d.Secret == "" || d.At.Sub(time.Unix(seconds, 0)).Abs() > maxAge {
		return ticket.News{}, ticket.ErrForged
	}
	given, err := base64.StdEncoding.DecodeString(d.Header.Get(signHeader))
	if err != nil || !hmac.Equal(given, signature(d.Secret, stamp, d.Body)) {
		return ticket.News{}, ticket.ErrForged
	}
	var said struct {
		Delivery string   `json:"delivery"`
		Tickets  []string `json:"tickets"`
	}
	if json.Unmarshal(d.Body, &said) != nil {
		said.Tickets = nil // signed, but nothing to look for
	}
	news := ticket.News{ID: ticket.Clip(ticket.OneLine(said.Delivery), 100), Signed: true}
	for _, id := range said.Tickets {
		if isTicket(id) && len(news.Tickets) < mostHeard && !slices.Contains(news.Tickets, id) {
			news.Tickets = append(news.Tickets, id)
		}
	}
	return news, nil
}

// signature is what GlideCertificateEncryption.generateMac(base64(secret),
// "HmacSHA256", timestamp + "." + body) makes, before it is written as base64.
func signature(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

package requesttracker

import (
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// scrip tells how to make Request Tracker call Admit, which it has no switch
// for: a piece of Perl does.
//
//go:embed webhook.md
var scrip string

// window is how far the clocks of both sides may be apart, and how long a
// delivery may take.
const window = 5 * time.Minute

// wireDelivery is what our scrip sends. Its signature covers its time too.
type wireDelivery struct {
	Delivery string `json:"delivery"`
	Ticket   id     `json:"ticket"`
}

// Hear implements ticket.Listener.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	if d.Secret != "" && !signed(d) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{Signed: d.Secret != ""}
	var said wireDelivery
	if json.Unmarshal(d.Body, &said) == nil && said.Ticket != "" {
		news.ID, news.Tickets = line(said.Delivery), []string{string(said.Ticket)}
	}
	return news, nil
}

// signed reports whether a delivery was signed with its secret, just now.
func signed(d ticket.Delivery) bool {
	stamp := d.Header.Get("X-RT-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || d.At.Sub(time.Unix(seconds, 0)).Abs() > window {
		return false
	}
	mac := hmac.New(sha256.New, []byte(d.Secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(d.Body)
	got, err := hex.DecodeString(d.Header.Get("X-RT-Signature"))
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

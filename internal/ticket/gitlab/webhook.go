package gitlab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	tolerance  = 5 * time.Minute // how old a signed delivery may be
	tokenStart = "whsec_"        // of a signing token
	mostID     = 200             // characters of the id of a delivery
)

// Hear implements ticket.Listener. Since version 19 GitLab can sign a delivery
// with its time. Before, it only sends the secret along, which does not keep
// anybody who saw a delivery from sending it again.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	news := ticket.News{ID: deliveryID(d.Header)}
	if d.Secret != "" {
		if !isGenuine(d) {
			return ticket.News{}, ticket.ErrForged
		}
		news.Signed = true
	}
	news.Tickets = subjects(d.Body)
	return news, nil
}

// isGenuine reports whether GitLab sent a delivery. One with a signature stands or
// falls with it.
func isGenuine(d ticket.Delivery) bool {
	signature := d.Header.Get("Webhook-Signature")
	if signature == "" {
		return hmac.Equal([]byte(d.Header.Get("X-Gitlab-Token")), []byte(d.Secret))
	}
	stamp := d.Header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || d.At.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, signingKey(d.Secret))
	mac.Write([]byte(d.Header.Get("Webhook-Id") + "." + stamp + "."))
	mac.Write(d.Body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for one := range strings.FieldsSeq(signature) {
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}

// signingKey returns what GitLab signs with: 32 bytes. A secret that is no signing
// token of GitLab's own is made into one.
func signingKey(secret string) []byte {
	if rest, ok := strings.CutPrefix(secret, tokenStart); ok {
		if key, err := base64.StdEncoding.DecodeString(rest); err == nil && len(key) > 0 {
			return key
		}
	}
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// signingToken returns the key as GitLab takes it.
func signingToken(secret string) string {
	return tokenStart + base64.StdEncoding.EncodeToString(signingKey(secret))
}

// deliveryID returns the id of a delivery. X-Gitlab-Event-UUID is none: all
// deliveries that one action leads to may have the same.
func deliveryID(h http.Header) string {
	id := h.Get("Webhook-Id")
	if id == "" {
		id = h.Get("Idempotency-Key")
	}
	return ticket.Title(id, mostID)
}

// subjects finds the issue a delivery is about.
func subjects(body []byte) []string {
	type issue struct {
		ID        int64 `json:"id"`
		IID       int64 `json:"iid"`
		ProjectID int64 `json:"project_id"`
	}
	var event struct {
		Kind       string `json:"object_kind"`
		Attributes issue  `json:"object_attributes"`
		Issue      issue  `json:"issue"`
		ProjectID  int64  `json:"project_id"`
		Project    struct {
			ID int64 `json:"id"`
		} `json:"project"`
	}
	if json.Unmarshal(body, &event) != nil {
		return nil
	}
	about := event.Attributes
	switch event.Kind {
	case "issue", "work_item":
	case "note":
		about = event.Issue
	default:
		return nil
	}
	r := ref{Project: about.ProjectID, IID: about.IID, ID: about.ID}
	if r.Project == 0 {
		r.Project = max(event.ProjectID, event.Project.ID)
	}
	if !r.valid() {
		return nil
	}
	return []string{r.String()}
}

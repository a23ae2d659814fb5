package servicenowtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
)

// hook is the business rule an admin has made.
type hook struct{ url, secret string }

// Listen makes the business rule of Spec.Webhook.
func (s *Server) Listen(_ *testing.T, url, secret string) {
	s.change(func() { s.hook = hook{url, secret} })
}

// tell runs the business rule for a record, after the change.
func (s *Server) tell(r *record) {
	about := r
	if r.class == "sc_task" && r.values["correlation_display"] != "Admit" {
		about = s.byID[r.values["request_item"]]
	}
	h := s.hook
	if h.url == "" || about == nil || about.values["correlation_display"] != "Admit" || r.values["sys_id"] == "" {
		return
	}
	id := about.values["sys_id"]
	if about.class == "sc_req_item" {
		id = "order:" + about.values["request"]
	}
	d := delivery(id, h.secret, newID(), time.Now())
	s.telling.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(d.Body))
		if err != nil {
			return
		}
		req.Header = d.Header
		if resp, err := tickettest.Client().Do(req); err == nil {
			resp.Body.Close()
		}
	})
}

// Delivery is a call of the business rule.
func (s *Server) Delivery(_ *testing.T, id, secret string, at time.Time) ticket.Delivery {
	return delivery(id, secret, "delivery-of-"+id, at)
}

func delivery(id, secret, name string, at time.Time) ticket.Delivery {
	body, err := json.Marshal(map[string]any{"delivery": name, "tickets": []string{id}})
	if err != nil {
		return ticket.Delivery{}
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	// generateMac(base64(secret), "HmacSHA256", stamp + "." + body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + string(body)))
	return ticket.Delivery{
		Header: http.Header{
			"Content-Type": {"application/json"}, "X-Admit-Timestamp": {stamp},
			"X-Admit-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		},
		Body: body, Secret: secret, At: at,
	}
}

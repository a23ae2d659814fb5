package githubtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// tell calls the webhooks of an issue's repository.
func (s *Server) tell(i *issue, event, action string, more object) {
	for _, h := range i.repo.hooks {
		if h.active && (slices.Contains(h.events, event) || slices.Contains(h.events, "*")) {
			s.post(h, event, s.eventJSON(i, action, more))
		}
	}
}

// eventJSON is the body of a delivery.
func (s *Server) eventJSON(i *issue, action string, more object) object {
	body := object{"action": action, "issue": s.issueJSON(i), "repository": s.repoJSON(i.repo), "sender": s.userJSON(s.user(Alice), false)}
	maps.Copy(body, more)
	return body
}

// post makes one delivery. GitHub tries once.
func (s *Server) post(h *hook, event string, payload object) {
	header, body := s.delivery(h.config, event, payload)
	address := h.config["url"]
	s.sent.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header = header
		resp, err := s.http.Client().Do(req)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	})
}

// delivery writes a delivery as GitHub sends it.
func (s *Server) delivery(config map[string]string, event string, payload object) (http.Header, []byte) {
	body, err := json.Marshal(payload)
	if err != nil {
		s.t.Error(err)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	if config["content_type"] != "json" {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		body = []byte("payload=" + url.QueryEscape(string(body)))
	}
	s.delivered++
	header.Set("User-Agent", "GitHub-Hookshot/0a1b2c3")
	header.Set("X-GitHub-Event", event)
	header.Set("X-GitHub-Delivery", fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012d", s.delivered))
	if secret := config["secret"]; secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write(body)
		header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return header, body
}

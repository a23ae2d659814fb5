package shortcuttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"admit/internal/ticket"
)

type hook struct {
	id          int64
	url, secret string
}

func (h *hook) wire() map[string]any {
	return map[string]any{
		"entity_type": "integration", "webhook_url": h.url, "disabled": false, "type": "generic", "creator_id": Admit,
		"updated_at": stamp(birth), "id": h.id, "has_secret": h.secret != "", "created_at": stamp(birth),
	}
}

// serveHooks makes and removes webhooks. There is no list of them.
func (s *Server) serveHooks(c *call) {
	if c.Is("POST", "integrations", "webhook") {
		var n struct {
			URL    string `json:"webhook_url"`
			Secret string `json:"secret"`
		}
		if !c.read(&n) {
			return
		}
		if u, err := url.Parse(n.URL); err != nil || u.Host == "" {
			c.invalid(map[string]any{"webhook_url": "is no address"})
			return
		}
		c.Say(http.StatusCreated, s.hookUp(n.URL, n.Secret).wire())
		return
	}
	const part = 2
	i := -1
	if len(c.Path) == part+1 {
		i = slices.IndexFunc(s.hooks, func(h *hook) bool { return h.id == c.ID(part) })
	}
	switch {
	case i < 0:
		c.missing()
	case c.Method == http.MethodGet:
		c.Say(http.StatusOK, s.hooks[i].wire())
	case c.Method == http.MethodDelete:
		s.hooks = slices.Delete(s.hooks, i, i+1)
		c.W.WriteHeader(http.StatusNoContent)
	default:
		c.missing()
	}
}

func (s *Server) hookUp(address, secret string) *hook {
	s.next++
	h := &hook{s.next, address, secret}
	s.hooks = append(s.hooks, h)
	return h
}

// payload is what the webhook address is called with.
func payload(id int64, action string, at time.Time) []byte {
	sum := sha256.Sum256([]byte(fmt.Sprint(id, action, at.UnixNano())))
	h := hex.EncodeToString(sum[:16])
	delivery := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	body, _ := json.Marshal(map[string]any{
		"id": delivery, "changed_at": at.UTC().Format("2006-01-02T15:04:05.000Z"), "version": "v1", "primary_id": id, "member_id": Alice,
		"actions": []map[string]any{{
			"id": id, "entity_type": "story", "action": action, "name": "Give Josh access", "story_type": "chore",
			"app_url": fmt.Sprint("https://app.shortcut.com/", Workspace, "/story/", id),
			"changes": map[string]any{"workflow_state_id": map[string]any{"new": Done, "old": Doing}},
		}},
		"references": []map[string]any{{"id": Done, "entity_type": "workflow-state", "name": "Completed", "type": "done"}},
	})
	return body
}

func header(body []byte, secret string) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		h.Set("Payload-Signature", hex.EncodeToString(mac.Sum(nil)))
	}
	return h
}

// tell calls the webhooks about a story.
func (s *Server) tell(id int64, action string) {
	for _, h := range s.hooks {
		body := payload(id, action, time.Now())
		s.out.Post(h.url, header(body, h.secret), body)
	}
}

// delivery is a call of the webhook address about a story.
func delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	body := payload(n, "update", at)
	return ticket.Delivery{Header: header(body, secret), Body: body}
}

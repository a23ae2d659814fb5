package zendesktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type webhook struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Endpoint      string         `json:"endpoint"`
	Method        string         `json:"http_method"`
	Format        string         `json:"request_format"`
	Status        string         `json:"status"`
	Subscriptions []string       `json:"subscriptions"`
	Proof         *authorization `json:"authentication,omitempty"`
	CreatedAt     time.Time      `json:"created_at"`

	secret string // Zendesk chooses it
}

type authorization struct {
	Type     string            `json:"type"`
	Data     map[string]string `json:"data,omitempty"`
	Position string            `json:"add_position"`
}

// ticketEvents are those a webhook can ask for.
var ticketEvents = []string{
	"agent_assignment_changed", "attachment_linked_to_comment", "brand_changed", "comment_added", "comment_made_private",
	"created", "custom_field_changed", "custom_status_changed", "description_changed", "external_id_changed",
	"group_assignment_changed", "marked_as_spam", "merged", "permanently_deleted", "priority_changed", "requester_changed",
	"soft_deleted", "status_changed", "subject_changed", "tags_changed", "type_changed", "undeleted",
}

const eventPrefix = "zen:event-type:ticket."

func (s *Server) serveWebhooks(c *call) {
	if s.Role != "admin" {
		c.refuse(http.StatusForbidden, "Forbidden", "You do not have access to this page. Please contact the account owner of this help desk for further help.")
		return
	}
	switch {
	case c.is("GET"):
		l := plain("webhooks", s.webhooks)
		l.show = func(w *webhook) any { return w.public() }
		page(c, l)
	case c.is("POST"):
		w := &webhook{ID: "01" + random(), CreatedAt: now(), secret: random()}
		if s.readWebhook(c, w) {
			s.webhooks = append(s.webhooks, w)
			c.Say(http.StatusCreated, map[string]any{"webhook": w.public()})
		}
	case c.is("PUT", "*"), c.is("DELETE", "*"), c.is("GET", "*"), c.is("GET", "*", "signing_secret"):
		at := slices.IndexFunc(s.webhooks, func(w *webhook) bool { return w.ID == c.Path[1] })
		if at < 0 {
			c.Say(http.StatusNotFound, map[string]any{"errors": []any{map[string]string{"code": "WebhookNotFound", "title": "Webhook not found"}}})
			return
		}
		s.serveWebhook(c, at)
	default:
		c.missing()
	}
}

func (s *Server) serveWebhook(c *call, at int) {
	w := s.webhooks[at]
	switch c.Method {
	case http.MethodGet:
		if c.is("GET", "*", "signing_secret") {
			c.Say(http.StatusOK, map[string]any{"signing_secret": map[string]string{"algorithm": "SHA256", "secret": w.secret}})
			return
		}
		c.Say(http.StatusOK, map[string]any{"webhook": w.public()})
	case http.MethodDelete:
		s.webhooks = slices.Delete(s.webhooks, at, at+1)
		c.done()
	case http.MethodPut:
		if s.readWebhook(c, w) {
			c.done()
		}
	}
}

// public is the webhook without what Zendesk does not tell.
func (w *webhook) public() webhook {
	shown := *w
	if w.Proof != nil {
		shown.Proof = &authorization{Type: w.Proof.Type, Position: w.Proof.Position}
	}
	return shown
}

// readWebhook reads a webhook from a call, or refuses it.
func (s *Server) readWebhook(c *call, w *webhook) bool {
	var body struct {
		Webhook *webhook `json:"webhook"`
	}
	if err := json.Unmarshal(c.Sent, &body); err != nil || body.Webhook == nil {
		c.refuse(http.StatusBadRequest, "ParameterMissing", "Parameter webhook is required")
		return false
	}
	in := body.Webhook
	target, err := url.Parse(in.Endpoint)
	problem := ""
	switch {
	case in.Name == "":
		problem = "Name is required"
	case err != nil || target.Host == "":
		problem = "Endpoint is not a valid URL"
	case in.Method != http.MethodPost || in.Format != "json":
		problem = "a webhook for events uses POST and json"
	case in.Status != "active" && in.Status != "inactive":
		problem = "Status is not valid"
	case len(in.Subscriptions) == 0 || slices.ContainsFunc(in.Subscriptions, unknownEvent):
		problem = "Subscriptions are not valid"
	case in.Proof != nil && (in.Proof.Type != "bearer_token" || in.Proof.Position != "header" || in.Proof.Data["token"] == ""):
		problem = "Authentication is not valid"
	}
	if problem != "" {
		c.refuseOne("InvalidWebhook", problem)
		return false
	}
	in.ID, in.CreatedAt, in.secret = w.ID, w.CreatedAt, w.secret
	*w = *in
	return true
}

func unknownEvent(name string) bool {
	event, ok := strings.CutPrefix(name, eventPrefix)
	return !ok || !slices.Contains(ticketEvents, event)
}

// tellChange tells of what is different now.
func (s *Server) tellChange(before Ticket, t *Ticket, commented bool) {
	for _, e := range []struct {
		event    string
		happened bool
	}{
		{"comment_added", commented},
		{"status_changed", before.Status != t.Status},
		{"custom_status_changed", before.CustomStatus != t.CustomStatus},
		{"agent_assignment_changed", before.Assignee != t.Assignee},
		{"group_assignment_changed", before.Group != t.Group},
		{"tags_changed", !slices.Equal(before.Tags, t.Tags)},
	} {
		if e.happened {
			s.tell(t, e.event)
		}
	}
}

// tell calls the webhooks that asked for an event.
func (s *Server) tell(t *Ticket, event string) {
	for _, w := range s.webhooks {
		if w.Status != "active" || !slices.Contains(w.Subscriptions, eventPrefix+event) {
			continue
		}
		body, header := eventOf(t, event), http.Header{}
		if w.Proof != nil {
			header.Set("Authorization", "Bearer "+w.Proof.Data["token"])
		}
		sign(header, body, w.ID, w.secret, time.Now())
		s.out.Post(w.Endpoint, header, body)
	}
}

// eventOf is what Zendesk sends of an event.
func eventOf(t *Ticket, event string) []byte {
	id := strconv.FormatInt(t.ID, 10)
	body, _ := json.Marshal(map[string]any{ // of its own making
		"type": eventPrefix + event, "account_id": 1, "id": random(), "time": time.Now().UTC(),
		"zendesk_event_version": "2022-11-06", "subject": "zen:ticket:" + id, "event": map[string]any{},
		"detail": map[string]any{
			"id": id, "external_id": t.ExternalID, "status": strings.ToUpper(t.Status), "subject": t.Subject,
			"group_id": strconv.FormatInt(t.Group, 10), "tags": t.Tags, "updated_at": t.UpdatedAt,
		},
	})
	return body
}

// sign adds the headers of a delivery.
func sign(header http.Header, body []byte, webhook, secret string, at time.Time) {
	stamp := at.UTC().Format(time.RFC3339)
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(stamp))
	sum.Write(body)
	header.Set("Content-Type", "application/json")
	header.Set("X-Zendesk-Account-Id", "1")
	header.Set("X-Zendesk-Webhook-Id", webhook)
	header.Set("X-Zendesk-Webhook-Invocation-Id", random())
	header.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
	header.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
}

// SwitchOff switches every webhook off, as an admin may.
func (s *Server) SwitchOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.webhooks {
		w.Status = "inactive"
	}
}

// Webhooks returns the addresses that webhooks call, or would.
func (s *Server) Webhooks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var to []string
	for _, w := range s.webhooks {
		to = append(to, w.Endpoint)
	}
	return to
}

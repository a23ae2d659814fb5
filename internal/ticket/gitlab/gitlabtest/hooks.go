package gitlabtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

type hook struct {
	id                   int64
	url, token, signing  string
	events               map[string]bool
	verifies, off, onPsh bool
	failures             int
}

// the kinds of events that matter here.
const (
	issuesEvents, confidentialIssuesEvents = "issues_events", "confidential_issues_events"
	noteEvents, confidentialNoteEvents     = "note_events", "confidential_note_events"
)

func (s *Server) showHook(p *project, h *hook) any {
	shown := m{
		"id": h.id, "url": h.url, "project_id": p.id, "enable_ssl_verification": h.verifies, "push_events": h.onPsh,
		"alert_status": "executable", "disabled_until": nil, "url_variables": []any{}, "custom_headers": []any{},
	}
	for _, event := range []string{issuesEvents, confidentialIssuesEvents, noteEvents, confidentialNoteEvents} {
		shown[event] = h.events[event]
	}
	if h.off {
		shown["alert_status"] = "disabled"
	}
	if !s.options.Unsigned {
		shown["token_present"], shown["signing_token_present"] = h.token != "", h.signing != ""
	}
	return shown
}

// hook finds the webhook of the path, for those who may see it.
func (s *Server) hook(c *call) *hook {
	if c.project.role(c.user) < Maintainer {
		c.forbid()
		return nil
	}
	id := c.r.PathValue("hook")
	h := find(c.project.hooks, func(h *hook) bool { return strconv.FormatInt(h.id, 10) == id })
	if h == nil {
		c.refuse(http.StatusNotFound, "404 Not found")
	}
	return h
}

func (s *Server) listHooks(c *call) {
	if c.project.role(c.user) < Maintainer {
		c.forbid()
		return
	}
	answer(s, c, c.project.hooks, func(h *hook) any { return s.showHook(c.project, h) })
}

func (s *Server) getHook(c *call) {
	if h := s.hook(c); h != nil {
		say(c, http.StatusOK, s.showHook(c.project, h))
	}
}

func (s *Server) addHook(c *call) {
	if c.project.role(c.user) < Maintainer {
		c.forbid()
		return
	}
	h := &hook{id: s.id(), events: map[string]bool{}, verifies: true, onPsh: true}
	if s.writeHook(c, h) {
		c.project.hooks = append(c.project.hooks, h)
		say(c, http.StatusCreated, s.showHook(c.project, h))
	}
}

func (s *Server) setHook(c *call) {
	if h := s.hook(c); h != nil && s.writeHook(c, h) {
		say(c, http.StatusOK, s.showHook(c.project, h))
	}
}

func (s *Server) deleteHook(c *call) {
	if h := s.hook(c); h != nil {
		c.project.hooks = slices.DeleteFunc(c.project.hooks, func(other *hook) bool { return other == h })
		c.WriteHeader(http.StatusNoContent)
	}
}

// writeHook takes in the settings of a webhook, or answers why not. An older
// GitLab passes over what it does not know.
func (s *Server) writeHook(c *call, h *hook) bool {
	in, ok := c.input()
	if !ok {
		return false
	}
	u, err := url.Parse(in.text("url"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		say(c, http.StatusUnprocessableEntity, m{"error": "Invalid url given"})
		return false
	}
	if signing := in.text("signing_token"); signing != "" && !s.options.Unsigned {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signing, "whsec_"))
		if err != nil || len(key) != sha256.Size || !strings.HasPrefix(signing, "whsec_") {
			c.refuse(http.StatusUnprocessableEntity, m{"signing_token": []string{"must be a whsec_ token of 32 bytes"}})
			return false
		}
		h.signing = signing
	}
	h.url = in.text("url")
	for _, event := range []string{issuesEvents, confidentialIssuesEvents, noteEvents, confidentialNoteEvents} {
		if in.has(event) {
			h.events[event], _ = in.flag(event)
		}
	}
	if in.has("token") {
		h.token = in.text("token")
	}
	if in.has("push_events") {
		h.onPsh, _ = in.flag("push_events")
	}
	return true
}

// Hooks returns the addresses of the webhooks of a project, or of all with "".
func (s *Server) Hooks(project string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, p := range s.projects {
		for _, h := range p.hooks {
			if project == "" || project == strconv.FormatInt(p.id, 10) {
				all = append(all, h.url)
			}
		}
	}
	return all
}

// SwitchOff does to all webhooks what GitLab does when they fail too often.
func (s *Server) SwitchOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		for _, h := range p.hooks {
			h.off = true
		}
	}
}

// event is what a webhook is called with: about an issue, or a comment on it.
func (s *Server) event(i *issue, action string, n *note) (body []byte, kind string) {
	attributes := m{
		"id": i.id, "iid": i.iid, "project_id": i.project.id, "title": i.title, "state": i.state, "description": i.description,
		"action": action, "updated_at": i.updated.UTC().Format("2006-01-02 15:04:05 UTC"), "confidential": i.confidential, "type": "Issue",
	}
	payload := m{
		"object_kind": "issue", "event_type": "issue", "user": m{"name": "somebody"},
		"project": m{"id": i.project.id, "path_with_namespace": i.project.path}, "object_attributes": attributes,
	}
	kind = "Issue Hook"
	if n != nil {
		kind = "Note Hook"
		payload["object_kind"], payload["event_type"], payload["project_id"], payload["issue"] = "note", "note", i.project.id, attributes
		payload["object_attributes"] = m{"id": n.id, "note": n.body, onType: "Issue", "project_id": i.project.id, "action": "create"}
	}
	if i.confidential {
		kind = "Confidential " + kind
	}
	body, _ = json.Marshal(payload)
	return body, kind
}

// tell calls the webhooks that ask for such an event.
func (s *Server) tell(i *issue, action string, n *note) {
	wanted := map[[2]bool]string{
		{false, false}: issuesEvents, {false, true}: confidentialIssuesEvents, {true, false}: noteEvents, {true, true}: confidentialNoteEvents,
	}[[2]bool{n != nil, i.confidential}]
	body, kind := s.event(i, action, n)
	for _, h := range i.project.hooks {
		if h.off || !h.events[wanted] {
			continue
		}
		address, header := h.url, headers(kind, h.token)
		if h.signing != "" {
			sign(header, h.signing, time.Now(), body)
		}
		s.calls.Go(func() { s.post(h, address, header, body) })
	}
}

func (s *Server) post(h *hook, address string, header http.Header, body []byte) {
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header = header
	resp, err := s.client.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		h.failures++
		h.off = h.failures > 3
		return
	}
	h.failures = 0
}

func headers(kind, token string) http.Header {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "GitLab/19.2.0")
	h.Set("X-Gitlab-Event", kind)
	h.Set("X-Gitlab-Event-UUID", "13792a34-cac6-4fda-95a8-c58e00a3954e")
	h.Set("Idempotency-Key", hex.EncodeToString(b[:]))
	if token != "" {
		h.Set("X-Gitlab-Token", token)
	}
	return h
}

// sign signs a delivery as Standard Webhooks asks for.
func sign(h http.Header, signingToken string, at time.Time, body []byte) {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(signingToken, "whsec_"))
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("Webhook-Id", h.Get("Idempotency-Key"))
	h.Set("Webhook-Timestamp", stamp)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("Webhook-Id") + "." + stamp + "."))
	mac.Write(body)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// delivery is what a webhook that Admit registered with secret is called with.
func (s *Server) delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	body, kind := s.event(s.at(t, id), "update", nil)
	d := ticket.Delivery{Header: headers(kind, ""), Body: body, Secret: secret, At: at}
	sign(d.Header, SigningToken(secret), at, body)
	return d
}

// SigningToken returns the signing token that Admit makes of a secret.
func SigningToken(secret string) string {
	key := sha256.Sum256([]byte(secret))
	return "whsec_" + base64.StdEncoding.EncodeToString(key[:])
}

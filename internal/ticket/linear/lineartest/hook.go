package lineartest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"admit/internal/ticket"
)

type hook struct {
	id, url, secret, label string
	enabled, allPublic     bool
	team                   *team
	kinds                  []string
	at                     time.Time
}

func (h *hook) hears(kind string, tm *team) bool {
	return h.enabled && slices.Contains(h.kinds, kind) && (h.team == tm || h.allPublic && tm.visibility == "public")
}

var allKinds = []string{"Issue", "Comment", "IssueLabel", "Project", "Attachment", "Reaction"}

// createHook takes addresses on this machine too, which the real Linear does not.
func (s *Server) createHook(args map[string]any) (any, *Error) {
	if !s.viewer.admin {
		return nil, &Error{Message: "You need to be an admin to create webhooks", Type: "forbidden", Code: "FORBIDDEN"}
	}
	input := inputOf(args)
	h := &hook{id: newID(), at: now(), enabled: input["enabled"] != false, label: text(input["label"]), secret: text(input["secret"])}
	if h.url = text(input["url"]); !isAddress(h.url) {
		return nil, invalid("url must be a valid URL.")
	}
	h.allPublic = input["allPublicTeams"] == true
	h.team = find(s.teams, func(tm *team) bool { return tm.id == input["teamId"] && s.visible(tm) })
	if h.team == nil && !h.allPublic {
		return nil, invalid("either teamId or allPublicTeams must be given.")
	}
	var refusal *Error
	if h.kinds, refusal = kindsOf(input["resourceTypes"]); refusal != nil {
		return nil, refusal
	}
	s.hooks = append(s.hooks, h)
	return payload("WebhookPayload", "webhook", s.hookOf(h)), nil
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && u.Hostname() == "127.0.0.1")
}

func kindsOf(value any) ([]string, *Error) {
	list, _ := value.([]any)
	var kinds []string
	for _, kind := range list {
		if !slices.Contains(allKinds, text(kind)) {
			return nil, invalid("each value in resourceTypes must be a resource type.")
		}
		kinds = append(kinds, text(kind))
	}
	if len(kinds) == 0 {
		return nil, invalid("resourceTypes should not be empty.")
	}
	return kinds, nil
}

func (s *Server) hook(id any) (*hook, *Error) {
	h := find(s.hooks, func(h *hook) bool { return h.id == id })
	if h == nil {
		return nil, notFound("Webhook")
	}
	return h, nil
}

func (s *Server) updateHook(args map[string]any) (any, *Error) {
	h, refusal := s.hook(args["id"])
	if refusal != nil {
		return nil, refusal
	}
	input := inputOf(args)
	if on, ok := input["enabled"].(bool); ok {
		h.enabled = on
	}
	if secret, ok := input["secret"].(string); ok {
		h.secret = secret
	}
	if kinds, ok := input["resourceTypes"]; ok {
		if h.kinds, refusal = kindsOf(kinds); refusal != nil {
			return nil, refusal
		}
	}
	return payload("WebhookPayload", "webhook", s.hookOf(h)), nil
}

func (s *Server) deleteHook(args map[string]any) (any, *Error) {
	h, refusal := s.hook(args["id"])
	if refusal != nil {
		return nil, refusal
	}
	s.hooks = slices.DeleteFunc(s.hooks, func(one *hook) bool { return one == h })
	return payload("DeletePayload", "entityId", h.id), nil
}

// listen is what an admin clicks in Linear's settings.
func (s *Server) listen(_ *testing.T, url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, &hook{
		id: newID(), url: url, secret: secret, label: "by hand", enabled: true, allPublic: true, kinds: []string{"Issue", "Comment"}, at: now(),
	})
}

// tell calls the addresses that want to hear of an issue.
func (s *Server) tell(i *issue, action string) {
	s.post("Issue", action, i.team, i.url(), s.issuePayload(i))
}

func (s *Server) tellComment(c *comment) {
	s.post("Comment", "create", c.issue.team, c.issue.url(), s.commentPayload(c))
}

func (s *Server) commentPayload(c *comment) map[string]any {
	return map[string]any{
		"id": c.id, "body": c.body, "createdAt": stamp(c.at), "updatedAt": stamp(c.at), "reactionData": map[string]any{},
		"issueId": c.issue.id, "userId": c.user.id, "user": s.userPayload(c.user),
		"issue": map[string]any{
			"id": c.issue.id, "identifier": c.issue.identifier(), "title": c.issue.title, "url": c.issue.url(),
			"teamId": c.issue.team.id, "team": teamPayload(c.issue.team),
		},
	}
}

func (s *Server) post(kind, action string, tm *team, page string, data map[string]any) {
	for _, h := range s.hooks {
		if !h.hears(kind, tm) {
			continue
		}
		body := s.body(kind, action, page, h.id, data, now())
		s.out.Post(h.url, headers(kind, newID(), h.secret, body), body)
	}
}

func (s *Server) body(kind, action, page, hookID string, data map[string]any, at time.Time) []byte {
	whole := map[string]any{
		"action": action, "type": kind, "createdAt": stamp(at), "organizationId": orgID, "webhookId": hookID, "url": page,
		"webhookTimestamp": at.UnixMilli(), "data": data,
		"actor": map[string]any{"id": s.alice().id, "name": s.alice().name, "email": s.alice().email, "type": "user", "url": "https://linear.app/example/profiles/alice"},
	}
	if action == "update" {
		whole["updatedFrom"] = map[string]any{"updatedAt": stamp(at)}
	}
	if s.schema != nil {
		s.holdDelivery(kind, whole)
	}
	body, _ := json.Marshal(whole)
	return body
}

const orgID = "1e0f3c4d-0d5a-4f0e-8a39-5b1b8a5ce0aa"

func headers(kind, id, secret string, body []byte) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("User-Agent", "Linear-Webhook")
	h.Set("Linear-Delivery", id)
	h.Set("Linear-Event", kind)
	h.Set("Linear-Signature", hex.EncodeToString(mac.Sum(nil)))
	return h
}

// delivery returns what is sent when an issue has changed.
func (s *Server) delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.byID[id]
	if !ok {
		t.Fatalf("the fake has no issue %s", id)
	}
	sum := sha256.Sum256([]byte(id + at.String()))
	body := s.body("Issue", "update", i.url(), newID(), s.issuePayload(i), at)
	return ticket.Delivery{Header: headers("Issue", uuid([16]byte(sum[:16])), secret, body), Body: body, Secret: secret, At: at}
}

func (s *Server) issuePayload(i *issue) map[string]any {
	labels := []any{}
	for _, l := range i.labels {
		labels = append(labels, map[string]any{"id": l.id, "name": l.name, "color": "#bec2c8"})
	}
	p := map[string]any{
		"id": i.id, "identifier": i.identifier(), "number": i.number, "title": i.title, "description": i.description, "url": i.url(),
		"createdAt": stamp(i.created), "updatedAt": stamp(i.updated), "archivedAt": stamp(i.archived), "startedAt": stamp(i.started),
		"completedAt": stamp(i.completed), "canceledAt": stamp(i.canceled), "trashed": i.trashed,
		"priority": i.priority, "priorityLabel": "No priority", "prioritySortOrder": 0, "sortOrder": 0,
		"labelIds": idsOf(i.labels), "labels": labels, "previousIdentifiers": append([]string{}, i.previous...),
		"subscriberIds": []string{i.creator.id}, "reactionData": map[string]any{},
		"teamId": i.team.id, "team": teamPayload(i.team), "creatorId": i.creator.id, "creator": s.userPayload(i.creator),
		"stateId": i.state.id, "state": map[string]any{"id": i.state.id, "name": i.state.name, "type": i.state.kind, "color": "#bec2c8"},
	}
	if i.assignee != nil {
		p["assigneeId"], p["assignee"] = i.assignee.id, s.userPayload(i.assignee)
	}
	return p
}

func teamPayload(tm *team) map[string]any {
	return map[string]any{"id": tm.id, "key": tm.key, "name": tm.name}
}

func (s *Server) userPayload(u *user) map[string]any {
	return map[string]any{"id": u.id, "name": u.name, "email": u.email, "url": "https://linear.app/example/profiles/" + u.id}
}

// Delivery returns a call with this body, signed.
func Delivery(kind, secret string, body []byte, at time.Time) ticket.Delivery {
	return ticket.Delivery{Header: headers(kind, orgID, secret, body), Body: body, Secret: secret, At: at}
}

// Payloads returns bodies of calls of every kind.
func (s *Server) Payloads(at time.Time) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	tm := s.teamBy("ACC")
	i := s.file(&issue{id: newID(), team: tm, title: "Give access", creator: s.viewer, assignee: s.alice(), state: s.first(tm, "started")})
	c := s.say(i, s.alice(), newID(), "I look into it.")
	return [][]byte{
		s.body("Issue", "create", i.url(), newID(), s.issuePayload(i), at),
		s.body("Issue", "update", i.url(), newID(), s.issuePayload(i), at),
		s.body("Issue", "remove", i.url(), newID(), s.issuePayload(i), at),
		s.body("Comment", "create", i.url(), newID(), s.commentPayload(c), at),
	}
}

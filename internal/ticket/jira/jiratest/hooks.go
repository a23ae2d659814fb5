package jiratest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// webhook is a registration.
type webhook struct {
	id     int
	name   string
	url    string
	secret string
	events []string
	filter string
	on     bool
}

func (s *Server) routeHooks(add func(string, func(call) answer)) {
	path := "/rest/webhooks/1.0/webhook"
	if !s.cloud {
		path = "/rest/jira-webhook/1.0/webhooks"
	}
	admin := func(f func(call) answer) func(call) answer {
		return func(c call) answer {
			switch {
			case !s.cloud && s.version < 10:
				return no(http.StatusNotFound, "null for uri: "+c.URL.Path)
			case s.denied["ADMINISTER"]:
				return no(http.StatusForbidden, "You need to be an administrator to do this.")
			}
			return f(c)
		}
	}
	add("GET "+path, admin(func(c call) answer {
		list := []any{}
		for _, w := range s.webhooks {
			list = append(list, s.showHook(w))
		}
		if at := c.number("start", 0); !s.cloud { // pages are smaller than they may be
			list = list[min(at, len(list)):min(at+2, len(list))]
		}
		return ok(list)
	}))
	add("POST "+path, admin(func(c call) answer { return s.writeHook(c, nil) }))
	add("PUT "+path+"/{id}", admin(func(c call) answer { return s.writeHook(c, s.hookBy(c.PathValue("id"))) }))
	add("DELETE "+path+"/{id}", admin(s.dropHook))
}

func (s *Server) hookBy(id string) *webhook {
	for _, w := range s.webhooks {
		if strconv.Itoa(w.id) == id {
			return w
		}
	}
	return nil
}

// showHook never shows a secret.
func (s *Server) showHook(w *webhook) object {
	if s.cloud {
		return object{
			"name": w.name, "url": w.url, "events": w.events, "enabled": w.on, "isSigned": w.secret != "", "excludeBody": false,
			"filters": object{"issue-related-events-section": w.filter}, "self": s.URL + "/rest/webhooks/1.0/webhook/" + strconv.Itoa(w.id),
		}
	}
	return object{"id": w.id, "name": w.name, "url": w.url, "events": w.events, "active": w.on, "configuration": object{"EXCLUDE_BODY": "false"}}
}

func (s *Server) writeHook(c call, w *webhook) answer {
	status := http.StatusOK
	switch {
	case c.Method == http.MethodPut && w == nil:
		return no(http.StatusNotFound, "The webhook does not exist.")
	case w == nil:
		s.lastHook++
		w, status = &webhook{id: s.lastHook}, http.StatusCreated
	}
	name, _ := c.body["name"].(string)
	address, _ := c.body["url"].(string)
	events := texts(c.body["events"])
	if name == "" || !strings.HasPrefix(address, "http") || len(events) == 0 {
		return no(http.StatusBadRequest, "A webhook needs a name, a URL and events.")
	}
	w.name, w.url, w.events = name, address, events
	s.configure(w, c.body)
	if status == http.StatusCreated {
		s.webhooks = append(s.webhooks, w)
	}
	return answer{status, s.showHook(w)}
}

// configure reads what each Jira keeps in another place. A secret in the wrong
// one is dropped without a word.
func (s *Server) configure(w *webhook, body object) {
	if s.cloud {
		if secret, sent := body["secret"].(string); sent {
			w.secret = secret
		}
		w.on = body["enabled"] != false
		filters, _ := body["filters"].(map[string]any)
		w.filter, _ = filters["issue-related-events-section"].(string)
		return
	}
	configuration, _ := body["configuration"].(map[string]any)
	w.secret, _ = configuration["SECRET"].(string)
	w.on = body["active"] != false
	var filters map[string]string
	text, _ := configuration["FILTERS"].(string)
	_ = json.Unmarshal([]byte(text), &filters)
	w.filter = filters["issue-related-events-section"]
}

func (s *Server) dropHook(c call) answer {
	for at, w := range s.webhooks {
		if strconv.Itoa(w.id) == c.PathValue("id") {
			s.webhooks = append(s.webhooks[:at:at], s.webhooks[at+1:]...)
			return answer{http.StatusNoContent, nil}
		}
	}
	return no(http.StatusNotFound, "The webhook does not exist.")
}

// tell calls whoever wants to know of an event. It does not wait.
func (s *Server) tell(event string, i *issue) {
	for _, w := range s.webhooks {
		if !w.on || !strings.Contains(strings.Join(w.events, " "), event) {
			continue
		}
		if q, valid := s.parse(w.filter); w.filter != "" && (!valid || !q.matches(i)) {
			continue
		}
		s.posted++
		d := s.delivery(event, i, w.secret, "delivery-"+strconv.Itoa(s.posted))
		s.calls.Go(func() { s.post(w.url, d) })
	}
}

func (s *Server) post(url string, d ticket.Delivery) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		return
	}
	req.Header = d.Header
	resp, err := s.hooks.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
}

func (s *Server) delivery(event string, i *issue, secret, id string) ticket.Delivery {
	body, _ := json.Marshal(object{
		"timestamp": i.updated.UnixMilli(), "webhookEvent": event, "issue_event_type_name": "issue_generic",
		"user": s.show(s.people[1]), "issue": s.showIssue(i, []string{"summary", "status", "labels", "project", "updated"}, nil),
		"changelog": object{"id": "10500", "items": []any{}},
	})
	header := http.Header{
		"Content-Type": {"application/json; charset=UTF-8"}, "User-Agent": {"Atlassian HttpClient"},
		"X-Atlassian-Webhook-Identifier": {id}, "X-Atlassian-Webhook-Retry": {"0"},
	}
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return ticket.Delivery{Header: header, Body: body}
}

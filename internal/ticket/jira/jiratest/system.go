package jiratest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
	"admit/internal/ticket/tickettest"
)

// System is the server as the suite uses it.
func (s *Server) System(testing.TB) tickettest.System {
	return tickettest.System{
		URL:          s.URL,
		Settings:     s.Settings(),
		Project:      Access,
		Type:         Task,
		Assignable:   "alice@example.com",
		Unassignable: "dave@example.com",
		Fulfiller: tickettest.Fulfiller{
			Start:   s.with(func(i *issue) { s.move(i, inProgress, nil) }),
			Done:    s.with(func(i *issue) { s.move(i, doneStatus, &resolvedDone) }),
			Decline: s.with(func(i *issue) { s.move(i, wontDo, &resolvedNo) }),
			Odd:     s.with(func(i *issue) { s.move(i, doneStatus, &deferred) }),
			Reopen:  s.with(func(i *issue) { s.move(i, toDo, nil) }),
			Delete:  s.Delete,
		},
		Text:     s.Text,
		Rendered: s.rendered,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && (r.URL.Path == s.api()+"/issue" || r.URL.Path == "/rest/servicedeskapi/request")
		},
		Field: Environment, Value: "10502", Bad: "99999",
		FieldOf:   func(t *testing.T, id string) string { return idOf(s.Field(t, id, Environment)) },
		NoLag:     true,
		Lag:       s.Lag,
		Fill:      s.Fill,
		Hide:      s.with(func(i *issue) { i.hidden = true }),
		Show:      s.with(func(i *issue) { i.hidden = false }),
		Move:      s.with(func(i *issue) { s.moveTo(i, s.projectBy(Operations)) }),
		Delivery:  s.Delivery,
		Listen:    s.listen,
		Hooks:     func(*testing.T) int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.webhooks) },
		SwitchOff: s.switchOff,
	}
}

// DeskSystem is the server as the suite uses it, filing requests in its service desk.
func (s *Server) DeskSystem(t testing.TB) tickettest.System {
	system := s.System(t)
	system.Project, system.Type = Desk, Request
	return system
}

// with returns a change of an issue by somebody else than the service account.
func (s *Server) with(change func(i *issue)) func(t *testing.T, id string) {
	return func(t *testing.T, id string) {
		t.Helper()
		s.at(t, id, func(i *issue) {
			change(i)
			s.touch(i)
		})
	}
}

// at does something with an issue while nobody else looks.
func (s *Server) at(t *testing.T, id string, do func(i *issue)) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.any(id)
	if i == nil {
		t.Fatalf("there is no issue %s", id)
	}
	do(i)
}

// moveTo moves an issue to another project, where it gets another key.
func (s *Server) moveTo(i *issue, p *project) {
	s.lastNo[p.key]++
	i.keys = append(i.keys, i.key)
	i.project, i.key = p, fmt.Sprintf("%s-%d", p.key, s.lastNo[p.key])
}

// Delete deletes an issue for ever.
func (s *Server) Delete(t *testing.T, id string) {
	t.Helper()
	s.at(t, id, func(i *issue) {
		s.found = found{}
		s.issues = slices.DeleteFunc(s.issues, func(one *issue) bool { return one == i })
		s.tell("jira:issue_deleted", i)
	})
}

// AddSubtask gives an issue a child in a status: "To Do", "Done" or "Won't do".
func (s *Server) AddSubtask(t *testing.T, id, name string) {
	s.with(func(i *issue) {
		child := s.add(i.project, issueTypes[1])
		at := slices.IndexFunc(statuses, func(st status) bool { return st.name == name })
		child.summary, child.status = "A part of it", statuses[at]
		i.subtasks = append(i.subtasks, child)
	})(t, id)
}

// End puts an issue into a status with a resolution, "" for none.
func (s *Server) End(t *testing.T, id, statusName, resolutionName string) {
	s.with(func(i *issue) {
		i.status = statuses[slices.IndexFunc(statuses, func(st status) bool { return st.name == statusName })]
		i.resolution = nil
		if at := slices.IndexFunc(resolutions, func(r resolution) bool { return r.name == resolutionName }); at >= 0 {
			i.resolution = &resolutions[at]
		}
	})(t, id)
}

// ClearLabels takes the labels of an issue away.
func (s *Server) ClearLabels(t *testing.T, id string) {
	s.with(func(i *issue) { i.labels = nil })(t, id)
}

// Labels returns the labels of an issue.
func (s *Server) Labels(t *testing.T, id string) []string {
	t.Helper()
	var labels []string
	s.at(t, id, func(i *issue) { labels = slices.Clone(i.labels) })
	return labels
}

// Field returns a field of an issue as the API shows it.
func (s *Server) Field(t *testing.T, id, name string) any {
	t.Helper()
	var value any
	s.at(t, id, func(i *issue) { value = i.fields[name] })
	return value
}

// Text returns what people read in an issue.
func (s *Server) Text(t *testing.T, id string) string {
	t.Helper()
	var texts []string
	s.at(t, id, func(i *issue) {
		texts = append(texts, flat(i.description))
		for _, c := range i.comments {
			texts = append(texts, flat(c.body))
		}
	})
	return strings.Join(texts, "\n")
}

// rendered returns how Markdown reads here.
func (s *Server) rendered(source string) string {
	if !s.cloud {
		return markdown.Wiki(source)
	}
	var doc any
	b, _ := json.Marshal(markdown.ADF(source))
	_ = json.Unmarshal(b, &doc)
	return flat(doc)
}

// Lag makes searches blind for the issues that are made from now on.
func (s *Server) Lag(_ *testing.T, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = found{}
	if s.lagging = 0; on {
		s.lagging = s.lastID + 1
	}
}

// Fill makes n tickets of Admit's, all in one moment.
func (s *Server) Fill(_ *testing.T, n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, made := make([]string, n), s.now()
	for at := range ids {
		var b [16]byte
		_, _ = rand.Read(b[:])
		key := hex.EncodeToString(b[:])
		i := s.addAt(s.projectBy(Access), issueTypes[2], made)
		i.summary, i.labels = "Give somebody access "+strconv.Itoa(at), []string{"admit", "admit-" + key}
		ids[at] = i.number()
	}
	return ids
}

// Delivery returns a call of a webhook about an issue.
func (s *Server) Delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.delivery("jira:issue_updated", s.any(id), secret, "delivery-"+id+"-"+strconv.FormatInt(at.UnixNano(), 10))
}

// listen registers a webhook as an admin does by hand.
func (s *Server) listen(_ *testing.T, url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastHook++
	s.webhooks = append(s.webhooks, &webhook{
		id: s.lastHook, name: "by hand", url: url, secret: secret, filter: "labels = admit", on: true,
		events: strings.Fields("jira:issue_created jira:issue_updated jira:issue_deleted"),
	})
}

func (s *Server) switchOff(*testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.webhooks {
		w.on = false
	}
}

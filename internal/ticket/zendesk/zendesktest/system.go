package zendesktest

import (
	"bytes"
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

// System is the account as the suite uses it, with a service user that may
// manage webhooks. Idempotency keys are over at once there, as they are at
// Zendesk two hours later: what a provider promises must hold then, too.
func (s *Server) System(testing.TB) tickettest.System {
	s.KeyLife, s.Role = 0, "admin"
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "email": Email, "token": Token},
		Project:      strconv.Itoa(Access),
		Type:         strconv.Itoa(RequestForm),
		Assignable:   "alice@example.com",
		Unassignable: "bob@example.com",
		Fulfiller:    s.fulfiller(),
		Text:         s.Text,
		Rendered:     func(source string) string { return textOf(markdown.HTML(source)) },
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/tickets")
		},
		Field: "choice:" + strconv.Itoa(Region), Value: "emea", Bad: "atlantis",
		FieldOf:   func(t *testing.T, id string) string { return s.Value(t, id, Region) },
		NoLag:     true,
		Lag:       s.lag,
		Fill:      s.fill,
		Hide:      func(t *testing.T, id string) { s.with(t, id, func(found *Ticket) { found.hidden = true }) },
		Show:      func(t *testing.T, id string) { s.with(t, id, func(found *Ticket) { found.hidden = false }) },
		Move:      s.move,
		Delivery:  s.delivery,
		Listen:    s.listen,
		Hooks:     func(*testing.T) int { return len(s.Webhooks()) },
		SwitchOff: func(*testing.T) { s.SwitchOff() },
	}
}

func (s *Server) fulfiller() tickettest.Fulfiller {
	state := func(status string, more ...string) func(t *testing.T, id string) {
		return func(t *testing.T, id string) { s.Set(t, id, status, more...) }
	}
	return tickettest.Fulfiller{
		Start:   s.start,
		Done:    state("solved"),
		Decline: state("solved", "wont_do"),
		Odd:     state("closed", "closed_by_merge"),
		Reopen:  state("open"),
		Delete: func(t *testing.T, id string) {
			s.with(t, id, s.remove)
		},
	}
}

// with runs f on a ticket.
func (s *Server) with(t *testing.T, id string, f func(*Ticket)) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := strconv.ParseInt(id, 10, 64) // 0 is no ticket
	found := s.tickets[n]
	if found == nil {
		t.Fatalf("there is no ticket %s", id)
	}
	f(found)
}

// act changes a ticket as Alice.
func (s *Server) act(t *testing.T, id string, ask change) {
	t.Helper()
	s.with(t, id, func(found *Ticket) {
		if problems := s.change(found, ask, Alice); len(problems) > 0 {
			t.Fatalf("ticket %s: %+v", id, problems)
		}
	})
}

func (s *Server) start(t *testing.T, id string) {
	private := false
	s.act(t, id, change{Assignee: assignee{Alice, true}, Comment: &newComment{Body: "I am on it.", Public: &private}})
}

// Set gives a ticket a status and more tags. Whom nobody has, Alice takes.
func (s *Server) Set(t *testing.T, id, status string, more ...string) {
	t.Helper()
	ask := change{Status: &status}
	s.with(t, id, func(found *Ticket) {
		if found.Assignee == 0 {
			ask.Assignee = assignee{Alice, true}
		}
		all := slices.Concat(found.Tags, more)
		ask.Tags = &all
	})
	s.act(t, id, ask)
}

// Turn gives a ticket a status, also one that nobody has.
func (s *Server) Turn(t *testing.T, id, status string) {
	t.Helper()
	s.act(t, id, change{Status: &status})
}

// Retag gives a ticket these tags and no other.
func (s *Server) Retag(t *testing.T, id string, tags ...string) {
	t.Helper()
	s.act(t, id, change{Tags: &tags})
}

// SetCustom gives a ticket a status of the account's own.
func (s *Server) SetCustom(t *testing.T, id string, own int64) {
	t.Helper()
	for _, one := range s.statuses {
		if one.ID == own {
			s.Set(t, id, one.Category)
		}
	}
	s.with(t, id, func(found *Ticket) { found.CustomStatus = own })
}

// Age makes a ticket look as if nothing had happened to it for a time.
func (s *Server) Age(t *testing.T, id string, by time.Duration) {
	t.Helper()
	s.with(t, id, func(found *Ticket) {
		for _, at := range []*time.Time{&found.CreatedAt, &found.UpdatedAt, &found.assignedAt, &found.statusUpdatedAt} {
			*at = at.Add(-by)
		}
	})
}

// Text returns all that agents read in a ticket.
func (s *Server) Text(t *testing.T, id string) string {
	t.Helper()
	var parts []string
	s.with(t, id, func(found *Ticket) {
		for _, c := range found.Comments {
			parts = append(parts, c.Body)
		}
	})
	return strings.Join(parts, "\n\n")
}

// Value returns what a ticket keeps in a custom field.
func (s *Server) Value(t *testing.T, id string, field int64) string {
	t.Helper()
	var text string
	s.with(t, id, func(found *Ticket) {
		if v := found.Values[field]; v != nil {
			text = fmt.Sprint(v)
		}
	})
	return text
}

// Ticket returns a copy of a ticket.
func (s *Server) Ticket(t *testing.T, id string) Ticket {
	t.Helper()
	var got Ticket
	s.with(t, id, func(found *Ticket) { got = *found })
	return got
}

func (s *Server) lag(_ *testing.T, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale, s.seen = on, s.next
}

func (s *Server) fill(_ *testing.T, n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		key := strings.ToLower(random()) + "000000"
		made := &Ticket{
			ExternalID: key, Subject: "Give access", Status: "new", Group: Access, Requester: Service, Form: RequestForm,
			CustomStatus: s.defaultStatus("new"), Tags: []string{"admit"}, Values: map[int64]any{}, CreatedAt: now(), UpdatedAt: now(),
			Comments: []Comment{{ID: s.newID(), Type: "Comment", Author: Service, Body: key, HTMLBody: "<p>" + key + "</p>"}},
		}
		s.add(made)
		ids[i] = strconv.FormatInt(made.ID, 10)
	}
	return ids
}

func (s *Server) move(t *testing.T, id string) {
	group := int64(Elsewhere)
	s.act(t, id, change{Group: &group, Assignee: assignee{given: true}})
}

// delivery is signed with secret as if Zendesk had chosen it.
func (s *Server) delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	d := ticket.Delivery{Header: http.Header{}, Secret: secret, At: at}
	s.with(t, id, func(found *Ticket) { d.Body = eventOf(found, "status_changed") })
	sign(d.Header, d.Body, "01HOOK", secret, at)
	return d
}

// listen does in the API what Spec.Webhook tells an admin to click.
func (s *Server) listen(t *testing.T, url, secret string) {
	t.Helper()
	var all []string
	for _, event := range []string{
		"agent_assignment_changed", "comment_added", "custom_status_changed", "group_assignment_changed", "merged",
		"permanently_deleted", "soft_deleted", "status_changed", "tags_changed", "undeleted",
	} {
		all = append(all, eventPrefix+event)
	}
	body, _ := json.Marshal(map[string]any{"webhook": map[string]any{ // of its own making
		"name": "Admit", "endpoint": url, "http_method": "POST", "request_format": "json", "status": "active", "subscriptions": all,
		"authentication": map[string]any{"type": "bearer_token", "data": map[string]string{"token": secret}, "add_position": "header"},
	}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v2/webhooks", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(Email+"/token", Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := tickettest.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("the webhook was answered %s", resp.Status)
	}
}

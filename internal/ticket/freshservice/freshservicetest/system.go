package freshservicetest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
	"admit/internal/ticket/tickettest"
)

type hook struct{ url, secret string }

// System returns the account for the conformance suite.
func (s *Server) System(t testing.TB) tickettest.System {
	t.Helper()
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "api_key": Key, "email": Email},
		Project:      strconv.Itoa(Access),
		Type:         "Incident",
		Assignable:   "alice@example.com",
		Unassignable: "bob@example.com",
		Fulfiller: tickettest.Fulfiller{
			Start:   s.changes(func(t *Ticket) { t.Status = 3 }),
			Done:    s.changes(func(t *Ticket) { t.Status = 4 }),
			Decline: s.changes(func(t *Ticket) { t.Status, t.Tags = 5, append(t.Tags, "declined") }),
			Odd:     s.changes(merge),
			Reopen:  s.changes(func(t *Ticket) { t.Status = 2 }),
			Delete:  s.changes(func(t *Ticket) { t.Deleted = true }),
		},
		Text: func(t *testing.T, id string) string {
			t.Helper()
			one := s.Ticket(t, id)
			return one.Subject + "\n\n" + one.Description + "\n\n" + strings.Join(one.Notes, "\n\n")
		},
		Rendered: markdown.HTML,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && r.URL.Path == "/api/v2/tickets"
		},
		Field: "custom:choice:risk", Value: "High", Bad: "Enormous",
		FieldOf: func(t *testing.T, id string) string {
			t.Helper()
			return fmt.Sprint(s.Ticket(t, id).Custom["risk"])
		},
		NoLag: true,
		Lag: func(_ *testing.T, on bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.stale, s.seen = on, s.next
		},
		Fill: s.fill,
		Hide: func(_ *testing.T, id string) { s.hide(id, true) },
		Show: func(_ *testing.T, id string) { s.hide(id, false) },
		Move: s.changes(func(t *Ticket) { t.Group = Other }),

		Delivery: func(t *testing.T, id, secret string, _ time.Time) ticket.Delivery {
			t.Helper()
			return ticket.Delivery{Header: header(secret), Body: payload(decode(id))}
		},
		Listen: func(_ *testing.T, url, secret string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hooks = append(s.hooks, hook{url, secret})
		},
	}
}

func (s *Server) hide(id string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden[decode(id)] = on
}

// Ticket returns a ticket to look at or to change, while nobody calls.
func (s *Server) Ticket(t *testing.T, id string) *Ticket {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.tickets[decode(id)]
	if one == nil {
		t.Fatalf("no ticket %q", id)
	}
	return one
}

// merge does to a ticket what merging it into another does.
func merge(t *Ticket) {
	t.Status, t.Notes = 5, append(t.Notes, "<div>This ticket is closed and merged into ticket <a>#INC-7</a></div>")
}

// changes does what a person does to a ticket.
func (s *Server) changes(change func(*Ticket)) func(*testing.T, string) {
	return func(t *testing.T, id string) {
		t.Helper()
		one := s.Ticket(t, id)
		s.mu.Lock()
		defer s.mu.Unlock()
		change(one)
		s.touch(one)
	}
}

func (s *Server) fill(_ *testing.T, n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		key := fmt.Sprintf("%032x", s.next)
		t := &Ticket{
			Subject: "Give access", Description: "<p>Make sure.</p><p>" + key + "</p>", Group: Access, Status: 2, Priority: 1, Urgency: 1, Impact: 1,
			Tags: []string{"admit", key}, Custom: map[string]any{},
		}
		s.add(t, time.Now())
		ids[i] = strconv.FormatInt(t.ID, 10)
	}
	return ids
}

// Old files a ticket with a key long ago, so that only the filter knows it.
func (s *Server) Old(key string, age time.Duration) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Ticket{
		Subject: "Give access", Description: "<p>" + key + "</p>", Group: Access, Status: 2, Priority: 1, Urgency: 1, Impact: 1,
		Tags: []string{"admit", key}, Custom: map[string]any{},
	}
	s.add(t, time.Now().Add(-age))
	return t.ID
}

// payload is what the workflow of the documentation sends.
func payload(id int64) []byte { return []byte(fmt.Sprintf(`{"ticket_id": "%d"}`, id)) }

func header(secret string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if secret != "" {
		h.Set("X-Admit-Secret", secret)
	}
	return h
}

// tell calls the webhooks about a ticket.
func (s *Server) tell(id int64) {
	for _, h := range s.hooks {
		s.out.Post(h.url, header(h.secret), payload(id))
	}
}

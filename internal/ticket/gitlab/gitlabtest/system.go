package gitlabtest

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket/tickettest"
)

// System returns the server as the conformance suite uses it.
func (s *Server) System(t testing.TB) tickettest.System {
	t.Helper()
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "token": Token},
		Project:      strconv.FormatInt(s.main.id, 10),
		Type:         "issue",
		Assignable:   "alice@example.com",
		Unassignable: "zed@example.com",
		Text:         s.Text,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issues")
		},
		Field: "due_date", Value: "2027-03-01", Bad: "2027-02-30",
		FieldOf: func(t *testing.T, id string) string {
			return change(t, s, id, func(i *issue) string { return i.dueDate })
		},
		NoLag: true,
		Lag:   func(_ *testing.T, on bool) { s.SetLag(on) },
		Fill:  s.Fill,
		Hide:  func(t *testing.T, id string) { change(t, s, id, func(i *issue) bool { i.veiled = true; return true }) },
		Show:  func(t *testing.T, id string) { change(t, s, id, func(i *issue) bool { i.veiled = false; return true }) },
		Move: func(t *testing.T, id string) {
			change(t, s, id, func(i *issue) *issue { return s.move(i, s.other, s.alice) })
		},
		Delivery:  s.delivery,
		Listen:    s.Listen,
		Hooks:     func(*testing.T) int { return len(s.Hooks("")) },
		SwitchOff: func(*testing.T) { s.SwitchOff() },
		Fulfiller: tickettest.Fulfiller{
			Start:   func(t *testing.T, id string) { s.Label(t, id, "workflow::in progress") },
			Done:    func(t *testing.T, id string) { s.Close(t, id) },
			Decline: func(t *testing.T, id string) { s.Label(t, id, "wontfix"); s.Close(t, id) },
			Odd: func(t *testing.T, id string) {
				change(t, s, id, func(i *issue) *issue { return s.move(i, s.hidden, s.alice) })
			},
			Reopen: func(t *testing.T, id string) { change(t, s, id, func(i *issue) bool { s.reopen(i); return true }) },
			Delete: func(t *testing.T, id string) {
				change(t, s, id, func(i *issue) bool { i.deleted = true; s.touch(i); return true })
			},
		},
	}
}

// change does something to a ticket, where it is now.
func change[T any](t *testing.T, s *Server, id string, do func(*issue) T) T {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return do(s.at(t, id))
}

// Text returns what people read in a ticket.
func (s *Server) Text(t *testing.T, id string) string {
	return change(t, s, id, func(i *issue) string {
		all := []string{i.description}
		for _, n := range i.notes {
			if !n.system {
				all = append(all, n.body)
			}
		}
		return strings.Join(all, "\n")
	})
}

// Label adds a label, as alice.
func (s *Server) Label(t *testing.T, id, label string) {
	change(t, s, id, func(i *issue) bool {
		i.setLabels(append(i.labels, label))
		s.touch(i)
		s.tell(i, "update", nil)
		return true
	})
}

// Unlabel takes all labels away, as alice.
func (s *Server) Unlabel(t *testing.T, id string) {
	change(t, s, id, func(i *issue) bool { i.setLabels(nil); return true })
}

// Close closes a ticket, as alice.
func (s *Server) Close(t *testing.T, id string) {
	change(t, s, id, func(i *issue) bool { s.close(i, s.alice); return true })
}

// Duplicate closes a ticket as a duplicate of another one, as alice.
func (s *Server) Duplicate(t *testing.T, id string) {
	change(t, s, id, func(i *issue) bool { i.duplicateOf = i; s.close(i, s.alice); return true })
}

// MoveOn moves a ticket to the project with the same members, if it is not there,
// or back.
func (s *Server) MoveOn(t *testing.T, id string) {
	change(t, s, id, func(i *issue) *issue {
		if i.project == s.other {
			return s.move(i, s.main, s.alice)
		}
		return s.move(i, s.other, s.alice)
	})
}

// Say adds a comment, as alice.
func (s *Server) Say(t *testing.T, id, text string) {
	change(t, s, id, func(i *issue) *note { return s.comment(i, s.alice, text) })
}

// State returns whether a ticket is opened or closed, and its labels.
func (s *Server) State(t *testing.T, id string) (state string, labels []string) {
	change(t, s, id, func(i *issue) bool { state, labels = i.state, i.labels; return true })
	return state, labels
}

// Touch changes many tickets at one moment, as a bulk edit does.
func (s *Server) Touch(t *testing.T, ids []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.tick()
	for _, id := range ids {
		s.at(t, id).updated = now
	}
}

// Age makes a ticket's last change an hour older.
func (s *Server) Age(t *testing.T, id string) {
	change(t, s, id, func(i *issue) bool {
		i.created, i.updated = i.created.Add(-time.Hour), i.updated.Add(-time.Hour)
		return true
	})
}

// Other returns the id of a second project that tickets can be filed in.
func (s *Server) Other() string { return strconv.FormatInt(s.other.id, 10) }

// Fill makes open tickets of Admit's, one each millisecond until now.
func (s *Server) Fill(t *testing.T, n int) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, n)
	start := s.tick().Add(-time.Duration(n) * time.Millisecond)
	for k := range ids {
		var key [16]byte
		_, _ = rand.Read(key[:]) // never fails
		now := start.Add(time.Duration(k) * time.Millisecond)
		p := s.main
		p.lastIID++
		i := &issue{
			id: s.id(), iid: p.lastIID, project: p, author: s.bot, state: "opened", kind: "issue", severity: "unknown",
			title: "Give access " + strconv.Itoa(k), description: "Make sure somebody has access.\n\n" + hex.EncodeToString(key[:]),
			labels: []string{"admit"}, created: now, updated: now,
		}
		s.issues = append(s.issues, i)
		ids[k] = strconv.FormatInt(p.id, 10) + "-" + strconv.FormatInt(i.iid, 10) + "-" + strconv.FormatInt(i.id, 10)
	}
	return ids
}

// Listen sets a webhook up as an admin does by hand: with a secret token.
func (s *Server) Listen(t *testing.T, url, secret string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.main.hooks = append(s.main.hooks, &hook{
		id: s.id(), url: url, token: secret, verifies: true,
		events: map[string]bool{issuesEvents: true, confidentialIssuesEvents: true, noteEvents: true, confidentialNoteEvents: true},
	})
}

package shortcuttest

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"admit/internal/ticket/tickettest"
)

// System returns the workspace for the conformance suite.
func (s *Server) System(t testing.TB) tickettest.System {
	t.Helper()
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "workspace": Workspace, "token": Token},
		Project:      Access,
		Type:         "chore",
		Assignable:   "alice@example.com",
		Unassignable: "olga@example.com",
		Fulfiller: tickettest.Fulfiller{
			Start:   s.moves(Doing),
			Done:    s.moves(Done),
			Decline: s.moves(WontDo),
			Odd:     s.changes(func(st *Story) { st.Archived = true }),
			Reopen:  s.moves(Ready),
			Delete: func(t *testing.T, id string) {
				t.Helper()
				s.mu.Lock()
				defer s.mu.Unlock()
				s.remove(s.story(t, id).ID)
			},
		},
		Text: func(t *testing.T, id string) string {
			t.Helper()
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.story(t, id).text()
		},
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && r.URL.Path == "/api/v3/stories"
		},
		Field:   "custom:" + Priority,
		Value:   High,
		Bad:     Severity,
		FieldOf: s.priority,
		NoLag:   true,
		Lag:     s.lag,
		Fill:    s.fill,
		Move:    s.changes(func(st *Story) { st.Group = Platform }),

		Delivery: delivery,
		Listen: func(_ *testing.T, url, secret string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hookUp(url, secret)
		},
	}
}

// Story returns a story to look at or to change, while nobody calls.
func (s *Server) Story(t *testing.T, id string) *Story {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.story(t, id)
}

func (s *Server) story(t *testing.T, id string) *Story {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || s.stories[n] == nil {
		t.Fatalf("no story %q", id)
	}
	return s.stories[n]
}

// changes does what a person does to a story.
func (s *Server) changes(change func(*Story)) func(*testing.T, string) {
	return func(t *testing.T, id string) {
		t.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		st := s.story(t, id)
		change(st)
		s.touch(st)
	}
}

func (s *Server) moves(to int64) func(*testing.T, string) {
	return s.changes(func(st *Story) { s.move(st, to) })
}

func (s *Server) priority(t *testing.T, id string) string {
	t.Helper()
	for _, v := range s.Story(t, id).Custom {
		if v.Field == Priority {
			return v.Value
		}
	}
	return ""
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
		key := fmt.Sprintf("%032x", s.next)
		st := &Story{Name: "Give access", Description: "Make sure.\n\n" + key, Type: "chore", Group: Access, State: Ready, ExternalID: key, Labels: []string{"admit"}}
		s.add(st)
		ids[i] = strconv.FormatInt(st.ID, 10)
	}
	return ids
}

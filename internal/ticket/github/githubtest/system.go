package githubtest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
)

// System is the server as the conformance suite uses it. Issues are not moved
// by it: on GitHub an issue that is moved is another one, see Transfer.
func (s *Server) System(t testing.TB) tickettest.System {
	t.Helper()
	r := s.Repo()
	return tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "token": Token},
		Project:      r.ID,
		Type:         "Task",
		Assignable:   "alice@example.com",
		Unassignable: "bob@example.com",
		Field:        "labels",
		Value:        r.labels[0].id,
		Bad:          "LA_kwDO999999",
		FieldOf: func(t *testing.T, id string) string {
			var ids []string
			for _, l := range s.issue(t, id).labels {
				ids = append(ids, l.id)
			}
			return strings.Join(ids, "\n")
		},
		Fulfiller: tickettest.Fulfiller{
			Start:   func(t *testing.T, id string) { s.Say(t, id, Alice, "I am on it.") },
			Done:    func(t *testing.T, id string) { s.Close(t, id, Alice, "COMPLETED") },
			Decline: func(t *testing.T, id string) { s.Close(t, id, Alice, "NOT_PLANNED") },
			Odd:     func(t *testing.T, id string) { s.Close(t, id, Alice, "") },
			Reopen:  s.reopen,
			Delete:  s.remove,
		},
		Text: s.text,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issues")
		},
		NoLag:    true,
		Lag:      s.lag,
		Fill:     s.fillUp,
		Hide:     func(t *testing.T, id string) { s.change(t, id, func(i *issue) { i.hidden = true }) },
		Show:     func(t *testing.T, id string) { s.change(t, id, func(i *issue) { i.hidden = false }) },
		Delivery: s.Delivery,
		Listen:   s.listen,
		Hooks: func(*testing.T) int {
			n, _ := s.Hooks(r, "")
			return n
		},
		SwitchOff: func(*testing.T) { s.SpoilHooks(r) },
	}
}

// issue finds an issue, or fails the test.
func (s *Server) issue(t testing.TB, id string) *issue {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.issues[id]
	if i == nil {
		t.Fatalf("there is no issue %q", id)
	}
	return i
}

func (s *Server) change(t testing.TB, id string, f func(*issue)) {
	t.Helper()
	i := s.issue(t, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	f(i)
}

// Say adds a comment of somebody.
func (s *Server) Say(t testing.TB, id, login, text string) {
	t.Helper()
	s.change(t, id, func(i *issue) { s.comment(i, s.user(login), text) })
}

// Close closes an issue as somebody does: COMPLETED, NOT_PLANNED, DUPLICATE, or
// "" without a reason.
func (s *Server) Close(t testing.TB, id, login, reason string) {
	t.Helper()
	s.change(t, id, func(i *issue) { s.end(i, s.user(login), reason) })
}

// Label gives an issue a label.
func (s *Server) Label(t testing.TB, id, name string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.labels = append(i.labels, s.label(i.repo, name))
		s.touch(i, "issues", "labeled")
	})
}

// Assign gives an issue to people, and to nobody else.
func (s *Server) Assign(t testing.TB, id string, logins ...string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.assignees = nil
		for _, login := range logins {
			i.assignees = append(i.assignees, s.user(login))
		}
		s.touch(i, "issues", "assigned")
	})
}

// Post files an issue as somebody does.
func (s *Server) Post(login, body string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(s.Repo(), s.user(login), "Another", body).id
}

// Split gives an issue a sub-issue.
func (s *Server) Split(t testing.TB, id string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.subIssues++
		s.touch(i, "issues", "edited")
	})
}

// Age makes an issue as old as that.
func (s *Server) Age(t testing.TB, id string, by time.Duration) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.created, i.updated = i.created.Add(-by), i.updated.Add(-by)
		i.seq = -i.seq // and before all others of its second
		slices.SortFunc(s.inOrder, func(a, b *issue) int { return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.seq, b.seq)) })
		s.sorted = nil
	})
}

// Write changes the text of an issue.
func (s *Server) Write(t testing.TB, id, body string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.body = body
		s.touch(i, "issues", "edited")
	})
}

// Transfer moves an issue to another repository. It gets a new id and a new
// number there; the old id is gone.
func (s *Server) Transfer(t testing.TB, id string, to *Repo) (newID string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		made := s.add(to, i.author, i.title, i.body)
		made.comments, made.created = i.comments, i.created
		s.drop(i)
		s.moved[fmt.Sprintf("/repos/%s/issues/%d", i.fullName(), i.number)] = fmt.Sprintf("/repos/%s/issues/%d", made.fullName(), made.number)
		s.tell(i, "issues", "transferred", object{"changes": object{"new_issue": s.issueJSON(made)}})
		newID = made.id
	})
	return newID
}

// Hooks returns how many webhooks a repository has, and whether all are active
// and call address.
func (s *Server) Hooks(r *Repo, address string) (n int, sound bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sound = true
	for _, h := range r.hooks {
		sound = sound && h.active && h.config["url"] == address && h.config["content_type"] == "json" && slices.Contains(h.events, "issues")
	}
	return len(r.hooks), sound
}

// SpoilHooks does to the webhooks of a repository what people do to them.
func (s *Server) SpoilHooks(r *Repo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range r.hooks {
		h.active, h.events = false, []string{"push"}
	}
}

func (s *Server) reopen(t *testing.T, id string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		i.state, i.reason, i.closed, i.closedBy = "OPEN", "REOPENED", time.Time{}, nil
		s.touch(i, "issues", "reopened")
	})
}

func (s *Server) remove(t *testing.T, id string) {
	t.Helper()
	s.change(t, id, func(i *issue) {
		s.drop(i)
		s.tell(i, "issues", "deleted", nil)
	})
}

func (s *Server) text(t *testing.T, id string) string {
	t.Helper()
	i := s.issue(t, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []string{i.title, i.body}
	for _, c := range i.comments {
		all = append(all, c.body)
	}
	return strings.Join(all, "\n\n")
}

func (s *Server) lag(_ *testing.T, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lagFrom = 0
	if on {
		s.lagFrom = s.next()
	}
}

func (s *Server) fillUp(_ *testing.T, n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for range n {
		var key [16]byte
		_, _ = rand.Read(key[:]) // never fails
		i := s.add(s.Repo(), s.user(Service), "Give somebody access", "Make sure of it.\n\nAdmit key: "+hex.EncodeToString(key[:]))
		ids = append(ids, i.id)
	}
	return ids
}

// Delivery is what GitHub calls a webhook with when an issue was changed. It
// signs no time.
func (s *Server) Delivery(t *testing.T, id, secret string, at time.Time) ticket.Delivery {
	t.Helper()
	i := s.issue(t, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	header, body := s.delivery(map[string]string{"content_type": "json", "secret": secret}, "issues", s.eventJSON(i, "edited", nil))
	return ticket.Delivery{Header: header, Body: body, Secret: secret, At: at}
}

// listen adds a webhook on the page of the repository's settings.
func (s *Server) listen(_ *testing.T, url, secret string) { s.addHook(url, secret, "json") }

// ListenForm adds one with the content type that the page offers first.
func (s *Server) ListenForm(url, secret string) { s.addHook(url, secret, "form") }

func (s *Server) addHook(url, secret, contentType string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Repo().hooks = append(s.Repo().hooks, &hook{
		id: s.next(), active: true, events: []string{"issues", "issue_comment"}, created: now(),
		config: map[string]string{"url": url, "content_type": contentType, "insecure_ssl": "0", "secret": secret},
	})
}

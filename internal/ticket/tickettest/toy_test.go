package tickettest

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/ticket"
)

// toy is a small ticket system that has all a system can have, so that each
// case of the suite is run on something that passes, and on something that does
// not: see TestSuiteCatches.
type toy struct {
	*httptest.Server
	mu      sync.Mutex
	tickets []*toyTicket // in the order of their last change
	clock   time.Time
	lag     bool
	hooks   map[string]*toyHook
	made    int
	posts   sync.WaitGroup
}

type toyTicket struct {
	ID, Key, Project, Type, Title, Body, Status, Assignee, Color string
	Number                                                       int
	Comments                                                     []string
	Created, Updated                                             time.Time
	hidden, late                                                 bool
}

type toyHook struct {
	ID, URL, Secret string
	Off             bool
}

type toyPerson struct{ ID, Name, Email string }

var toyPeople = []toyPerson{{"u1", "Alice Ardent", "alice@example.com"}, {"u2", "Bob", "bob@example.com"}}

const toyMaxBody = 60_000

func startToy(t testing.TB) *toy {
	t.Helper()
	s := &toy{clock: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC), hooks: map[string]*toyHook{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /projects", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"list": []toyPerson{{ID: "p1", Name: "Access"}, {ID: "p2", Name: "Other things"}}})
	})
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"list": toyPeople}) })
	mux.HandleFunc("GET /types", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"list": []toyPerson{{ID: "task", Name: "A task"}}})
	})
	mux.HandleFunc("GET /statuses", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"list": []toyPerson{{ID: "done", Name: "Done"}, {ID: "refused", Name: "Refused"}, {ID: "mystery", Name: "Mystery"}}})
	})
	mux.HandleFunc("GET /tickets", s.search)
	mux.HandleFunc("POST /tickets", s.create)
	mux.HandleFunc("POST /tickets/{id}/{what}", s.change)
	mux.HandleFunc("GET /hooks", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		list := []*toyHook{}
		for _, h := range s.hooks {
			list = append(list, h)
		}
		reply(w, map[string]any{"list": list})
	})
	mux.HandleFunc("POST /hooks", s.addHook)
	mux.HandleFunc("DELETE /hooks/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.hooks, r.PathValue("id"))
		reply(w, map[string]any{"gone": true})
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() { s.posts.Wait(); s.Close() })
	return s
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, field string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_ = json.NewEncoder(w).Encode(map[string]string{"field": field, "message": field + " is wrong"})
}

// touch gives a ticket a new time and moves it to the end.
func (s *toy) touch(one *toyTicket) {
	s.clock = s.clock.Add(time.Millisecond)
	one.Updated = s.clock
	i := slices.Index(s.tickets, one)
	s.tickets = append(slices.Delete(s.tickets, i, i+1), one)
	for _, h := range s.hooks {
		if !h.Off {
			s.posts.Go(func() { post(h, delivery(one.ID, h.Secret, time.Now())) })
		}
	}
}

func post(h *toyHook, d ticket.Delivery) {
	req, err := http.NewRequest(http.MethodPost, h.URL, bytes.NewReader(d.Body))
	if err != nil {
		return
	}
	req.Header = d.Header
	if resp, err := Client().Do(req); err == nil {
		resp.Body.Close()
	}
}

func delivery(id, secret string, at time.Time) ticket.Delivery {
	body := fmt.Sprintf(`{"ticket":%q}`, id)
	stamp := strconv.FormatInt(at.Unix(), 10)
	return ticket.Delivery{Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "Toy-Time": {stamp}, "Toy-Delivery": {newKey()},
		"Toy-Signature": {toySign(secret, stamp, body)},
	}}
}

func toySign(secret, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return hex.EncodeToString(mac.Sum(nil))
}

// search answers by key, by ids, or what changed since a time, oldest first.
func (s *toy) search(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	ids := map[string]bool{}
	for id := range strings.SplitSeq(q.Get("ids"), ",") {
		ids[id] = true
	}
	since, _ := time.Parse(time.RFC3339Nano, q.Get("since"))
	offset, _ := strconv.Atoi(q.Get("offset"))
	const most = 100
	list, more := []*toyTicket{}, false
	for _, one := range s.tickets {
		byKey, byID, byTime := q.Has("key") && one.Key == q.Get("key"), ids[one.ID], q.Has("since") && one.Updated.After(since)
		if one.hidden || one.late && s.lag && !byID || !byKey && !byID && !byTime {
			continue
		}
		if offset--; offset >= 0 {
			continue
		}
		if len(list) == most {
			more = true
			break
		}
		list = append(list, one)
	}
	reply(w, map[string]any{"list": list, "more": more, "now": s.clock})
}

func (s *toy) create(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var one toyTicket
	if err := json.NewDecoder(r.Body).Decode(&one); err != nil {
		refuse(w, "body")
		return
	}
	switch {
	case one.Project != "p1" && one.Project != "p2":
		refuse(w, "project")
	case one.Type != "task":
		refuse(w, "type")
	case len([]rune(one.Body)) > toyMaxBody:
		refuse(w, "body")
	case one.Color != "" && one.Color != "red":
		refuse(w, "color")
	case !assignable(one.Assignee):
		refuse(w, "assignee")
	default:
		reply(w, s.add(one))
	}
}

// assignable reports whether a ticket can be assigned to somebody, or nobody.
func assignable(id string) bool { return id == "" || id == "u1" }

func (s *toy) add(one toyTicket) *toyTicket {
	s.made++
	one.ID, one.Number, one.Status, one.Created, one.late = "t"+strconv.Itoa(s.made), s.made, "open", s.clock.Add(time.Millisecond), s.lag
	s.tickets = append(s.tickets, &one)
	s.touch(&one)
	return &one
}

func (s *toy) find(id string) *toyTicket {
	i := slices.IndexFunc(s.tickets, func(one *toyTicket) bool { return one.ID == id })
	if i < 0 {
		return nil
	}
	return s.tickets[i]
}

func (s *toy) change(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.find(r.PathValue("id"))
	if one == nil || one.hidden {
		refuse(w, "id")
		return
	}
	var said string
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil {
		refuse(w, "body")
		return
	}
	switch r.PathValue("what") {
	case "comment":
		one.Comments = append(one.Comments, said)
	case "close":
		one.Comments, one.Status = append(one.Comments, said), "refused"
	case "done":
		one.Status = "done"
	case "assignee":
		if !assignable(said) {
			refuse(w, "assignee")
			return
		}
		one.Assignee = said
	}
	s.touch(one)
	reply(w, one)
}

func (s *toy) addHook(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var h toyHook
	if json.NewDecoder(r.Body).Decode(&h) != nil || h.URL == "" {
		refuse(w, "url")
		return
	}
	h.ID = "h" + strconv.Itoa(len(s.hooks)+1) + newKey()[:4]
	s.hooks[h.ID] = &h
	reply(w, h)
}

// with does something to a ticket.
func (s *toy) with(f func(*toyTicket)) func(*testing.T, string) {
	return func(t *testing.T, id string) {
		t.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		one := s.find(id)
		f(one)
		s.touch(one)
	}
}

func (s *toy) becomes(status string) func(*testing.T, string) {
	return s.with(func(one *toyTicket) { one.Status = status })
}

// system is the toy as the suite uses it.
func (s *toy) system() System {
	read := func(id string) *toyTicket {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.find(id)
	}
	return System{
		URL: s.URL, Settings: map[string]string{"base_url": s.URL}, Project: "p1", Type: "task",
		Assignable: "alice@example.com", Unassignable: "bob@example.com",
		Field: "color", Value: "red", Bad: "blue", FieldOf: func(_ *testing.T, id string) string { return read(id).Color },
		Text: func(_ *testing.T, id string) string {
			return strings.Join(append([]string{read(id).Body}, read(id).Comments...), "\n")
		},
		Creates: func(r *http.Request, _ []byte) bool { return r.Method == http.MethodPost && r.URL.Path == "/tickets" },
		Fulfiller: Fulfiller{
			Start: s.becomes("begun"), Done: s.becomes("done"), Decline: s.becomes("refused"), Odd: s.becomes("mystery"), Reopen: s.becomes("begun"),
			Delete: s.with(func(one *toyTicket) { one.hidden = true }),
		},
		NoLag: true,
		Lag:   func(_ *testing.T, on bool) { s.mu.Lock(); defer s.mu.Unlock(); s.lag = on },
		Fill: func(_ *testing.T, n int) []string {
			s.mu.Lock()
			defer s.mu.Unlock()
			ids := make([]string, n)
			for i := range ids {
				ids[i] = s.add(toyTicket{Key: newKey(), Project: "p1", Type: "task", Title: "one of many"}).ID
			}
			return ids
		},
		Hide:     s.with(func(one *toyTicket) { one.hidden = true }),
		Show:     s.with(func(one *toyTicket) { one.hidden = false }),
		Move:     s.with(func(one *toyTicket) { one.Project = "p2" }),
		Delivery: func(_ *testing.T, id, secret string, at time.Time) ticket.Delivery { return delivery(id, secret, at) },
		Listen: func(_ *testing.T, url, secret string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hooks["hand"] = &toyHook{ID: "hand", URL: url, Secret: secret}
		},
		Hooks: func(*testing.T) int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.hooks) },
		SwitchOff: func(*testing.T) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, h := range s.hooks {
				h.Off = true
			}
		},
	}
}

func byNumber(a, b toyTicket) int { return cmp.Compare(a.Number, b.Number) }

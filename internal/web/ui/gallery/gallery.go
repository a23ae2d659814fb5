// Package gallery shows every component of package ui, alone and composed into
// realistic pages, with invented data. It is for tests and for design work; no
// part of the server uses it.
package gallery

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"admit/internal/web/assets"
	"admit/internal/web/ui"
)

// policy is the strictest Content-Security-Policy the kit works under.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Server serves the gallery. The ticket of one person can be finished, which
// turns a mark green without a reload.
type Server struct {
	Now time.Time

	mu      sync.Mutex
	done    bool
	streams map[chan string]bool
}

// New returns a gallery whose clock stands at now.
func New(now time.Time) *Server { return &Server{Now: now, streams: map[chan string]bool{}} }

// Handler serves the pages, the assets, the live stream and the palette.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, page := range s.pages() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.render(w, r, page()) })
	}
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("GET /palette", s.palette)
	mux.HandleFunc("POST /finish", func(w http.ResponseWriter, r *http.Request) {
		s.Finish()
		http.Redirect(w, r, "/resources/my-role/users", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /refuse", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		s.render(w, r, addUser(s.shell("Add somebody", ui.NavResources), "Nobody has this e-mail address."))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) pages() map[string]func() templ.Component {
	return map[string]func() templ.Component{
		"/{$}":     func() templ.Component { return components(s.shell("Components", ""), s.Now) },
		"/forms":   func() templ.Component { return forms(s.shell("Forms", ui.NavSettings)) },
		"/catalog": func() templ.Component { return catalog(s.shell("Catalog", ui.NavCatalog)) },
		"/resources/my-role/users": func() templ.Component {
			return resourceUsers(s.shell("My Role", ui.NavResources), s.rows(), s.Now)
		},
		"/resources/my-role/add": func() templ.Component { return addUser(s.shell("Add somebody", ui.NavResources), "") },
		"/approvals":             func() templ.Component { return approvals(s.shell("Approvals", ui.NavApprovals), s.Now) },
		"/tickets/1042": func() templ.Component {
			return ticketPage(s.shell("RT-1042", ui.NavWork), s.joshMark("ticket-mark"), s.Now)
		},
		"/empty":   func() templ.Component { return empty(s.shell("Approvals", ui.NavApprovals)) },
		"/sign-in": signIn,
		"/error":   failure,
	}
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, page templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Render(r.Context(), w); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// Finish closes the ticket of the first row and tells every open page.
func (s *Server) Finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	for stream := range s.streams {
		select {
		case stream <- "resource:my-role":
		default:
		}
	}
}

// Drop ends every live stream, as a restart of the server does.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for stream := range s.streams {
		close(stream)
		delete(s.streams, stream)
	}
}

func (s *Server) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	stream := make(chan string, 8)
	s.mu.Lock()
	s.streams[stream] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.streams, stream)
		s.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	for text := ": open\n\n"; ; {
		if _, err := fmt.Fprint(w, text); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case topic, ok := <-stream:
			if !ok {
				return
			}
			text = "data: " + topic + "\n\n"
		}
	}
}

func (s *Server) palette(w http.ResponseWriter, r *http.Request) {
	type result struct {
		Title string `json:"title"`
		Kind  string `json:"kind"`
		URL   string `json:"url"`
		Hint  string `json:"hint"`
	}
	found := []result{}
	for _, each := range []result{
		{"My Role", "Resources", "/resources/my-role/users", "Payroll"},
		{"Payroll Viewer", "Resources", "/resources/my-role/users", "Payroll"},
		{"Payroll", "Apps", "/catalog", "custom app"},
		{"Josh Reed", "Users", "/catalog", "josh@example.com"},
		{"Approvals", "Pages", "/approvals", ""},
	} {
		if strings.Contains(strings.ToLower(each.Title+each.Hint), strings.ToLower(r.FormValue("q"))) {
			found = append(found, each)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(found); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *Server) shell(title string, active ui.Nav) ui.Shell {
	return ui.Shell{
		Title: title, Active: active, Demo: true,
		User:   ui.User{ID: "u1", Name: "Mara Lindqvist", Email: "mara@example.com"},
		Counts: ui.Counts{Approvals: 3, Work: 12},
	}
}

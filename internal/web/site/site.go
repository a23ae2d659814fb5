// Package site is what every page stands on: who visits, the frame around the
// page, forms, errors, and the live feed. Pages are packages beside it; none
// imports another.
package site

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/web/ui"
)

// Services is what pages call.
type Services struct {
	DB          *store.DB // for the feed only: pages go through the use cases
	Inventory   *inventory.Service
	Requests    *request.Service
	Propagation *propagation.Service
	Authn       *authn.Service
	Log         *slog.Logger
	URL         string // where people reach Admit
	Version     string // of this build
	Demo        bool
	TrustProxy  bool // the client's address is in X-Forwarded-For
}

// Site serves pages.
type Site struct {
	Services
	Feed *Feed
	mux  *http.ServeMux
}

// New returns a site without pages.
func New(s Services) *Site {
	return &Site{Services: s, Feed: newFeed(s.DB, s.Log), mux: http.NewServeMux()}
}

// Page answers a visit. An error it returns is shown to the visitor.
type Page func(v *Visit) error

// Handle serves a page to those who are signed in. A pattern is one of
// http.ServeMux, with its method.
func (s *Site) Handle(pattern string, page Page) {
	s.mux.Handle(pattern, s.visit(func(v *Visit) error {
		if v.Actor.UserID == "" {
			return v.signInFirst()
		}
		return page(v)
	}))
}

// HandleOpen serves a page to everybody.
func (s *Site) HandleOpen(pattern string, page Page) { s.mux.Handle(pattern, s.visit(page)) }

// Handler serves all pages, with sessions.
func (s *Site) Handler() http.Handler {
	s.HandleOpen("/", func(*Visit) error { return access.Errorf(access.NotFound, "there is no such page") })
	s.Handle("GET /live", s.Feed.serve)
	s.Authn.Sessions.ErrorFunc = s.noSession
	inner := s.Authn.Sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*r.Context().Value(loadedKey{}).(*bool) = true //nolint:forcetypeassert // set below
		s.mux.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), loadedKey{}, new(bool))))
	})
}

// loadedKey is where the context says whether the session of a visit is loaded.
type loadedKey struct{}

// noSession answers when the session of a visit cannot be loaded. When it cannot
// be stored, the answer is on its way already, and the error is only logged.
func (s *Site) noSession(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.WarnContext(r.Context(), "session not loaded or stored", "path", r.URL.Path, "error", err)
	if loaded, ok := r.Context().Value(loadedKey{}).(*bool); ok && *loaded {
		return
	}
	look := statuses[access.Unavailable]
	v := &Visit{Site: s, W: w, R: r, Now: s.DB.Time()}
	page := errorPage(look.code, look.title, "The database is not available. Try again in a moment.")
	if err := v.write(look.status, ui.Bare(look.title, nil), page); err != nil { //nolint:contextcheck // write hands on that of the request
		http.Error(w, "unavailable", look.status)
	}
}

func (s *Site) visit(page Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &Visit{Site: s, W: w, R: r, Now: s.DB.Time()}
		actor, _, err := s.Authn.Actor(r.Context())
		if err == nil {
			v.Actor = actor
			err = page(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// Visit is one request of one person.
type Visit struct {
	*Site
	W     http.ResponseWriter
	R     *http.Request
	Actor access.Actor // zero: nobody is signed in
	Now   time.Time
}

// shell completes the frame of a page: who is signed in, what waits for them,
// and the results of their last action.
func (v *Visit) shell(s ui.Shell) (ui.Shell, error) {
	ctx := v.R.Context()
	s.User = ui.User{ID: v.Actor.UserID, Name: v.Actor.Name, Email: v.Actor.Email}
	s.Demo = v.Demo
	var err error
	if s.Counts.Approvals, err = v.Requests.CountToReview(ctx, v.Actor); err != nil {
		return s, err
	}
	counts, err := v.Propagation.WorkCounts(ctx, v.Actor)
	if err != nil {
		return s, err
	}
	for _, n := range counts {
		s.Counts.Work += n
	}
	some, err := v.Inventory.SomeAdmin(ctx, v.Actor)
	if err != nil {
		return s, err
	}
	s.Hide = hidden(v.Actor, some)
	if !v.refresh() {
		s.Flash = append(s.Flash, v.takeFlash()...)
	}
	return s, nil
}

// hidden returns the entries of the navigation that lead an actor nowhere.
func hidden(actor access.Actor, someAdmin bool) []ui.Nav {
	switch {
	case actor.Role != access.Member:
		return nil
	case someAdmin:
		return []ui.Nav{ui.NavEvents, ui.NavSettings}
	}
	return []ui.Nav{ui.NavOwners, ui.NavUsers, ui.NavGroups, ui.NavEvents, ui.NavSettings}
}

// refresh reports whether this is a live update fetching parts of the page.
func (v *Visit) refresh() bool { return v.R.Header.Get("Admit-Refresh") != "" }

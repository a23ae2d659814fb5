package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/assets"
)

// policy lets a page load what we serve and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// routes is everything the server answers.
func (s *Server) routes(rest, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle(assets.Prefix, assets.Handler())
	squeeze, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes([]string{"text/event-stream"}))
	if err != nil {
		squeeze = func(h http.Handler) http.HandlerFunc { return h.ServeHTTP }
	}
	mux.Handle("/v1/", squeeze(rest))
	mux.Handle("/", squeeze(pages))
	// Ticket systems are no browsers: their calls come from elsewhere by design.
	outer := http.NewServeMux()
	outer.Handle(propagation.HookPath, s.hooks())
	outer.Handle("/", s.safe(mux))
	return outer
}

// safe sets the headers every answer has and refuses posts from other origins.
func (s *Server) safe(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.cfg.URL); err == nil {
		if err := cross.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			s.opts.Log.Warn("the public URL is no origin", "url", s.cfg.URL, "error", err)
		}
	}
	secure := strings.HasPrefix(s.cfg.URL, "https:")
	guarded := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		guarded.ServeHTTP(w, r)
	})
}

// readyWithin is how long the database may take to say that it is there.
const readyWithin = 5 * time.Second

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		say(w, http.StatusServiceUnavailable, string(access.Unavailable))
		return
	}
	say(w, http.StatusOK, "ready")
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

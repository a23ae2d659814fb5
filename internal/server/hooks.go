package server

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"admit/internal/access"
	"admit/internal/propagation"
)

// maxDelivery is the most a ticket system may send in one delivery.
const maxDelivery = 1 << 20

// hooks answers the ticket systems that tell of changes. What they say is
// verified by their provider; to whom is none of their business.
func (s *Server) hooks() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+propagation.HookPath+"{provider}/{token}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			say(w, http.StatusRequestEntityTooLarge, "at most "+strconv.Itoa(maxDelivery)+" bytes")
			return
		}
		if err != nil {
			say(w, http.StatusBadRequest, "the body ended early")
			return
		}
		err = s.Propagation.Hear(r.Context(), r.PathValue("provider"), r.PathValue("token"), r.Header, body)
		switch access.CodeOf(err) {
		case access.NotFound:
			say(w, http.StatusNotFound, "not found")
		case access.Forbidden:
			say(w, http.StatusForbidden, "the signature is not right, or too old")
		case access.Unavailable:
			say(w, http.StatusServiceUnavailable, "try again later")
		default:
			if err != nil {
				s.opts.Log.ErrorContext(r.Context(), "delivery of a webhook", "provider_id", r.PathValue("provider"), "error", err)
				say(w, http.StatusInternalServerError, "internal error")
				return
			}
			say(w, http.StatusOK, "ok")
		}
	})
	// Some systems ask whether somebody is there before they send anything.
	mux.HandleFunc("GET "+propagation.HookPath+"{provider}/{token}", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusMethodNotAllowed, "deliveries are sent by POST")
	})
	return mux
}

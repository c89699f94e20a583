package web

import (
	"context"
	"net/http"
	"time"
)

// readyWithin is how long the database may take to answer who asks whether the
// server is ready.
const readyWithin = 2 * time.Second

// healthRoutes answer who asks whether the process lives, and whether it can do
// its work now. Neither needs a sign-in, and neither tells more than that.
func (s *site) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { s.plain(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := context.WithTimeout(r.Context(), readyWithin)
		defer stop()
		if _, err := s.Nights.Runs(ctx, 1); err != nil {
			s.Log.Warn("not ready", "error", err.Error())
			w.WriteHeader(http.StatusServiceUnavailable)
			s.plain(w, "the database does not answer")
			return
		}
		s.plain(w, "ready")
	})
}

package web

import "net/http"

// Noted calls note for every request of a person or a program, and not for
// who only asks whether the server is well.
func Noted(next http.Handler, note func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			note()
		}
		next.ServeHTTP(w, r)
	})
}

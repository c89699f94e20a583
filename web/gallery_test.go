package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// gallery serves every state of every page, as it was answered, at its name.
type gallery struct {
	url   string
	names []string
}

func newGallery(t testing.TB) gallery {
	t.Helper()
	var g gallery
	pages := map[string]answer{}
	for _, s := range states {
		pages[s.name] = s.answer(t)
		g.names = append(g.names, s.name)
	}
	desk, err := url.Parse(newWorld(t).server.URL)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(desk))
	mux.HandleFunc("GET /state/{name}", func(w http.ResponseWriter, r *http.Request) {
		page := pages[r.PathValue("name")]
		w.Header().Set("Content-Security-Policy", page.header.Get("Content-Security-Policy"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write([]byte(page.body)); err != nil {
			t.Errorf("serve %s: %v", r.URL.Path, err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.url = server.URL + "/state/"
	return g
}

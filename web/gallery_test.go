package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// gallery serves every state of every page, as it was answered, at its name.
type gallery struct {
	url   string
	names []string
}

func newGallery(t testing.TB) gallery {
	t.Helper()
	return newGalleryIn(t, "en", states)
}

// newGalleryIn serves some states in a language.
func newGalleryIn(t testing.TB, language string, some []state) gallery {
	t.Helper()
	var g gallery
	pages := map[string]answer{}
	for _, s := range some {
		pages[s.name] = s.answerIn(t, language)
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

// TestGallery asks for every state of every page and finds each whole; with
// HOLDFAST_SHOTS=DIR it also takes pictures of them, to be looked at: wide and
// at 360 pixels, light and dark.
func TestGallery(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		a := s.answer(t)
		for _, piece := range []string{"<h1", `<main id="main"`, "</html>", `lang="en"`, " · Larkspur Energy</title>"} {
			if strings.Count(a.body, piece) != 1 {
				t.Errorf("%s has %d of %s", s.name, strings.Count(a.body, piece), piece)
			}
		}
		if broken := strings.HasSuffix(s.name, "-error"); (a.status >= http.StatusInternalServerError) != broken {
			t.Errorf("%s answers %d", s.name, a.status)
		}
	}
	dir := os.Getenv("HOLDFAST_SHOTS")
	if dir == "" {
		return
	}
	g, w := newGallery(t), openWindow(t)
	for _, name := range g.names {
		w.do("open "+name, chromedp.Navigate(g.url+name), reach("main"))
		for _, s := range []screen{wideLight, wideDark, narrow, narrowDark} {
			w.do("set the screen", s.set())
			shot, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+"-"+s.name+".png"), shot, 0o644)
			}
			if err != nil {
				t.Fatalf("picture of %s: %v", name, err)
			}
		}
	}
}

package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/web"
)

func TestNoted(t *testing.T) {
	t.Parallel()
	noted := 0
	h := web.Noted(http.NotFoundHandler(), func() { noted++ })
	for _, path := range []string{"/desk", "/healthz", "/readyz", "/api/v1/tasks"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s was not handed on: %d", path, w.Code)
		}
	}
	if noted != 2 {
		t.Errorf("%d requests were noted, want all but those for health", noted)
	}
}

package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// Arms that are not as large as they were drawn are said on the page of proof,
// in the morning, with the nights and by the API; what an answer takes stands on
// the page of proof and in the API.
func TestProofIsPlannedAndItsArmsAreWatched(t *testing.T) {
	t.Parallel()
	const alarm = "Of 3,158 households selected for offer message, 30.0 % are left alone where 40.0 % were drawn to be"
	w := newWorld(t)
	places := map[string]string{"/proof": "mia", "/morning": "mia", "/nights": "oli"}
	for path, who := range places {
		w.as(t, who).get(path).must(t, http.StatusOK).without(t, "drawn to be")
	}
	skewed(w)
	for path, who := range places {
		w.as(t, who).get(path).must(t, http.StatusOK, alarm)
	}
	page := w.as(t, "mia").get("/proof")
	page.must(t, http.StatusOK, "How long until there is an answer", "5,482", "42 weeks", "34 weeks", "never: nobody is selected")
	api := w.call(t, w.token(t, "mia"), http.MethodGet, "/api/v1/effects", "")
	api.must(t, http.StatusOK, alarm, `"customers":4430`, `"weeks":42`)
	if n := strings.Count(page.body, alarm); n != 1 {
		t.Errorf("the page says it %d times", n)
	}
}

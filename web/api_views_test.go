package web_test

import (
	"strings"
	"testing"

	"holdfast/access"
)

// TestAProgramSavesViews: filters that can be used, shared or not, as the page
// lists them; forgotten by their owner alone, and never by who may only read.
func TestAProgramSavesViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia, lee := w.token(t, "mia", access.ScopeRead, access.ScopeAsk), w.token(t, "lee", access.ScopeRead, access.ScopeAsk)
	const path = "/api/v1/risk/views"
	w.call(t, mia, "GET", path, "").must(t, 200, `{"views":[]}`)
	for _, bad := range []string{
		`{}`, `{"name": "x"}`, `{"name": "", "filters": {}}`, `{"name": "   ", "filters": {}}`, `{"name": "` + strings.Repeat("x", 61) + `", "filters": {}}`,
		`{"name": "x", "filters": {"band": "purple"}}`, `{"name": "x", "filters": {"min_value": "much"}}`, `{"name": "x", "filters": {"text": "Ann"}}`,
	} {
		w.call(t, mia, "POST", path, bad).must(t, 422)
	}
	w.call(t, w.token(t, "mia", access.ScopeRead), "POST", path, `{"name": "x", "filters": {}}`).must(t, 403, "may not save views")
	if len(w.views) > 0 {
		t.Fatalf("what was refused was kept: %+v", w.views)
	}
	w.call(t, mia, "POST", path, `{"name": "High risk", "shared": true, "filters": {"band": "high", "episode": true, "sort": "risk"}}`).
		must(t, 200, `"name":"High risk"`, `"owner":"mia"`, `"query":"band=high&episode=yes&sort=risk"`)
	w.call(t, mia, "POST", path, `{"name": "Trade", "filters": {"segment": "trade", "min_value": "500"}}`).must(t, 200, "High risk", `"shared":false`)
	w.call(t, lee, "GET", path, "").must(t, 200, "High risk").without(t, "Trade")
	w.as(t, "mia").get("/risk?"+w.views[0].Query).must(t, 200, "High risk", "Trade")
	w.call(t, lee, "POST", path+"/1/forget", "").must(t, 404, "no such view of yours")
	w.call(t, mia, "POST", path+"/1/forget", "").must(t, 204)
	w.call(t, mia, "POST", path+"/1/forget", "").must(t, 404)
	w.call(t, mia, "GET", path, "").must(t, 200, "Trade").without(t, "High risk")
}

package web_test

import (
	"testing"

	"holdfast/access"
)

// TestPromisesKeptAreTold by agent and by segment, with intervals, nothing of
// few, and to each reader of their own segments alone.
func TestPromisesKeptAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia, tia := w.as(t, "mia"), w.as(t, "tia")
	ann := `ann</th><td class="num">94</td><td class="num">9</td><td class="num strong">91 %<small>84 % to 95 %</small>`
	mia.get("/agents").must(t, 200, "Promises kept", ann, `cyd</th><td class="muted" colspan="3">fewer than 20 are settled`)
	mia.get("/agents").must(t, 200, `id="kept"`, `href="/attrition#kept"`)
	w.as(t, "aud").get("/agents").must(t, 200, `id="kept"`).without(t, "/attrition") // they may not see that
	for _, path := range []string{"/executive", "/morning"} {
		mia.get(path).must(t, 200, `href="/agents#kept"`)
	}
	mia.get("/attrition").must(t, 200, `id="kept"`, `href="/agents#kept"`, "Promises kept, by segment", `trade</th><td class="num">33</td><td class="num">7</td>`,
		`private</th><td class="num">211</td><td class="num">3</td>`, `none</th><td class="muted" colspan="3">fewer than 20`)
	tia.get("/attrition").must(t, 200, `trade</th><td class="num">33</td>`).without(t, "211")
	tia.get("/agents").must(t, 200).without(t, "Promises kept")
	w.users["ann"] = func() access.User { u := w.users["ann"]; u.Segments = []string{"trade"}; return u }()
	tia.get("/agents").must(t, 200, ann).without(t, "bob")
	for path, want := range map[string]string{
		"/api/v1/agents":    `{"of":"ann","kept":94,"broken":9,"rate":0.91`,
		"/api/v1/attrition": `{"of":"trade","kept":33,"broken":7,"rate":0.825`,
	} {
		if got := w.call(t, w.token(t, "mia"), "GET", path, ""); got.status != 200 {
			t.Errorf("%s: %d", path, got.status)
		} else {
			got.must(t, 200, want)
		}
	}
}

package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestADryRunIsAskedFor: from the page by paste or file, and from the API; what
// is refused is shown where it was typed, and nothing is kept of it.
func TestADryRunIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "mia")
	bad := b.post("/policy/dry-runs", url.Values{"policy": {"treatments: [<x>]"}})
	if bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, "Line 1, column 1: &#34;treatments&#34; stands here") || !strings.Contains(bad.body, "treatments: [&lt;x&gt;]") || len(w.rehearsals) != 2 {
		t.Fatalf("a text that is no policy: %d, %d kept\n%s", bad.status, len(w.rehearsals), bad.body)
	}
	if got := b.post("/policy/dry-runs", url.Values{"policy": {"interventions: {}"}, "night": {"the ides"}}); got.status != http.StatusUnprocessableEntity || len(w.rehearsals) != 2 {
		t.Errorf("a night that is no date: %d", got.status)
	}
	if got := b.post("/policy/dry-runs", url.Values{"policy": {"interventions: {" + strings.Repeat(" ", 64<<10) + "}"}}); got.status != http.StatusUnprocessableEntity || len(w.rehearsals) != 2 {
		t.Errorf("a text that is too long: %d", got.status)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("policy", "")
	_ = form.WriteField("night", "2026-03-09")
	file, err := form.CreateFormFile("file", "policy.yaml")
	if err == nil {
		_, err = file.Write([]byte("interventions:\r\n  episode_days: 180\r\n"))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.server.URL+"/policy/dry-runs", &body)
	if err == nil {
		r.Header.Set("Content-Type", form.FormDataContentType())
	}
	got := b.do(r, err)
	if got.status != http.StatusOK || got.path != "/policy/dry-runs/32" || !strings.Contains(got.body, "It is under way.") {
		t.Fatalf("a file: %d at %s\n%s", got.status, got.path, got.body)
	}
	kept := w.rehearsals[0]
	if kept.By != "mia" || kept.Policy != "interventions:\n  episode_days: 180\n" || kept.AsOf.Format("2006-01-02") != "2026-03-09" || !kept.At.Equal(tuesday) {
		t.Errorf("kept %+v", kept)
	}
	if last := w.audit[len(w.audit)-1]; last.What != "try a policy" || last.Who != "mia" || last.Subject != "32" {
		t.Errorf("the audit has %+v", last)
	}
	if got := b.post("/policy/dry-runs", url.Values{"policy": {"interventions: {}"}}); got.status != http.StatusConflict || !strings.Contains(got.body, "Another dry run is under way") {
		t.Errorf("a second one: %d\n%s", got.status, got.body)
	}
}

// TestTheAPITriesPolicies, as the page does.
func TestTheAPITriesPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.token(t, "mia")
	for _, c := range []struct {
		method, path, body string
		want               int
		has                string
	}{
		{"GET", "/api/v1/policy", "", 200, `"effect_assumed":false`},
		{"GET", "/api/v1/policy", "", 200, `"what":"agents’ time","kind":"minutes","amount":2760,"used":1490,"one_more":"an agent-hour","one_more_minor":8280`},
		{"GET", "/api/v1/policy/dry-runs", "", 200, `"problem":"run night-1 has no scores`},
		{"GET", "/api/v1/policy/dry-runs/31", "", 200, `"dropped":100`},
		{"GET", "/api/v1/policy/dry-runs/99", "", 404, "There is no such dry run."},
		{"POST", "/api/v1/policy/dry-runs", `{"policy": "treatments: []"}`, 422, `Line 1, column 1: \"treatments\" stands here`},
		{"POST", "/api/v1/policy/dry-runs", `{"policy": "interventions: {}", "night": "2026-03-10"}`, 200, `"id":32`},
		{"POST", "/api/v1/policy/dry-runs", `{"policy": "interventions: {}"}`, 409, "Another dry run is under way"},
	} {
		got := w.call(t, secret, c.method, c.path, c.body)
		if got.status != c.want || !strings.Contains(got.body, c.has) {
			t.Errorf("%s %s %s: %d, want %d with %s\n%s", c.method, c.path, c.body, got.status, c.want, c.has, got.body)
		}
	}
}

// TestWhoSeesAPartTriesNothing: a dry run is of the whole business.
func TestWhoSeesAPartTriesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "tia")
	if got := b.get("/policy"); got.status != 200 || strings.Contains(got.body, "dry run") {
		t.Errorf("the page of who sees a segment: %d\n%s", got.status, got.body)
	}
	if got := b.get("/policy/dry-runs/31"); got.status != 403 || strings.Contains(got.body, "retention") {
		t.Errorf("a dry run: %d", got.status)
	}
	if got := b.post("/policy/dry-runs", url.Values{"policy": {"interventions: {}"}}); got.status != 403 || len(w.rehearsals) != 2 {
		t.Errorf("asked for one: %d", got.status)
	}
}

// TestPolicySaysWhatIsPaused: who, since when and why, as the board does, and
// where it is resumed to who may.
func TestPolicySaysWhatIsPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const paused, way = `<span class="chip warn">paused</span>`, `href="/board#paused"`
	mia, lyn := w.as(t, "mia"), w.as(t, "lyn")
	mia.get("/policy").must(t, http.StatusOK).without(t, paused, way)
	mia.post("/board/pause", url.Values{"treatment": {"retention_call"}, "reason": {"the <offer> is wrong"}}).must(t, http.StatusOK, `id="paused"`)
	for _, b := range []*browser{mia, lyn} {
		got := b.get("/policy").must(t, http.StatusOK, "the &lt;offer&gt; is wrong · mia, 10 Mar 2026, 10:00")
		if strings.Count(got.body, paused) != 1 {
			t.Errorf("marked %d times", strings.Count(got.body, paused))
		}
	}
	mia.get("/policy").must(t, http.StatusOK, way)
	lyn.get("/policy").must(t, http.StatusOK).without(t, way)
	w.call(t, w.token(t, "mia"), "GET", "/api/v1/policy", "").must(t, http.StatusOK, `"paused":{"treatment":"retention_call","by":"mia"`)
	mia.post("/board/resume", url.Values{"treatment": {"retention_call"}}).must(t, http.StatusOK)
	mia.get("/policy").must(t, http.StatusOK).without(t, paused)
}

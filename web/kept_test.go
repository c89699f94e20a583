package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
)

// A policy that was written while the session ended is there to be copied.
func TestAPolicyOutlivesTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("policy", "interventions:\n  roster: {agents: 7}"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.server.URL+"/policy/dry-runs", &body)
	if err == nil {
		r.Header.Set("Content-Type", form.FormDataContentType())
	}
	w.browser(t).do(r, err).must(t, http.StatusUnauthorized, "What you had typed", "interventions:\n  roster: {agents: 7}", `name="to" value="/policy"`)
}

// Who signs in again after another form than a card's comes to a page that is
// there.
func TestSigningInAgainLeadsSomewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser(t).post("/risk/exclude", url.Values{"reason": {"a wedding"}}).
		must(t, http.StatusUnauthorized, "a wedding", `name="to" value="/risk"`).without(t, `value="/tasks/`)
	w.browser(t).post("/tasks/1001/save", url.Values{"note": {"rang twice"}}).must(t, http.StatusUnauthorized, `name="to" value="/tasks/1001"`)
}

// What was refused goes on at the page that its form stood on, not at the first
// of all; what one may not do, or is not there, at the first.
func TestARefusalGoesOnWhereOneWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	ann, oli := w.as(t, "ann"), w.as(t, "oli")
	ann.post("/tasks/1001/take", nil)
	ann.post("/tasks/1001/begin", url.Values{"fence": {"99"}}).must(t, http.StatusConflict, `<a class="button main" href="/tasks/1001">Go on</a>`)
	oli.post("/jobs/retry", nil).must(t, http.StatusUnprocessableEntity, `href="/jobs">Go on</a>`)
	oli.post("/decisions/hold/end", nil).must(t, http.StatusConflict, `href="/decisions">Go on</a>`)
	ann.post("/tasks/999999/save", nil).must(t, http.StatusNotFound, `href="/">Go on</a>`)
	ann.post("/jobs/retry", nil).must(t, http.StatusForbidden, `href="/">Go on</a>`)
	ann.get("/nowhere").must(t, http.StatusNotFound, `href="/">Go on</a>`)
}

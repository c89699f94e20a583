package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/web"
)

// TestHostileTextIsText: names, notes and filters of every kind are shown and
// exported as what they are.
func TestHostileTextIsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "mia")
	evil := `"><script>alert(1)</script><img src=x onerror=alert(2)>'; DROP TABLE users; --`
	for _, page := range []answer{
		b.get("/risk?text=" + url.QueryEscape(evil)), b.get("/risk"), b.get("/customers/4"), b.get("/customers/4/preview"), b.get("/customers/4/preview?treatment=offer_message"),
		b.get("/customers/4/preview?treatment=" + url.QueryEscape(evil)), b.get("/customers/4/preview?language=" + url.QueryEscape(evil)), b.get("/inbound?q=" + url.QueryEscape(evil)),
		b.get("/risk?sort=" + url.QueryEscape(evil)), b.get("/risk?min_value=" + url.QueryEscape(evil)), b.get("/" + url.PathEscape(evil)),
		b.post("/tasks/1004/take", nil), b.post("/tasks/1004/save", url.Values{"note": {evil}, "promise": {evil}, "disposition": {evil}}),
		w.browser(t).post("/sign-in", url.Values{"name": {evil}, "password": {"x"}, "to": {evil}, "draft": {evil}}),
		w.browser(t).post("/tasks/1004/save", url.Values{"note": {evil}}),
	} {
		page.without(t, "<script>alert", "<img src=x", "=javascript:")
		if page.status >= 500 {
			t.Errorf("%s: %d", page.path, page.status)
		}
	}
}

func TestExportIsGuardedCompleteAndAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, many)
	w.risk = manyRisks(2500)
	w.risk[7].Name, w.risk[8].Name = "=HYPERLINK(\"http://bad.example\")", "@SUM(A1)"
	got := w.as(t, "mia").get("/risk.csv?sort=tenure&after=9&above=10&band=high")
	got.must(t, 200)
	if kind := got.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" {
		t.Errorf("the export is %s", kind)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	high := 0
	for _, r := range w.risk {
		if r.Band == "high" {
			high++
		}
	}
	if len(rows) != high+1 {
		t.Errorf("%d rows for %d customers of the filter", len(rows)-1, high)
	}
	for _, r := range rows[1:] {
		for _, cell := range r {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=@+\t\r") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	e := w.audit[len(w.audit)-1]
	if e.Who != "mia" || e.What != "export the risk list" || !strings.Contains(e.Detail, "band=high") {
		t.Errorf("the audit says %+v", e)
	}
}

func TestAnExportThatFailsIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, "mia")
	w.broken = fault.New(fault.Unavailable, "the database went away")
	r, err := b.http.Get(w.server.URL + "/risk.csv")
	if err == nil {
		_, err = csv.NewReader(r.Body).ReadAll()
		if e := r.Body.Close(); e != nil {
			t.Log(e)
		}
	}
	if err == nil {
		t.Error("half an export looks like a whole one")
	}
}

func TestHeadersAndOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "ann")
	h := b.get("/desk").header
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the content policy is %q", csp)
	}
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://bad.example"}} {
		r, err := http.NewRequest(http.MethodPost, w.server.URL+"/desk/next", nil)
		for k, v := range header {
			r.Header.Set(k, v)
		}
		b.do(r, err).must(t, 403, "came from another site")
	}
	if n := len(w.list(func(t *interventions.Task) bool { return t.Owner == "ann" && t.State == interventions.TaskLeased })); n != 0 {
		t.Errorf("%d tasks were leased by another site", n)
	}
	if page := b.get("/desk").body; strings.Contains(page, "style=") || strings.Contains(page, "onclick") {
		t.Error("the page needs an unsafe content policy")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for url, want := range map[string]string{"https://desk.example.com": "__Host-holdfast", "": "holdfast"} {
		d := w.deps(tuesday.Location())
		d.Config.PublicURL = url
		c := signedIn(t, d)
		if c.Name != want || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != (url != "") || c.Path != "/" {
			t.Errorf("%q: cookie %+v", url, c)
		}
	}
}

func TestSignInIsThrottledWithAWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	for range 4 {
		b.post("/sign-in", url.Values{"name": {"ann"}, "password": {"wrong"}}).must(t, 403, "Name or password is not right")
	}
	got := b.post("/sign-in", url.Values{"name": {"ann"}, "password": {password}}).must(t, 429, "wait one second")
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	w.clock.Advance(2e9)
	b.post("/sign-in", url.Values{"name": {"ann"}, "password": {password}}).must(t, 200, "Desk")
}

func TestSessionsEndAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(f func(*access.User)) func() {
		return func() {
			u := w.users["ann"]
			f(&u)
			w.users["ann"] = u
		}
	}
	for what, end := range map[string]func(){
		"disabled": change(func(u *access.User) { u.Disabled = true }), "epoch": change(func(u *access.User) { u.Epoch++ }),
	} {
		change(func(u *access.User) { u.Disabled = false })()
		b := w.as(t, "ann")
		b.get("/desk").must(t, 200)
		end()
		if got := b.get("/desk"); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, got.status)
		}
	}
	change(func(u *access.User) { u.Disabled = false })()
	b := w.as(t, "ann")
	b.post("/sign-out", nil).must(t, 200, "Sign in")
	b.get("/desk").must(t, 401)
}

func TestOperatorResumesAndRetries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, held)
	b := w.as(t, "oli")
	b.get("/nights").must(t, 200, "feed payments brought 210 rows", "nothing was published")
	b.post("/nights/night-4/resume", nil).must(t, 200, "Resumed")
	b.post("/nights/night-2/resume", nil).must(t, 409)
	b.post("/jobs/12/retry", nil).must(t, 200, "ready again")
	b.post("/jobs/999/retry", nil).must(t, 404)
	b.post("/jobs/retry", url.Values{"kind": {"night"}}).must(t, 200, "Jobs that are ready again: 1.")
	b.post("/jobs/retry", url.Values{"kind": {"deliver"}}).must(t, 200, "Jobs that are ready again: 0.")
	b.post("/jobs/try", url.Values{"channel": {"email"}}).must(t, 200, "Messages that are tried now: 1,204.")
	b.post("/jobs/try", nil).must(t, 422, "Say of which channel")
	b.post("/jobs/retry", nil).must(t, 422, "Say of which kind")
	b.post("/jobs/12/settle", nil).must(t, 409, "only what is unknown is settled")
	b.post("/jobs/999/settle", nil).must(t, 404)
	b.get("/jobs").must(t, 200, "It happened…")
	b.post("/jobs/11/settle", nil).must(t, 200, "The job is done: nothing more is sent.")
	if got := b.get("/jobs"); strings.Contains(got.body, "/jobs/11/") {
		t.Error("what was settled still waits")
	}
	if len(w.resumed) != 1 || len(w.retried) != 2 {
		t.Errorf("resumed %v, retried %v", w.resumed, w.retried)
	}
	var did []string
	for _, e := range w.audit {
		if e.Who == "oli" {
			did = append(did, strings.TrimSpace(e.What+" "+e.Subject))
		}
	}
	if got := strings.Join(did, ", "); got != "sign in, resume a night night-4, retry a job night night-3/score/7, retry a job night, retry a job deliver, retry a job email, settle a job deliver message/77/1" {
		t.Errorf("the audit says %s", got)
	}
	if w.runs[0].State != nightly.HeldBack {
		t.Fatal("the test's night is not held")
	}
}

func TestDepsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.deps(tuesday.Location())
	d.Tasks = nil
	if _, err := web.New(d); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "Tasks") {
		t.Errorf("without tasks: %v", err)
	}
	d = w.deps(tuesday.Location())
	d.Effects, d.Models = nil, nil
	if _, err := web.New(d); err != nil {
		t.Errorf("without effects and models: %v", err)
	}
}

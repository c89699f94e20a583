package web_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// consequential are the forms that change at once what others work on: each
// stands behind a heading that has to be opened, with a sentence on what follows.
var consequential = []string{
	"/decisions/hold", "/decisions/hold/end", "/decisions/ID/release", "/decisions/ID/withdraw", "/decisions/ID/fallback",
	"/nights/ID/resume", "/jobs/ID/retry", "/customers/ID/readmit",
	"/board/pause", "/board/resume", "/board/reassign", "/board/absent", "/board/back", "/board/resolve",
}

var (
	postForm = regexp.MustCompile(`(?s)<form[^>]* method="post" action="([^"]+)"[^>]*>(.*?)</form>`)
	anID     = regexp.MustCompile(`/(night-)?[0-9]+(/|$)`)
)

// TestWhatChangesTheDayIsAskedTwice: no single press on any page does it.
func TestWhatChangesTheDayIsAskedTwice(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*.html")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[file] = string(body)
	}
	w := newWorld(t)
	mia, oli, why := w.as(t, "mia"), w.as(t, "oli"), url.Values{"reason": {"the offer is wrong"}}
	pages["released"] = oli.get("/decisions/3").body
	pages["withdrawn"] = oli.post("/decisions/3/withdraw", why).body
	pages["paused"] = mia.post("/board/pause", url.Values{"treatment": {"retention_call"}, "reason": why["reason"]}).body
	until := w.clock.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	pages["left alone"] = mia.post("/customers/5/exclude", url.Values{"until": {until}, "reason": why["reason"]}).body

	seen := map[string]bool{}
	for page, html := range pages {
		for _, at := range postForm.FindAllStringSubmatchIndex(html, -1) {
			action := anID.ReplaceAllString(html[at[2]:at[3]], "/ID$2")
			if !slices.Contains(consequential, action) {
				continue
			}
			seen[action] = true
			if before := html[:at[0]]; strings.Count(before, "<details") == strings.Count(before, "</details>") {
				t.Errorf("%s: one press does %s", page, action)
			}
			if !strings.Contains(html[at[4]:at[5]], `<p class="muted">`) {
				t.Errorf("%s: %s does not say what follows", page, action)
			}
		}
	}
	for _, c := range consequential {
		if !seen[c] {
			t.Errorf("no page has a form for %s", c)
		}
	}
}

package web_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/web"
)

// configuredFeeds are of the world's configuration: one has never come.
var configuredFeeds = []web.Feed{{Name: "payments", Required: true, Path: "in/payments-*.csv"}, {Name: "crm"}, {Name: "surveys"}}

// feedLate has a required feed that brought nothing since Sunday.
func feedLate(w *world) {
	w.arrivals[1].Published = tuesday.AddDate(0, 0, -2)
	w.imports[0].Published = w.arrivals[1].Published
}

func TestImportsSayWhichFeedIsMissing(t *testing.T) {
	t.Parallel()
	const warning = "A required feed is missing"
	for name, c := range map[string]struct {
		world func(*world)
		warns bool
	}{
		"here":               {func(*world) {}, false},
		"of yesterday":       {func(w *world) { w.arrivals[1].Published = time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC) }, false},
		"of the day before":  {func(w *world) { w.arrivals[1].Published = time.Date(2026, 3, 8, 23, 59, 0, 0, time.UTC) }, true},
		"never came":         {func(w *world) { w.arrivals = w.arrivals[:1] }, true},
		"one not required":   {func(w *world) { w.arrivals = w.arrivals[1:] }, false},
		"none is configured": {func(w *world) { w.arrivals, w.feeds = nil, nil }, false},
	} {
		w := newWorld(t, c.world)
		page := w.as(t, "oli").get("/imports")
		if got := strings.Contains(page.body, warning); page.status != 200 || got != c.warns {
			t.Errorf("%s: status %d, warned %v, want %v", name, page.status, got, c.warns)
		}
	}
}

// TestARejectionQuotesTheFile: dates of the file, and of how it is to write
// them, stand as the operator has to write them.
func TestARejectionQuotesTheFile(t *testing.T) {
	t.Parallel()
	const note = `line 3, column "opened": "2026-02-30" is not a date like 2006-01-31 or 2006-01-31 15:04:05; the last good file came on 2026-03-08`
	w := newWorld(t, refusedImport, func(w *world) { w.imports[0].Note = note })
	want := strings.NewReplacer("2026-03-08", "8 Mar 2026", `"`, "&#34;").Replace(note)
	if page := w.as(t, "oli").get("/imports/42"); !strings.Contains(page.body, want) {
		t.Errorf("the page does not say %s:\n%s", want, page.body)
	}
}

package web_test

import (
	"strings"
	"testing"
)

// TestAttritionIsHeldAgainstTargets of segments, cohorts and owners: on the page
// beside what selection alone would lose, drawn, and in the API.
func TestAttritionIsHeldAgainstTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.as(t, "mia").get("/attrition").body
	for _, want := range []string{
		"Customers lost in the year, by segment", "Customers lost in the year, by tenure cohort", "Customers lost in the year, by owner", "target, Mia Lindqvist: 16", "target, Under 1 year: 30",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page = w.as(t, "tia").get("/attrition").body; strings.Contains(page, "Customers lost in the year, by segment") {
		t.Error("a picture of one segment says what its table says")
	}
	got := w.call(t, w.token(t, "mia"), "GET", "/api/v1/attrition", "").body
	for _, want := range []string{`"what":"trade"`, `"target":0.15`, `"target":0.3`, `"target":0.16`} {
		if !strings.Contains(got, want) {
			t.Errorf("the API lacks %s: %s", want, got)
		}
	}
}

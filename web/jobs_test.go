package web_test

import "testing"

// TestJobsSayWhenTheyWereTriedAndHowManyGaveUp, also of those that the page does
// not list.
func TestJobsSayWhenTheyWereTriedAndHowManyGaveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as(t, "oli").get("/jobs").must(t, 200, "Retry all that gave up: 3<", "There are 2 more than these", "<td>10 Mar 2026, 08:00</td>", "<td>10 Mar 2026, 03:00</td>")
	w.call(t, w.token(t, "oli"), "GET", "/api/v1/jobs", "").must(t, 200, `"last":"2026-03-10T08:00:00Z"`)
}

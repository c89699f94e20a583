package web_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAfterAnOutcomeTheKeysAreTheDesksAgain: whoever goes on from an outcome to
// a promise writes the promise, and does not change the outcome with its letters.
func TestAfterAnOutcomeTheKeysAreTheDesksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	state := func() string {
		return evaluate[string](b, `document.querySelector("[name=disposition]:checked").value + ": " + document.getElementById("promise").value`)
	}
	b.do("an outcome, then a promise", press("n"), reach(`[data-task="1001"]`), press("d"), press("n"), press("p"))
	if at := evaluate[string](b, `document.activeElement.id`); at != "promise" {
		t.Fatalf("p after an outcome leads to %q", at)
	}
	evaluate[bool](b, `(document.activeElement.value = "", true)`) // this browser types a key that the page has taken
	b.do("write it", press("we ring the engineer"))
	if got := state(); got != "no_risk_found: we ring the engineer" {
		t.Errorf("saved would be %q", got)
	}
	b.do("another outcome", press(kb.Escape), press("d"), press("k"))
	if got := state(); got != "saved_no_offer: we ring the engineer" {
		t.Errorf("after d and another letter it would be %q", got)
	}
	b.do("arrows choose as well, and Tab goes on", press("d"), press(kb.ArrowDown), press(kb.Tab))
	if at := evaluate[string](b, `document.activeElement.name`); at == "disposition" {
		t.Error("d does not begin at the outcome that is chosen: Tab leads back among the outcomes")
	}
}

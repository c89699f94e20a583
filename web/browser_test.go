package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/interventions"
)

// TestAnAgentWorksByKeyboardAlone: three tasks in a real browser without the
// pointer: an outcome by its letters, a call-back, a snooze; and what was typed
// is still there when the page is opened again.
func TestAnAgentWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		for n := 1; n <= 4; n++ {
			w.addTask(n)
		}
	})
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	b.do("first task", press("n"), reach(`[data-task="1001"]`))
	b.do("type and open again", chromedp.SendKeys(chromedp.CSS("#note"), "asked about the bill"), chromedp.Reload(), reach(`[data-task="1001"]`))
	if note := evaluate[string](b, `document.getElementById("note").value`); note != "asked about the bill" {
		t.Errorf("after a reload the note is %q", note)
	}
	b.do("no answer", press("d"), press("a"), ctrlEnter(), reach(`[data-task="1002"]`))
	b.do("call-back", press("c"), press(kb.ArrowDown), press(kb.ArrowDown), ctrlEnter(), reach(`[data-task="1003"]`))
	b.do("snooze", press("z"), press(kb.ArrowDown), press(kb.Tab), press(kb.ArrowDown), press(kb.Tab), press(kb.Enter), reach(`[data-task="1004"]`))

	if a := w.attempts[1001]; len(a) != 1 || a[0].WrapUp.Disposition != interventions.NoAnswer || a[0].WrapUp.Note != "asked about the bill" {
		t.Errorf("the first attempt is %+v", a)
	}
	if got := w.tasks[1002]; got.State != interventions.TaskCallback || !got.DueAt.After(tuesday) {
		t.Errorf("the second task is %s, due %v", got.State, got.DueAt)
	}
	if got := w.tasks[1003]; got.State != interventions.TaskSnoozed || got.Reason != "customer_away" {
		t.Errorf("the third task is %s: %s", got.State, got.Reason)
	}
}

// TestTheKeymapListsWhatWorksHere: on a card where nothing may be offered
// there is no key for that, on the desk none of a card, and what was typed stays.
func TestTheKeymapListsWhatWorksHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	keys := func() string {
		return evaluate[string](b, `[...document.querySelectorAll("#keymap dt")].map(d => d.dataset.for).join(" ")`)
	}
	b.do("the desk's keys", press("?"), reach("#keymap dl"))
	if got := keys(); got != "n m / ? esc" {
		t.Errorf("on the desk the keys are %q", got)
	}
	b.do("close them, begin", press(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#keymap")), press("n"), reach(`[data-task="1001"]`))
	w.work.mu.Lock()
	w.issues[1] = []interventions.OpenIssue{{Ref: 77, Category: "delivery", Severity: 4, Opened: tuesday}}
	w.work.mu.Unlock()
	b.do("the card's keys", chromedp.Reload(), reach(".amber"), chromedp.SendKeys(chromedp.CSS("#note"), "asked about the bill"), press(kb.Escape), press("?"), reach("#keymap dl"))
	if got := keys(); got != "d c p r t z s h / ? save esc" {
		t.Errorf("on the card the keys are %q", got)
	}
	b.do("a key is not taken meanwhile", press("z"), press(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#keymap")))
	if note := evaluate[string](b, `document.getElementById("note").value + document.querySelectorAll(".aside details[open]").length`); note != "asked about the bill0" {
		t.Errorf("afterwards there is %q", note)
	}
}

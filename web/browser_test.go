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

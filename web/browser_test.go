package web_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/internal/holdfasttest"
	"holdfast/interventions"
)

// TestAnAgentWorksByKeyboardAlone: three tasks in a real browser without the
// pointer: an outcome by its letters, a call-back, a snooze; and what was typed
// is still there when the page is opened again.
func TestAnAgentWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	chromium := holdfasttest.Chromium(t)
	w := newWorld(t, func(w *world) {
		for n := 1; n <= 4; n++ {
			w.addTask(n)
		}
	})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, end := chromedp.NewContext(alloc)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	do := func(what string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	press := func(keys string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(keys) }
	save := chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	// reach waits until the page that holds this is there and takes keys.
	reach := func(css string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(chromedp.CSS("body[data-ready] " + css))
	}

	do("sign in", chromedp.Navigate(w.server.URL+"/"), reach("#name"),
		press("ann"+kb.Tab+password+kb.Enter), reach(`[data-key="n"]`))
	do("first task", press("n"), reach(`[data-task="1001"]`))
	do("type and open again", chromedp.SendKeys(chromedp.CSS("#note"), "asked about the bill"), chromedp.Reload(), reach(`[data-task="1001"]`))
	if note, err := chromedp.Run(ctx, chromedp.Value(chromedp.CSS("#note"))); err != nil || note != "asked about the bill" {
		t.Errorf("after a reload the note is %q, %v", note, err)
	}
	do("no answer", press("d"), press("a"), save, reach(`[data-task="1002"]`))
	do("call-back", press("c"), press(kb.ArrowDown), press(kb.ArrowDown), save, reach(`[data-task="1003"]`))
	do("snooze", press("z"), press(kb.ArrowDown), press(kb.Tab), press(kb.ArrowDown), press(kb.Tab), press(kb.Enter), reach(`[data-task="1004"]`))

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

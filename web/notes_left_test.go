package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/access"
	"holdfast/interventions"
)

// TestANoteGoesWithTheTask: what was typed on the card stays when the task is
// snoozed, skipped or handed off, and whoever opens it next reads it.
func TestANoteGoesWithTheTask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step  string
		pairs []string
		want  string
	}{
		{"snooze", []string{"snooze_reason", "customer_away", "until", "2026-03-12T09:00"}, "back from <Rome> on Thursday"},
		{"skip", []string{"skip_reason", "known_person"}, "back from <Rome> on Thursday"},
		{"handoff", []string{"skill", "retention", "handoff_note", "asks for ben"}, "back from <Rome> on Thursday\nasks for ben"},
	} {
		t.Run(c.step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
			w.users["ben"] = func() access.User {
				u := w.users["ben"]
				u.CeilingMinor, u.Skills = 2000, append(u.Skills, "retention")
				return u
			}()
			ann, ben := w.as(t, "ann"), w.as(t, "ben")
			page := ann.post("/desk/next", nil).must(t, http.StatusOK, "What came of it?")
			typed := append([]string{"note", " back from <Rome> on Thursday ", "disposition", "no_answer"}, c.pairs...)
			ann.post(page.path+"/"+c.step, form(t, page, typed...)).must(t, http.StatusOK, "Ann Smith.")
			got := w.tasks[1001]
			if len(got.Notes) != 1 || got.Notes[0].Text != c.want || got.Notes[0].By != "ann" || !got.Notes[0].At.Equal(tuesday) {
				t.Errorf("the notes are %+v", got.Notes)
			}
			if len(w.attempts[1001]) != 0 {
				t.Errorf("an outcome was saved: %+v", w.attempts[1001])
			}
			ben.post("/tasks/1001/take", nil).must(t, http.StatusOK, "Notes left on this task", "back from &lt;Rome&gt; on Thursday")
			ben.get("/customers/1").must(t, http.StatusOK, "back from &lt;Rome&gt; on Thursday")
		})
	}
}

// TestWhatWasTypedSurvivesARefusedStep: of every box of the card.
func TestWhatWasTypedSurvivesARefusedStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := w.as(t, "ann")
	page := b.post("/desk/next", nil)
	b.post(page.path+"/snooze", form(t, page, "note", "rang twice", "disposition", "undecided", "snooze_reason", "seasonal")).
		must(t, 422, "Say until when.", ">rang twice</textarea>", `value="seasonal" selected`)
	b.post(page.path+"/skip", form(t, page, "note", strings.Repeat("x", 4001), "skip_reason", "language")).must(t, 422, "longer than 4,000 characters", `value="language" selected`)
	if got := w.tasks[1001]; got.State != interventions.TaskLeased || len(got.Notes) != 0 {
		t.Errorf("the task is %s with %+v", got.State, got.Notes)
	}
}

// TestEnterWithoutAScript: in the boxes of a snooze it snoozes, elsewhere it
// saves and goes on, and what could mean both is asked back.
func TestEnterWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
	b := w.as(t, "ann")
	page := b.post("/desk/next", nil)
	enter := func(more ...string) url.Values { return form(t, page, append([]string{"then", "enter"}, more...)...) }
	b.post(page.path+"/save", enter("disposition", "no_answer", "until", "2026-03-12T10:00")).must(t, 422, "press the button of what you mean", "2026-03-12T10:00")
	b.post(page.path+"/save", enter("until", "2026-03-12T10:00")).must(t, 422, `name="until" value="2026-03-12T10:00"`)
	b.post(page.path+"/save", enter()).must(t, 422)
	if got := w.tasks[1001]; got.State != interventions.TaskLeased || got.Attempts != 0 {
		t.Fatalf("the task is %s after %d attempts", got.State, got.Attempts)
	}
	b.post(page.path+"/save", enter("until", "2026-03-12T10:00", "snooze_reason", "seasonal")).must(t, 200)
	if got := w.tasks[1001]; got.State != interventions.TaskSnoozed {
		t.Errorf("the task is %s", got.State)
	}
	page = b.post("/desk/next", nil)
	b.post(page.path+"/save", enter("disposition", "no_answer", "promise", "")).must(t, 200)
	if got := w.tasks[1002]; got.Attempts != 1 {
		t.Errorf("the task is %s after %d attempts", got.State, got.Attempts)
	}
}

// TestANoteGoesWithTheTaskInABrowser: typed and laid down by keyboard, and by
// the pointer where scripts are switched off.
func TestANoteGoesWithTheTaskInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		for n := 1; n <= 4; n++ {
			w.addTask(n)
		}
	})
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	note := func(text string) chromedp.Action[chromedp.Void] {
		return chromedp.SendKeys(chromedp.CSS("#note"), text)
	}
	b.do("begin", press("n"), reach(`[data-task="1001"]`))
	b.do("snooze", note("away until spring"), press(kb.Escape), press("z"), press(kb.ArrowDown), press(kb.Tab), press(kb.ArrowDown), press(kb.Tab), press(kb.Enter), reach(`[data-task="1002"]`))
	b.do("hand off", note("asks about the bill"), press(kb.Escape), press("h"), press(kb.ArrowDown), press(kb.Tab), press("speaks quickly"), press(kb.Tab), press(kb.Enter), reach(`[data-task="1003"]`))
	if left := evaluate[int](b, `[...Object.keys(sessionStorage)].filter(k => k.startsWith("draft")).length`); left != 0 {
		t.Errorf("%d drafts are left", left)
	}
	b.do("no scripts", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("body:not([data-ready]) #note")))
	b.do("Enter in a time does not save", chromedp.Click(chromedp.CSS(`[value="no_answer"]`)), chromedp.Click(chromedp.CSS(`summary[data-key="z"]`)),
		chromedp.SetValue(chromedp.CSS(`[name="until"]`), "2026-03-12T10:00"), chromedp.SendKeys(chromedp.CSS(`[name="until"]`), kb.Enter),
		chromedp.WaitVisible(chromedp.CSS(".say.bad")))
	b.do("skip", note("knows my mother"), chromedp.Click(chromedp.CSS(`summary[data-key="s"]`)), chromedp.SetValue(chromedp.CSS(`[name="skip_reason"]`), "known_person"),
		chromedp.Click(chromedp.CSS(`[formaction$="/skip"]`)), chromedp.WaitVisible(chromedp.CSS(`[data-task="1004"]`)))

	for id, want := range map[interventions.TaskID]string{1001: "away until spring", 1002: "asks about the bill\nspeaks quickly", 1003: "knows my mother"} {
		if got := w.tasks[id]; len(got.Notes) != 1 || got.Notes[0].Text != want {
			t.Errorf("task %d is %s after %d attempts with the notes %+v (%s)", id, got.State, got.Attempts, got.Notes, got.Reason)
		}
	}
}

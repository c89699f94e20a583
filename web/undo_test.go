package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"holdfast/access"
	"holdfast/interventions"
)

// What was snoozed, skipped or handed on is taken up again as it was, as long
// as nobody else has had it.
func TestWhatWasLaidDownIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, laid := range []struct {
		how  string
		form url.Values
	}{
		{"snooze", url.Values{"fence": {"1"}, "snooze_reason": {"customer_away"}, "until": {"2026-03-12T09:00"}}},
		{"skip", url.Values{"fence": {"1"}, "skip_reason": {"language"}}},
		{"handoff", url.Values{"fence": {"1"}, "skill": {"billing"}, "handoff_note": {"asks for a refund"}}},
	} {
		t.Run(laid.how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
			skills := slices.Clone(w.tasks[1001].Skills)
			ann := w.as(t, "ann")
			ann.post("/desk/next", nil).must(t, 200, `data-task="1001"`)
			ann.post("/tasks/1001/"+laid.how, laid.form).must(t, 200, `data-task="1002"`, `action="/tasks/1001/back"`, "Take back")
			ann.get("/desk").must(t, 200, `action="/tasks/1001/back"`)
			ann.post("/tasks/1002/back", nil).must(t, http.StatusConflict, "not what you laid down last")
			ann.post("/tasks/1001/back", nil).must(t, 200, "Taken back", `data-task="1001"`)
			got := w.tasks[1001]
			if got.State != interventions.TaskLeased || got.Owner != "ann" || got.AvoidOwner != "" || !slices.Equal(got.Skills, skills) {
				t.Errorf("taken back it is %s of %q, avoiding %q, for %v", got.State, got.Owner, got.AvoidOwner, got.Skills)
			}
			ann.post("/tasks/1001/back", nil).must(t, http.StatusConflict)
		})
	}
}

// Once a colleague has had it, it stays where it is.
func TestWhatAColleagueHasIsNotTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
	ann := w.as(t, "ann")
	ann.post("/desk/next", nil).must(t, 200, `data-task="1001"`)
	ann.post("/tasks/1001/skip", url.Values{"fence": {"1"}, "skip_reason": {"known_person"}}).must(t, 200)
	ben := w.as(t, "ben")
	w.users["ben"] = func() access.User { u := w.users["ben"]; u.CeilingMinor = 2000; return u }()
	ben.post("/desk/next", nil).must(t, 200, `data-task="1001"`)
	ann.post("/tasks/1001/back", nil).must(t, http.StatusConflict, "something was done with it since")
	if got := w.tasks[1001]; got.Owner != "ben" || got.State != interventions.TaskLeased {
		t.Errorf("the task is %s of %q", got.State, got.Owner)
	}
}

// From the next card, u takes back a skip, and corrects what was wrapped up.
func TestUndoByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		for n := 1; n <= 3; n++ {
			w.addTask(n)
		}
	})
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	b.do("skip", press("n"), reach(`[data-task="1001"]`), press("s"), press(kb.ArrowDown), press(kb.Tab), press(kb.Enter), reach(`[data-task="1002"]`))
	b.do("take it back", press("u"), reach(`[data-task="1001"]`))
	b.do("wrap up", press("d"), press("a"), ctrlEnter(), reach(`[data-task="1002"]`))
	b.do("correct it", press("u"), reach(`form[action="/tasks/1001/correct"]`), press("d"), press("b"), ctrlEnter(), reach(`[data-task="1002"]`))
	if a := w.attempts[1001]; len(a) == 0 || a[len(a)-1].WrapUp.Disposition != interventions.Busy {
		t.Errorf("the attempts are %+v", a)
	}
	chosen := func() string { return evaluate[string](b, `document.getElementById("preset").value`) }
	if b.do("call-back agreed", press("d"), press("h")); chosen() == "" {
		t.Error("a call-back begins with no time")
	}
	if b.do("another outcome", press("d"), press("o")); chosen() != "" {
		t.Errorf("the time of a call-back that was not agreed stays: %s", chosen())
	}
}

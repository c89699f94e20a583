package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
)

// TestACallBackIsOfferedWhenTheyMayBeCalled: the times to choose from lie inside
// the calling hours where the customer is, the first is the next of them, and
// it is filled in where none was chosen; another time says when calling is
// allowed.
func TestACallBackIsOfferedWhenTheyMayBeCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy, func(w *world) {
		task := w.tasks[1001]
		task.Zone = "Asia/Tokyo" // 19:00 there
		w.tasks[1001] = task
	})
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	ann := w.as(t, "ann")
	page := ann.post("/tasks/1001/take", nil).must(t, 200, "as soon as they may be called", "tomorrow morning: Wed 11 Mar, 10:00")
	page.without(t, "in an hour:")
	_, list, _ := strings.Cut(page.body, `id="preset"`)
	list, _, _ = strings.Cut(list, "</select>")
	first := ""
	for _, option := range strings.Split(list, `value="`)[2:] {
		value, _, _ := strings.Cut(option, `"`)
		at, err := time.ParseInLocation("2006-01-02T15:04", value, tokyo)
		if err != nil {
			t.Fatal(err)
		}
		if next := w.policy.NextCall(at, tokyo); !next.Equal(at) {
			t.Errorf("%s is offered, when nobody may be called", value)
		}
		if first == "" {
			first = value
		}
	}
	refused := ann.post("/tasks/1001/save", form(t, page, "disposition", "callback_agreed"))
	refused.must(t, 422, "A call-back needs a time", `value="`+first+`" selected`)
	form := url.Values{"fence": {"1"}, "disposition": {"callback_agreed"}, "due": {"2026-03-11T03:00"}}
	ann.post("/tasks/1001/save", form).must(t, 422, "is outside the hours this customer may be called: the next time is", `value="2026-03-11T03:00"`)
	if got := w.tasks[1001].State; got == interventions.TaskCallback {
		t.Errorf("the task is %s", got)
	}
}

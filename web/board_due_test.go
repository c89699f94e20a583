package web_test

import (
	"testing"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

// overdue is a desk with a call-back past its time and a promise due soon, of
// ann, and one call-back of nobody's.
func overdue(w *world) {
	busy(w)
	w.addPromise(13, interventions.Promise{Kind: interventions.DuePromise, What: "send <b>the form</b>", DueAt: tuesday.Add(40 * time.Minute), Owner: "ann", MadeBy: "ann"}, "Europe/London")
	w.addPromise(14, interventions.Promise{Kind: interventions.DueCallback, What: "call back", DueAt: tuesday.Add(-3 * time.Hour), MadeBy: "ben"}, "Europe/London")
	for _, id := range []interventions.TaskID{1014, 1011, 1013, 1012} {
		w.due = append(w.due, w.tasks[id])
	}
}

// TestTheBoardLeadsToWhatIsLate: the number of the board is a link to the tasks
// meant, and no others.
func TestTheBoardLeadsToWhatIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, overdue)
	mia := w.as(t, "mia")
	mia.get("/board").must(t, 200, `href="/board/promises"`, "1 past their time")
	page := mia.get("/board/promises").must(t, 200, `href="/tasks/1014"`, "anybody may keep it", `href="/tasks/1011"`, "ann’s", `href="/tasks/1013"`, "send &lt;b&gt;the form&lt;/b&gt;")
	page.without(t, "/tasks/1012", "the new tariff sheet")
	w.as(t, "lyn").get("/board/promises").must(t, 200, "C0014").without(t, "/tasks/", "the form", customer(14).Name) // no personal data
	got := body[struct {
		Due []struct {
			Task int64
			Kind string
			Late bool
		}
	}](t, w.call(t, w.token(t, "mia", access.ScopeRead), "GET", "/api/v1/board/promises", "").must(t, 200))
	if d := got.Due; len(d) != 3 || d[0].Task != 1014 || !d[0].Late || d[2].Kind != "promise" || d[2].Late {
		t.Errorf("the API lists %+v", d)
	}
}

// TestTheBoardSaysWhoIsThere: each with what they do, since when and with what
// kind of task; no customer's name; and the piece that a script asks for says
// the same.
func TestTheBoardSaysWhoIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	mia := w.as(t, "mia")
	for _, path := range []string{"/board", "/board/live"} {
		page := mia.get(path).must(t, 200, "On call", "since 09:48", "retention call", "Break", "Wrap-up", "a customer who rang, tenure thanks call")
		page.without(t, customer(1).Name, "C0001")
	}
	if got := mia.get("/board/live"); got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Error(got.header)
	}
	mia.get("/board/live").without(t, "<html", "Pause a treatment")
	type answer struct {
		People []struct {
			Name, State string
			With        []string
		}
	}
	if got := body[answer](t, w.call(t, w.token(t, "mia", access.ScopeRead), "GET", "/api/v1/board", "").must(t, 200)); len(got.People) != 4 || got.People[0].State != "on_call" || len(got.People[3].With) != 2 {
		t.Errorf("the API says %+v", got.People)
	}
}

package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/access"
)

// TestAProgramSaysWhatOneIsDoing: the four states as the desk's buttons set
// them, and the page shows what a program said.
func TestAProgramSaysWhatOneIsDoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.token(t, "ann", access.ScopeTasks)
	const path = "/api/v1/desk/state"
	w.call(t, key, "GET", path, "").must(t, 200, `"state":"ready"`).without(t, "since")
	w.call(t, key, "POST", path, `{"state": "break"}`).must(t, 200, `"state":"break"`, `"since":"`)
	w.clock.Advance(time.Minute)
	was := w.call(t, key, "GET", path, "").must(t, 200, `"state":"break"`)
	if again := w.call(t, key, "POST", path, `{"state": "break"}`); again.body != was.body {
		t.Errorf("the same again says %s, before it was %s", again.body, was.body)
	}
	w.as(t, "ann").get("/desk").must(t, 200, `value="break" aria-pressed="true"`)
	for _, bad := range []string{`{"state": "asleep"}`, `{}`, `{"state": "ready", "since": "2026-01-01T00:00:00Z"}`, `{"state": 1}`} {
		w.call(t, key, "POST", path, bad).must(t, 422)
	}
	w.call(t, key, "GET", path, "").must(t, 200, `"state":"break"`)
	w.call(t, w.token(t, "mia", access.ScopeRead), "POST", path, `{"state": "ready"}`).must(t, 403)
}

// TestAProgramRecommends: what is proposed with one idempotency key is there
// once, even when the answer to it was lost and a manager has answered since.
func TestAProgramRecommends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, mia := w.token(t, "ann", access.ScopeTasks), w.token(t, "mia", access.ScopeTasks, access.ScopeAsk)
	const path = "/api/v1/recommendations"
	for _, bad := range []string{`{}`, `{"words": ""}`, `{"words": "  "}`, `{"words": "` + strings.Repeat("x", 2001) + `"}`} {
		w.call(t, ann, "POST", path, bad).must(t, 422)
	}
	if len(w.box) > 0 {
		t.Fatalf("what was refused was kept: %v", w.box)
	}
	const words = `{"words": "Say the tariff's name"}`
	first := w.call(t, ann, "POST", path, words, "Idempotency-Key", "a").must(t, 200, `"by":"ann"`)
	first.without(t, "verdict")
	w.call(t, ann, "POST", path, words, "Idempotency-Key", "a").must(t, 200)
	id := body[struct{ ID int64 }](t, first).ID
	answer := fmt.Sprintf("%s/%d/answer", path, id)
	w.call(t, ann, "POST", answer, `{"verdict": "no", "answer": "mine"}`).must(t, 403, "may not see others' work")
	w.call(t, w.token(t, "mia", access.ScopeTasks), "POST", answer, `{"verdict": "no", "answer": "mine"}`).must(t, 403)
	for _, bad := range []string{`{"verdict": "maybe", "answer": "why"}`, `{"verdict": "no"}`, `{"verdict": "no", "answer": " "}`} {
		w.call(t, mia, "POST", answer, bad).must(t, 422)
	}
	w.call(t, mia, "POST", path+"/7/answer", `{"verdict": "no", "answer": "why"}`).must(t, 404, "no such recommendation")
	w.call(t, mia, "POST", answer, `{"verdict": "will_do", "answer": "from May on"}`).must(t, 200, `"verdict":"will_do"`, `"answered_by":"mia"`)
	clear(w.answers) // the server died before it kept what it had answered
	w.clock.Advance(time.Hour)
	w.call(t, ann, "POST", path, words, "Idempotency-Key", "a").must(t, 200, "from May on", fmt.Sprint(id))
	w.call(t, ann, "POST", path, words).must(t, 200).without(t, fmt.Sprint(id))
	list := w.call(t, ann, "GET", path, "").must(t, 200, "from May on")
	if n := strings.Count(list.body, `"words"`); n != 2 {
		t.Errorf("%d recommendations, want 2: %s", n, list.body)
	}
	w.as(t, "ann").get("/recommendations").must(t, 200, "from May on")
}

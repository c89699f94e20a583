package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/web"
)

func (n *numbers) SavePause(_ context.Context, p interventions.Pause) error {
	if slices.ContainsFunc(n.paused, func(q interventions.Pause) bool { return q.Treatment == p.Treatment }) {
		return fault.New(fault.Conflict, "%s is paused already", p.Treatment)
	}
	n.paused = append(n.paused, p)
	return nil
}

func (n *numbers) EndPause(_ context.Context, treatment, _ string, _ time.Time) error {
	before := len(n.paused)
	n.paused = slices.DeleteFunc(n.paused, func(p interventions.Pause) bool { return p.Treatment == treatment })
	if len(n.paused) == before {
		return fault.New(fault.Conflict, "%s is not paused", treatment)
	}
	return nil
}

func (n *numbers) Pauses(context.Context) ([]interventions.Pause, error) { return n.paused, n.broken }

func (n *numbers) Agents(context.Context) ([]string, error) { return []string{"ann", "ben"}, n.broken }

func (n *numbers) SetAbsent(_ context.Context, name string, absent bool) error {
	if slices.Contains(n.board.Absent, name) == absent {
		return fault.New(fault.Conflict, "%s is so already", name)
	}
	n.board.Absent = slices.DeleteFunc(slices.Clone(n.board.Absent), func(s string) bool { return s == name })
	if absent {
		n.board.Absent = append(n.board.Absent, name)
	}
	return nil
}

func (n *numbers) Owing(context.Context) ([]web.Owing, error) {
	return []web.Owing{{Name: "ann", Tasks: 4}, {Name: "zoe", Tasks: 2}}, n.broken
}

func (n *numbers) Reassign(_ context.Context, from, to, _ string, _ time.Time) (given int, stay []error, err error) {
	if from == to {
		return 0, nil, fault.New(fault.Invalid, "choose two different people")
	}
	return 3, []error{fault.New(fault.Forbidden, "the offer of this task costs more than %s may grant", to)}, nil
}

// TestPausing: with a reason, once, audited, by who may; and back.
func TestPausing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia := w.as(t, "mia")
	if got := mia.post("/board/pause", url.Values{"treatment": {"retention_call"}}); got.status != http.StatusUnprocessableEntity || len(w.paused) != 0 {
		t.Errorf("without a reason: %d", got.status)
	}
	form := url.Values{"treatment": {"retention_call"}, "reason": {"the offer is wrong"}}
	if got := mia.post("/board/pause", form); got.status != http.StatusOK || !strings.Contains(got.body, "the offer is wrong") {
		t.Fatalf("paused: %d\n%s", got.status, got.body)
	}
	if got := mia.post("/board/pause", form); got.status != http.StatusConflict {
		t.Errorf("paused twice: %d", got.status)
	}
	for _, page := range []string{"/board", "/board/live"} {
		if got := mia.get(page); strings.Count(got.body, `<span class="chip warn">paused</span>`) != 1 || !strings.Contains(got.body, " of them paused") {
			t.Errorf("%s does not mark the row of what is paused:\n%s", page, got.body)
		}
	}
	if got := w.as(t, "lyn").post("/board/resume", form); got.status != http.StatusForbidden || len(w.paused) != 1 {
		t.Errorf("an analyst resumes: %d", got.status)
	}
	if got := mia.post("/board/resume", form); got.status != http.StatusOK || len(w.paused) != 0 {
		t.Errorf("resumed: %d", got.status)
	}
	if got := mia.post("/board/reassign", url.Values{"from": {"ann"}, "to": {"ben"}}); !strings.Contains(got.body, "3 promises and call-backs of ann went to ben. 1 stays with ann. The offer of this task costs more than ben may grant.") {
		t.Errorf("reassigned: %d\n%s", got.status, got.body)
	}
	var said []string
	for _, e := range w.audit {
		if e.Who == "mia" && e.What != "sign in" {
			said = append(said, e.What+": "+e.Subject+", "+e.Detail)
		}
	}
	want := []string{"pause a treatment: retention_call, the offer is wrong", "resume a treatment: retention_call, ", "reassign promises: ann, 3 to ben"}
	if !slices.Equal(said, want) {
		t.Errorf("the audit says %q, want %q", said, want)
	}
}

// TestAbsence: a lead marks somebody absent with a reason, once, audited; and back.
func TestAbsence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia := w.as(t, "mia")
	form := url.Values{"name": {"ben"}}
	if got := mia.post("/board/absent", form); got.status != http.StatusUnprocessableEntity || slices.Contains(w.board.Absent, "ben") {
		t.Errorf("without a reason: %d", got.status)
	}
	form.Set("reason", "off sick")
	if got := mia.post("/board/absent", form); got.status != http.StatusOK || !strings.Contains(got.body, "ben is absent") || !slices.Contains(w.board.Absent, "ben") {
		t.Errorf("with one: %d", got.status)
	}
	if got := mia.get("/board"); !strings.Contains(got.body, `<option value="ann">ann (4)</option><option value="zoe">zoe (2, absent)</option>`) {
		t.Errorf("the board does not say whose promises there are to give:\n%s", got.body)
	}
	if got := mia.post("/board/absent", form); got.status != http.StatusConflict {
		t.Errorf("twice: %d", got.status)
	}
	if got := mia.post("/board/back", form); got.status != http.StatusOK || slices.Contains(w.board.Absent, "ben") {
		t.Errorf("back: %d", got.status)
	}
	var said []string
	for _, e := range w.audit {
		said = append(said, e.What)
	}
	if got := strings.Join(said, ", "); got != "sign in, mark absent, mark back" {
		t.Errorf("the audit says %s", got)
	}
}

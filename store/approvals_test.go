package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// What agents ask for is there once, is answered once, and is gone from what
// waits when its task is done.
func TestApprovals(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 40)
		now := noon.Add(time.Hour)
		task, ok := next(t, s, "ann", now)
		if !ok {
			t.Fatal("there is no task")
		}
		ask := interventions.Approval{
			ID: 7, Task: task.ID, Treatment: "retention_call", Offer: "half a year free", CostMinor: 9000, By: "ann", At: now, Why: "'; DROP TABLE approvals; --",
		}
		must(t, s.SaveApproval(ctx, ask))
		again := ask
		again.Why = "other words"
		must(t, s.SaveApproval(ctx, again)) // sent twice
		other := interventions.Approval{ID: 8, Task: task.ID + 1, Offer: "x", By: "ben", At: now}
		must(t, s.SaveApproval(ctx, other)) // of a task that is gone
		same := func(what string, want []interventions.Approval, got []interventions.Approval, err error) {
			t.Helper()
			must(t, err)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", what, d)
			}
		}
		all := []interventions.Approval{ask}
		list, err := s.ApprovalsOpen(ctx, noon, 10)
		same("open", all, list, err)
		list, err = s.Approvals(ctx, task.ID)
		same("of the task", all, list, err)
		list, err = s.ApprovalsAsked(ctx, "ann", now, 10)
		same("asked", all, list, err)
		list, err = s.ApprovalsAnswered(ctx, noon, 10)
		same("answered", nil, list, err)
		if _, err := s.Approval(ctx, 9); fault.Of(err) != fault.NotFound {
			t.Errorf("unknown: %v", err)
		}
		answered := ask
		answered.AnsweredAt, answered.AnsweredBy, answered.Granted, answered.Answer = now.Add(time.Minute), "lee", true, "worth it"
		must(t, s.AnswerApproval(ctx, answered))
		answered.AnsweredBy = "mia"
		if err := s.AnswerApproval(ctx, answered); fault.Of(err) != fault.Conflict {
			t.Errorf("answered twice: %v", err)
		}
		answered.AnsweredBy = "lee"
		list, err = s.ApprovalsAnswered(ctx, noon, 10)
		same("answered", []interventions.Approval{answered}, list, err)
		list, err = s.ApprovalsOpen(ctx, noon, 10)
		same("none is open", nil, list, err)
	})
}

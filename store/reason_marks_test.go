package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/scoring"
	"holdfast/store"
)

// A mark counts once, on a reason that the card has, as of the day of the call,
// and a correction moves it.
func TestMarksOnReasonsAreCounted(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), noon.Add(time.Hour)
		releasedNight(t, s, 120)
		const concept = "price"
		counted := func(since time.Time, want ...measurement.ReasonMarks) {
			t.Helper()
			got, err := s.ReasonMarks(ctx, since)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		held := begin(t, s, agentTasks(t, s, now)[0], now)
		held.Card.Reasons = []scoring.Reason{{Concept: concept}}
		step := func(before interventions.Task, undo int, truth map[string]bool) interventions.Task {
			c := interventions.Consequences{Task: before, Undo: undo}
			c.Task.State, c.Task.Attempts, c.Task.DoneAt = interventions.TaskDone, 1, now
			c.Attempt = &interventions.Attempt{
				Task: before.ID, N: 1, At: now, By: "ann", WrapUp: interventions.WrapUp{Disposition: interventions.NoRiskFound, ReasonTruth: truth},
			}
			c.Changes = []interventions.Change{{Task: before.ID, At: now, Who: "ann", From: before.State, To: interventions.TaskDone, Why: "no_risk_found"}}
			must(t, s.SaveStep(ctx, before, c))
			return c.Task
		}
		counted(noon)
		done := step(held, 0, map[string]bool{concept: true, "made up": false})
		counted(noon, measurement.ReasonMarks{Concept: concept, True: 1})
		done = step(done, 1, map[string]bool{concept: false})
		counted(noon, measurement.ReasonMarks{Concept: concept, Untrue: 1})
		counted(noon.AddDate(0, 0, 1))
		done = step(done, 1, map[string]bool{concept: false})
		counted(noon, measurement.ReasonMarks{Concept: concept, Untrue: 1})
		step(done, 1, nil)
		counted(noon)
	})
}

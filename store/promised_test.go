package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/store"
)

// TestKeptCells: a promise kept within the hour, one kept later, and one that
// is open still and broken an hour after its time, each of its own customer.
func TestKeptCells(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		due := now.AddDate(0, 0, 2)
		for i, p := range []struct {
			by    string
			after time.Duration // of what was promised; negative: never
		}{{"ann", 59 * time.Minute}, {"ann", 61 * time.Minute}, {"ben", 0}, {"ben", -1}} {
			held := begin(t, s, agentTasks(t, s, now)[0], now)
			step := wrapUp(held, now)
			step.Promise.ID = interventions.PromiseID(900 + i)
			step.Promise.MadeBy, step.Attempt.Promise, step.Task.Promise = p.by, step.Promise.ID, step.Promise.ID
			step.Attempt.Segment, step.Facts, step.Exposures = "gold", nil, nil
			must(t, s.SaveStep(ctx, held, step))
			if p.after < 0 {
				continue
			}
			kept := claimed(step.Task, "cyd", due.Add(p.after))
			kept.Task.Fence = step.Task.Fence + 1
			kept.Attempt.N, kept.Attempt.Segment, kept.Kept = 2, "silver", []interventions.PromiseID{step.Promise.ID}
			must(t, s.SaveStep(ctx, step.Task, kept))
		}
		got, err := s.KeptCells(ctx, due, due.Add(time.Hour))
		must(t, err)
		want := []measurement.KeptCell{{Agent: "ann", Segment: "gold", Kept: 1, Broken: 1}, {Agent: "ben", Segment: "gold", Kept: 1}}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if kept, broken, open, err := s.Promised(ctx, due, due.Add(time.Hour)); err != nil || kept != 2 || broken != 1 || open != 1 {
			t.Errorf("at the hour %d are kept, %d broken, %d open, %v", kept, broken, open, err)
		}
		later := due.Add(61 * time.Minute)
		if kept, broken, open, err := s.Promised(ctx, due, later); err != nil || kept != 2 || broken != 2 || open != 0 {
			t.Errorf("after the hour %d are kept, %d broken, %d open, %v", kept, broken, open, err)
		}
		got, err = s.KeptCells(ctx, due, later)
		must(t, err)
		if want[1].Broken = 1; !cmp.Equal(want, got) {
			t.Errorf("after the hour: %+v", got)
		}
		if got, err = s.KeptCells(ctx, now, due); err != nil || len(got) != 0 {
			t.Errorf("before they fell due: %+v, %v", got, err)
		}
	})
}

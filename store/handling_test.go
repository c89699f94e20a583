package store_test

import (
	"math"
	"testing"
	"time"

	"holdfast/store"
)

// An attempt lasts from the lease to when it was saved. What was saved at or
// after the night, and what was undone before it, is not looked at.
func TestTries(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 40)
		now := noon.Add(time.Hour)
		held, ok := next(t, s, "ann", now)
		if !ok {
			t.Fatal("there is no work")
		}
		saved := now.Add(7 * time.Minute)
		must(t, s.SaveStep(ctx, held, wrapUp(held, saved)))
		for _, tc := range []struct {
			since, before time.Time
			want          int
		}{{noon, saved.Add(time.Second), 1}, {noon, saved, 0}, {saved.Add(time.Second), saved.Add(time.Hour), 0}} {
			tries, err := s.Tries(ctx, held.Treatment, tc.since, tc.before)
			must(t, err)
			if len(tries) != tc.want {
				t.Fatalf("from %v to %v: %+v, want %d", tc.since, tc.before, tries, tc.want)
			}
			if tc.want == 1 && (tries[0].Task != held.ID || math.Abs(tries[0].Minutes-7) > 1e-9) {
				t.Errorf("%+v, want seven minutes of task %d", tries[0], held.ID)
			}
		}
		if tries, err := s.Tries(ctx, "another", noon, saved.Add(time.Hour)); err != nil || len(tries) != 0 {
			t.Errorf("of another treatment: %+v, %v", tries, err)
		}
	})
}

package store_test

import (
	"testing"
	"time"

	"holdfast/nightly"
	"holdfast/store"
)

// Trainings that left the champion in office are counted for that champion, up to a
// night and not beyond it.
func TestTrainingsInVainAreCounted(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for i, night := range []struct{ id, model, count string }{
			{"a", "m1", nightly.CountRefused}, {"b", "m1", "rows"}, {"c", "m2", nightly.CountRefused}, {"d", "m1", nightly.CountRefused},
		} {
			startNight(t, s, night.id, noon.AddDate(0, 0, i))
			if _, err := s.PinRun(ctx, night.id, 3, night.model); err != nil {
				t.Fatal(err)
			}
			for ticket, w := range beginJobs(t, s, night.id) {
				must(t, s.FinishShard(ctx, ticket, w, noon, nightly.Done{Counts: nightly.Counts{night.count: 1}}, nextOf(w)))
			}
			must(t, s.FailRun(ctx, night.id, noon, "enough"))
		}
		for _, c := range []struct {
			model string
			asOf  time.Time
			times int
			at    time.Time
		}{
			{"m1", noon, 0, time.Time{}},
			{"m1", noon.AddDate(0, 0, 3), 1, noon},
			{"m1", noon.AddDate(0, 0, 4), 2, noon.AddDate(0, 0, 3)},
			{"m2", noon.AddDate(0, 0, 9), 1, noon.AddDate(0, 0, 2)},
			{"m3", noon.AddDate(0, 0, 9), 0, time.Time{}},
		} {
			times, at, err := s.Refused(ctx, c.model, c.asOf)
			if err != nil || times != c.times || !at.Equal(c.at) {
				t.Errorf("%s before %v: %d, the newest %v, %v", c.model, c.asOf, times, at, err)
			}
		}
	})
}

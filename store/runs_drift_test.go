package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/store"
	"holdfast/training"
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

// What a night saw of a model is kept with the night; the newest is told, with
// nothing lost, and saving again replaces it.
func TestWhatANightSawIsKept(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := s.Watch(ctx, "m1"); fault.Of(err) != fault.NotFound {
			t.Errorf("before any night: %v", err)
		}
		signs := training.Evidence{PSI: .15, Critical: .02, Population: 90, PopulationThen: 80}.Signs()
		var want nightly.Watch
		for i, id := range []string{"a", "b"} {
			startNight(t, s, id, noon.AddDate(0, 0, i))
			must(t, s.SaveWatch(ctx, id, nightly.Watch{AsOf: noon.AddDate(0, 0, i), Model: "m1", Why: "first said"}))
			want = nightly.Watch{AsOf: noon.AddDate(0, 0, i), Model: "m1", Due: true, Why: "its scores have drifted", Refused: i, Signs: signs}
			must(t, s.SaveWatch(ctx, id, want))
			must(t, s.FailRun(ctx, id, noon, "enough"))
		}
		kept := want
		kept.Kept = "the new one is no better"
		must(t, s.SaveWatch(ctx, "a", kept))
		for id, note := range map[string]string{"a": kept.Kept, "b": ""} {
			if stages, err := s.Stages(ctx, id); err != nil || stages[0].Stage != nightly.StageTrain || stages[0].Note != note {
				t.Errorf("the stages of night %s are %+v, %v", id, stages, err)
			}
		}
		got, err := s.Watch(ctx, "m1")
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(training.Sign{})); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
		if !got.Signs[0].Moved() || got.Signs[4].Moved() {
			t.Errorf("%+v", got.Signs)
		}
		if _, err := s.Watch(ctx, "m2"); fault.Of(err) != fault.NotFound {
			t.Errorf("another model: %v", err)
		}
	})
}

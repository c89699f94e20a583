package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// What people at the desk are doing has a since that saying it again leaves
// alone; recommendations are kept with their answers.
func TestFloor(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		must(t, s.SetPresence(ctx, access.Presence{Name: "ann", State: access.Ready, Since: noon}))
		must(t, s.SetPresence(ctx, access.Presence{Name: "ann", State: access.Ready, Since: noon.Add(time.Hour)}))
		must(t, s.SetPresence(ctx, access.Presence{Name: "ben", State: access.Ready, Since: noon.AddDate(0, 0, -1)}))
		must(t, s.SetPresence(ctx, access.Presence{Name: "cas", State: access.Ready, Since: noon}))
		must(t, s.SetPresence(ctx, access.Presence{Name: "cas", State: access.Break, Since: noon.Add(time.Minute)}))
		if err := s.SetPresence(ctx, access.Presence{Name: "ann", State: "asleep", Since: noon}); fault.Of(err) != fault.Invalid {
			t.Errorf("asleep: %v", err)
		}
		got, err := s.Presences(ctx, noon)
		must(t, err)
		want := []access.Presence{{Name: "ann", State: access.Ready, Since: noon}, {Name: "cas", State: access.Break, Since: noon.Add(time.Minute)}}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for name, want := range map[string]access.Presence{"cas": want[1], "ben": {}, "dan": {}} {
			got, err := s.Presence(ctx, name, noon)
			must(t, err)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}

		first, err := interventions.NewRecommendation("ann", "shorter openings", noon)
		must(t, err)
		second, err := interventions.NewRecommendation("ben", "'; DROP TABLE users; --", noon.Add(time.Minute))
		must(t, err)
		must(t, s.SaveRecommendation(ctx, first))
		must(t, s.SaveRecommendation(ctx, first)) // sent twice
		must(t, s.SaveRecommendation(ctx, second))
		first, err = first.Answered("mia", "done", "since Monday", noon.Add(time.Hour))
		must(t, err)
		must(t, s.SaveRecommendation(ctx, first))
		list, err := s.Recommendations(ctx, 10)
		must(t, err)
		if d := cmp.Diff([]interventions.Recommendation{second, first}, list); d != "" {
			t.Error(d)
		}
		if one, err := s.Recommendation(ctx, first.ID); err != nil || one.Answer != "since Monday" {
			t.Errorf("%+v, %v", one, err)
		}
		if _, err := s.Recommendation(ctx, 7); fault.Of(err) != fault.NotFound {
			t.Errorf("unknown: %v", err)
		}
	})
}

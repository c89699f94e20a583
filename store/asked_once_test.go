package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
	"holdfast/store"
)

// What is kept under an id that is there already stays as it was for a day, as
// an idempotency key does; after that the newer takes its place.
func TestAskedTwiceIsThereOnce(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 30)
		one := customersOf(t, s, 0)[0].ID
		ask := func(at time.Time, reason string) {
			t.Helper()
			must(t, s.SaveRequests(ctx, []interventions.Request{
				{ID: 7, Customer: one, Treatment: "retention_call", By: "mia", At: at, Until: at.AddDate(0, 0, 7), Override: true, Reason: reason},
			}))
			must(t, s.SaveExclusions(ctx, []interventions.Exclusion{{ID: 7, Customer: one, By: "mia", At: at, Until: at.AddDate(0, 0, 7), Reason: reason}}))
		}
		kept := func(at time.Time) []string {
			t.Helper()
			list, err := s.RequestsFor(ctx, one, 9)
			must(t, err)
			e, err := s.Exclusion(ctx, one, at)
			must(t, err)
			if len(list) != 1 || e == nil || store.CountRows(t, s, "exclusions") != 1 {
				t.Fatalf("%d requests and %+v", len(list), e)
			}
			return []string{list[0].Reason, e.Reason}
		}
		day := noon.AddDate(0, 0, 1)
		for _, c := range []struct {
			at           time.Time
			reason, want string
		}{{noon, "first", "first"}, {day.Add(-time.Second), "again", "first"}, {day, "anew", "anew"}} {
			ask(c.at, c.reason)
			if d := cmp.Diff([]string{c.want, c.want}, kept(c.at)); d != "" {
				t.Errorf("at %v: %s", c.at, d)
			}
		}
	})
}

package store_test

import (
	"testing"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/store"
)

// An exclusion holds from when it was said until its day, at the desk and for
// a night, follows a merge, ends early, and is erased with the person.
func TestExclusions(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 30)
		people := customersOf(t, s, 0)
		one, other := people[0], people[1]
		week := noon.AddDate(0, 0, 7)
		must(t, s.SaveExclusions(ctx, []interventions.Exclusion{
			{ID: 1, Customer: one.ID, By: "mia", At: noon, Until: week, Reason: "in talks"},
			{ID: 2, Customer: one.ID, By: "mia", At: noon, Until: noon.AddDate(0, 0, 2), Reason: "shorter"},
		}))
		for _, c := range []struct {
			at   time.Time
			want bool
		}{{noon.Add(-time.Second), false}, {noon, true}, {week.Add(-time.Second), true}, {week, false}} {
			by, err := s.Exclusions(ctx, one.Partition, c.at)
			must(t, err)
			known, err := s.Known(ctx, one.ID, c.at)
			must(t, err)
			if e := by[one.ID]; (e != nil) != c.want || (known.Excluded != nil) != c.want || len(by) > 1 {
				t.Errorf("at %v a night knows %+v and the desk %+v", c.at, by, known.Excluded)
			} else if c.want && (e.Reason != "in talks" || !e.Until.Equal(week) || *e != *known.Excluded) {
				t.Errorf("at %v a night knows %+v and the desk %+v", c.at, e, known.Excluded)
			}
		}
		day := noon.AddDate(0, 0, 1)
		must(t, s.MergeCustomers(ctx, one.ID, other.ID, day))
		if e, err := s.Exclusion(ctx, other.ID, day); err != nil || e == nil {
			t.Errorf("after a merge: %+v, %v", e, err)
		}
		if n, err := s.EndExclusion(ctx, other.ID, day); err != nil || n != 2 {
			t.Errorf("ended %d: %v", n, err)
		}
		if e, err := s.Exclusion(ctx, other.ID, day); err != nil || e != nil {
			t.Errorf("after its end: %+v, %v", e, err)
		}
		p, err := s.Person(ctx, other.Key)
		must(t, err)
		_, err = s.Erase(ctx, p, day)
		must(t, err)
		if n := store.CountRows(t, s, "exclusions"); n != 0 {
			t.Errorf("%d exclusions are left of an erased person", n)
		}
		if got, err := s.RiskOf(ctx, []history.CustomerID{one.ID}); err != nil || len(got) != 0 {
			t.Errorf("without a list: %+v, %v", got, err)
		}
	})
}

package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/measurement"
	"holdfast/store"
)

// TestGroupReports: none before the first, the newest of several, replaced by
// the same night's; a run that is not there has no standings.
func TestGroupReports(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		got, err := s.Groups(ctx)
		must(t, err)
		if d := cmp.Diff(measurement.GroupReport{}, got); d != "" {
			t.Errorf("before the first: %s", d)
		}
		report := func(day, customers int) measurement.GroupReport {
			return measurement.GroupReport{AsOf: noon.AddDate(0, 0, day), Days: 90, Groups: []measurement.GroupLine{
				{Attribute: "gender", Value: "f", Customers: customers, WorthMinor: 12.5}, {Attribute: "gender", Hidden: true},
			}}
		}
		for _, r := range []measurement.GroupReport{report(1, 30), report(0, 20), report(1, 40)} {
			must(t, s.SaveGroups(ctx, r))
		}
		got, err = s.Groups(ctx)
		must(t, err)
		if d := cmp.Diff(report(1, 40), got); d != "" {
			t.Errorf("the newest: %s", d)
		}
		if _, err := s.Standings(ctx, "n1", 0); fault.Of(err) != fault.NotFound {
			t.Errorf("standings of no night: %v", err)
		}
	})
}

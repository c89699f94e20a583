package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/store"
)

// TestOwnersAndReasonsFilterTheList with counts that are those of the rows, and
// an assignment that the list, the next night and the counts know.
func TestOwnersAndReasonsFilterTheList(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		ctx, opts := t.Context(), options()
		opts.OwnerAttribute = "clerk"
		s := open(t, newConfig(t, dialect), opts)
		file(t, s, 40)
		must(t, s.RecordFacts(ctx, noon, []history.Fact{
			{Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: noon}, Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{"clerk": "rosa"}}},
		}))
		pub, _ := draftNight(t, s, "a", noon, 40)
		publish(t, s, "a", pub.ID, noon)
		all, total, err := s.RiskList(ctx, store.RiskFilter{Limit: 500})
		must(t, err)
		check := func(owners map[string]int) {
			t.Helper()
			f, err := s.Facets(ctx)
			must(t, err)
			if len(f.Owners) != len(owners) {
				t.Errorf("the owners are %v, want %v", f.Owners, owners)
			}
			for name, want := range owners {
				rows, n, err := s.RiskList(ctx, store.RiskFilter{Owner: name})
				if must(t, err); len(rows) != want || n != want {
					t.Errorf("%d of %d with %s, want %d", len(rows), n, name, want)
				}
			}
			counted := 0
			for _, bar := range f.Risks {
				for _, r := range all {
					if r.Band == bar.Band && 100*r.Risk >= float64(bar.From) && (100*r.Risk < float64(bar.To) || bar.To == 100) {
						counted++
						bar.Customers--
					}
				}
				if bar.Customers != 0 {
					t.Errorf("the bar %+v is off", bar)
				}
			}
			if counted != total {
				t.Errorf("%d in bars, %d on the list", counted, total)
			}
			for _, c := range f.Concepts {
				want := 0
				for _, r := range all {
					if r.Concept == c {
						want++
					}
				}
				if _, n, err := s.RiskList(ctx, store.RiskFilter{Concept: c}); err != nil || n != want || n == 0 {
					t.Errorf("%d about %s, %v, want %d", n, c, err, want)
				}
			}
		}
		check(map[string]int{"rosa": 1})
		must(t, s.AssignOwner(ctx, []history.CustomerID{1, all[0].ID, all[1].ID, 1}, "omar", noon.Add(1)))
		moved := map[history.CustomerID]bool{1: true, all[0].ID: true, all[1].ID: true}
		check(map[string]int{"omar": len(moved)})
		pub, _ = draftNight(t, s, "b", noon.AddDate(0, 0, 1), 40)
		publish(t, s, "b", pub.ID, noon.AddDate(0, 0, 1))
		check(map[string]int{"omar": len(moved)})
		if err := s.AssignOwner(ctx, []history.CustomerID{2, 4711}, "omar", noon.AddDate(0, 0, 1)); fault.Of(err) != fault.NotFound {
			t.Errorf("somebody unknown is assigned: %v", err)
		}
		check(map[string]int{"omar": len(moved)})
	})
}

// TestNobodyIsAssignedWithoutAnAttribute says what to set.
func TestNobodyIsAssignedWithoutAnAttribute(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		if err := s.AssignOwner(t.Context(), []history.CustomerID{1}, "omar", noon); fault.Of(err) != fault.Invalid {
			t.Errorf("it says %v", err)
		}
		f, err := s.Facets(t.Context())
		must(t, err)
		if d := cmp.Diff(store.Facets{}, f); d != "" {
			t.Errorf("before the first list: %s", d)
		}
	})
}

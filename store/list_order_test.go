package store_test

import (
	"testing"

	"holdfast/history"
	"holdfast/store"
)

// The orders of a list are what its rows say, whatever changes those while the
// orders are written and afterwards.
func TestOrdersFollowTheList(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		opts := options()
		opts.OwnerAttribute = "clerk"
		s := open(t, newConfig(t, dialect), opts)
		ctx := t.Context()
		right := func(when string, pub int64) {
			t.Helper()
			if wrong := store.Misplaced(t, s, pub); len(wrong) > 0 {
				t.Errorf("%s: %d places are wrong, first %s", when, len(wrong), wrong[0])
			}
		}
		file(t, s, 120)
		pub, _ := draftNight(t, s, "a", noon, 120)
		id := int64(pub.ID)
		right("ordered", id)
		if n := store.CountRows(t, s, "list_order"); n < 4*100 {
			t.Errorf("there are %d places, want four orders of the population at least", n)
		}
		must(t, s.OrderList(ctx, pub.ID))
		right("ordered again", id)
		store.OrderMeanwhile(t, s, id, func() { store.Unscore(t, s, 3, 1) })
		right("somebody left while it was ordered", id)
		publish(t, s, "a", pub.ID, noon)
		must(t, s.OrderList(ctx, pub.ID))
		rows, _, err := s.RiskList(ctx, store.RiskFilter{})
		must(t, err)
		must(t, s.AssignOwner(ctx, []history.CustomerID{rows[0].ID, rows[1].ID}, "omar", noon.Add(1)))
		right("an owner changed", id)
		must(t, s.AssignOwner(ctx, []history.CustomerID{rows[0].ID}, "rosa", noon.Add(2)))
		right("an owner changed again", id)
		store.Unscore(t, s, int64(rows[1].ID), rows[1].Partition)
		right("somebody objected", id)
		must(t, s.FailRun(ctx, "a", noon, "the test ends it"))
		_, err = s.Erase(ctx, store.Person{Customers: []history.Customer{rows[2].Customer}}, noon)
		must(t, err)
		right("somebody was erased", id)
		if again, _, err := s.RiskList(ctx, store.RiskFilter{}); err != nil || again[0].ID != rows[0].ID || again[1].ID != rows[3].ID {
			t.Errorf("the list is not that of the others: %v", err)
		}
	})
}

package history_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
)

// The night imports what is new by its bytes, customers first, and nothing twice.
func TestImportNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	events, people, byHand := orders(), history.Feed{
		Name: "people", Kind: history.FeedCustomers, Path: filepath.Join(dir, "people-*.csv"), Columns: map[string]string{"customer": "id"},
	}, orders()
	events.Customers, events.Path = "known", filepath.Join(dir, "orders-*.csv")
	byHand.Name = "by-hand"
	s := newMemory(4)
	m := importer(s, t, events, people, byHand)
	night := func(want map[string]int64) {
		t.Helper()
		got, err := m.ImportNew(t.Context(), date(2026, 3, 28))
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("imported %v, want %v", got, want)
		}
	}
	night(map[string]int64{})
	put("people-1.csv", "id\nann\nbob\n")
	put("orders-2.csv", ordersHead+"1,ann,2026-01-05,,purchase,20,\n")
	put("orders-1.csv", ordersHead+"1,ann,2026-01-05,,purchase,10,\n2,bob,2026-01-05,,visit,0,\n")
	put("other.csv", "nothing of ours\n")
	if list, err := m.Arrivals(t.Context()); err != nil || len(list) != 3 || list[0].Feed != "people" || filepath.Base(list[1].File) != "orders-1.csv" {
		t.Errorf("%+v, %v", list, err)
	}
	night(map[string]int64{"people": 2, "orders": 3})
	if got := s.seen(t, noon); got != "ann 2026-01-05 purchase 2000\nbob 2026-01-05 visit 0" {
		t.Error(got)
	}
	put("orders-3.csv", ordersHead+"1,ann,2026-01-05,,purchase,20,\n") // orders-2 again
	night(map[string]int64{})
	put("orders-3.csv", ordersHead+"3,bob,2026-01-06,,purchase,1,\n")
	put("orders-4.csv", ordersHead+"4,cy,2026-01-06,,purchase,1,\n")
	got, err := m.ImportNew(t.Context(), date(2026, 3, 28))
	if fault.Of(err) != fault.Invalid || got["orders"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	put("orders-4.csv", ordersHead+"4,ann,2026-01-06,,purchase,1,\n")
	night(map[string]int64{"orders": 1})
}

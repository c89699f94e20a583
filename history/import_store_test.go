package history_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/holdfasttest"
)

// The import on a real database: what the twin shows, SQLite shows, and a
// small fact given twice in other bytes is nothing new.
func TestImportIntoSQLite(t *testing.T) {
	t.Parallel()
	s := sqlite(t)
	m := importer(s, t, example(t, "cdnow"), history.Feed{
		Name: "people", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "id", "phone": "tel"},
		Attributes: map[string]string{"town": "town"},
	})
	path := holdfasttest.Data(t, "cdnow/CDNOW_master.txt.gz")
	for round := range 2 {
		imp, err := m.Run(t.Context(), "purchases", []string{path}, history.Options{})
		if err != nil {
			t.Fatal(err)
		}
		events, spent := 0, int64(0)
		for p := range s.Partitions() {
			shard, err := s.LoadShard(t.Context(), p, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i := range shard.Customers {
				v := shard.View(i, noon, nil)
				events += v.Len()
				for _, a := range v.Amounts() {
					spent += a
				}
			}
		}
		// The sum is of the file's own column, by awk.
		if events != 69_659 || spent != 250_031_563 || imp.Added != 69_659 {
			t.Errorf("round %d: %d events worth %d: %+v", round, events, spent, imp)
		}
	}
	rows := "id,tel,town\n00001,020 7946 0000,York\n00002,,Leeds\n"
	for round, want := range []history.Import{{Added: 3}, {Unchanged: 3}, {Added: 1, Corrected: 1, Retracted: 1}} {
		if round == 1 {
			rows = "id,tel,town\n00002,,Leeds\n00001,020 7946 0000,York\n"
		}
		if round == 2 {
			rows = "id,tel,town\n00001,,York\n00002,1234,Bath\n"
		}
		imp, err := m.Run(t.Context(), "people", []string{file(t, "in.csv", rows)}, history.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := history.Import{Added: imp.Added, Corrected: imp.Corrected, Retracted: imp.Retracted, Unchanged: imp.Unchanged}
		if round == 2 {
			got.Unchanged = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
	}
}

package holdfast_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/history"
	"holdfast/store"
)

// TestReadmeExampleImports brings two small files in by the configuration that
// the README shows, twice: the second time adds nothing.
func TestReadmeExampleImports(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	cfg, err := config.Parse("README.md", []byte(documentAt(t, "README.md").blocks("yaml")[0]))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store.URL = filepath.Join(dir, "holdfast.db")
	now := func() time.Time { return time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC) }
	opts := store.Options{Now: now, Partitions: 4, Currency: cfg.Business.Currency, TimeZone: cfg.Business.TimeZone}
	if err := store.Migrate(ctx, cfg.Store, opts); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, cfg.Store, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a throwaway database
	importer := history.Importer{Store: s, Config: cfg.History, Zone: cfg.Zone, Now: now, TempDir: dir}
	for _, c := range []struct {
		feed, text             string
		read, added, customers int64
	}{
		{"customers", "id,full_name,phone\n1,Ada,0201\n2,Bo,0202\n", 2, 2, 2},
		{"orders", "order_no,customer_id,ordered_on,total\n7,1,28/02/2026,12.50\n8,3,01/03/2026,3\n", 2, 2, 1},
		{"orders", "order_no,customer_id,ordered_on,total\n8,3,01/03/2026,4\n7,1,28/02/2026,12.50\n", 2, 0, 0},
	} {
		file := filepath.Join(dir, c.feed+".csv")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for again := range 2 {
			got, err := importer.Run(ctx, c.feed, []string{file}, history.Options{})
			if err != nil {
				t.Fatalf("import %s: %v", c.feed, err)
			}
			if again == 0 && (got.Read != c.read || got.Added != c.added || got.Customers != c.customers || got.Rejected != 0) {
				t.Errorf("%s: read %d, added %d, created %d, rejected %d; want %d, %d, %d, 0",
					c.feed, got.Read, got.Added, got.Customers, got.Rejected, c.read, c.added, c.customers)
			}
			if again == 1 && got.Note == "" {
				t.Errorf("%s: the same file twice says nothing", c.feed)
			}
		}
	}
	version, err := s.ManifestVersion(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if amounts := amountsOf(t, s, version); amounts != 12_50+3_00+4_00 { // the corrected version stays beside the new one
		t.Errorf("the events amount to %d minor units", amounts)
	}
}

// amountsOf adds up every version of every event.
func amountsOf(t *testing.T, s *store.Store, version int64) (sum int64) {
	t.Helper()
	for p := range s.Partitions() {
		shard, err := s.LoadShard(t.Context(), p, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range shard.Events.Amount {
			sum += a
		}
	}
	return sum
}

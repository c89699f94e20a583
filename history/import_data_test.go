package history_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/history"
	"holdfast/internal/holdfasttest"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

// example gives the first feed of an example's configuration.
func example(t testing.TB, name string) history.Feed {
	t.Helper()
	c, err := config.Load(filepath.Join(holdfasttest.Root(t), "examples", name, "holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c.History.Feeds[0]
}

func importer(s history.ImportStore, t testing.TB, feeds ...history.Feed) *history.Importer {
	t.Helper()
	c := history.DefaultConfig()
	c.Feeds = feeds
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return &history.Importer{Store: s, Config: c, Now: now, TempDir: t.TempDir(), Workers: 2}
}

// The published sizes of the two purchase histories, see SOURCE.md beside each.
func TestRealHistory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		example, file              string
		events, customers, returns int
	}{
		{"cdnow", "cdnow/CDNOW_master.txt.gz", 69_659, 23_570, 0},
		{"online-retail", "online_retail/invoices_2009_2011_derived.csv.gz", 44_876, 5_942, 7_901},
	} {
		t.Run(test.example, func(t *testing.T) {
			t.Parallel()
			file := holdfasttest.Data(t, test.file)
			s, feed := newMemory(16), example(t, test.example)
			m := importer(s, t, feed)
			for round := range 2 {
				imp, err := m.Run(t.Context(), feed.Name, []string{file}, history.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if imp.Added != int64(test.events) || imp.Rejected != 0 || imp.Customers != int64(test.customers) {
					t.Errorf("round %d: %+v", round, imp)
				}
				if got := s.events(t, noon); got != test.events {
					t.Errorf("round %d: %d events, want %d", round, got, test.events)
				}
				if got := s.of(t, "return"); got != test.returns {
					t.Errorf("round %d: %d returns, want %d", round, got, test.returns)
				}
			}
		})
	}
}

// of counts the visible events of a kind.
func (m *memory) of(t testing.TB, kind string) (n int) {
	t.Helper()
	code := uint16(slices.Index(m.vocab.Kinds, kind))
	for p := range m.partitions {
		s := m.shard(t, p)
		for i := range s.Customers {
			v := s.View(i, noon, nil)
			for _, k := range v.Kinds() {
				if k == code {
					n++
				}
			}
		}
	}
	return n
}

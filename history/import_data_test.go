package history_test

import (
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/holdfasttest"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func cdnow() history.Feed {
	return history.Feed{
		Name: "purchases", Kind: history.FeedEvents, Delimiter: "blanks", TimeFormat: "yyyymmdd",
		Columns:   map[string]string{"customer": "customer_id", "occurred": "date", "quantity": "number_of_cds", "amount": "dollar_value"},
		Constants: map[string]string{"kind": "purchase"},
		Customers: "create",
	}
}

func retail() history.Feed {
	return history.Feed{
		Name: "invoices", Kind: history.FeedEvents, TimeZone: "Europe/London",
		Columns: map[string]string{
			"customer": "customer_id", "occurred": "invoice_date", "kind": "is_credit", "amount": "amount_gbp", "quantity": "items",
		},
		Dictionary: map[string]map[string]string{"kind": {"0": "purchase", "1": "return"}},
		Key:        []string{"invoice"},
		Customers:  "create",
	}
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
		feed                       history.Feed
		file                       string
		events, customers, returns int
	}{
		{cdnow(), "cdnow/CDNOW_master.txt.gz", 69_659, 23_570, 0},
		{retail(), "online_retail/invoices_2009_2011_derived.csv.gz", 44_876, 5_942, 7_892},
	} {
		t.Run(test.feed.Name, func(t *testing.T) {
			t.Parallel()
			file := holdfasttest.Data(t, test.file)
			s := newMemory(16)
			m := importer(s, t, test.feed)
			for round := range 2 {
				imp, err := m.Run(t.Context(), test.feed.Name, []string{file}, history.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if imp.Added != int64(test.events) || imp.Rejected != 0 || imp.Customers != int64(test.customers) {
					t.Errorf("round %d: %+v", round, imp)
				}
				if got := s.events(t, noon); got != test.events {
					t.Errorf("round %d: %d events, want %d", round, got, test.events)
				}
			}
		})
	}
}

package history_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
)

// orders is a plain feed of events with a key and a recorded column.
func orders() history.Feed {
	return history.Feed{
		Name: "orders", Kind: history.FeedEvents, Customers: "create", Key: []string{"order"},
		Columns: map[string]string{
			"customer": "customer", "occurred": "date", "recorded": "known", "kind": "kind", "amount": "amount",
		},
		Deleted: history.Deletion{Column: "state", Value: "void"},
	}
}

const ordersHead = "order,customer,date,known,kind,amount,state\n"

// file writes a file into a folder of its own and returns its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func good(n int) string {
	return strings.Repeat("1,ann,2026-01-05,2026-01-06,purchase,10.00,\n", n)
}

// What a business gets wrong, and the one sentence it is told.
func TestBadInput(t *testing.T) {
	t.Parallel()
	people := history.Feed{
		Name: "people", Kind: history.FeedCustomers,
		Columns:    map[string]string{"customer": "id", "email": "email"},
		Attributes: map[string]string{"town": "town"},
	}
	strict := orders()
	strict.Customers = "known"
	for _, test := range []struct {
		name string
		feed history.Feed
		text string // FILE stands for the path in want
		want string
	}{
		{
			"absent column", orders(), "order,customer,date,known,kind,state\n1,ann,2026-01-05,2026-01-06,purchase,\n",
			`feed orders: FILE has no column "amount"; the columns are: order, customer, date, known, kind, state`,
		},
		{
			"not a date", orders(), ordersHead + "1,ann,yesterday,2026-01-06,purchase,10.00,\n",
			`feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 2, column "date": "yesterday" is not a date like 2006-01-31 or 2006-01-31 15:04:05`,
		},
		{
			"amount with a comma", orders(), ordersHead + good(1) + "2,ann,2026-01-05,2026-01-06,purchase,\"1,50\",\n",
			`feed orders: 1 of 2 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 3, column "amount": "1,50" has a comma, and no thousands separator is configured; set ` +
				"`thousands: \",\"`, or `decimal: \",\"` if it separates the decimals",
		},
		{
			"duplicated customer", people, "id,email,town\n7,a@b.example,York\n7,a@b.example,Leeds\n",
			`feed people: 1 of 2 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 3, column "id": "7" is given twice with different values; keep one row, or add columns to the feed's key`,
		},
		{
			"unknown customer", strict, ordersHead + good(1),
			`feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 2, column "customer": "ann" is an unknown customer; import the customers first, or write customers: create`,
		},
		{
			"event in the future", orders(), ordersHead + "1,ann,2026-03-28 12:00:00,,purchase,10.00,\n",
			`feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 2, column "date": "2026-03-28 12:00:00" is in the future`,
		},
		{
			"known in the future", orders(), ordersHead + "1,ann,2026-03-01,2026-04-01,purchase,10.00,\n",
			`feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 2, column "known": "2026-04-01" is in the future`,
		},
		{
			"no customer", orders(), ordersHead + "1,,2026-03-01,2026-03-01,purchase,10.00,\n",
			`feed orders: 1 of 1 rows cannot be used, more than 1 %; nothing was imported. Most often (1): ` +
				`FILE line 2, column "customer": "" is empty`,
		},
		{"empty feed", orders(), ordersHead, `feed orders: FILE has no rows; check the export that makes it`},
		{
			"the commonest reason", orders(),
			ordersHead + "1,ann,x,,purchase,1,\n2,ann,2026-01-05,,purchase,y,\n3,ann,2026-01-05,,purchase,z,\n",
			`feed orders: 3 of 3 rows cannot be used, more than 1 %; nothing was imported. Most often (2): ` +
				`FILE line 3, column "amount": "y" is not an amount`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newMemory(4)
			path := file(t, "in.csv", test.text)
			_, err := importer(s, t, test.feed).Run(t.Context(), test.feed.Name, []string{path}, history.Options{})
			refused(t, s, err, strings.ReplaceAll(test.want, "FILE", path))
		})
	}
	t.Run("missing file", func(t *testing.T) {
		t.Parallel()
		s := newMemory(4)
		path := filepath.Join(t.TempDir(), "gone.csv")
		_, err := importer(s, t, orders()).Run(t.Context(), "orders", []string{path}, history.Options{})
		refused(t, s, err, "feed orders: "+path+" is not there; check the path of the file")
	})
	t.Run("wrong encoding", func(t *testing.T) {
		t.Parallel()
		s := newMemory(4)
		path := file(t, "in.csv", ordersHead+"1,Zo\xeb,2026-01-05,2026-01-06,purchase,10.00,\n")
		_, err := importer(s, t, orders()).Run(t.Context(), "orders", []string{path}, history.Options{})
		refused(t, s, err, "feed orders: "+path+" line 2, byte 5: 0xEB is not UTF-8, so the file is in the wrong encoding; set `encoding: windows-1252` (or latin1) or save it as UTF-8")
		latin := orders()
		latin.Encoding = "latin1"
		if imp, err := importer(s, t, latin).Run(t.Context(), "orders", []string{path}, history.Options{}); err != nil || imp.Added != 1 {
			t.Errorf("as Latin-1: %+v, %v", imp, err)
		}
	})
	t.Run("unknown feed", func(t *testing.T) {
		t.Parallel()
		s := newMemory(4)
		_, err := importer(s, t, orders()).Run(t.Context(), "ordres", []string{"x"}, history.Options{})
		refused(t, s, err, `there is no feed "ordres"; the configuration has orders`)
	})
}

// refused checks an import's error and that it left nothing behind.
func refused(t *testing.T, s *memory, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatal("it was accepted")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
	if kind := fault.Of(err); kind != fault.Invalid {
		t.Errorf("the kind is %v, want %v", kind, fault.Invalid)
	}
	for _, i := range s.imports {
		if !i.gone {
			t.Errorf("import %d was left behind", i.ID)
		}
	}
	if n := len(s.customers); n > 0 {
		t.Errorf("%d customers were left behind", n)
	}
}

// A few bad rows are kept for inspection and the rest is imported; how many
// are a few is the configured share, but never less than one row of twenty.
func TestRejectedShare(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		good, bad int
		share     float64
		ok        bool
	}{
		{0, 1, .01, false},
		{18, 1, .01, false},
		{19, 1, .01, true},
		{18, 2, .01, false},
		{19, 1, 0, false},
		{198, 2, .01, true},
		{197, 3, .01, false},
		{5, 5, .5, true},
	} {
		s := newMemory(2)
		m := importer(s, t, orders())
		m.Config.MaxRejectedShare = test.share
		path := file(t, "in.csv", ordersHead+good(test.good)+strings.Repeat("2,ann,never,,purchase,1.00,\n", test.bad))
		imp, err := m.Run(t.Context(), "orders", []string{path}, history.Options{})
		if (err == nil) != test.ok {
			t.Errorf("%d good and %d bad rows with a share of %v: %v", test.good, test.bad, test.share, err)
		}
		if !test.ok {
			continue
		}
		if imp.Read != int64(test.good+test.bad) || imp.Rejected != int64(test.bad) {
			t.Errorf("%+v", imp)
		}
		want := history.Rejection{
			Import: imp.ID, File: path, Row: int64(test.good) + 2, Column: "date", Value: "never",
			Reason: "is not a date like 2006-01-31 or 2006-01-31 15:04:05",
		}
		kept := s.imports[imp.ID-1].rejections
		if len(kept) != test.bad || kept[0] != want {
			t.Errorf("kept %+v", kept)
		}
	}
}

// Rows of customers nobody has named are set aside; once the customers are
// there, importing the file again brings them, and only them.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	s := newMemory(4)
	feed := orders()
	feed.Customers = "known"
	people := history.Feed{
		Name: "people", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "id", "name": "name"},
	}
	m := importer(s, t, feed, people)
	do := func(feed, path string) history.Import {
		t.Helper()
		imp, err := m.Run(t.Context(), feed, []string{path}, history.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return imp
	}
	do("people", file(t, "a.csv", "id,name\nann,Ann\n"))
	var rows strings.Builder
	for i := range 100 {
		rows.WriteString(strings.Replace(good(1), "1,", string(rune('A'+i%26))+string(rune('a'+i/26))+",", 1))
	}
	events := file(t, "e.csv", ordersHead+rows.String()+"1000,bob,2026-01-05,2026-01-06,purchase,10.00,\n")
	if imp := do("orders", events); imp.Added != 100 || imp.Rejected != 1 {
		t.Fatalf("%+v", imp)
	}
	if imp := do("people", file(t, "b.csv", "id,name\nbob,Bob\n")); imp.Customers != 1 {
		t.Errorf("%+v", imp)
	}
	if imp := do("orders", events); imp.Added != 1 || imp.Unchanged != 100 || imp.Rejected != 0 {
		t.Errorf("%+v", imp)
	}
	if imp := do("orders", events); imp.Added != 0 || imp.Unchanged != 101 {
		t.Errorf("%+v", imp)
	}
	if got := s.events(t, noon); got != 101 {
		t.Errorf("%d events", got)
	}
}

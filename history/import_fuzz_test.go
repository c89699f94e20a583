package history_test

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
)

// everyFeed is a feed of each kind with all that its rows may say, and rows of it.
func everyFeed() ([]history.Feed, []string) {
	feeds := []history.Feed{{
		Name: "people", Kind: history.FeedCustomers,
		Columns: map[string]string{
			"customer": "c", "name": "n", "phone": "tel", "email": "mail", "household": "h", "consent_marketing_email": "news", "recorded": "r",
		},
		Attributes: map[string]string{"town": "Town"}, Deleted: history.Deletion{Column: "gone", Value: "x"},
	}, orders(), {
		Name: "contracts", Kind: history.FeedSubscriptions, Key: []string{"no"}, Customers: "create", TimeFormat: "%d/%m/%Y", Decimal: ",", Thousands: ".",
		Columns: map[string]string{
			"customer": "c", "start": "from", "occurred": "at", "end": "to", "renews_at": "until", "plan": "plan", "value": "price", "end_kind": "why",
		},
		Dictionary: map[string]map[string]string{"end_kind": {"K": "voluntary", "Z": "involuntary"}},
	}, {
		Name: "tickets", Kind: history.FeedIssues, Key: []string{"no"}, Customers: "create",
		Columns: map[string]string{"customer": "c", "opened": "o", "closed": "x", "category": "k", "severity": "s", "resolution": "r"},
	}, {
		Name: "calls", Kind: history.FeedContacts, Customers: "create", Filter: []history.Filter{{Column: "c", Op: "filled"}},
		Columns:    map[string]string{"customer": "c", "occurred": "at", "direction": "dir", "reached": "ok", "channel": "via"},
		Dictionary: map[string]map[string]string{"direction": {"I": "in", "*": "out"}},
	}, {
		Name: "optins", Kind: history.FeedConsents, Customers: "create",
		Columns: map[string]string{"customer": "c", "occurred": "at", "allowed": "yes", "channel": "via", "purpose": "for"},
	}, {
		Name: "homes", Kind: history.FeedRelations, Customers: "create", Columns: map[string]string{"customer": "c", "household": "h", "occurred": "at"},
	}}
	return feeds, []string{
		"c,n,tel,mail,h,news,Town,gone,r\n7,Ann Lee,+44 20 1,a@b.example,H1,yes,York,,2026-01-02\n7,Ann,,,,no,Leeds,,2026-01-03\n8,Bob,,,H1,,,x,\n",
		ordersHead + good(20) + "2,ann,0001-01-01,2026-01-06,purchase,-0.005,\n1,ann,2026-01-05,2026-01-07,purchase,10.00,void\n",
		"no,c,from,at,to,until,plan,price,why\nA,7,01/02/2025,,,01/02/2026,Gold,\"9,90\",\nA,7,01/02/2025,20/01/2026,10/03/2026,,Gold,\"1.010,90\",Z\n",
		"no,c,o,x,k,s,r\n1,7,2026-01-02,,delivery,3,\n1,7,2026-01-02,2026-02-01,delivery,99999999999999999999,refund\n",
		"c,at,dir,ok,via\n7,2026-01-03 10:00,I,yes,phone\n,2026-01-04,O,no,phone\n7,2027-01-04,O,no,phone\n",
		"c,at,yes,via,for\n7,2026-01-03,1,email,marketing\n7,2026-01-03,0,email,marketing\n",
		"c,h,at\n7,H9,2026-01-01\n8,\"H\n9\",2262-04-12\n",
	}
}

// Whatever the bytes of a feed's file, it is refused as Invalid in one line
// and nothing is left of it, or its rows add up, its history can be read, and
// the same rows in another file change nothing.
func FuzzFeed(f *testing.F) {
	feeds, rows := everyFeed()
	for i := range feeds {
		f.Add(uint8(i), rows[i])
		f.Add(uint8(i), strings.ReplaceAll(rows[i], "7", "\xff\"7"))
		f.Add(uint8(i), strings.Split(rows[i], "\n")[0])
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		feed := feeds[int(kind)%len(feeds)]
		s := newMemory(2)
		m := importer(s, t, feed)
		m.Config.MaxRejectedShare = .5
		imp, err := m.Run(t.Context(), feed.Name, []string{file(t, "in.csv", text)}, history.Options{})
		if err != nil {
			if fault.Of(err) != fault.Invalid || strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%v: %q, want one line that is Invalid", fault.Of(err), err)
			}
			if len(s.customers) > 0 || slices.ContainsFunc(s.imports, func(i *memoryImport) bool { return !i.gone }) {
				t.Fatalf("%v, and %d customers of it were left", err, len(s.customers))
			}
			return
		}
		if kept := s.imports[imp.ID-1].rejections; int64(len(kept)) != imp.Rejected || imp.Rejected > imp.Read {
			t.Fatalf("%d rejections are kept of %+v", len(kept), imp)
		}
		for p := range s.partitions {
			s.shard(t, p)
		}
		again, err := m.Run(t.Context(), feed.Name, []string{file(t, "again.csv.gz", zipped(t, text))}, history.Options{})
		if err != nil {
			t.Fatalf("the same rows again: %v", err)
		}
		if again.Read != imp.Read || again.Rejected != imp.Rejected || again.Added+again.Corrected+again.Retracted != 0 || again.Customers != 0 {
			t.Fatalf("the same rows again:\n%+v after\n%+v", again, imp)
		}
	})
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

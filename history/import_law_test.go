package history_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
)

// order is a version of an order as a row of a file.
type order struct {
	key, customer  string
	day, known     int // of January 2026
	kind           string
	amount         int
	void           bool
	recordedColumn bool
}

func (o order) String() string {
	state, known := "", ""
	if o.void {
		state = "void"
	}
	if o.recordedColumn {
		known = fmt.Sprintf("2026-01-%02d", o.known)
	}
	return fmt.Sprintf("%s,%s,2026-01-%02d,%s,%s,%d.%02d,%s\n", o.key, o.customer, o.day, known, o.kind, o.amount/100, o.amount%100, state)
}

// drawOrders draws orders with up to three versions each, at most one a day,
// whose dates, kinds and amounts change between versions.
func drawOrders(t *rapid.T) []order {
	var rows []order
	for k := range rapid.IntRange(1, 8).Draw(t, "orders") {
		customer := rapid.SampledFrom([]string{"ann", "bob", "cy", "dee"}).Draw(t, "customer")
		known := 10
		for range rapid.IntRange(1, 3).Draw(t, "versions") {
			known += rapid.IntRange(1, 5).Draw(t, "later")
			rows = append(rows, order{
				key: fmt.Sprint("o", k), customer: customer, day: rapid.IntRange(1, 9).Draw(t, "day"), known: known,
				kind:   rapid.SampledFrom([]string{"purchase", "return"}).Draw(t, "kind"),
				amount: rapid.IntRange(0, 500).Draw(t, "amount"), void: rapid.IntRange(0, 4).Draw(t, "void") == 0, recordedColumn: true,
			})
		}
	}
	return rows
}

func text(rows []order) string {
	var b strings.Builder
	b.WriteString(ordersHead)
	for _, r := range rows {
		b.WriteString(r.String())
	}
	return b.String()
}

// seen writes down what is visible at an instant, customer by customer.
func (m *memory) seen(t testing.TB, asOf time.Time) string {
	t.Helper()
	var lines []string
	for p := range m.partitions {
		s := m.shard(t, p)
		for i := range s.Customers {
			v := s.View(i, asOf, nil)
			for k := range v.Len() {
				lines = append(lines, fmt.Sprintf("%s %s %s %d", s.Customers[i].Key,
					time.UnixMicro(v.Occurred()[k]).UTC().Format(time.DateOnly), m.vocab.Kinds[v.Kinds()[k]], v.Amounts()[k]))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// truth is what the rows say at an instant, found the slow way.
func truth(rows []order, asOf time.Time) string {
	newest := map[string]order{}
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	for _, r := range rows {
		if !day(r.known).Before(asOf) {
			continue
		}
		if old, ok := newest[r.key]; !ok || r.known > old.known {
			newest[r.key] = r
		}
	}
	var lines []string
	for _, r := range newest {
		if !r.void {
			lines = append(lines, fmt.Sprintf("%s 2026-01-%02d %s %d", r.customer, r.day, r.kind, r.amount))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// With keys and recorded times, neither the order of rows, nor that of files,
// nor how rows are spread over files, nor importing twice changes what is seen
// at any instant.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawOrders(rt)
		shuffled := rapid.Permutation(rows).Draw(rt, "order")
		cut := rapid.IntRange(0, len(rows)).Draw(rt, "cut")
		s := newMemory(rapid.SampledFrom([]int{1, 4}).Draw(rt, "partitions"))
		m := importer(s, t, orders())
		files := [][]order{shuffled[:cut], shuffled[cut:], shuffled}
		if rapid.Bool().Draw(rt, "together") {
			files = files[2:]
		}
		if rapid.Bool().Draw(rt, "again") {
			files = append(files, rows)
		}
		for _, part := range files {
			if len(part) == 0 {
				continue
			}
			if _, err := m.Run(t.Context(), "orders", []string{file(t, "in.csv", text(part))}, history.Options{}); err != nil {
				rt.Fatal(err)
			}
		}
		for d := 10; d < 28; d++ {
			asOf := time.Date(2026, 1, d, 12, 0, 0, 0, time.UTC)
			if diff := cmp.Diff(truth(rows, asOf), s.seen(t, asOf)); diff != "" {
				rt.Fatalf("on the %dth: %s", d, diff)
			}
		}
	})
}

// step is one import of a story and what it must count.
type step struct {
	rows     string
	opt      history.Options
	night    time.Time
	undo     history.ImportID
	added    int64
	correct  int64
	retract  int64
	same     int64
	seen     string // now
	seenThen string // on 20 January
}

// Corrections, withdrawals and undoing, one after another on one history.
func TestStories(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	plain := orders()
	delete(plain.Columns, "recorded")
	plain.Lag = history.Lag(24 * time.Hour)
	keyless := plain
	keyless.Key, keyless.Deleted = nil, history.Deletion{}
	for name, story := range map[string]struct {
		feed  history.Feed
		steps []step
	}{
		"a correction and a withdrawal by recorded time": {orders(), []step{
			{rows: "1,ann,2026-01-05,2026-01-06,purchase,10,\n", added: 1, seen: "ann 2026-01-05 purchase 1000", seenThen: "ann 2026-01-05 purchase 1000"},
			{rows: "1,ann,2026-01-05,2026-01-25,purchase,12,\n", correct: 1, seen: "ann 2026-01-05 purchase 1200", seenThen: "ann 2026-01-05 purchase 1000"},
			{rows: "1,ann,2026-01-05,2026-01-27,purchase,12,void\n", retract: 1, seenThen: "ann 2026-01-05 purchase 1000"},
			{undo: 3, seen: "ann 2026-01-05 purchase 1200", seenThen: "ann 2026-01-05 purchase 1000"},
			{undo: 2, seen: "ann 2026-01-05 purchase 1000", seenThen: "ann 2026-01-05 purchase 1000"},
		}},
		"moved to another month and back, without recorded times": {plain, []step{
			{rows: "1,ann,2026-01-05,,purchase,10,\n", added: 1, seen: "ann 2026-01-05 purchase 1000", seenThen: "ann 2026-01-05 purchase 1000"},
			{rows: "1,ann,2025-12-05,,purchase,10,\n", correct: 1, seen: "ann 2025-12-05 purchase 1000", seenThen: "ann 2025-12-05 purchase 1000"},
			{rows: "1,ann,2026-01-05,,purchase,10,\n2,ann,2026-01-06,,return,1,\n", correct: 1, added: 1, seen: "ann 2026-01-05 purchase 1000\nann 2026-01-06 return 100", seenThen: "ann 2026-01-05 purchase 1000\nann 2026-01-06 return 100"},
			{rows: "1,,,,,,void\n", retract: 0, seen: "-"}, // without a customer it is rejected
			{rows: "1,ann,,,,,void\n", retract: 1, seen: "ann 2026-01-06 return 100"},
			{rows: "1,ann,,,,,void\n9,ann,,,,,void\n", same: 2, seen: "ann 2026-01-06 return 100"},
		}},
		"twins without a key": {keyless, []step{
			{rows: "1,ann,2026-01-05,,purchase,10,\n2,ann,2026-01-05,,purchase,10,\n", added: 2, seen: "ann 2026-01-05 purchase 1000\nann 2026-01-05 purchase 1000", seenThen: "ann 2026-01-05 purchase 1000\nann 2026-01-05 purchase 1000"},
			{rows: "3,ann,2026-01-05,,purchase,10,\n4,ann,2026-01-04,,purchase,1,\n", added: 1, same: 1, seen: "ann 2026-01-04 purchase 100\nann 2026-01-05 purchase 1000\nann 2026-01-05 purchase 1000"},
		}},
		"what comes after a night is known after it": {orders(), []step{
			{rows: "1,ann,2026-01-05,2026-01-06,purchase,10,\n", added: 1, seen: "ann 2026-01-05 purchase 1000", seenThen: "ann 2026-01-05 purchase 1000"},
			{night: day(22), rows: "1,ann,2026-01-05,2026-01-07,purchase,11,\n1,ann,2026-01-05,2026-01-08,purchase,12,\n", correct: 1, same: 1, seen: "ann 2026-01-05 purchase 1200", seenThen: "ann 2026-01-05 purchase 1000"},
			{night: day(22), rows: "1,ann,2026-01-05,2026-01-08,purchase,12,\n", same: 1, seen: "ann 2026-01-05 purchase 1200", seenThen: "ann 2026-01-05 purchase 1000"},
			{night: day(22), opt: history.Options{Backfill: true}, rows: "2,bob,2026-01-05,2026-01-06,purchase,9,\n", added: 1, seen: "ann 2026-01-05 purchase 1200\nbob 2026-01-05 purchase 900", seenThen: "ann 2026-01-05 purchase 1000\nbob 2026-01-05 purchase 900"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newMemory(4)
			m := importer(s, t, story.feed)
			for n, st := range story.steps {
				s.night = st.night
				if st.undo != 0 {
					s.undo(t, st.undo)
				} else {
					imp, err := m.Run(t.Context(), "orders", []string{file(t, "in.csv", ordersHead+st.rows)}, st.opt)
					if st.seen == "-" {
						if fault.Of(err) != fault.Invalid {
							t.Errorf("step %d: %v", n, err)
						}
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					if imp.Added != st.added || imp.Corrected != st.correct || imp.Retracted != st.retract || imp.Unchanged != st.same {
						t.Errorf("step %d: %+v", n, imp)
					}
				}
				if diff := cmp.Diff(st.seen, s.seen(t, noon)); diff != "" {
					t.Errorf("step %d: %s", n, diff)
				}
				if st.seenThen != "" {
					if diff := cmp.Diff(st.seenThen, s.seen(t, day(20))); diff != "" {
						t.Errorf("step %d, on 20 January: %s", n, diff)
					}
				}
			}
		})
	}
}

// A dry run counts the same and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newMemory(4)
	m := importer(s, t, orders())
	path := file(t, "in.csv", ordersHead+"1,ann,2026-01-05,,purchase,10,\n2,bob,2026-01-05,,visit,0,\n3,bob,2026-01-05,,fooling,0,\n")
	dry, err := m.Run(t.Context(), "orders", []string{path}, history.Options{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.imports) > 0 || len(s.customers) > 0 || len(s.vocab.Kinds) > 1 {
		t.Errorf("a dry run left %d imports, %d customers, %d kinds", len(s.imports), len(s.customers), len(s.vocab.Kinds))
	}
	wet, err := m.Run(t.Context(), "orders", []string{path}, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wet.ID, wet.Published = 0, time.Time{}
	if diff := cmp.Diff(dry, wet); diff != "" {
		t.Error(diff)
	}
	if dry.Note != "1 rows of kinds that are not under event_kinds became other" || dry.Added != 3 || dry.Customers != 2 {
		t.Errorf("%+v", dry)
	}
}

// Two imports of the same months: whenever the other one publishes, the one
// that publishes later does its months again, on top of what the other brought.
func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		earlier bool // something of the month was imported before
		call    string
		nth     int // the call before which the other import comes
	}{
		{false, "months", 1},
		{false, "save segments", 1},
		{false, "publish", 1},
		{true, "months", 1},
		{true, "segment", 1},
		{true, "segment", 2},
		{true, "save segments", 1},
		{true, "publish", 1},
	} {
		s := newMemory(1)
		m := importer(s, t, orders())
		in := func(rows string) []string { return []string{file(t, "in.csv", ordersHead+rows)} }
		want := "ann 2026-01-05 purchase 1000\nann 2026-01-05 purchase 500\nbob 2026-01-05 purchase 700"
		if test.earlier {
			if _, err := m.Run(t.Context(), "orders", in("0,cyd,2026-01-05,2026-01-06,purchase,1,\n"), history.Options{}); err != nil {
				t.Fatal(err)
			}
			want += "\ncyd 2026-01-05 purchase 100"
		}
		n := 0
		s.refuse = func(call string) error {
			if call == test.call {
				n++
			}
			if call != test.call || n != test.nth {
				return nil
			}
			n++
			s.mu.Unlock()
			defer s.mu.Lock()
			_, err := m.Run(t.Context(), "orders", in("1,ann,2026-01-05,2026-01-06,purchase,10,\n2,ann,2026-01-05,2026-01-06,purchase,5,\n"), history.Options{})
			return err
		}
		imp, err := m.Run(t.Context(), "orders", in("1,ann,2026-01-05,2026-01-06,purchase,10,\n3,bob,2026-01-05,2026-01-06,purchase,7,\n"), history.Options{})
		if err != nil {
			t.Fatalf("%+v: %v", test, err)
		}
		if imp.Added != 1 || imp.Unchanged != 1 {
			t.Errorf("%+v: %+v", test, imp)
		}
		if diff := cmp.Diff(want, s.seen(t, noon)); diff != "" {
			t.Errorf("%+v: %s", test, diff)
		}
	}
}

// Whatever call of the store fails, nothing stays behind that is visible, and
// the draft is deleted.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	for _, call := range []string{"begin", "find", "vocabulary", "customers", "save customers", "months", "segment", "save segments", "publish"} {
		s := newMemory(2)
		m := importer(s, t, orders())
		if _, err := m.Run(t.Context(), "orders", []string{file(t, "before.csv", ordersHead+good(1))}, history.Options{}); err != nil {
			t.Fatal(err)
		}
		s.refuse = func(c string) error {
			if c == call {
				return broken
			}
			return nil
		}
		_, err := m.Run(t.Context(), "orders", []string{file(t, "in.csv", ordersHead+"2,bob,2026-01-07,2026-01-08,purchase,5,\n3,ann,2026-01-07,2026-01-08,purchase,5,\n")}, history.Options{})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", call, err)
		}
		for _, i := range s.imports[1:] {
			if !i.gone {
				t.Errorf("%s: the draft was left", call)
			}
		}
	}
	s := newMemory(2)
	ctx, stop := context.WithCancel(t.Context())
	s.refuse = func(call string) error {
		if call == "months" {
			stop()
		}
		return nil
	}
	_, err := importer(s, t, orders()).Run(ctx, "orders", []string{file(t, "in.csv", ordersHead+good(3))}, history.Options{})
	if !errors.Is(err, context.Canceled) || !s.imports[0].gone {
		t.Errorf("cancelled: %v", err)
	}
}

package simulate

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// readFeed reads a feed's file with the standard library: a list of cells by
// column for every row.
func readFeed(t testing.TB, f FeedFile) []map[string]string {
	t.Helper()
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = bytes.NewReader(raw)
	if strings.HasSuffix(f.Path, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", f.Feed, err)
	}
	columns, err := Columns(f.Feed)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lines[0], columns) {
		t.Fatalf("%s has columns %q, want %q", f.Feed, lines[0], columns)
	}
	out := make([]map[string]string, 0, len(lines)-1)
	for _, cells := range lines[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[columns[i]] = cell
		}
		out = append(out, row)
	}
	if len(out) != f.Rows {
		t.Errorf("%s says %d rows and has %d", f.Feed, f.Rows, len(out))
	}
	return out
}

func writeAll(t testing.TB, b *Business, since, until time.Time) map[string][]map[string]string {
	t.Helper()
	files, err := b.WriteFeeds(t.TempDir(), since, until)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]map[string]string{}
	for _, f := range files {
		out[f.Feed] = readFeed(t, f)
	}
	if len(out) != int(tables) {
		t.Fatalf("%d feeds, want %d", len(out), tables)
	}
	return out
}

func instant(t testing.TB, cell string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, cell)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestEveryFactOnce cuts time anywhere and wants the same lines as uncut.
func TestEveryFactOnce(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(150, 90))
	end := b.Now()
	lines := func(dir string, since, until time.Time) []string {
		files, err := b.WriteFeeds(dir, since, until)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range files {
			for _, r := range readFeed(t, f) {
				columns, _ := Columns(f.Feed)
				line := f.Feed
				for _, c := range columns {
					line += "|" + r[c]
				}
				out = append(out, line)
			}
		}
		slices.Sort(out)
		return out
	}
	dir := t.TempDir()
	all := lines(dir, time.Time{}, end)
	if twice := len(all) - len(slices.Compact(slices.Clone(all))); twice != 0 {
		t.Errorf("%d lines are there twice", twice)
	}
	rapid.Check(t, func(rt *rapid.T) {
		cuts := rapid.SliceOfN(rapid.Int64Range(-5*daySeconds, 90*daySeconds), 0, 4).Draw(rt, "cuts")
		slices.Sort(cuts)
		var got []string
		since := time.Time{}
		for _, c := range cuts {
			until := b.clock(0).Add(time.Duration(c) * time.Second)
			got = append(got, lines(dir, since, until)...)
			since = until
		}
		got = append(got, lines(dir, since, end)...)
		slices.Sort(got)
		if !slices.Equal(got, all) {
			rt.Fatalf("%d lines in pieces, %d in one", len(got), len(all))
		}
	})
}

// TestNightlyFeedsAreTheLongOne advances night by night and wants what one long
// advance gives.
func TestNightlyFeedsAreTheLongOne(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(200, 60))
	long := b.Clone()
	start := b.Now()
	got := map[string]int{}
	for day := 1; day <= 14; day++ {
		if err := b.Advance(start.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		for feed, rows := range writeAll(t, b, start.AddDate(0, 0, day-1), b.Now()) {
			for _, r := range rows {
				got[feed+r["id"]+r["key"]+r["recorded"]+r["deleted"]+r["occurred"]+r["purpose"]+r["channel"]]++
			}
		}
	}
	if err := long.Advance(b.Now()); err != nil {
		t.Fatal(err)
	}
	want := 0
	for feed, rows := range writeAll(t, long, start, long.Now()) {
		for _, r := range rows {
			want++
			if got[feed+r["id"]+r["key"]+r["recorded"]+r["deleted"]+r["occurred"]+r["purpose"]+r["channel"]] != 1 {
				t.Errorf("%s: %v was written by the nights %d times", feed, r, got[feed+r["id"]+r["key"]+r["recorded"]])
			}
		}
	}
	if len(got) != want || want < 100 {
		t.Errorf("%d lines by nights, %d at once", len(got), want)
	}
}

// TestFlaws counts what real feeds suffer from.
func TestFlaws(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(1200, 365))
	feeds := writeAll(t, b, time.Time{}, b.Now())
	events := feeds["events"]
	versions, late, withdrawn, visits := map[string][]map[string]string{}, 0., 0., 0.
	for _, e := range events {
		lag := instant(t, e["recorded"]).Sub(instant(t, e["occurred"]))
		if lag < 0 {
			t.Fatalf("%v is known before it happened", e)
		}
		if len(versions[e["id"]]) == 0 && lag > 24*time.Hour && lag < 6*24*time.Hour+time.Hour {
			late++
		}
		versions[e["id"]] = append(versions[e["id"]], e)
		withdrawn += float64(count(e["deleted"] == "true"))
		visits += float64(count(e["kind"] == "visit"))
	}
	corrected := 0.
	for id, v := range versions {
		if len(v) > 2 {
			t.Errorf("%s has %d versions", id, len(v))
		}
		if len(v) == 2 && v[1]["deleted"] == "false" {
			corrected++
			if v[0]["amount"] == v[1]["amount"] && v[0]["quantity"] == v[1]["quantity"] {
				t.Errorf("%v corrects nothing", v)
			}
		}
	}
	n := float64(len(versions))
	for _, c := range []struct {
		name          string
		got, low, top float64
	}{
		{"late", late / n, .05, .09},
		{"corrected", corrected / n, .008, .015},
		{"withdrawn", withdrawn / n, .004, .008},
		{"visits", visits / n, .5, .9},
	} {
		t.Logf("%s: %.4f", c.name, c.got)
		if c.got < c.low || c.got > c.top {
			t.Errorf("%s: %.4f of the events, want %.3f to %.3f", c.name, c.got, c.low, c.top)
		}
	}
}

// TestFeedsAgreeWithTheTruth rebuilds from the files who has left, how, and
// which issues are open, and holds it against the hidden state.
func TestFeedsAgreeWithTheTruth(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(1500, 400))
	at := b.Now()
	late := b.Clone() // so that late facts are known too; nothing else may be used of it
	if err := late.Advance(at.AddDate(0, 0, 30)); err != nil {
		t.Fatal(err)
	}
	feeds := writeAll(t, late, time.Time{}, late.Now())
	newest := func(feed string) map[string]map[string]string {
		out := map[string]map[string]string{}
		for _, r := range feeds[feed] { // in order of recorded
			out[r["customer"]+r["key"]] = r
		}
		return out
	}
	subscriptions, customers := newest("subscriptions"), newest("customers")
	open := map[string]string{}
	for _, r := range feeds["issues"] {
		if instant(t, r["opened"]).Before(at) {
			open[r["customer"]] = ""
			if r["closed"] == "" || !instant(t, r["closed"]).Before(at) {
				open[r["customer"]] = r["id"]
			}
		}
	}
	left := 0
	for _, k := range b.Keys() {
		truth, err := b.Hidden(k)
		if err != nil {
			t.Fatal(err)
		}
		s := subscriptions[k]
		if s == nil || customers[k] == nil {
			t.Fatalf("%s is missing from customers or subscriptions", k)
		}
		ended := s["ended"] != "" && instant(t, s["ended"]).Before(at)
		if ended != truth.Left || ended && (s["end_kind"] != truth.LeftKind || !instant(t, s["ended"]).Equal(truth.LeftAt)) {
			t.Errorf("%s: the feed says %v, the truth is %+v", k, s, truth)
		}
		if has := open[k] != ""; has != truth.OpenIssue && !truth.Left {
			t.Errorf("%s: open issue %q in the feed, %v in truth", k, open[k], truth.OpenIssue)
		}
		if !truth.Left && !instant(t, s["renews"]).After(at.AddDate(0, 0, -1)) {
			t.Errorf("%s: an active contract whose term ended on %s", k, s["renews"])
		}
		left += count(truth.Left)
	}
	if left < 100 {
		t.Errorf("only %d have left", left)
	}
}

func TestCustomerCells(t *testing.T) {
	t.Parallel()
	cfg := small(1000, 200)
	cfg.Zone = time.FixedZone("Atlantis", 3600)
	b := mustNew(t, cfg)
	phones, families, elsewhere := map[string]string{}, map[string]string{}, 0
	for _, c := range writeAll(t, b, time.Time{}, b.Now())["customers"] {
		if other := phones[c["phone"]]; c["phone"] != "" && other != "" && other != c["key"] {
			t.Errorf("%s and %s share the number %s", other, c["key"], c["phone"])
		}
		phones[c["phone"]] = c["key"]
		if c["name"] == "" || c["segment"] == "" || c["language"] == "" {
			t.Errorf("a customer without a name, a segment or a language: %v", c)
		}
		elsewhere += count(c["time_zone"] != "Atlantis")
		families[c["household"]] = c["name"]
	}
	if elsewhere == 0 || elsewhere > 80 {
		t.Errorf("%d of 1000 live in another time zone, want a few", elsewhere)
	}
	if len(families) < 80 {
		t.Errorf("%d households, want about a hundred", len(families))
	}
}

func TestTimesAsTheStandardLibraryWritesThem(t *testing.T) {
	t.Parallel()
	check := func(unix uint32) bool {
		return string(appendTime(nil, unix)) == ","+time.Unix(int64(unix), 0).UTC().Format(time.RFC3339)
	}
	for _, u := range []uint32{1, 951782399, 951782400, 951868800, 1709164800, 1735689599, 4107542399, 4107542400, 1<<32 - 1} {
		if !check(u) {
			t.Errorf("second %d is written %s", u, appendTime(nil, u))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if u := rapid.Uint32Min(1).Draw(t, "unix"); !check(u) {
			t.Errorf("second %d is written %s", u, appendTime(nil, u))
		}
	})
}

func TestKeysAndAmounts(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint32]string{0: "C0000000", 7: "C0000007", 1_000_000: "C1000000", 12_345_678: "C12345678"} {
		if got := string(appendKey(nil, 'C', n)); got != want || key(n) != want {
			t.Errorf("key of %d is %s and %s, want %s", n, got, key(n), want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int32Range(0, 1<<30).Draw(t, "minor")
		got, err := strconv.ParseFloat(string(appendAmount(nil, minor)), 64)
		if err != nil || int32(got*100+.5) != minor {
			t.Errorf("%d minor units are written %s", minor, appendAmount(nil, minor))
		}
	})
}

// TestFailedFeedsLeaveNothing wants no file under a feed's name when one of
// them cannot be made.
func TestFailedFeedsLeaveNothing(t *testing.T) {
	t.Parallel()
	b := mustNew(t, small(20, 10))
	dir := t.TempDir()
	blocked := filepath.Join(dir, "issues.csv"+unfinished)
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := b.WriteFeeds(dir, time.Time{}, b.Now()); err == nil {
		t.Fatal("a directory was written as a file")
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.csv*"))
	if err != nil || len(left) > 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

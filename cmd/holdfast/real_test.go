package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/holdfasttest"
	"holdfast/nightly"
	"holdfast/training"
)

// newExample is one of the example configurations in a folder of its own, with
// the plain logistic model alone: what the other candidates need of time is
// measured elsewhere.
func newExample(t *testing.T, name, database string, change ...string) *business {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(holdfasttest.Root(t), "examples", name, "holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b := &business{dir: t.TempDir(), file: database, env: map[string]string{}}
	change = append(change, "url: "+database, `url: "`+b.path(database)+`"`)
	b.write(t, "holdfast.yaml", strings.NewReplacer(change...).Replace(string(text))+"\ntraining: {candidates: [logistic]}\n")
	return b
}

// replace changes the configuration.
func (b *business) replace(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(b.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(t, "holdfast.yaml", strings.ReplaceAll(string(text), from, to))
}

// importTwice imports a file twice and checks that both times the history holds
// so many events and customers.
func (b *business) importTwice(t *testing.T, feed, file string, events int64, customers int) {
	t.Helper()
	first := decode[history.Import](t, b.must(t, time.Now, "import", feed, file, "--json"))
	if first.Read != events || first.Added != events || first.Customers != int64(customers) || first.Rejected != 0 {
		t.Errorf("the first import: %+v, want %d events of %d customers", first, events, customers)
	}
	again := decode[history.Import](t, b.must(t, time.Now, "import", feed, file, "--json"))
	if again.ID != first.ID || !strings.HasPrefix(again.Note, "already imported on ") {
		t.Errorf("the second import: %+v, want the first", again)
	}
	// In other bytes the file is not known, so the rows are read again.
	third := decode[history.Import](t, b.must(t, time.Now, "import", feed, b.rewrapped(t, file), "--json"))
	if third.ID == first.ID || third.Read != events || third.Unchanged != events || third.Added+third.Corrected+third.Customers != 0 {
		t.Errorf("the same rows in other bytes: %+v, want %d that say nothing new", third, events)
	}
	if n := count(t, b.database(t), "SELECT COALESCE(SUM(row_count), 0) FROM segments s WHERE id IN (SELECT segment_id FROM segment_live)"); int64(n) != events {
		t.Errorf("the history holds %d events, want %d", n, events)
	}
}

// rewrapped writes a compressed file plain.
func (b *business) rewrapped(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b.write(t, strings.TrimSuffix(filepath.Base(file), ".gz"), string(text))
}

func TestCDNOW(t *testing.T) {
	t.Parallel()
	file := holdfasttest.Data(t, "cdnow/CDNOW_master.txt.gz")
	newExample(t, "cdnow", "cdnow.db").importTwice(t, "purchases", file, 69_659, 23_570)
}

// An insurer's policies are contracts without events, and their holders are
// known without a date: the history begins with the first contract all the same,
// and a year of it can be predicted from the years before.
func TestInsuranceLapse(t *testing.T) {
	t.Parallel()
	file := holdfasttest.Data(t, "insurance_lapse/eusavingULnoPS.csv.gz")
	b := newExample(t, "insurance-lapse", "insurance-lapse.db")
	for _, feed := range []struct {
		name  string
		added int64
	}{{"holders", 21_921}, {"in-force", 13_880}, {"ended", 2 * 8_041}} {
		got := decode[history.Import](t, b.must(t, time.Now, "import", feed.name, file, "--json"))
		if got.Read != 21_921 || got.Added != feed.added || got.Rejected != 0 {
			t.Errorf("%s: %+v, want %d facts", feed.name, got, feed.added)
		}
	}
	b.replace(t, "candidates: [logistic]", "candidates: [logistic], row_budget: 4000, every_days: 365, snapshots: 2")
	report := decode[training.Report](t, b.must(t, time.Now, "backtest", "--at", "2005-01-01,2006-01-01", "--known-at", "2008-01-01", "--html", b.path("backtest.html"), "--json"))
	if d := report.Dates[1]; d.Naive.Rows != 13_500 || d.Naive.AUC == .5 || len(d.Trained) != 2 || d.Trials[0].Failed != "" {
		t.Errorf("%d policies in force, the rule by policy year has AUC %v, trained on %s, %s", d.Naive.Rows, d.Naive.AUC, d.Trained, d.Trials[0].Failed)
	}
	// Dates are named as where the business is, an hour before them in UTC.
	if d := report.Dates[1].Trained; len(d) != 2 || d[1] != "2005-01-01" {
		t.Errorf("2006 was trained on %s", d)
	}
	page, err := os.ReadFile(b.path("backtest.html"))
	if want := "The regime is unstable: from 11.5 % to 24.1 % left on the dates tested, and on 2005-01-01 logistic expected 0."; err != nil ||
		!strings.HasPrefix(report.Unstable, want) || !strings.Contains(string(page), want) {
		t.Errorf("the report says %q, want %q there and on the page (%v)", report.Unstable, want, err)
	}
}

// Two years of a wholesaler's invoices: what the model must reach on later
// dates, and a whole night.
func TestOnlineRetail(t *testing.T) {
	t.Parallel()
	file := holdfasttest.Data(t, "online_retail/invoices_2009_2011_derived.csv.gz")
	b := newExample(t, "online-retail", "online-retail.db")
	b.importTwice(t, "invoices", file, 44_876, 5_942)
	report := decode[training.Report](t, b.must(t, time.Now, "backtest", "--at", "2011-06-01,2011-09-01", "--html", b.path("backtest.html"), "--json"))
	page, err := os.ReadFile(b.path("backtest.html"))
	if err != nil || strings.Count(string(page), "<svg") != 5 || !strings.Contains(string(page), "2011-09-01, logistic against the naive rule: log loss -0.") {
		t.Errorf("the page has %d pictures (%v)", strings.Count(string(page), "<svg"), err)
	}
	// The references are a signed-log logistic regression at 0.7774 and 0.7678,
	// and recency alone at 0.66; the floors leave it half a point of AUC.
	floors := []float64{0.772, 0.763}
	if len(report.Dates) != len(floors) {
		t.Fatalf("%d test dates", len(report.Dates))
	}
	for i, d := range report.Dates {
		if len(d.Trials) != 1 || d.Trials[0].Candidate != "logistic" || d.Trials[0].Metrics.AUC < floors[i] {
			t.Errorf("%s: %+v, want a logistic AUC of %v", d.AsOf.Format(time.DateOnly), d.Trials, floors[i])
			continue
		}
		for _, trained := range d.Trained {
			at, err := time.Parse(time.DateOnly, trained)
			if err != nil || at.AddDate(0, 0, 90).After(d.AsOf.AddDate(0, 0, 1)) {
				t.Errorf("%s was trained on %s, whose outcome was not final (%v)", d.AsOf.Format(time.DateOnly), trained, err)
			}
		}
		t.Logf("%s: %d customers, AUC %.4f (floor %v), naive rule %.4f",
			d.AsOf.Format(time.DateOnly), d.Trials[0].Metrics.Rows, d.Trials[0].Metrics.AUC, floors[i], d.Naive.AUC)
	}
	// A night that is quick to train is as whole as any other.
	b.replace(t, "candidates: [logistic]", "candidates: [logistic], row_budget: 6000")
	night := decode[nightReport](t, b.must(t, time.Now, "nightly", "run", "--as-of", "2011-09-01", "--json"))
	if night.State != nightly.Completed || night.Model == "" {
		t.Errorf("the night is %s with model %q", night.State, night.Model)
	}
	a := books{b.database(t)}.night(t, time.Date(2011, 8, 31, 23, 0, 0, 0, time.UTC)) // 00:00 in London
	if a.customers != 5_942 {
		t.Errorf("%d decisions for 5,942 customers", a.customers)
	}
}

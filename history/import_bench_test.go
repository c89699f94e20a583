package history_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/store"
)

// purchases writes a synthetic file of customer,date,quantity,amount over two
// years. HOLDFAST_BENCH_EVENTS overrides how many rows.
func purchases(b *testing.B, rows int) (path string, n int) {
	b.Helper()
	if s := os.Getenv("HOLDFAST_BENCH_EVENTS"); s != "" {
		var err error
		if rows, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	path = filepath.Join(b.TempDir(), "purchases.csv")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	_, _ = w.WriteString("customer,date,quantity,amount\n")
	for range rows {
		day := random.IntN(720)
		_, _ = fmt.Fprintf(w, "C%07d,%04d-%02d-%02d %02d:%02d:00,%d,%d.%02d\n", random.IntN(rows/20), 2010+day/360, 1+day%360/30, 1+day%28, random.IntN(24), random.IntN(60), 1+random.IntN(20), random.IntN(500), random.IntN(100))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	return path, rows
}

func BenchmarkImport(b *testing.B) {
	path, rows := purchases(b, 2_000_000)
	feed := history.Feed{
		Name: "purchases", Kind: history.FeedEvents, Customers: "create", TimeZone: "Europe/London",
		Columns:   map[string]string{"customer": "customer", "occurred": "date", "quantity": "quantity", "amount": "amount"},
		Constants: map[string]string{"kind": "purchase"},
	}
	rate := func(b *testing.B, spent float64) {
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
		b.ReportMetric(spent/float64(b.N), "cpu-s/op")
	}
	// imported adds up processor time too: on busy processors the elapsed time
	// says little.
	imported := func(b *testing.B, m *history.Importer, spent *float64) {
		before := processorSeconds(b)
		run(b, m, path, rows)
		*spent += processorSeconds(b) - before
	}
	b.Run("wc -l", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("wc", "-l", path).Run(); err != nil {
				b.Skip("wc is not there")
			}
		}
		rate(b, 0)
	})
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		spent := 0.0
		for b.Loop() {
			imported(b, importer(newMemory(64), b, feed), &spent)
		}
		rate(b, spent)
	})
	b.Run("sqlite/customers known", func(b *testing.B) {
		people := history.Feed{Name: "people", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "customer"}}
		known := feed
		known.Customers = "known"
		keys := customers(b, rows/20)
		b.ReportAllocs()
		spent := 0.0
		for b.Loop() {
			b.StopTimer()
			m := importer(sqlite(b), b, known, people)
			if _, err := m.Run(b.Context(), "people", []string{keys}, history.Options{}); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			imported(b, m, &spent)
		}
		rate(b, spent)
	})
	b.Run("sqlite/customers created", func(b *testing.B) {
		spent := 0.0
		for b.Loop() {
			imported(b, importer(sqlite(b), b, feed), &spent)
		}
		rate(b, spent)
	})
}

func processorSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// customers writes the keys of all customers that purchases names.
func customers(b *testing.B, n int) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("customer\n")
	for i := range n {
		fmt.Fprintf(&text, "C%07d\n", i)
	}
	return file(b, "customers.csv", text.String())
}

func run(b *testing.B, m *history.Importer, path string, rows int) {
	b.Helper()
	imp, err := m.Run(b.Context(), "purchases", []string{path}, history.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if imp.Added != int64(rows) {
		b.Fatalf("%+v", imp)
	}
}

// sqlite opens a new database.
func sqlite(t testing.TB) *store.Store {
	t.Helper()
	cfg := store.Config{URL: filepath.Join(t.TempDir(), "holdfast.db")}
	opts := store.Options{Now: func() time.Time { return noon }, CallersClock: true}
	if err := store.Migrate(t.Context(), cfg, opts); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

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
	rate := func(b *testing.B) {
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
	}
	b.Run("wc -l", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("wc", "-l", path).Run(); err != nil {
				b.Skip("wc is not there")
			}
		}
		rate(b)
	})
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			run(b, importer(newMemory(64), b, feed), path, rows)
		}
		rate(b)
	})
	b.Run("sqlite/customers known", func(b *testing.B) {
		people := history.Feed{Name: "people", Kind: history.FeedCustomers, Columns: map[string]string{"customer": "customer"}}
		known := feed
		known.Customers = "known"
		keys := customers(b, rows/20)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			m := importer(sqlite(b), b, known, people)
			if _, err := m.Run(b.Context(), "people", []string{keys}, history.Options{}); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			run(b, m, path, rows)
		}
		rate(b)
	})
	b.Run("sqlite/customers created", func(b *testing.B) {
		for b.Loop() {
			run(b, importer(sqlite(b), b, feed), path, rows)
		}
		rate(b)
	})
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

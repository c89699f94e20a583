package tabular

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const benchRows = 5_000_000

// purchases writes a synthetic file of customer,date,quantity,amount.
func purchases(b *testing.B, rows int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "purchases.csv")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	_, _ = w.WriteString("customer,date,quantity,amount\n")
	for range rows {
		day := random.IntN(700)
		_, _ = fmt.Fprintf(w, "C%07d,%04d-%02d-%02d %02d:%02d:00,%d,%d.%02d\n", random.IntN(1_000_000), 2010+day/360, 1+day%360/30, 1+day%28, random.IntN(24), random.IntN(60), 1+random.IntN(20), random.IntN(500), random.IntN(100))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkImport(b *testing.B) {
	path := purchases(b, benchRows)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("wc -l", func(b *testing.B) {
		b.SetBytes(info.Size())
		for b.Loop() {
			if err := exec.Command("wc", "-l", path).Run(); err != nil {
				b.Skip("wc is not there")
			}
		}
		b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	})
	for _, workers := range []int{1, 2} {
		for _, typed := range []bool{false, true} {
			b.Run(fmt.Sprintf("workers=%d/typed=%v", workers, typed), func(b *testing.B) {
				b.SetBytes(info.Size())
				b.ReportAllocs()
				for b.Loop() {
					if rows := readPurchases(b, path, workers, typed); rows != benchRows {
						b.Fatalf("%d rows", rows)
					}
				}
				b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			})
		}
	}
}

func readPurchases(b *testing.B, path string, workers int, typed bool) int {
	r, err := Open(path, Options{Columns: []string{"customer", "date", "quantity", "amount"}, Hash: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	times, _ := NewTimes("iso", location(b, "Europe/London"))
	amounts, _ := NewAmounts(AmountFormat{Digits: 2})
	rows := 0
	parse := func(blk *Block) (int, error) {
		if !typed {
			return blk.Rows, nil
		}
		for row := range blk.Rows {
			_, why1 := blk.Columns[1].Time(row, times)
			_, why2 := blk.Columns[2].Int(row)
			_, why3 := blk.Columns[3].Amount(row, amounts)
			if why1 != OK || why2 != OK || why3 != OK {
				return 0, fmt.Errorf("row %d: %s %s %s", row, why1, why2, why3)
			}
		}
		return blk.Rows, nil
	}
	if err := Each(b.Context(), r, workers, parse, func(n int) error { rows += n; return nil }); err != nil {
		b.Fatal(err)
	}
	return rows
}

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"holdfast/internal/stats"
)

// wide writes a CSV table of 40 columns: amounts with a long tail, counts of which
// many are zero, measures of which some are missing, and categories of 4 to 1,000
// values. Risk depends on some of them, on two of them together, and on what is
// missing.
func wide(t *testing.T, path string, rows int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprint(w, "customer,left")
	for j := range 40 {
		fmt.Fprintf(w, ",column_%d", j)
	}
	random := stats.Stream(stats.HashString("wide"))
	var line []byte
	for i := range rows {
		cells, margin := wideRow(random)
		line = append(line[:0], "\nC"...)
		line = strconv.AppendInt(line, int64(i), 10)
		if random.Float64() < stats.Sigmoid(margin) {
			line = append(line, ",yes"...)
		} else {
			line = append(line, ",no"...)
		}
		for j, v := range cells {
			line = append(line, ',')
			switch {
			case math.IsNaN(v):
			case j >= 35:
				line = strconv.AppendInt(append(line, "level "...), int64(v), 10)
			default:
				line = strconv.AppendFloat(line, v, 'g', 6, 64)
			}
		}
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func wideRow(random *rand.Rand) (cells [40]float64, margin float64) {
	for j := range 12 {
		cells[j] = math.Exp(random.NormFloat64())
	}
	for j := 12; j < 22; j++ {
		cells[j] = math.Max(0, math.Floor(8*random.NormFloat64()))
	}
	for j := 22; j < 35; j++ {
		if cells[j] = random.NormFloat64(); random.IntN(10) == 0 {
			cells[j] = math.NaN()
		}
	}
	for j, levels := range []float64{4, 12, 50, 200, 1000} {
		cells[35+j] = math.Floor(math.Pow(levels, random.Float64()))
	}
	margin = -3 + math.Min(cells[0], 3) - 0.1*cells[12] + 0.2*math.Mod(cells[38]*7, 5)
	if cells[1] > 1 && cells[13] == 0 {
		margin += 1.5
	}
	if math.IsNaN(cells[22]) {
		margin++
	}
	return cells, margin
}

// TestLargeTable fits, scores and explains a table from end to end within bounds
// of memory, and logs how long it took. HOLDFAST_BENCH=1 makes it 1,000,000 rows
// of 40 columns and 200 trees; alone in its process, so that the peak is its own.
func TestLargeTable(t *testing.T) {
	rows, trees, bench := 4000, 10, os.Getenv("HOLDFAST_BENCH") != ""
	if bench {
		rows, trees = 1_000_000, 200
	}
	a := analyst{t.TempDir()}
	data := a.path("t.csv")
	wide(t, data, rows)
	params := a.write(t, "p.yaml", fmt.Sprintf("trees: %d\nleaves: 31\nrate: 0.1\n", trees))
	r := decode[fitResult](t, a.must(t, "fit", "--data", data, "--label", "left", "--id", "customer", "--params", params, "--folds", "0", "--json", "--out", a.path("m")).stdout)
	t.Logf("%d rows: read in %.1f s, fitted in %.1f s, scored in %.2f s by %d threads, peak %d MiB", r.Rows, r.Read, r.Fit, r.Predict, r.Threads, r.Peak>>20)
	if r.Rows != rows || r.Features != 40 || r.Family != "boosted" {
		t.Errorf("%d rows of %d features, %s", r.Rows, r.Features, r.Family)
	}
	p := decode[predictResult](t, a.must(t, "predict", "--model", a.path("m"), "--data", data, "--out", a.path("p.csv"), "--reasons", "3", "--json").stdout)
	t.Logf("predict: read in %.1f s, scored in %.2f s, explained in %.1f s, peak %d MiB", p.Read, p.Predict, p.Explain, p.Peak>>20)
	if lines := bytes.Count([]byte(a.read(t, "p.csv")), []byte("\n")); lines != rows+1 || math.Abs(p.Expected/float64(r.Left)-1) > 0.1 {
		t.Errorf("%d lines for %d rows; %.1f leavers expected of %d", lines, rows, p.Expected, r.Left)
	}
	if most := int64(1500 * rows); bench && max(r.Peak, p.Peak) > most {
		t.Errorf("fitting took %d MiB and scoring %d, more than 1,500 bytes a row", r.Peak>>20, p.Peak>>20)
	}
}

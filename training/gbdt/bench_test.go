package gbdt

import (
	"context"
	"fmt"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
)

// mixed makes a table of heavy tails, zeros, missing values and categories, with
// an outcome that depends on some of them.
func mixed(rows, columns int) (*features.Matrix, []float64) {
	x := &features.Matrix{Rows: rows}
	for j := range columns {
		c := features.Column{Name: fmt.Sprintf("column_%d", j)}
		if j%8 == 7 {
			c.Kind, c.Levels = features.Categorical, []string{"other"}
			for l := range 5 + 3*j {
				c.Levels = append(c.Levels, fmt.Sprint("level ", l))
			}
		}
		x.Schema.Columns = append(x.Schema.Columns, c)
	}
	random := stats.Stream(1)
	x.Data = make([]float64, rows*columns)
	y := make([]float64, rows)
	for i := range rows {
		row := x.Row(i)
		for j := range row {
			switch e := random.ExpFloat64(); {
			case j%8 == 7:
				row[j] = float64(random.IntN(len(x.Schema.Columns[j].Levels)))
			case j%8 == 6 && e < 1:
				row[j] = 0
			default:
				row[j] = e * e
			}
		}
		margin := -2.5 + 0.4*min(row[0], 4) - 0.5*min(row[columns/2], 2)
		if columns > 7 {
			margin += 0.3 * float64(int(row[7])%5)
		}
		if stats.Sigmoid(margin) > random.Float64() {
			y[i] = 1
		}
	}
	return x, y
}

// BenchmarkHistogram adds rows to a histogram of 40 columns: all rows, and one
// in three, sixteen and a hundred, as in a leaf.
func BenchmarkHistogram(b *testing.B) {
	const rows, columns = 200_000, 40
	x, y := mixed(rows, columns)
	opt, err := Options{Workers: 1, Leaves: 31, Rate: 0.1, Trees: 1}.checked()
	if err != nil {
		b.Fatal(err)
	}
	s, err := newSample(x, y, nil, opt)
	if err != nil {
		b.Fatal(err)
	}
	t, err := newTable(context.Background(), s, opt)
	if err != nil {
		b.Fatal(err)
	}
	packed := make([]uint64, rows)
	for i := range packed {
		packed[i] = mix(uint64(i))
	}
	g := newGrower(t, &opt, 31, rows)
	g.packed = packed
	g.draw(opt, 0)
	for _, of := range []int{1, 3, 16, 100} {
		var leaf []int32
		for i := range int32(rows) {
			if of == 1 || mix(uint64(i))%uint64(of) == 0 {
				leaf = append(leaf, i)
			}
		}
		h := t.newHistogram()
		b.Run(fmt.Sprintf("1in%d", of), func(b *testing.B) {
			for b.Loop() {
				t.add(h, leaf, packed, g.wanted, g.gatherers[0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(leaf))/columns, "ns/row/column")
		})
	}
}

// BenchmarkTrain grows trees of 31 leaves on one goroutine.
func BenchmarkTrain(b *testing.B) {
	const rows, columns, trees = 100_000, 40, 20
	x, y := mixed(rows, columns)
	for b.Loop() {
		_, err := Train(context.Background(), x, y, nil, Options{Trees: trees, Leaves: 31, Rate: 0.1, Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/columns/trees, "ns/row/column/tree")
}

package gbdt

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// step is the model's rule for one node, written again.
func step(t *model.Trees, n int32, row []float64) int32 {
	x := row[t.Feature[n]]
	left := x <= t.Threshold[n]
	switch {
	case math.IsNaN(x):
		left = t.MissingLeft[n]
	case t.Set[n] >= 0:
		left = t.Sets[int(t.Set[n])+int(x)/64]>>(int(x)%64)&1 == 1
	}
	if left {
		return t.Left[n]
	}
	return t.Right[n]
}

// TestMonotone: along a monotone column the margin never goes the wrong way,
// from any row, though the outcome does.
func TestMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := stats.Stream(rapid.Uint64().Draw(t, "seed"))
		x := &features.Matrix{Rows: 600, Schema: features.Schema{Columns: []features.Column{
			{Name: "up", Monotone: 1},
			{Name: "down", Monotone: -1},
			{Name: "free"},
			{Name: "level", Kind: features.Categorical, Levels: []string{"other", "a", "b", "c", "d", "e", "f"}},
		}}}
		y := make([]float64, x.Rows)
		for i := range y {
			row := []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64(), float64(random.IntN(7))}
			if random.IntN(8) == 0 {
				row[random.IntN(4)] = math.NaN()
			}
			x.Data = append(x.Data, row...)
			wave := math.Sin(3*row[0]) + math.Cos(3*row[1]) + math.Abs(row[2]) - 0.2*row[3]
			if stats.Sigmoid(wave) > random.Float64() {
				y[i] = 1
			}
		}
		opt := Options{Trees: 15, Leaves: 12, Rate: 0.3, MinRows: 3, L1: rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "L1"), Workers: 1}
		m, err := Train(context.Background(), x, y, nil, opt)
		if err != nil {
			t.Fatal(err)
		}
		uses := 0
		for i := 0; i < x.Rows; i += 40 {
			for column, sign := range []float64{1, -1} {
				row := append([]float64(nil), x.Row(i)...)
				last := math.Inf(-1)
				for v := -3.0; v <= 3; v += 0.1 {
					row[column] = v
					margin, err := m.Margin(row)
					if err != nil {
						t.Fatal(err)
					}
					if sign*margin < last-1e-12 {
						t.Fatalf("column %d at %v: the margin turns from %v to %v", column, v, last, sign*margin)
					}
					if sign*margin > last && v > -3 {
						uses++
					}
					last = sign * margin
				}
			}
		}
		if uses == 0 {
			t.Fatal("the monotone columns are not used at all")
		}
	})
}

// TestDrawnColumns: a tree splits only on the columns drawn for it.
func TestDrawnColumns(t *testing.T) {
	t.Parallel()
	s, table, opt := binned(t, 3000, 30, Options{ColumnShare: 0.2, RowShare: 0.3, Leaves: 15, Rate: 0.1, Trees: 40})
	b := newBooster(s, table, opt, sizes{trees: 40, leaves: 15, rate: 0.1}, rows(0, s.train), nil)
	seen := make(map[int]bool)
	for range 40 {
		of, rest := b.bag(b.rounds)
		if n := len(of); n < 780 || n > 1020 || n+len(rest) != s.train {
			t.Errorf("%d rows drawn and %d left of %d", n, len(rest), s.train)
		}
		b.round()
		drawn := 0
		for _, d := range b.grower.columns {
			if d {
				drawn++
			}
		}
		if drawn != 6 {
			t.Errorf("%d columns drawn of 30, want 6", drawn)
		}
		for _, n := range b.trees[len(b.trees)-1].nodes {
			if n.column >= 0 {
				seen[n.column] = true
				if !b.grower.columns[n.column] {
					t.Errorf("column %d was not drawn and is split on", n.column)
				}
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d columns were ever used", len(seen))
	}
}

package model_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// mixedTable makes rows × 40 numbers with heavy tails, zeros, missing values and,
// where categories is set, five columns of 13 to 118 levels; and an outcome that
// depends on some of them.
func mixedTable(rows int, categories bool) (*features.Matrix, []float64) {
	x := &features.Matrix{Rows: rows}
	for j := range 40 {
		c := features.Column{Name: fmt.Sprintf("column_%d", j)}
		if categories && j%8 == 7 {
			c.Kind, c.Levels = features.Categorical, []string{"other"}
			for l := range 5 + 3*j {
				c.Levels = append(c.Levels, fmt.Sprint("level ", l))
			}
		}
		x.Schema.Columns = append(x.Schema.Columns, c)
	}
	random := stats.Stream(7)
	y := make([]float64, rows)
	for i := range rows {
		row := make([]float64, 40)
		margin := -2.5
		for j := range row {
			v := random.NormFloat64()
			switch j % 8 {
			case 0, 1:
				v = math.Exp(1.5 * v)
			case 6:
				v = max(0, math.Floor(v))
			case 7:
				v = float64(random.IntN(6 + 3*j))
			}
			if j%5 == 3 && random.IntN(12) == 0 {
				v = math.NaN()
			} else {
				margin += .25 * math.Sin(v+float64(j)) * float64(j%3)
			}
			row[j] = float64(float32(v)) // the same for those who compute in single precision
		}
		margin += .5 * min(row[0], 4) * min(1, max(-1, row[2]))
		if stats.Sigmoid(margin) > random.Float64() {
			y[i] = 1
		}
		x.Data = append(x.Data, row...)
	}
	return x, y
}

// benchModel is 200 trees of 31 leaves over 40 columns, and rows for it.
var benchModel = sync.OnceValues(func() (*model.Model, *features.Matrix) {
	x, y := mixedTable(20_000, true)
	m, err := gbdt.Train(context.Background(), x, y, nil, gbdt.Options{Trees: 200, Leaves: 31, Rate: .1, Workers: 1, Seed: 1})
	if err != nil {
		panic(err)
	}
	return m, x
})

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkScore scores rows together and alone.
func BenchmarkScore(b *testing.B) {
	m, x := benchModel()
	dst := make([]float64, x.Rows)
	b.Run("batch", func(b *testing.B) {
		for b.Loop() {
			if err := m.Margins(x, dst); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b, x.Rows)
	})
	b.Run("row", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := m.Margin(x.Row(i % x.Rows)); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b, 1)
	})
}

// BenchmarkContributions explains rows together and alone, and makes the tables.
func BenchmarkContributions(b *testing.B) {
	m, x := benchModel()
	width := len(x.Schema.Columns)
	few := &features.Matrix{Schema: x.Schema, Rows: 2048, Data: x.Data[:2048*width]}
	phi := make([]float64, len(few.Data))
	b.Run("batch", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.ContributionsOf(few, phi); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b, few.Rows)
	})
	b.Run("row", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := m.Contributions(x.Row(i%x.Rows), phi[:width]); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b, 1)
	})
	b.Run("tables", func(b *testing.B) {
		for b.Loop() {
			again, err := model.NewBoosted(m.Schema(), m.Trees(), m.Card())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := again.Contributions(x.Row(0), phi[:width]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

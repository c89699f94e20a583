package baseline_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/features"
	"holdfast/training/baseline"
)

// normals makes rows of independent numbers, ten of which matter.
func normals(rows, columns int) (*features.Matrix, []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	x := &features.Matrix{Rows: rows, Data: make([]float64, 0, rows*columns)}
	for j := range columns {
		x.Schema.Columns = append(x.Schema.Columns, features.Column{Name: fmt.Sprint("x", j)})
	}
	y := make([]float64, rows)
	for i := range y {
		z := -2.0
		for j := range columns {
			v := r.NormFloat64()
			x.Data = append(x.Data, v)
			if j < 10 {
				z += .4 * v
			}
		}
		if r.Float64() < 1/(1+math.Exp(-z)) {
			y[i] = 1
		}
	}
	return x, y
}

func BenchmarkLogistic200kBy150(b *testing.B) {
	x, y := normals(200_000, 150)
	for b.Loop() {
		if _, err := baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkForest50kBy60(b *testing.B) {
	x, y := normals(50_000, 60)
	for b.Loop() {
		if _, err := baseline.FitForest(context.Background(), x, y, nil, baseline.ForestOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScoreLogistic(b *testing.B) {
	x, y := normals(20_000, 150)
	m, err := baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{L2: 1})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float64, x.Rows)
	for b.Loop() {
		if err := m.Score(x, dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(x.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkScoreForest(b *testing.B) {
	x, y := normals(20_000, 60)
	m, err := baseline.FitForest(context.Background(), x, y, nil, baseline.ForestOptions{Trees: 10})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float64, x.Rows)
	for b.Loop() {
		if err := m.Score(x, dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(x.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

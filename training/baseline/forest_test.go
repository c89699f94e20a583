package baseline_test

import (
	"context"
	"fmt"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/baseline"
)

// Reference: forests of golearn trees on this table reach .829 to .839 by leaf
// shares (and .64 by hard votes).
func TestForestReachesTheReferenceOnTelco(t *testing.T) {
	t.Parallel()
	d := loadTelco(t)
	auc, loss := crossValidate(t, d, 7, func(x *features.Matrix, y []float64) (*model.Model, error) {
		return baseline.FitForest(context.Background(), x, y, nil, baseline.ForestOptions{Seed: 1, Trees: 20})
	})
	t.Logf("AUC %.4f, log loss %.4f", auc, loss)
	if auc < .829 {
		t.Errorf("AUC %.4f: want at least .829", auc)
	}
}

// Every column stands in the table twice, so that golearn finds two best splits at
// every node.
func TestEqualColumnsGiveTheSameForestEveryTime(t *testing.T) {
	t.Parallel()
	const rows, half = 400, 6
	x := &features.Matrix{Rows: rows, Data: make([]float64, rows*2*half)}
	random, y := stats.Stream(7), make([]float64, rows)
	for j := range 2 * half {
		x.Schema.Columns = append(x.Schema.Columns, features.Column{Name: fmt.Sprint("c", j)})
	}
	for i := range rows {
		row := x.Row(i)
		for j := range half {
			row[j] = float64(random.IntN(20))
			row[half+j] = row[j]
		}
		if row[0]+row[1]+float64(random.IntN(20)) > 30 {
			y[i] = 1
		}
	}
	var first string
	for k := range 5 {
		m, err := baseline.FitForest(context.Background(), x, y, nil, baseline.ForestOptions{Seed: 1, Trees: 4, Draw: 2 * half, MinRows: 10})
		if err != nil {
			t.Fatal(err)
		}
		id, err := m.ID()
		if err != nil {
			t.Fatal(err)
		}
		if k == 0 {
			first = id
		} else if id != first {
			t.Fatalf("forest %d differs from the first", k+1)
		}
	}
}

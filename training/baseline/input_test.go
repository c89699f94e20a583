package baseline_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/training/baseline"
)

// planted makes n rows: two numbers and a level that matter, a count that does
// not, a constant and an all-missing column.
func planted(n int) (*features.Matrix, []float64) {
	r := rand.New(rand.NewPCG(3, 4))
	x := &features.Matrix{Rows: n, Schema: features.Schema{Columns: []features.Column{
		{Name: "recency"},
		{Name: "spend", Skewed: true},
		{Name: "noise"},
		{Name: "constant"},
		{Name: "never"},
		{Name: "plan", Kind: features.Categorical, Levels: []string{"other", "a", "b", "c"}},
	}}}
	y := make([]float64, n)
	for i := range y {
		recency, spend, plan := r.NormFloat64(), math.Exp(2*r.NormFloat64()), float64(r.IntN(4))
		z := -1 + 1.5*recency - .4*math.Log1p(spend)
		if plan == 2 {
			z++
		}
		if r.Float64() < 1/(1+math.Exp(-z)) {
			y[i] = 1
		}
		if r.IntN(10) == 0 {
			spend = math.NaN()
		}
		x.Data = append(x.Data, recency, spend, float64(r.IntN(50)), 7, math.NaN(), plan)
	}
	return x, y
}

// both fits, by name, with options that suit a small table.
func both() map[string]fitter {
	return map[string]fitter{
		"logistic": func(x *features.Matrix, y []float64) (*model.Model, error) {
			return baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{Seed: 5, Spline: model.Hinges})
		},
		"forest": func(x *features.Matrix, y []float64) (*model.Model, error) {
			return baseline.FitForest(context.Background(), x, y, nil, baseline.ForestOptions{Seed: 5, Trees: 5})
		},
	}
}

func TestTheSameDataAndSeedGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	x, y := planted(3000)
	for name, fit := range both() {
		var files [2]bytes.Buffer
		for k := range files {
			m, err := fit(x, y)
			if err != nil {
				t.Fatal(name, err)
			}
			if err := m.Write(&files[k]); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
			t.Errorf("%s: fitted twice, the bytes differ", name)
		}
	}
}

func TestWhatCannotBeLearnedFromIsRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(x *features.Matrix, y []float64) []float64{
		"0 customers left and 500 stayed": func(_ *features.Matrix, y []float64) []float64 { clear(y); return y },
		"the outcome of row 7 is NaN":     func(_ *features.Matrix, y []float64) []float64 { y[7] = math.NaN(); return y },
		"the outcome of row 7 is 2":       func(_ *features.Matrix, y []float64) []float64 { y[7] = 2; return y },
		"500 rows and 499 outcomes":       func(_ *features.Matrix, y []float64) []float64 { return y[1:] },
		"holds 2999 numbers":              func(x *features.Matrix, y []float64) []float64 { x.Data = x.Data[1:]; return y },
		"nothing to learn from":           func(x *features.Matrix, y []float64) []float64 { x.Rows, x.Data = 0, nil; return y[:0] },
	} {
		for name, fit := range both() {
			x, y := planted(500)
			_, err := fit(x, spoil(x, y))
			if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
}

func TestOddColumnsDoWhatTheCommentSays(t *testing.T) {
	t.Parallel()
	x, y := planted(3000)
	for i := range x.Rows {
		if i%50 == 0 {
			x.Row(i)[2] = math.Inf(1)
		}
		if i%70 == 0 {
			x.Row(i)[2] = math.Inf(-1)
		}
	}
	for name, fit := range both() {
		m, err := fit(x, y)
		if err != nil {
			t.Fatal(name, err)
		}
		phi := make([]float64, 6)
		for _, row := range [][]float64{x.Row(0), x.Row(50), {math.Inf(1), math.Inf(-1), math.NaN(), 99, 5, 77}, {0, 0, 0, 0, 0, math.NaN()}} {
			p, err := m.Probability(row)
			if err != nil || p <= 0 || p >= 1 {
				t.Errorf("%s: %v scores %v, %v", name, row, p, err)
			}
			if _, err := m.Contributions(row, phi); err != nil || phi[3] != 0 || phi[4] != 0 {
				t.Errorf("%s: a constant and an empty column add %v and %v, %v", name, phi[3], phi[4], err)
			}
		}
	}
}

func TestTwoRowsAndEmptyTables(t *testing.T) {
	t.Parallel()
	x, y := planted(2)
	y[0], y[1] = 0, 1
	_, err := baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{})
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "give the strength (L2) or more history") {
		t.Error(err)
	}
	for _, fit := range []fitter{
		func(x *features.Matrix, y []float64) (*model.Model, error) {
			return baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{L2: 1})
		},
		both()["forest"],
	} {
		m, err := fit(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := m.Probability(x.Row(0)); err != nil || p <= 0 || p >= 1 {
			t.Error(p, err)
		}
	}
	for i := range x.Data {
		x.Data[i] = math.NaN()
	}
	_, err = baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{L2: 1})
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "every column is constant or missing") {
		t.Error(err)
	}
}

func TestNumbersTooFarApartAreRefused(t *testing.T) {
	t.Parallel()
	x, y := planted(500)
	x.Row(3)[0], x.Row(4)[0] = 1e308, -1e308
	_, err := baseline.FitLogistic(context.Background(), x, y, nil, baseline.LogisticOptions{L2: 1})
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "column recency runs from -1e+308 to 1e+308, too far to be measured: mark it skewed or change its unit") {
		t.Error(err)
	}
}

func TestWeightsCountAsRows(t *testing.T) {
	t.Parallel()
	x, y := planted(600)
	w := make([]float64, 600)
	twice := &features.Matrix{Schema: x.Schema}
	var labels []float64
	for i := range w {
		w[i] = float64(i % 3) // rows of weight 0, 1 and 2
		for range i % 3 {
			twice.Data = append(twice.Data, x.Row(i)...)
			labels = append(labels, y[i])
			twice.Rows++
		}
	}
	// The weights are scaled to a mean of 1: 400 rows of mean 1.5 become 400, so
	// the penalty against 600 rows is 1.5 times as large.
	a, err := baseline.FitLogistic(context.Background(), x, y, w, baseline.LogisticOptions{L2: 2})
	if err != nil {
		t.Fatal(err)
	}
	b, err := baseline.FitLogistic(context.Background(), twice, labels, nil, baseline.LogisticOptions{L2: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		pa, errA := a.Probability(x.Row(i))
		pb, errB := b.Probability(x.Row(i))
		if math.Abs(pa-pb) > 1e-4 || errA != nil || errB != nil {
			t.Fatalf("row %d: %v by weight, %v by repetition (%v, %v)", i, pa, pb, errA, errB)
		}
	}
	w[5] = -1
	if _, err := baseline.FitLogistic(context.Background(), x, y, w, baseline.LogisticOptions{L2: 1}); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	x, y := planted(100)
	for _, o := range []baseline.LogisticOptions{{L2: -1}, {L2: math.NaN()}, {Folds: 1}, {Spline: "wavy"}, {Knots: 99}, {Spline: model.NaturalCubic, Knots: 2}, {Group: []int64{1}}} {
		if _, err := baseline.FitLogistic(context.Background(), x, y, nil, o); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []baseline.ForestOptions{{Trees: -1}, {MaxRows: 60_000}, {MaxDepth: -2}, {Budget: time.Second}} {
		if _, err := baseline.FitForest(context.Background(), x, y, nil, o); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestACancelledFitStops(t *testing.T) {
	t.Parallel()
	x, y := planted(500)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := baseline.FitLogistic(ctx, x, y, nil, baseline.LogisticOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := baseline.FitForest(ctx, x, y, nil, baseline.ForestOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

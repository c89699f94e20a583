package baseline

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/model"
)

// drawSample makes a small table with missing, infinite and repeated values.
func drawSample(t *rapid.T) *sample {
	x := &features.Matrix{Rows: rapid.IntRange(60, 120).Draw(t, "rows"), Schema: features.Schema{Columns: []features.Column{
		{Name: "amount", Skewed: true},
		{Name: "age"},
		{Name: "plan", Kind: features.Categorical, Levels: []string{"other", "a", "b"}},
	}}}
	var y, w []float64
	for i := range x.Rows {
		amount := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -3, 0, 0, 1, 5, 40, 900}).Draw(t, "amount")
		age := rapid.Float64Range(18, 90).Draw(t, "age")
		plan := rapid.SampledFrom([]float64{math.NaN(), 0, 1, 1, 2, 2}).Draw(t, "plan")
		x.Data = append(x.Data, amount, age, plan)
		y = append(y, float64(i%2*rapid.IntRange(0, 1).Draw(t, "left")))
		w = append(w, rapid.Float64Range(.2, 2).Draw(t, "weight"))
	}
	y[0], y[1], w[2] = 1, 0, 0
	s, err := newSample(x, y, w, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The optimiser's rows times its weights, and the model's own margin, are two
// ways to one number.
func TestTheModelSaysWhatTheOptimiserSaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		spline := rapid.SampledFrom([]model.Spline{model.NoSpline, model.Hinges, model.NaturalCubic}).Draw(t, "spline")
		d, err := newDesign(s, spline, 4)
		if err != nil {
			t.Fatal(err)
		}
		beta := make([]float64, d.width+1)
		for k := range beta {
			beta[k] = rapid.Float64Range(-2, 2).Draw(t, "weight")
		}
		m, err := model.NewLinear(s.x.Schema, d.linear(beta), model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		encoded := d.encode(s)
		mean := make([]float64, d.width)
		for r, i := range s.rows {
			line := encoded[r*d.width : (r+1)*d.width]
			want := beta[0]
			for k, v := range line {
				want += beta[1+k] * v
				mean[k] += s.weight(i) * v
			}
			got, err := m.Margin(s.x.Row(i))
			if err != nil || math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Fatalf("row %d: margin %v, want %v, %v", i, got, want, err)
			}
		}
		for k, v := range mean {
			if math.Abs(v) > 1e-7 {
				t.Fatalf("slot %d has a mean of %v", k, v/float64(len(s.rows)))
			}
		}
	})
}

// At the minimum of a convex function, and nowhere else, every slope is 0.
func TestSolverFindsTheMinimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		d, err := newDesign(s, model.Hinges, 3)
		if err != nil {
			t.Fatal(err)
		}
		l2 := rapid.SampledFrom([]float64{.1, 1, 20}).Draw(t, "penalty")
		solver := newSolver(newLikelihood(s, d))
		got, err := solver.solve(context.Background(), solver.start(), l2)
		if err != nil {
			t.Fatal(err)
		}
		for k, slope := range slopes(s, d.encode(s), d.width, got, l2) {
			if math.Abs(slope) > 1e-2 {
				t.Fatalf("slope %d is %v at the end", k, slope)
			}
		}
	})
}

// slopes is the gradient written as in a textbook, one weight after another.
func slopes(s *sample, x []float64, width int, beta []float64, l2 float64) []float64 {
	grad := make([]float64, len(beta))
	for k := range grad {
		for r, i := range s.rows {
			z := beta[0]
			for j := range width {
				z += beta[1+j] * x[r*width+j]
			}
			v := 1.0
			if k > 0 {
				v = x[r*width+k-1]
			}
			grad[k] += s.weight(i) * (1/(1+math.Exp(-z)) - s.y[i]) * v
		}
		if k > 0 {
			grad[k] += l2 * beta[k]
		}
	}
	return grad
}

// The gradient is the slope of the loss, and neither depends on the blocks.
func TestGradientIsTheSlopeOfTheLoss(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		d, err := newDesign(s, model.NoSpline, 4)
		if err != nil {
			t.Fatal(err)
		}
		l := newLikelihood(s, d)
		if rapid.Bool().Draw(t, "rows are not kept") {
			l.x = newCompact(s, d, 0)
		}
		beta, grad := make([]float64, d.width+1), make([]float64, d.width+1)
		for k := range beta {
			beta[k] = rapid.Float64Range(-1, 1).Draw(t, "weight")
		}
		l.evaluate(beta, grad)
		k := rapid.IntRange(0, d.width).Draw(t, "which")
		const h = 1e-5
		at := beta[k]
		beta[k] = at + h
		up := l.evaluate(beta, nil)
		beta[k] = at - h
		down := l.evaluate(beta, nil)
		if want := (up - down) / (2 * h); math.Abs(grad[k]-want) > 1e-4*(1+math.Abs(want)) {
			t.Fatalf("slope %d is %v, by differences %v", k, grad[k], want)
		}
	})
}

// Compact rows give the margins and sums of rows written out slot by slot, kept or
// not, also for levels that no training row had.
func TestCompactRowsAreTheWrittenOutOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := drawSample(t)
		d, err := newDesign(all.only(all.rows[:10]), model.Hinges, 3) // the others may surprise it
		if err != nil {
			t.Skip("the first rows are all alike")
		}
		beta := make([]float64, d.width+1)
		for k := range beta {
			beta[k] = rapid.Float64Range(-2, 2).Draw(t, "weight")
		}
		written := d.encode(all)
		for _, most := range []int{0, 1 << 20} {
			c := newCompact(all, d, most)
			w, got, want := c.weigh(beta), make([]float64, d.width+1), make([]float64, d.width+1)
			slope, room := c.newSlope(got), make([]float64, len(c.dense))
			for r := range all.rows {
				row := written[r*d.width : (r+1)*d.width]
				line := c.line(r, room)
				if z, plain := c.margin(w, r, line), beta[0]+dot(row, beta[1:]); math.Abs(z-plain) > 1e-9*(1+math.Abs(plain)) {
					t.Fatalf("row %d: margin %v, written out %v", r, z, plain)
				}
				f := all.weight(all.rows[r])
				slope.add(f, r, line)
				want[0] += f
				addScaled(want[1:], f, row)
			}
			slope.close()
			for k := range want {
				if math.Abs(got[k]-want[k]) > 1e-7*(1+math.Abs(want[k])) {
					t.Fatalf("slot %d adds up to %v, written out to %v", k, got[k], want[k])
				}
			}
		}
	})
}

func TestFoldsKeepCustomersTogetherAndIgnoreTheOrderOfRows(t *testing.T) {
	t.Parallel()
	x := &features.Matrix{Rows: 300, Schema: features.Schema{Columns: []features.Column{{Name: "x"}}}, Data: make([]float64, 300)}
	y, group := make([]float64, 300), make([]int64, 300)
	for i := range y {
		group[i] = int64(i / 3)
		y[i] = float64(i / 3 % 2)
	}
	fold := func(reverse bool) map[int64]int {
		g, label := append([]int64(nil), group...), append([]float64(nil), y...)
		if reverse {
			for i := range g {
				g[i], label[i] = group[299-i], y[299-i]
			}
		}
		s, err := newSample(x, label, nil, g)
		if err != nil {
			t.Fatal(err)
		}
		folds, err := s.folds(5, 1000, 9)
		if err != nil {
			t.Fatal(err)
		}
		of := map[int64]int{}
		for f, rows := range folds {
			if len(rows) != 60 {
				t.Errorf("fold %d has %d rows", f, len(rows))
			}
			for _, i := range rows {
				if was, ok := of[g[i]]; ok && was != f {
					t.Fatalf("customer %d is in folds %d and %d", g[i], was, f)
				}
				of[g[i]] = f
			}
		}
		return of
	}
	forwards, backwards := fold(false), fold(true)
	for g, f := range forwards {
		if backwards[g] != f {
			t.Fatalf("customer %d moved with the order of rows", g)
		}
	}
}

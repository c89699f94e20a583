package gbdt_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// small are sizes for tests that are not about sizes.
var small = gbdt.Options{Trees: 20, Leaves: 8, Rate: 0.3, MinRows: 5}

// numbers makes a schema of so many numeric columns.
func numbers(n int) features.Schema {
	var s features.Schema
	for j := range n {
		s.Columns = append(s.Columns, features.Column{Name: fmt.Sprintf("x%d", j)})
	}
	return s
}

// drawn makes rows of standard normal numbers, of which some are missing, and of
// levels, with an outcome that depends on the first columns.
func drawn(rows int, schema features.Schema, seed uint64) rowsOf {
	random := stats.Stream(seed)
	d := rowsOf{x: &features.Matrix{Schema: schema, Rows: rows}, y: make([]float64, rows)}
	for i := range rows {
		margin := 0.0
		for j, c := range schema.Columns {
			v := random.NormFloat64()
			if c.Kind == features.Categorical {
				v = float64(random.IntN(len(c.Levels)))
			} else if random.Float64() < 0.1 {
				v = math.NaN()
			}
			d.x.Data = append(d.x.Data, v)
			switch {
			case math.IsNaN(v) && j < 3:
				margin += 0.7
			case c.Kind == features.Categorical:
				margin += 0.8 * float64(int(v)*7%5-2)
			case j < 3:
				margin += math.Sin(2 * v)
			}
		}
		if stats.Sigmoid(margin) > random.Float64() {
			d.y[i] = 1
		}
	}
	return d
}

// kinds is a schema of numbers and of categories of a few and of many levels.
func kinds() features.Schema {
	s := numbers(5)
	for j, levels := range []int{3, 12, 70} {
		c := features.Column{Name: fmt.Sprint("level", j), Kind: features.Categorical, Levels: []string{"other"}}
		for l := range levels {
			c.Levels = append(c.Levels, fmt.Sprint(l))
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

func train(t testing.TB, d rowsOf, w []float64, opt gbdt.Options) *model.Model {
	t.Helper()
	m, err := gbdt.Train(context.Background(), d.x, d.y, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func margins(t testing.TB, m *model.Model, x *features.Matrix) []float64 {
	t.Helper()
	out := make([]float64, x.Rows)
	if err := m.Margins(x, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// furthest is the largest difference between two lists.
func furthest(a, b []float64) (d float64) {
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}

// TestSameBytes: one model file for any number of workers, the one of the day
// this test was written, and another with another seed.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	d := drawn(9000, kinds(), 5)
	random := stats.Stream(6)
	w := make([]float64, len(d.y))
	for i := range w {
		w[i] = 0.5 + random.Float64()
	}
	file := func(opt gbdt.Options) string {
		var b bytes.Buffer
		if err := train(t, d, w, opt).Write(&b); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b.Bytes())
		return hex.EncodeToString(sum[:8])
	}
	for name, c := range map[string]struct {
		opt    gbdt.Options
		golden string
	}{
		"all":    {gbdt.Options{Trees: 12, Leaves: 31, Rate: 0.1}, "dacbcb1ac7e062cb"},
		"drawn":  {gbdt.Options{Trees: 12, Leaves: 31, Rate: 0.1, RowShare: 0.6, ColumnShare: 0.5, Seed: 3}, "3e524aecf8e81549"},
		"chosen": {gbdt.Options{Leaves: 5, MaxChoiceRows: 1000, Folds: 2, Patience: 5}, "ab8dce32079babc0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, workers := range []int{1, 2, 8} {
				opt := c.opt
				opt.Workers = workers
				got := file(opt)
				// Exp and Log differ in the last bit between architectures
				if runtime.GOARCH == "amd64" && got != c.golden {
					t.Errorf("with %d workers the file is %s, not %s", workers, got, c.golden)
				}
			}
			other := c.opt
			other.Seed = 99
			if file(other) == c.golden {
				t.Error("another seed gives the same file")
			}
		})
	}
}

// TestPlantedTree: a tree without noise is found again, thresholds and values.
func TestPlantedTree(t *testing.T) {
	t.Parallel()
	random := stats.Stream(11)
	d := rowsOf{x: &features.Matrix{Schema: numbers(6), Rows: 4000}}
	for range d.x.Rows {
		for range 6 {
			d.x.Data = append(d.x.Data, float64(random.IntN(100)))
		}
		row := d.x.Data[len(d.x.Data)-6:]
		switch {
		case row[2] <= 29:
			d.y = append(d.y, -3)
		case row[4] <= 69:
			d.y = append(d.y, 1)
		default:
			d.y = append(d.y, 8)
		}
	}
	m := train(t, d, nil, gbdt.Options{Loss: gbdt.SquaredError, Trees: 1, Leaves: 3, Rate: 1})
	tree := m.Trees()
	type cut struct {
		column int32
		at     float64
	}
	var cuts []cut
	for n, f := range tree.Feature {
		if f >= 0 {
			cuts = append(cuts, cut{f, tree.Threshold[n]})
		}
	}
	slices.SortFunc(cuts, func(a, b cut) int { return int(a.column - b.column) })
	if want := []cut{{2, 29.5}, {4, 69.5}}; !slices.Equal(cuts, want) {
		t.Errorf("cuts %v, want %v", cuts, want)
	}
	if far := furthest(margins(t, m, d.x), d.y); far > 1e-9 {
		t.Errorf("predictions are off by up to %v", far)
	}
}

// TestOrderDoesNotMatter: rows in another order, or columns, give the same
// predictions where no two splits are equally good.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	d := drawn(5000, kinds(), 21)
	opt := gbdt.Options{Trees: 6, Leaves: 6, Rate: 0.3}
	want := margins(t, train(t, d, nil, opt), d.x)

	order := stats.Stream(22).Perm(len(d.y))
	turned := rowsOf{x: &features.Matrix{Schema: d.x.Schema, Rows: d.x.Rows}}
	for _, i := range order {
		turned.x.Data = append(turned.x.Data, d.x.Row(i)...)
		turned.y = append(turned.y, d.y[i])
	}
	if far := furthest(margins(t, train(t, turned, nil, opt), d.x), want); far > 1e-9 {
		t.Errorf("with the rows in another order predictions differ by %v", far)
	}

	mirrored := rowsOf{x: &features.Matrix{Rows: d.x.Rows, Schema: features.Schema{Columns: slices.Clone(d.x.Schema.Columns)}}, y: d.y}
	slices.Reverse(mirrored.x.Schema.Columns)
	for i := range d.x.Rows {
		row := slices.Clone(d.x.Row(i))
		slices.Reverse(row)
		mirrored.x.Data = append(mirrored.x.Data, row...)
	}
	if far := furthest(margins(t, train(t, mirrored, nil, opt), mirrored.x), want); far > 1e-9 {
		t.Errorf("with the columns in another order predictions differ by %v", far)
	}
}

// TestWeightsAreRows: a row of weight 3 counts as three rows.
func TestWeightsAreRows(t *testing.T) {
	t.Parallel()
	random := stats.Stream(31)
	schema := features.Schema{Columns: kinds().Columns[2:6]} // no more than four levels: one against the rest
	once := drawn(3000, schema, 32)
	for i, v := range once.x.Data { // few values: copies move no bin
		if i%4 != 3 {
			once.x.Data[i] = math.Round(2*max(-2, min(2, v))) / 2
		}
	}
	var many rowsOf
	many.x = &features.Matrix{Schema: once.x.Schema}
	w := make([]float64, len(once.y))
	for i := range w {
		w[i] = float64(random.IntN(4)) // some count for nothing
		for range int(w[i]) {
			many.x.Data = append(many.x.Data, once.x.Row(i)...)
			many.y = append(many.y, once.y[i])
			many.x.Rows++
		}
	}
	for _, loss := range []gbdt.Loss{gbdt.LogLoss, gbdt.SquaredError} {
		opt := gbdt.Options{Loss: loss, Trees: 5, Leaves: 5, Rate: 0.3, MinRows: 1, MinHessian: 20}
		weighted, copied := train(t, once, w, opt), train(t, many, nil, opt)
		if far := furthest(margins(t, weighted, once.x), margins(t, copied, once.x)); far > 1e-9 {
			t.Errorf("loss %d: weights and copies differ by %v", loss, far)
		}
	}
}

// TestMissingIsLearnt: y = isnan(x) is learnt perfectly, whatever else x holds.
func TestMissingIsLearnt(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]float64{"numbers": math.Inf(1), "one number": 7} {
		random := stats.Stream(41)
		d := rowsOf{x: &features.Matrix{Schema: numbers(2), Rows: 500}, y: make([]float64, 500)}
		for i := range d.y {
			v := random.NormFloat64()
			if !math.IsInf(other, 0) {
				v = other
			}
			if i%5 == 0 {
				v, d.y[i] = math.NaN(), 1
			}
			d.x.Data = append(d.x.Data, random.NormFloat64(), v)
		}
		m := train(t, d, nil, gbdt.Options{Trees: 40, Leaves: 2, Rate: 0.5})
		p := make([]float64, len(d.y))
		if err := m.Score(d.x, p); err != nil {
			t.Fatal(err)
		}
		if far := furthest(p, d.y); far > 0.01 {
			t.Errorf("%s: a probability is off by %v", name, far)
		}
		for _, v := range []float64{math.Inf(1), math.Inf(-1), math.MaxFloat64} {
			if p, err := m.Probability([]float64{0, v}); err != nil || p > 0.01 {
				t.Errorf("%s: %v counts as missing (%v, %v)", name, v, p, err)
			}
		}
	}
}

// TestUselessColumns: constant and empty columns change nothing and are not used.
func TestUselessColumns(t *testing.T) {
	t.Parallel()
	d := drawn(2000, numbers(3), 51)
	wide := rowsOf{x: &features.Matrix{Schema: numbers(7), Rows: d.x.Rows}, y: d.y}
	for i := range d.x.Rows {
		r := d.x.Row(i)
		wide.x.Data = append(wide.x.Data, 1, r[0], math.NaN(), r[1], math.Inf(1), r[2], 0)
	}
	m := train(t, wide, nil, small)
	if far := furthest(margins(t, m, wide.x), margins(t, train(t, d, nil, small), d.x)); far != 0 {
		t.Errorf("useless columns change predictions by %v", far)
	}
	for _, f := range m.Trees().Feature {
		if f >= 0 && f%2 == 0 {
			t.Errorf("column %d says nothing and is split on", f)
		}
	}
}

// TestLittleToLearnFrom: two rows, and nothing but useless columns, give the base rate.
func TestLittleToLearnFrom(t *testing.T) {
	t.Parallel()
	two := rowsOf{x: &features.Matrix{Schema: numbers(1), Rows: 2, Data: []float64{1, 2}}, y: []float64{0, 1}}
	constant := rowsOf{x: &features.Matrix{Schema: numbers(1), Rows: 4, Data: []float64{3, 3, 3, 3}}, y: []float64{0, 1, 0, 0}}
	for name, opt := range map[string]gbdt.Options{"given": small, "chosen": {}} {
		for _, d := range []rowsOf{two, constant} {
			m := train(t, d, nil, opt)
			p, err := m.Probability([]float64{1})
			if want := 1 / float64(len(d.y)); err != nil || math.Abs(p-want) > 1e-12 {
				t.Errorf("%s: %d rows give %v, %v; want %v", name, len(d.y), p, err, want)
			}
		}
	}
}

// TestManyColumns: the one column of 300 that matters is found.
func TestManyColumns(t *testing.T) {
	t.Parallel()
	random := stats.Stream(61)
	d := rowsOf{x: &features.Matrix{Schema: numbers(300), Rows: 1500}}
	for range d.x.Rows {
		for range 300 {
			d.x.Data = append(d.x.Data, random.NormFloat64())
		}
		y := 0.0
		if d.x.Data[len(d.x.Data)-300+287] > 0.5 {
			y = 1
		}
		d.y = append(d.y, y)
	}
	m := train(t, d, nil, gbdt.Options{Trees: 5, Leaves: 4, Rate: 0.5})
	if tree := m.Trees(); tree.Feature[0] != 287 || math.Abs(tree.Threshold[0]-0.5) > 0.05 {
		t.Errorf("the first split is x%d ≤ %v", tree.Feature[0], tree.Threshold[0])
	}
}

// TestManyLevels: of 100,000 levels the frequent ones that matter are found, and
// rare and unseen ones go with "other".
func TestManyLevels(t *testing.T) {
	t.Parallel()
	c := features.Column{Name: "postcode", Kind: features.Categorical, Levels: make([]string, 100_000)}
	for l := range c.Levels {
		c.Levels[l] = fmt.Sprint("level ", l)
	}
	random := stats.Stream(71)
	d := rowsOf{x: &features.Matrix{Schema: features.Schema{Columns: []features.Column{c}}, Rows: 20_000}}
	for range d.x.Rows {
		level := random.IntN(100_000)
		if random.IntN(2) == 0 {
			level = 90_000 + random.IntN(100)
		}
		y := 0.0
		if level >= 90_000 && level < 90_100 && level%4 == 0 {
			y = 1
		}
		d.x.Data, d.y = append(d.x.Data, float64(level)), append(d.y, y)
	}
	m := train(t, d, nil, gbdt.Options{Trees: 10, Leaves: 4, Rate: 0.5})
	for level, want := range map[float64]bool{90_000: true, 90_096: true, 90_001: false, 5: false, 0: false, 1e9: false, -4: false} {
		if p, err := m.Probability([]float64{level}); err != nil || (p > 0.9) != want || (p < 0.1) == want {
			t.Errorf("level %v has probability %v, %v", level, p, err)
		}
	}
}

// TestContributionsAddUp: what the columns add makes the margin, to 1e-9.
func TestContributionsAddUp(t *testing.T) {
	t.Parallel()
	d := drawn(3000, kinds(), 81)
	m := train(t, d, nil, gbdt.Options{Trees: 60, Leaves: 31, Rate: 0.2, RowShare: 0.7})
	margin := margins(t, m, d.x)
	phi := make([]float64, len(d.x.Schema.Columns))
	used := make([]bool, len(phi))
	for i := range 300 {
		base, err := m.Contributions(d.x.Row(i), phi)
		if err != nil {
			t.Fatal(err)
		}
		total := base
		for j, v := range phi {
			total += v
			used[j] = used[j] || v != 0
		}
		if math.Abs(total-margin[i]) > 1e-9 {
			t.Fatalf("row %d: contributions make %v, the margin is %v", i, total, margin[i])
		}
	}
	if slices.Contains(used, false) {
		t.Errorf("columns used: %v", used)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	good := drawn(100, numbers(2), 91)
	other := drawn(100, numbers(3), 91)
	ones := slices.Repeat([]float64{1}, 100)
	sorted := numbers(2)
	sorted.Columns[1] = features.Column{Name: "plan", Kind: features.Categorical, Levels: []string{"other"}, Monotone: 1}
	with := func(y []float64, at int, v float64) []float64 {
		y = slices.Clone(y)
		y[at] = v
		return y
	}
	for want, c := range map[string]struct {
		x    *features.Matrix
		y, w []float64
		opt  gbdt.Options
	}{
		"100 customers left and 0 stayed":                          {good.x, ones, nil, small},
		"0 customers left and 100 stayed":                          {good.x, make([]float64, 100), nil, small},
		"the outcome of row 3 is 2: it must be 0":                  {good.x, with(good.y, 3, 2), nil, small},
		"the outcome of row 4 is NaN: it must be 0":                {good.x, with(good.y, 4, math.NaN()), nil, small},
		"row 5 is +Inf: it must be finite":                         {good.x, with(good.y, 5, math.Inf(1)), nil, gbdt.Options{Loss: gbdt.SquaredError}},
		"the weight of row 6 is -1":                                {good.x, good.y, with(ones, 6, -1), small},
		"all 100 rows have weight 0":                               {good.x, good.y, make([]float64, 100), small},
		"100 rows of 2 columns came with 200 numbers, 99 outcomes": {good.x, good.y[1:], nil, small},
		"there is nothing to learn from":                           {&features.Matrix{Schema: numbers(2)}, nil, nil, small},
		"100 rows and 3 customers in Group":                        {good.x, good.y, nil, gbdt.Options{Group: make([]int64, 3)}},
		"column plan is categorical and cannot be mono":            {&features.Matrix{Schema: sorted, Rows: 100, Data: good.x.Data}, good.y, nil, small},
		"the held rows have another schema":                        {good.x, good.y, nil, gbdt.Options{Held: &gbdt.Held{X: other.x, Y: other.y}}},
		"the held rows are empty":                                  {good.x, good.y, nil, gbdt.Options{Held: &gbdt.Held{}}},
		"Leaves is 1: give at least 2":                             {good.x, good.y, nil, gbdt.Options{Leaves: 1}},
		"Leaves is -3: give a number from 0 to 4096":               {good.x, good.y, nil, gbdt.Options{Leaves: -3}},
		"Rate is 1.5: give a finite number":                        {good.x, good.y, nil, gbdt.Options{Rate: 1.5}},
		"L2 is NaN: give a finite number":                          {good.x, good.y, nil, gbdt.Options{L2: math.NaN()}},
		"Loss is 7: give LogLoss":                                  {good.x, good.y, nil, gbdt.Options{Loss: 7}},
	} {
		m, err := gbdt.Train(context.Background(), c.x, c.y, c.w, c.opt)
		if m != nil || err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("got %v, want invalid: %s", err, want)
		}
	}
}

func TestCancelledAndWatched(t *testing.T) {
	t.Parallel()
	d := drawn(500, numbers(3), 95)
	ctx, cancel := context.WithCancel(context.Background())
	opt := small
	seen := 0
	opt.Progress = func(p gbdt.Progress) {
		if seen++; p.Done != seen || p.All != 20 || p.Stage != "growing" || !math.IsNaN(p.Loss) {
			t.Errorf("told %+v after %d trees", p, seen)
		}
		if seen == 7 {
			cancel()
		}
	}
	if _, err := gbdt.Train(ctx, d.x, d.y, nil, opt); !errors.Is(err, context.Canceled) || seen != 7 {
		t.Errorf("after %d trees: %v", seen, err)
	}
	if _, err := gbdt.Train(ctx, d.x, d.y, nil, gbdt.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("choosing goes on: %v", err)
	}
}

func TestSizesOf(t *testing.T) {
	t.Parallel()
	d := drawn(400, numbers(3), 97)
	m := train(t, d, nil, gbdt.Options{Leaves: 7, Rate: 0.125, Trees: 9, MinRows: 11, ColumnShare: 0.5})
	got, err := gbdt.SizesOf(m)
	if err != nil || got.Trees != 9 || got.Leaves != 7 || got.Rate != 0.125 || got.MinRows != 11 || got.ColumnShare != 0.5 {
		t.Errorf("sizes %+v, %v", got, err)
	}
	again := train(t, d, nil, got)
	if far := furthest(margins(t, again, d.x), margins(t, m, d.x)); far != 0 {
		t.Errorf("the same sizes give other predictions, by %v", far)
	}
	if _, err := gbdt.SizesOf(m.WithCard(model.Card{Name: "bare"})); fault.Of(err) != fault.Invalid {
		t.Errorf("a bare card: %v", err)
	}
}

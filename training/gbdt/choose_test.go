package gbdt

import (
	"context"
	"math"
	"slices"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
)

// TestFoldsKeepCustomersTogether: no customer is in two folds, both kinds are in
// all of them, and the order of the rows does not matter.
func TestFoldsKeepCustomersTogether(t *testing.T) {
	t.Parallel()
	random := stats.Stream(1)
	s := &sample{train: 3000}
	for range s.train {
		id := int64(random.IntN(700))
		s.group = append(s.group, id)
		left := 0.0
		if id%9 == 0 && random.IntN(2) == 0 {
			left = 1
		}
		s.y = append(s.y, left)
	}
	opt, err := Options{Seed: 4}.checked()
	if err != nil {
		t.Fatal(err)
	}
	folds, asked := s.folds(opt)
	in := make(map[int64]int)
	total := 0
	for f, rows := range folds {
		left := 0.0
		for _, i := range rows {
			if g, ok := in[s.group[i]]; ok && g != f {
				t.Fatalf("customer %d is in folds %d and %d", s.group[i], g, f)
			}
			in[s.group[i]] = f
			left += s.y[i]
		}
		total += len(rows)
		if len(rows) < 450 || len(rows) > 750 || left < 10 {
			t.Errorf("fold %d has %d rows, %v of them left", f, len(rows), left)
		}
	}
	if total != s.train || asked != total || len(folds) != 5 {
		t.Errorf("%d folds hold %d of %d rows", len(folds), total, s.train)
	}
	opt.MaxChoiceRows = 1000
	if _, asked = s.folds(opt); asked > 1000 || asked < 950 {
		t.Errorf("%d rows were asked for at most 1000", asked)
	}
	reversed := &sample{train: s.train, group: slices.Clone(s.group), y: slices.Clone(s.y)}
	slices.Reverse(reversed.group)
	slices.Reverse(reversed.y)
	opt.MaxChoiceRows = 20_000
	again, _ := reversed.folds(opt)
	for f, rows := range again {
		for _, i := range rows {
			if in[reversed.group[i]] != f {
				t.Fatalf("customer %d changed folds with the order of the rows", reversed.group[i])
			}
		}
	}
}

// TestMarginsOfBinsAndOfRawRows: what training adds up over bins is what the
// model says of the raw rows: rows that were drawn, left out and held.
func TestMarginsOfBinsAndOfRawRows(t *testing.T) {
	t.Parallel()
	s, table, opt := binned(t, 6000, 20, Options{RowShare: 0.5, Leaves: 31, Rate: 0.2, Trees: 15})
	b := newBooster(s, table, opt, sizes{trees: 15, leaves: 31, rate: 0.2}, rows(0, 4000), rows(4000, 6000))
	keep, err := b.run(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	trees := b.export(len(b.trees))
	if keep < 1 || len(trees.Roots) != 15 {
		t.Fatalf("%d of %d trees are kept", keep, len(trees.Roots))
	}
	for i := range 6000 {
		want := trees.Base
		for _, n := range trees.Roots {
			for trees.Feature[n] >= 0 {
				n = step(trees, n, s.x[0].Row(i))
			}
			want += trees.Value[n]
		}
		if math.Abs(want-b.score[i]) > 1e-12 {
			t.Fatalf("row %d has margin %v over bins and %v raw", i, b.score[i], want)
		}
	}
}

// TestEarlyStopping: with noise as outcome few trees are kept; with given trees
// and no held rows all are.
func TestEarlyStopping(t *testing.T) {
	t.Parallel()
	x, y := mixed(3000, 10)
	held, heldY := mixed(3000, 10)
	random := stats.Stream(5)
	for i := range y {
		y[i] = float64(random.IntN(2))
		heldY[i] = float64(random.IntN(2))
	}
	opt := Options{Leaves: 15, Rate: 0.2, Held: &Held{X: held, Y: heldY}, Patience: 10}
	told, last := 0, math.Inf(1)
	opt.Progress = func(p Progress) {
		told = p.Done
		last = p.Loss
	}
	m, err := Train(context.Background(), x, y, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	if kept := len(m.Trees().Roots); kept > 5 || told != kept+10 {
		t.Errorf("%d trees of noise are kept after %d", kept, told)
	}
	if !(last > math.Ln2) {
		t.Errorf("the loss of the held rows ended at %v", last)
	}
}

// TestMoreRowsBearMoreTrees: with sizes chosen on few rows the number of trees is
// chosen again on all.
func TestMoreRowsBearMoreTrees(t *testing.T) {
	t.Parallel()
	x, y := mixed(6000, 6)
	count := func(most int) int {
		m, err := Train(context.Background(), x, y, nil, Options{Leaves: 8, Rate: 0.1, MaxChoiceRows: most, Folds: 3})
		if err != nil {
			t.Fatal(err)
		}
		return len(m.Trees().Roots)
	}
	few, all := count(600), count(6000)
	if few < all/3 || few > 3*all {
		t.Errorf("%d trees when 600 rows choose the sizes, %d when all do", few, all)
	}
}

// TestChoosingIsWatched: the stages come in their order, each from the beginning
// to no more than its end.
func TestChoosingIsWatched(t *testing.T) {
	t.Parallel()
	x, y := mixed(3000, 6)
	var stages []string
	var last Progress
	opt := Options{Leaves: 8, MaxChoiceRows: 600, Folds: 3, Progress: func(p Progress) {
		if p.Stage != last.Stage {
			stages = append(stages, p.Stage)
			last.Done = 0
		}
		if p.Done != last.Done+1 || p.Done > p.All || (p.Stage == StageGrowing) != math.IsNaN(p.Loss) {
			t.Errorf("told %+v after %+v", p, last)
		}
		last = p
	}}
	if _, err := Train(context.Background(), x, y, nil, opt); err != nil {
		t.Fatal(err)
	}
	if want := []string{StageSizes, StageNumber, StageGrowing}; !slices.Equal(stages, want) {
		t.Errorf("the stages are %q, want %q", stages, want)
	}
}

// TestSquaredErrorChosen: sizes chosen for a number as outcome explain most of it.
func TestSquaredErrorChosen(t *testing.T) {
	t.Parallel()
	x, _ := mixed(3000, 8)
	random := stats.Stream(7)
	y := make([]float64, x.Rows)
	var mean, spread, left float64
	for i := range y {
		row := x.Row(i)
		y[i] = 100 + 10*math.Min(row[0], 3) - 5*math.Min(row[1]*row[2], 4) + random.NormFloat64()
		mean += y[i] / float64(len(y))
	}
	train := &features.Matrix{Schema: x.Schema, Rows: 2000, Data: x.Data[:2000*8]}
	m, err := Train(context.Background(), train, y[:2000], nil, Options{Loss: SquaredError, Folds: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := 2000; i < x.Rows; i++ {
		p, err := m.Margin(x.Row(i))
		if err != nil {
			t.Fatal(err)
		}
		spread += (y[i] - mean) * (y[i] - mean)
		left += (y[i] - p) * (y[i] - p)
	}
	if r2 := 1 - left/spread; r2 < 0.97 {
		t.Errorf("R² of unseen rows is %.3f, sizes %v", r2, m.Card().Settings)
	}
}

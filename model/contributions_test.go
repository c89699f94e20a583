package model_test

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// expectation is the value of the tree under node n when only the features in
// known are known: the slow twin's only idea.
func expectation(t *model.Trees, n int32, row []float64, known uint) float64 {
	f := t.Feature[n]
	if f == model.Leaf {
		return t.Value[n]
	}
	l, r := t.Left[n], t.Right[n]
	if known>>f&1 == 0 {
		share := t.Cover[l] / (t.Cover[l] + t.Cover[r])
		return share*expectation(t, l, row, known) + (1-share)*expectation(t, r, row, known)
	}
	x := row[f]
	left := x <= t.Threshold[n]
	switch {
	case math.IsNaN(x):
		left = t.MissingLeft[n]
	case t.Set[n] >= 0:
		left = t.Sets[t.Set[n]]>>uint(x)&1 == 1
	}
	if left {
		return expectation(t, l, row, known)
	}
	return expectation(t, r, row, known)
}

// shapley is Shapley's formula over all subsets of features.
func shapley(t *model.Trees, row []float64) (base float64, phi []float64) {
	n := len(row)
	value := make([]float64, 1<<n)
	for known := range value {
		for _, root := range t.Roots {
			value[known] += expectation(t, root, row, uint(known))
		}
	}
	phi = make([]float64, n)
	for j := range phi {
		for known := range value {
			if known>>j&1 == 0 {
				k := bits.OnesCount(uint(known))
				weight := math.Gamma(float64(k+1)) * math.Gamma(float64(n-k)) / math.Gamma(float64(n+1))
				phi[j] += weight * (value[known|1<<j] - value[known])
			}
		}
	}
	return value[0], phi
}

// Vector: path-dependent Shapley values of a tree of two splits, brute force, with
// base .44 (science.md section 6).
func TestContributionsOfTheReferenceTree(t *testing.T) {
	t.Parallel()
	trees := &model.Trees{Roots: []int32{0}}
	root := trees.AddSplit(0, math.Nextafter(.5, 0), false, 100) // f0 < .5
	low := trees.AddLeaf(.2, 60)
	split := trees.AddSplit(1, math.Nextafter(1, 0), false, 40) // f1 < 1
	trees.Join(split, trees.AddLeaf(.5, 10), trees.AddLeaf(.9, 30))
	trees.Join(root, low, split)
	s := features.Schema{Columns: []features.Column{{Name: "f0"}, {Name: "f1"}}}
	m, err := model.NewBoosted(s, trees, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ row, want []float64 }{
		{[]float64{.9, 2}, []float64{.39, .07}},
		{[]float64{.9, 0}, []float64{.27, -.21}},
		{[]float64{.1, 2}, []float64{-.26, .02}},
		{[]float64{.1, 0}, []float64{-.18, -.06}},
	} {
		phi := make([]float64, 2)
		base, err := m.Contributions(c.row, phi)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(base-.44) > 1e-12 || math.Abs(phi[0]-c.want[0]) > 1e-12 || math.Abs(phi[1]-c.want[1]) > 1e-12 {
			t.Errorf("%v: base %v, %v; want .44, %v", c.row, base, phi, c.want)
		}
	}
}

// drawTrees makes random trees over five columns, the last one categorical.
func drawTrees(t *rapid.T) (features.Schema, *model.Trees) {
	s := features.Schema{}
	for j := range 5 {
		s.Columns = append(s.Columns, features.Column{Name: fmt.Sprint("f", j)})
	}
	s.Columns[4].Kind, s.Columns[4].Levels = features.Categorical, []string{"other", "a", "b", "c"}
	all := new(model.Trees)
	for range rapid.IntRange(1, 3).Draw(t, "trees") {
		one := new(model.Trees)
		var grow func(depth int) int32
		grow = func(depth int) int32 {
			cover := rapid.Float64Range(.5, 50).Draw(t, "cover")
			if depth == 5 || (depth > 0 && rapid.IntRange(0, 3).Draw(t, "leaf") == 0) {
				return one.AddLeaf(rapid.Float64Range(.01, .99).Draw(t, "value"), cover)
			}
			j := rapid.IntRange(0, 4).Draw(t, "feature")
			missingLeft := rapid.Bool().Draw(t, "missing left")
			var n int32
			if j == 4 {
				n = one.AddSetSplit(j, []uint64{rapid.Uint64Range(1, 14).Draw(t, "set")}, missingLeft, cover)
			} else {
				n = one.AddSplit(j, float64(rapid.IntRange(0, 4).Draw(t, "threshold")), missingLeft, cover)
			}
			l := grow(depth + 1)
			one.Join(n, l, grow(depth+1))
			return n
		}
		grow(0)
		all.Append(one)
	}
	return s, all
}

func drawRow(t *rapid.T) []float64 {
	row := make([]float64, 5)
	for j := range row {
		row[j] = float64(rapid.IntRange(0, 5).Draw(t, "x"))
		if j == 4 {
			row[j] = float64(rapid.IntRange(0, 3).Draw(t, "level"))
		}
		if rapid.IntRange(0, 5).Draw(t, "missing") == 0 {
			row[j] = math.NaN()
		}
	}
	return row
}

func TestContributionsOfTreesAreShapleyValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, trees := drawTrees(t)
		row := drawRow(t)
		m, err := model.NewBoosted(s, trees, model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		phi := make([]float64, 5)
		base, err := m.Contributions(row, phi)
		if err != nil {
			t.Fatal(err)
		}
		wantBase, want := shapley(trees, row)
		if math.Abs(base-wantBase) > 1e-9 {
			t.Fatalf("base %v, want %v", base, wantBase)
		}
		for j := range phi {
			if math.Abs(phi[j]-want[j]) > 1e-9 {
				t.Fatalf("feature %d: %v, want %v", j, phi[j], want[j])
			}
		}
	})
}

// Of a forest: in proportion to the Shapley values of the mean leaf, same signs,
// and together with the base the margin.
func TestContributionsAddUpToTheMargin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, trees := drawTrees(t)
		row := drawRow(t)
		m, err := model.NewForest(s, trees, model.Card{})
		if err != nil {
			t.Fatal(err)
		}
		_, want := shapley(trees, row)
		line := stats.LogitCalibration{Slope: rapid.Float64Range(.1, 3).Draw(t, "slope"), Intercept: .3}
		calibrated, err := m.WithCalibration(model.LogisticCalibration(line))
		if err != nil {
			t.Fatal(err)
		}
		margin, err := m.Margin(row)
		if err != nil {
			t.Fatal(err)
		}
		for which, c := range map[*model.Model]float64{m: margin, calibrated: line.Slope*margin + line.Intercept} {
			phi := make([]float64, 5)
			sum, err := which.Contributions(row, phi)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range phi {
				sum += v
				if math.Abs(want[j]) > 1e-9 && v*want[j] <= 0 {
					t.Fatalf("feature %d: %v against %v", j, v, want[j])
				}
			}
			if math.Abs(sum-c) > 1e-9 {
				t.Fatalf("they add up to %v, not to %v", sum, c)
			}
		}
	})
}

func TestContributionsOfTheLinearModel(t *testing.T) {
	t.Parallel()
	m := linear(t)
	for _, row := range [][]float64{{3, 6, 1}, {math.NaN(), 2, math.NaN()}, {1e9, -4, 8}} {
		phi := make([]float64, 3)
		sum, err := m.Contributions(row, phi)
		if err != nil || sum != -1 {
			t.Fatal(sum, err)
		}
		for _, v := range phi {
			sum += v
		}
		if want, err := m.Margin(row); err != nil || math.Abs(sum-want) > 1e-12 {
			t.Errorf("%v adds up to %v, want %v, %v", row, sum, want, err)
		}
	}
}

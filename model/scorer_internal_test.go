package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
)

// randomTrees grows trees of random splits of every kind over six columns, the
// last two categorical, one of them with more levels than a word has bits.
func randomTrees(random *rand.Rand, trees, leaves int) (features.Schema, *Trees) {
	s := features.Schema{}
	for j := range 6 {
		c := features.Column{Name: fmt.Sprint("f", j)}
		for l := range []int{0, 0, 0, 0, 5, 150}[j] {
			c.Levels = append(c.Levels, fmt.Sprint("l", l))
			c.Kind = features.Categorical
		}
		s.Columns = append(s.Columns, c)
	}
	all := &Trees{Base: random.NormFloat64()}
	bounds := []float64{math.Inf(-1), -2, -zeroBound, -1e-300, 0, 1e-300, zeroBound, .5, 1, math.MaxFloat64, math.Inf(1)}
	for range trees {
		one := new(Trees)
		var grow func(leaves int) int32
		grow = func(leaves int) int32 {
			cover := 1 + float64(random.IntN(99))
			if leaves < 2 {
				return one.AddLeaf(random.NormFloat64(), cover)
			}
			j, left := random.IntN(len(s.Columns)), random.IntN(2) == 0
			var n int32
			if levels := len(s.Columns[j].Levels); levels > 0 {
				set := make([]uint64, SetWords(levels))
				for i := range set {
					set[i] = random.Uint64()
				}
				n = one.AddSetSplit(j, set, left, cover)
			} else {
				n = one.AddSplit(j, bounds[random.IntN(len(bounds))], left, cover)
				one.ZeroMissing[n] = random.IntN(3) == 0
			}
			k := 1 + random.IntN(leaves-1)
			l := grow(k)
			one.Join(n, l, grow(leaves-k))
			return n
		}
		grow(leaves)
		all.Append(one)
	}
	return s, all
}

// oddRow draws numbers at, between and beyond all bounds, missing and infinite
// ones, and levels that do not exist.
func oddRow(random *rand.Rand, s features.Schema) []float64 {
	odd := []float64{
		math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), zeroBound, -zeroBound, 1e-300, -1e-300,
		math.Nextafter(zeroBound, 1), math.Nextafter(-zeroBound, -1), .5, 1, -2, math.MaxFloat64, -math.MaxFloat64,
	}
	row := make([]float64, len(s.Columns))
	for j, c := range s.Columns {
		switch row[j] = random.NormFloat64(); {
		case random.IntN(2) == 0:
			row[j] = odd[random.IntN(len(odd))]
		case c.Kind == features.Categorical:
			row[j] = float64(random.IntN(len(c.Levels)+3) - 1)
		}
	}
	return row
}

// Slow twin: the plain walk, node by node. The fast scorer gives its bits, in a
// batch of any size and alone.
func TestFastScoringIsThePlainWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := stats.Stream(rapid.Uint64().Draw(t, "seed"))
		s, trees := randomTrees(random, rapid.IntRange(1, 20).Draw(t, "trees"), rapid.IntRange(1, 40).Draw(t, "leaves"))
		m, err := NewBoosted(s, trees, Card{})
		if err != nil {
			t.Fatal(err)
		}
		if m.scorer() == nil {
			t.Fatal("the trees do not fit")
		}
		x := &features.Matrix{Schema: s, Rows: rapid.IntRange(0, 2*blockRows+3).Draw(t, "rows")}
		for range x.Rows {
			x.Data = append(x.Data, oddRow(random, s)...)
		}
		got := make([]float64, x.Rows)
		if err := m.Margins(x, got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := trees.Base + trees.sum(x.Row(i))
			alone, err := m.Margin(x.Row(i))
			if err != nil || math.Float64bits(got[i]) != math.Float64bits(want) || math.Float64bits(alone) != math.Float64bits(want) {
				t.Fatalf("row %v: %v in a batch, %v alone (%v), want %v", x.Row(i), got[i], alone, err, want)
			}
		}
	})
}

// Trees that do not fit the fast form are walked: here a column of levels that is
// also split as if it were a number, and more bins than a code can count.
func TestTreesThatDoNotFitAreWalked(t *testing.T) {
	t.Parallel()
	s := features.Schema{Columns: []features.Column{
		{Name: "plan", Kind: features.Categorical, Levels: []string{"other", "a", "b"}}, {Name: "tenure_days"},
	}}
	both := new(Trees)
	root := both.AddSetSplit(0, []uint64{2}, false, 6)
	below := both.AddSplit(0, 1, true, 5)
	both.Join(below, both.AddLeaf(1, 2), both.AddLeaf(2, 3))
	leaf := both.AddLeaf(3, 1)
	both.Join(root, below, leaf)
	both.Roots = []int32{0}
	many := new(Trees)
	for i := range maxCode + 1 {
		n := many.AddSplit(1, float64(i), false, 3)
		many.Join(n, many.AddLeaf(1, 1), many.AddLeaf(2, 2))
		many.Roots = append(many.Roots, n)
	}
	for name, trees := range map[string]*Trees{"both": both, "many": many} {
		m, err := NewBoosted(s, trees, Card{})
		if err != nil {
			t.Fatal(err)
		}
		if m.scorer() != nil {
			t.Fatalf("%s: they fit", name)
		}
		x := &features.Matrix{Schema: s, Rows: 4, Data: []float64{0, 5, 1, 50, 2, 500, math.NaN(), math.NaN()}}
		got := make([]float64, x.Rows)
		if err := m.Margins(x, got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if alone, err := m.Margin(x.Row(i)); got[i] != trees.sum(x.Row(i)) || alone != got[i] || err != nil {
				t.Errorf("%s, row %d: %v and %v (%v), want %v", name, i, got[i], alone, err, trees.sum(x.Row(i)))
			}
		}
	}
}

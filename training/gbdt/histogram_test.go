package gbdt

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/stats"
)

// binned prepares a table for a test.
func binned(t testing.TB, rows, columns int, opt Options) (*sample, *table, Options) {
	t.Helper()
	x, y := mixed(rows, columns)
	for i := range x.Data {
		if mix(uint64(i))%11 == 0 {
			x.Data[i] = math.NaN()
		}
	}
	opt, err := opt.checked()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSample(x, y, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newTable(context.Background(), s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, b, opt
}

// TestHistogramAgainstFloats compares the packed sums with a naive histogram of
// floats: scattered and consecutive rows, every width of a line, 1, 2 and 8
// workers, which must agree to the bit.
func TestHistogramAgainstFloats(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{1, 8, 9, 20, 40, 70, 130} {
		s, table, opt := binned(t, 20_000, columns, Options{Leaves: 2, Rate: 1, Trees: 1})
		b := newBooster(s, table, opt, sizes{trees: 1, leaves: 2, rate: 1}, rows(0, s.train), nil)
		absolute, hessian := b.derivatives(b.learn)
		u := b.pack(b.learn, absolute, hessian, 0)
		scattered := slices.DeleteFunc(rows(0, s.train), func(i int32) bool { return mix(uint64(i))%3 == 0 })
		for _, of := range [][]int32{b.learn, rows(100, 5000), scattered, {7}, nil} {
			want := naiveHistogram(table, of, pairsOf(b))
			var first histogram
			for _, workers := range []int{1, 2, 8} {
				opt.Workers = workers
				g := newGrower(table, &opt, 2, s.train)
				g.packed = b.packed
				g.draw(opt, 0)
				h := table.newHistogram()
				g.count(h, of)
				if first == nil {
					first = h
					compareHistograms(t, fmt.Sprintf("%d columns, %d rows", columns, len(of)), h, want, u, len(of))
				} else if !slices.Equal(h, first) {
					t.Errorf("%d workers count otherwise than one", workers)
				}
			}
		}
	}
}

// pairsOf returns the derivatives of all rows.
func pairsOf(b *booster) []pair {
	pairs := make([]pair, len(b.predicted))
	for i := range pairs {
		pairs[i] = b.pairOf(int32(i))
	}
	return pairs
}

func naiveHistogram(t *table, of []int32, pairs []pair) []pair {
	h := make([]pair, 256*len(t.bins))
	for f, col := range t.cols {
		for _, i := range of {
			cell := &h[256*f+int(col[i])]
			cell.g += pairs[i].g
			cell.h += pairs[i].h
		}
	}
	return h
}

func compareHistograms(t *testing.T, what string, got histogram, want []pair, u unit, rows int) {
	t.Helper()
	for k, w := range want {
		g, h := float64(int32(got[k]>>32))*u.g, float64(uint32(got[k]))*u.h
		if math.Abs(g-w.g) > float64(rows+1)*u.g || math.Abs(h-w.h) > float64(rows+1)*u.h {
			t.Fatalf("%s: column %d bin %d holds %v, %v; want %v", what, k/256, k%256, g, h, w)
		}
	}
}

// TestSubtraction: what is left of the parent is the other child, to the bit.
func TestSubtraction(t *testing.T) {
	t.Parallel()
	_, table, opt := binned(t, 5000, 12, Options{})
	g := newGrower(table, &opt, 2, 5000)
	g.packed = make([]uint64, 5000)
	for i := range g.packed {
		g.packed[i] = uint64(int32(mix(uint64(i)))>>13)<<32 + mix(uint64(i))>>45
	}
	g.draw(opt, 0)
	all, left, right := table.newHistogram(), table.newHistogram(), table.newHistogram()
	odd := func(i int32) bool { return mix(uint64(i))%5 == 1 }
	g.count(all, rows(0, 5000))
	g.count(left, slices.DeleteFunc(rows(0, 5000), odd))
	g.count(right, slices.DeleteFunc(rows(0, 5000), func(i int32) bool { return !odd(i) }))
	all.minus(left)
	if !slices.Equal(all, right) {
		t.Error("parent − child is not the other child")
	}
}

// TestRoundingIsFair: packed values are right on average, never off by more than
// one step, and all rows together fit, whatever the weights.
func TestRoundingIsFair(t *testing.T) {
	t.Parallel()
	steps := pair{10, 100}
	for _, p := range []pair{{0.123, 0.0456}, {-0.777, 0.001}, {3, 0}, {-0.01, 2.5}} {
		var g, h float64
		const n = 40_000
		for k := range uint64(n) {
			v := packedPair(p, steps, mix(k))
			gv, hv := float64(int32(v>>32)), float64(uint32(v))
			if math.Abs(gv-p.g*steps.g) >= 1 || math.Abs(hv-p.h*steps.h) >= 1 {
				t.Fatalf("%v became %v, %v", p, gv, hv)
			}
			g, h = g+gv/n, h+hv/n
		}
		// four standard errors of a rounding error of at most half a step
		if math.Abs(g-p.g*steps.g) > 0.01 || math.Abs(h-p.h*steps.h) > 0.01 {
			t.Errorf("%v is on average %v, %v", p, g, h)
		}
	}
}

func TestSumsFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "rows")
		b := &booster{sample: &sample{}, opt: Options{Workers: 1, Seed: rapid.Uint64().Draw(t, "seed")}}
		b.score, b.predicted, b.packed = make([]float64, n), make([]float64, n), make([]uint64, n)
		sign := rapid.SampledFrom([]float64{0, 1}).Draw(t, "outcome")
		for range n {
			b.sample.y = append(b.sample.y, sign) // all gradients to one side: the largest sum
			b.sample.w = append(b.sample.w, math.Exp(rapid.Float64Range(-30, 30).Draw(t, "log weight")))
		}
		absolute, hessian := b.derivatives(rows(0, n))
		u := b.pack(rows(0, n), absolute, hessian, 3)
		var total uint64
		var want pair
		for i, v := range b.packed {
			total += v
			want.g += b.pairOf(int32(i)).g
			want.h += b.pairOf(int32(i)).h
		}
		g, h := float64(int32(total>>32))*u.g, float64(uint32(total))*u.h
		if math.Abs(g-want.g) > 1e-6*math.Abs(want.g) || math.Abs(h-want.h) > 1e-6*want.h {
			t.Fatalf("the packed sum is %v, %v; want %v", g, h, want)
		}
	})
}

func TestPartition(t *testing.T) {
	t.Parallel()
	random := stats.Stream(8)
	for _, n := range []int{0, 1, 100, 2047, 10_000, 33_333} {
		col := make([]uint8, 2*n)
		for i := range col {
			col[i] = uint8(random.IntN(256))
		}
		var goes [256]uint8
		for k := range goes {
			goes[k] = uint8(random.IntN(2))
		}
		var of, left, right []int32
		for i := range int32(2 * n) {
			if mix(uint64(i))%2 == 0 {
				of = append(of, i)
				if goes[col[i]] == 1 {
					left = append(left, i)
				} else {
					right = append(right, i)
				}
			}
		}
		for _, workers := range []int{1, 2, 8} {
			g := &grower{workers: workers, right: make([]int32, len(of))}
			order := slices.Clone(of)
			if k := g.partition(order, col, &goes); !slices.Equal(order[:k], left) || !slices.Equal(order[k:], right) {
				t.Errorf("%d rows on %d workers are parted wrongly", len(of), workers)
			}
		}
	}
}

// TestLargePages: asking for large pages changes nothing in the table, wherever
// it begins.
func TestLargePages(t *testing.T) {
	t.Parallel()
	all := make([]uint64, 1<<20)
	for i := range all {
		all[i] = mix(uint64(i))
	}
	for _, words := range [][]uint64{all, all[3:], all[:100], nil} {
		onLargePages(words)
	}
	for i, w := range all {
		if w != mix(uint64(i)) {
			t.Fatalf("word %d changed", i)
		}
	}
}

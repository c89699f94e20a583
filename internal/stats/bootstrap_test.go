package stats_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"holdfast/internal/stats"

	"github.com/google/go-cmp/cmp"
)

func weightedMean(xs []float64) func(w []float64) float64 {
	return func(w []float64) float64 {
		sum, total := 0.0, 0.0
		for i, x := range xs {
			sum += w[i] * x
			total += w[i]
		}
		return sum / total
	}
}

func TestBootstrapKnowsGroups(t *testing.T) {
	t.Parallel()
	// 100 groups of 5 identical rows: the standard error is that of 100 values.
	random := stats.Stream(8)
	var xs []float64
	var group, row []uint64
	for g := range 100 {
		v := random.NormFloat64()
		for range 5 {
			xs = append(xs, v)
			group = append(group, uint64(g))
			row = append(row, uint64(len(row)))
		}
	}
	b := stats.Bootstrap{Replicates: 2000, Level: .95, Seed: 4}
	clustered := must(b.Clustered(group, weightedMean(xs)))
	naive := must(b.Clustered(row, weightedMean(xs)))
	near(t, "standard errors' ratio", clustered.StandardError/naive.StandardError, math.Sqrt(5), .12)
	near(t, "half-width", clustered.Width()/2, 1.96*clustered.StandardError, .02)
	if again := must(b.Clustered(group, weightedMean(xs))); again != clustered {
		t.Error("the same seed gave another interval")
	}
	b.Seed++
	if other := must(b.Clustered(group, weightedMean(xs))); other == clustered {
		t.Error("another seed gave the same interval")
	}
}

// TestBootstrapCovers counts how often the 90 % interval of a mean of clustered
// values holds the truth, 0.
func TestBootstrapCovers(t *testing.T) {
	t.Parallel()
	const runs = 500
	covered := 0
	for r := range runs {
		random := stats.Stream(21, uint64(r))
		var xs []float64
		var group []uint64
		for g := range 60 {
			shared := random.NormFloat64()
			for range 1 + random.IntN(4) {
				xs = append(xs, shared+random.NormFloat64())
				group = append(group, uint64(g))
			}
		}
		b := stats.Bootstrap{Replicates: 400, Level: .9, Seed: uint64(r)}
		if must(b.Clustered(group, weightedMean(xs))).Covers(0) {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/runs, .89, .04)
}

func TestBootstrapOfPairedModels(t *testing.T) {
	t.Parallel()
	// Two models that rank alike differ by nothing in every replicate.
	random := stats.Stream(2)
	y, a, b := make([]float64, 300), make([]float64, 300), make([]float64, 300)
	group := make([]uint64, 300)
	for i := range y {
		a[i] = random.Float64()
		b[i] = a[i] * a[i]
		group[i] = uint64(i / 2)
		if random.Float64() < a[i] {
			y[i] = 1
		}
	}
	ra, rb := must(stats.Rank(a)), must(stats.Rank(b))
	boot := stats.Bootstrap{Replicates: 200, Level: .95, Seed: 1}
	got := must(boot.Clustered(group, func(w []float64) float64 { return ra.AUC(y, w) - rb.AUC(y, w) }))
	if diff := cmp.Diff(stats.BootstrapResult{}, got); diff != "" {
		t.Errorf("difference of equal rankings (-want +got):\n%s", diff)
	}
}

func TestBootstrapRefusals(t *testing.T) {
	t.Parallel()
	mean := weightedMean([]float64{1, 2, 3})
	ok := stats.Bootstrap{Replicates: 50, Level: .95}
	if _, err := ok.Clustered([]uint64{1, 1, 1}, mean); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("one group: %v, want ErrUndefined", err)
	}
	nan := func([]float64) float64 { return math.NaN() }
	if _, err := ok.Clustered([]uint64{1, 2, 3}, nan); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("no answer: %v, want ErrUndefined", err)
	}
	often := func(w []float64) float64 { // undefined in 8 of 27 replicates
		if w[0] == 0 {
			return math.NaN()
		}
		return w[0]
	}
	if _, err := ok.Clustered([]uint64{1, 2, 3}, often); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("often no answer: %v, want ErrUndefined", err)
	}
	for _, b := range []stats.Bootstrap{{Replicates: 1, Level: .95}, {Replicates: 50, Level: 1}} {
		if _, err := b.Clustered([]uint64{1, 2, 3}, mean); err == nil {
			t.Errorf("%+v was accepted", b)
		}
	}
}

func TestSortedQuantile(t *testing.T) {
	t.Parallel()
	xs := []float64{1, 2, 4, 8} // R: quantile(c(1,2,4,8), c(0,.25,.5,.9,1), type=7)
	for _, c := range []struct{ p, want float64 }{{0, 1}, {.25, 1.75}, {.5, 3}, {.9, 6.8}, {1, 8}} {
		near(t, "quantile", stats.SortedQuantile(xs, c.p), c.want, 1e-12)
	}
	if !math.IsNaN(stats.SortedQuantile(nil, .5)) {
		t.Error("the quantile of nothing is a number")
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	// Tables of any textbook.
	near(t, "z", stats.NormalQuantile(.975), 1.959963985, 1e-9)
	near(t, "t, 5 df", stats.StudentQuantile(.975, 5), 2.570582, 1e-6)
	near(t, "t, many df", stats.StudentQuantile(.975, 1e7), 1.959963985, 1e-9)
	near(t, "χ², 9 df", stats.ChiSquaredQuantile(.95, 9), 16.918978, 1e-6)
	near(t, "Φ", stats.NormalCDF(1.644854), .95, 1e-7)
}

func TestStreamsDependOnKeysOnly(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64, keys ...uint64) []uint64 {
		random := stats.Stream(seed, keys...)
		return []uint64{random.Uint64(), random.Uint64(), random.Uint64()}
	}
	if !slices.Equal(draw(1, 2, 3), draw(1, 2, 3)) {
		t.Error("the same keys drew other numbers")
	}
	seen := map[uint64]string{}
	for name, d := range map[string][]uint64{
		"1": draw(1), "2": draw(2), "1,0": draw(1, 0), "0,1": draw(0, 1), "1,2": draw(1, 2), "2,1": draw(2, 1), "1,2,3": draw(1, 2, 3), "1,3,2": draw(1, 3, 2),
	} {
		if other, known := seen[d[0]]; known {
			t.Errorf("streams %s and %s begin alike", name, other)
		}
		seen[d[0]] = name
	}
	// splitmix64 from state 0 first gives this number (its authors' C code).
	if got := stats.Hash(0); got != 0xe220a8397b1dcdaf {
		t.Errorf("Hash(0) = %#x, want 0xe220a8397b1dcdaf", got)
	}
	// FNV-1a of "a", from its published test vectors.
	if got := stats.HashString("a"); got != 0xaf63dc4c8601ec8c {
		t.Errorf("HashString(a) = %#x, want 0xaf63dc4c8601ec8c", got)
	}
}

func TestHashUniformIsUniform(t *testing.T) {
	t.Parallel()
	const n, cells = 100_000, 50
	counts, even := make([]float64, cells), make([]float64, cells)
	sum := 0.0
	last := .5
	for i := range uint64(n) {
		u := stats.HashUniform(7, i)
		if u < 0 || u >= 1 {
			t.Fatalf("%v is outside [0, 1)", u)
		}
		counts[int(u*cells)]++
		sum += (u - .5) * (last - .5) * 12
		last = u
	}
	chi := 0.0
	for i := range counts {
		even[i] = n / cells
		chi += (counts[i] - even[i]) * (counts[i] - even[i]) / even[i]
	}
	if limit := stats.ChiSquaredQuantile(.9999, cells-1); chi > limit {
		t.Errorf("χ² of %d cells is %.1f, above %.1f", cells, chi, limit)
	}
	near(t, "correlation of neighbours", sum/n, 0, .013)
}

package gbdt

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/stats"
)

// anyFloat draws numbers as tables have them: few values, many, huge, infinite.
func anyFloat(t *rapid.T, name string) []float64 {
	few := rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 2, -1, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), math.SmallestNonzeroFloat64})
	return rapid.SliceOfN(rapid.OneOf(few, rapid.Float64Range(-5, 5), rapid.Float64()), 1, 900).Draw(t, name)
}

// TestBins checks what every binning promises, on any numbers.
func TestBins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := anyFloat(t, "values")
		var in sorter
		b, ok := newBinning(0, features.Column{Name: "x"}, slices.Clone(values), &in)
		if b.bins < 1 || b.bins > valueBins || len(b.bounds) != b.bins || !math.IsInf(b.bounds[b.bins-1], 1) {
			t.Fatalf("%d bins with bounds %v", b.bins, b.bounds)
		}
		inBin := make([]int, 256)
		for _, v := range values {
			got := b.code(v)
			want := uint8(missingBin)
			if !math.IsNaN(v) { // the slow twin: the first bound that is not less
				want = uint8(slices.IndexFunc(b.bounds, func(u float64) bool { return v <= u }))
			}
			if got != want {
				t.Fatalf("%v is in bin %d, want %d of %v", v, got, want, b.bounds)
			}
			inBin[got]++
		}
		for bin, n := range inBin[:b.bins] {
			if n < rowsPerBin && b.bins > 1 {
				t.Errorf("bin %d of %v holds %d of %d rows", bin, b.bounds, n, len(values))
			}
		}
		below, zeros, above := aroundZero(values)
		if ok && zeros >= rowsPerBin && below >= rowsPerBin && above >= rowsPerBin && inBin[b.code(0)] != zeros {
			t.Errorf("zero shares its bin: %d rows in it, %d zeros", inBin[b.code(0)], zeros)
		}
	})
}

func aroundZero(values []float64) (below, zeros, above int) {
	for _, v := range values {
		switch {
		case v < 0:
			below++
		case v == 0:
			zeros++
		case v > 0:
			above++
		}
	}
	return below, zeros, above
}

// TestFrequentValuesStandAlone: a value in more than one row of 255 fills a bin.
func TestFrequentValuesStandAlone(t *testing.T) {
	t.Parallel()
	random := stats.Stream(3)
	var values []float64
	for range 20_000 {
		values = append(values, math.Exp(random.NormFloat64()))
	}
	for range 300 {
		values = append(values, 1.5, 2.5)
	}
	var in sorter
	b, _ := newBinning(0, features.Column{}, slices.Clone(values), &in)
	if b.bins < 250 {
		t.Errorf("20,000 different values make %d bins", b.bins)
	}
	count := make([]int, 256)
	for _, v := range values {
		count[b.code(v)]++
	}
	for _, frequent := range []float64{1.5, 2.5} {
		// half a bin may come before it: closing earlier would waste bins
		if n := count[b.code(frequent)]; n < 300 || n > 340 {
			t.Errorf("the bin of %v, which is in 300 rows, holds %d", frequent, n)
		}
	}
	if most := slices.Max(count); most > 600 {
		t.Errorf("a bin holds %d rows of %d", most, len(values))
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := slices.DeleteFunc([]float64{rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")}, math.IsNaN)
		list = append(list, math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 1, math.Nextafter(1, 2))
		for _, a := range list {
			for _, b := range list {
				if m := between(a, b); a < b && !(a <= m && m < b) {
					t.Errorf("between %v and %v is %v", a, b, m)
				}
			}
		}
	})
}

func TestRadixSort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := slices.DeleteFunc(anyFloat(t, "list"), math.IsNaN)
		want := slices.Clone(list)
		slices.Sort(want)
		var in sorter
		in.sort(list)
		if !slices.Equal(list, want) {
			t.Fatalf("sorted to %v, want %v", list, want)
		}
	})
}

func TestLevelBins(t *testing.T) {
	t.Parallel()
	var sample []float64
	for level := range 400 { // level l in l rows
		for range level {
			sample = append(sample, float64(level))
		}
	}
	sample = append(sample, 1000, -1, 0.5) // outside the list, or not a level: "other"
	bin, bins, kinds := levelBins(sample, 400)
	if bins != 255 || kinds != 255 {
		t.Errorf("%d bins, %d of them seen; want 255", bins, kinds)
	}
	for level, b := range bin {
		if own := level >= 400-254; own != (b != 0) {
			t.Errorf("level %d of %d rows is in bin %d", level, level, b)
		}
	}
	if bin, bins, kinds = levelBins([]float64{1, 1, 1, 2, 2}, 4); bins != 2 || kinds != 2 || bin[1] != 1 || bin[2] != 0 {
		t.Errorf("bins %v (%d, %d seen): a level of two rows belongs to other", bin, bins, kinds)
	}
}

func TestColumnsThatDoNotVary(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, c := range map[string]struct {
		values []float64
		kind   features.Kind
		varies bool
	}{
		"constant":                 {[]float64{2, 2, 2, 2}, features.Numeric, false},
		"all missing":              {[]float64{nan, nan, nan, nan}, features.Numeric, false},
		"constant where not blank": {[]float64{2, nan, 2, nan}, features.Numeric, true},
		"two values":               {[]float64{1, 1, 1, 2, 2, 2}, features.Numeric, true},
		"one level":                {[]float64{1, 1, 1}, features.Categorical, false},
		"level or blank":           {[]float64{1, 1, 1, nan}, features.Categorical, true},
	} {
		var in sorter
		if _, ok := newBinning(0, features.Column{Kind: c.kind, Levels: []string{"other", "a", "b"}}, c.values, &in); ok != c.varies {
			t.Errorf("%s: varies is %v", name, ok)
		}
	}
}

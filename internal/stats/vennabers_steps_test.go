package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/stats"
)

// The merged probabilities of science.md section 5, recomputed independently.
func TestVennAbersStepsOfSample(t *testing.T) {
	t.Parallel()
	v := must(stats.FitVennAbersSteps(sampleLabel, sampleScore, nil))
	for x, merged := range map[float64]float64{.30: .444444, .50: .5, .75: .666667} {
		near(t, "merged", v.Apply(x), merged, 5e-7)
	}
}

// The slow twin refits for every score; ties, ends and gaps included. However
// the rows fell, the steps rise and never reach 0 or 1.
func TestVennAbersStepsAreTheRefits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "rows")
		y, s := make([]float64, n), make([]float64, n)
		for i := range y {
			y[i] = float64(rapid.IntRange(0, 1).Draw(t, "label"))
			s[i] = float64(rapid.IntRange(0, 12).Draw(t, "score")) / 12
		}
		slow, err := stats.FitVennAbers(y, s)
		if err != nil {
			t.Fatal(err)
		}
		fast, err := stats.FitVennAbersSteps(y, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		last := 0.
		for k := -1; k <= 26; k++ {
			x := float64(k) / 24
			want, err := slow.Apply(x)
			if err != nil {
				t.Fatal(err)
			}
			got := fast.Apply(x)
			if math.Abs(got-want) > 1e-12 || got <= 0 || got >= 1 || got < last-1e-12 {
				t.Fatalf("%v after %v at %v, want %v: %+v", got, last, x, want, fast)
			}
			last = got
		}
	})
}

// A row of weight two is two rows, up to the unit of the row that is added.
func TestVennAbersStepsOfWeights(t *testing.T) {
	t.Parallel()
	one := must(stats.FitVennAbersSteps(sampleLabel, sampleScore, nil))
	w := make([]float64, len(sampleLabel))
	for i := range w {
		w[i] = 4 // as when a quarter of the rows was kept
	}
	four := must(stats.FitVennAbersSteps(sampleLabel, sampleScore, w))
	for x := 0.0; x <= 1; x += .01 {
		near(t, "sampled rows", four.Apply(x), one.Apply(x), 1e-12)
	}
	if _, err := stats.FitVennAbersSteps([]float64{1, 0}, []float64{.1}, nil); err == nil {
		t.Error("two labels for one score were taken")
	}
}

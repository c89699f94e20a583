package stats_test

import (
	"math"
	"testing"

	"holdfast/internal/stats"

	"pgregory.net/rapid"
)

// twenty is the vector of science notes 1.2 [C]: s = .95, .90, … 0, leavers at
// ranks 1, 3, 7 and 13.
func twenty() (y, s []float64) {
	y, s = make([]float64, 20), make([]float64, 20)
	for i := range s {
		s[i] = .95 - .05*float64(i)
	}
	for _, rank := range []int{1, 3, 7, 13} {
		y[rank-1] = 1
	}
	return y, s
}

func TestRankMeasuresOfTwenty(t *testing.T) {
	t.Parallel()
	y, s := twenty()
	near(t, "AUC", must(stats.AUC(y, s, nil)), .78125, 1e-15)
	near(t, "Gini", 2*must(stats.AUC(y, s, nil))-1, .5625, 1e-15)
	near(t, "top-decile lift", must(stats.LiftAt(y, s, .1)), 2.5, 1e-15)
	near(t, "capture at .1", must(stats.CaptureAt(y, s, .1)), .25, 1e-15)
	near(t, "capture at all", must(stats.CaptureAt(y, s, 1)), 1, 0)
	// By hand: a quarter of 1/1 + 2/3 + 3/7 + 4/13.
	near(t, "average precision", must(stats.AveragePrecision(y, s, nil)), (1+2./3+3./7+4./13)/4, 1e-15)
}

func TestAUCAgreesWithPairCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, s, w := drawRows(t)
		won, pairs := 0.0, 0.0
		for i := range y {
			for j := range y {
				if y[i] != 1 || y[j] != 0 {
					continue
				}
				pairs += w[i] * w[j]
				switch {
				case s[i] > s[j]:
					won += w[i] * w[j]
				case s[i] == s[j]:
					won += w[i] * w[j] / 2
				}
			}
		}
		if got := must(stats.AUC(y, s, w)); math.Abs(got-won/pairs) > 1e-12 {
			t.Fatalf("AUC %v, by pairs %v", got, won/pairs)
		}
	})
}

func TestAveragePrecisionAgreesWithThresholds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, s, w := drawRows(t)
		want, recall := 0.0, 0.0
		for level := 20; level >= 0; level-- { // every threshold that can occur
			hit, shown, all := 0.0, 0.0, 0.0
			for i := range y {
				all += w[i] * y[i]
				if s[i] >= float64(level)/20 {
					shown += w[i]
					hit += w[i] * y[i]
				}
			}
			if shown > 0 {
				want += (hit/all - recall) * hit / shown
				recall = hit / all
			}
		}
		if got := must(stats.AveragePrecision(y, s, w)); math.Abs(got-want) > 1e-12 {
			t.Fatalf("average precision %v, by thresholds %v", got, want)
		}
	})
}

func TestRankIsStableAndRevalued(t *testing.T) {
	t.Parallel()
	// A monotone change of scores changes nothing; turning them round turns AUC round.
	rapid.Check(t, func(t *rapid.T) {
		y, s, w := drawRows(t)
		up, down := make([]float64, len(s)), make([]float64, len(s))
		for i, v := range s {
			up[i], down[i] = math.Exp(3*v)-100, -v
		}
		auc := must(stats.AUC(y, s, w))
		if must(stats.AUC(y, up, w)) != auc {
			t.Fatal("a monotone change of scores changed the AUC")
		}
		if math.Abs(must(stats.AUC(y, down, w))-(1-auc)) > 1e-12 {
			t.Fatal("turned scores did not turn the AUC")
		}
		if must(stats.LiftAt(y, up, .3)) != must(stats.LiftAt(y, s, .3)) {
			t.Fatal("a monotone change of scores changed the lift")
		}
	})
}

func TestLiftTieRule(t *testing.T) {
	t.Parallel()
	flat := make([]float64, 5)
	cases := []struct {
		name string
		y    []float64
		k    float64
		want float64
	}{
		{"ties in the order given, leaver first", []float64{1, 0, 0, 0, 0}, .2, 5},
		{"ties in the order given, leaver last", []float64{0, 0, 0, 0, 1}, .2, 0},
		{"half rounds to even: 2.5 rows are 2", []float64{1, 0, 1, 0, 0}, .5, 1.25},
		{"half rounds to even: 3.5 of 7 rows are 4", []float64{1, 0, 0, 1, 0, 0, 0}, .5, 7. / 4},
		{"at least one row", []float64{1, 0, 0, 0, 0}, .01, 5},
	}
	for _, c := range cases {
		s := flat
		if len(c.y) != len(s) {
			s = make([]float64, len(c.y))
		}
		near(t, c.name, must(stats.LiftAt(c.y, s, c.k)), c.want, 1e-12)
	}
	for _, k := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := stats.LiftAt([]float64{0, 1}, []float64{0, 1}, k); err == nil {
			t.Errorf("share %v was accepted", k)
		}
	}
}

func BenchmarkAUC(b *testing.B) {
	const n = 1_000_000
	y, s := make([]float64, n), make([]float64, n)
	random := stats.Stream(1)
	for i := range s {
		s[i] = random.Float64()
		if random.Float64() < s[i]/5 {
			y[i] = 1
		}
	}
	b.ResetTimer()
	for range b.N {
		must(stats.AUC(y, s, nil))
	}
}

package stats_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"holdfast/internal/stats"
)

// TestPoissonMeanPublished: the example of GraphPad's help on QuickCalcs, "the
// confidence interval of a count" (25 counted, Garwood's method), and the limit
// factors for a ratio of observed to expected of Breslow and Day, Statistical
// Methods in Cancer Research II (IARC 1987), table 2.10.
func TestPoissonMeanPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		count          int
		level          float64
		low, high, tol float64
	}{
		{25, .90, 17.38, 34.92, .005}, {25, .95, 16.18, 36.90, .005}, {25, .99, 14.00, 41.00, .005},
	} {
		iv := must(stats.PoissonMean(c.count, c.level))
		near(t, "low", iv.Low, c.low, c.tol)
		near(t, "high", iv.High, c.high, c.tol)
	}
	for _, c := range []struct {
		observed  int
		low, high float64
	}{{1, .0253, 5.57}, {2, .121, 3.61}, {5, .324, 2.33}, {10, .480, 1.84}, {20, .611, 1.54}, {25, .647, 1.48}, {50, .742, 1.32}, {100, .814, 1.22}} {
		iv := must(stats.ObservedToExpected(c.observed, float64(c.observed), .95))
		near(t, "low factor", iv.Low, c.low, .001)
		near(t, "high factor", iv.High, c.high, .005)
		near(t, "ratio", iv.Estimate, 1, 1e-15)
	}
}

// TestPoissonMeanTails holds the limits against their definition.
func TestPoissonMeanTails(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 3, 17, 400} {
		iv := must(stats.PoissonMean(n, .9))
		near(t, "so few or fewer", distuv.Poisson{Lambda: iv.High}.CDF(float64(n)), .05, 1e-9)
		if n > 0 {
			near(t, "so many or more", 1-distuv.Poisson{Lambda: iv.Low}.CDF(float64(n-1)), .05, 1e-9)
		} else if iv.Low != 0 {
			t.Errorf("nothing counted: low is %g", iv.Low)
		}
	}
	for _, bad := range []func() error{
		func() error { _, err := stats.PoissonMean(-1, .95); return err },
		func() error { _, err := stats.PoissonMean(3, 1); return err },
		func() error { _, err := stats.ObservedToExpected(3, 0, .95); return err },
		func() error { _, err := stats.ObservedToExpected(3, math.NaN(), .95); return err },
	} {
		if bad() == nil {
			t.Error("no error")
		}
	}
}

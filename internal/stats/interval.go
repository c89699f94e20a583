package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is an estimate with its two limits, in the unit of the estimate.
type Interval struct {
	Estimate, Low, High float64
}

// Covers says whether v lies within the limits, ends included.
func (iv Interval) Covers(v float64) bool { return iv.Low <= v && v <= iv.High }

// Width is the distance between the limits.
func (iv Interval) Width() float64 { return iv.High - iv.Low }

// Scale multiplies the estimate and both limits by k, swapping the limits when
// k is negative. Rates become counts this way: saves = effect × customers.
func (iv Interval) Scale(k float64) Interval {
	lo, hi := iv.Low*k, iv.High*k
	return Interval{iv.Estimate * k, math.Min(lo, hi), math.Max(lo, hi)}
}

// NormalQuantile is the standard normal quantile of p in (0, 1).
func NormalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// NormalCDF is the standard normal distribution function.
func NormalCDF(x float64) float64 { return distuv.UnitNormal.CDF(x) }

// StudentQuantile is the quantile of p in (0, 1) of Student's t with df > 0
// degrees of freedom. From a million degrees on it is the normal one.
func StudentQuantile(p, df float64) float64 {
	if df >= 1e6 {
		return NormalQuantile(p)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// ChiSquaredQuantile is the quantile of p in (0, 1) with df > 0 degrees of freedom.
func ChiSquaredQuantile(p, df float64) float64 { return distuv.ChiSquared{K: df}.Quantile(p) }

// twoSided turns a confidence level in (0, 1) into the upper tail's probability.
func twoSided(what string, level float64) (float64, error) {
	if !(level > 0 && level < 1) {
		return 0, fmt.Errorf("%s: confidence level %v; give one between 0 and 1, such as 0.95", what, level)
	}
	return 0.5 + level/2, nil
}

package stats

import "math"

// PoissonMean is the exact interval for the mean of a Poisson variable of which
// a count of at least 0 was seen: the means under which so many or more, or so
// few or fewer, have half of 1 − level each. It never covers less often than
// its level, so it is a little wide for small counts.
//
//	low = ½ χ²(α/2; 2n)     high = ½ χ²(1 − α/2; 2n + 2)
//
// Source: F. Garwood, Biometrika 28 (1936) 437.
func PoissonMean(count int, level float64) (Interval, error) {
	if count < 0 {
		return Interval{}, undefined("interval of a count", "the count is negative")
	}
	p, err := twoSided("interval of a count", level)
	if err != nil {
		return Interval{}, err
	}
	n := float64(count)
	iv := Interval{Estimate: n, High: ChiSquaredQuantile(p, 2*n+2) / 2}
	if count > 0 {
		iv.Low = ChiSquaredQuantile(1-p, 2*n) / 2
	}
	return iv, nil
}

// ObservedToExpected is a count over the number that was expected, with the
// exact interval of the count. The expectation, above 0, counts as known.
func ObservedToExpected(count int, expected, level float64) (Interval, error) {
	if !(expected > 0) || math.IsInf(expected, 1) {
		return Interval{}, undefined("ratio of observed to expected", "nothing is expected")
	}
	iv, err := PoissonMean(count, level)
	return iv.Scale(1 / expected), err
}

package stats

import (
	"fmt"
	"math"
)

// Difference is a difference of two means, treated − control, in the unit of y.
type Difference struct {
	Estimate, StandardError float64
}

// Interval is the normal interval of the difference at a level such as 0.95.
func (d Difference) Interval(level float64) (Interval, error) {
	upper, err := twoSided("difference of means", level)
	if err != nil {
		return Interval{}, err
	}
	half := NormalQuantile(upper) * d.StandardError
	return Interval{d.Estimate, d.Estimate - half, d.Estimate + half}, nil
}

// MeanDifference compares the means of two independent samples of two values or
// more each, variances unpooled (Welch 1947).
func MeanDifference(treated, control []float64) (Difference, error) {
	const what = "difference of means"
	if len(treated) < 2 || len(control) < 2 {
		return Difference{}, undefined(what, "each arm needs two customers")
	}
	for _, arm := range [][]float64{treated, control} {
		if err := checkFinite(what, arm); err != nil {
			return Difference{}, err
		}
	}
	mt, vt := MeanVariance(treated)
	mc, vc := MeanVariance(control)
	return Difference{mt - mc, math.Sqrt(vt/float64(len(treated)) + vc/float64(len(control)))}, nil
}

// MeanVariance is the mean of two or more values and their sample variance
// (n − 1), in two passes.
func MeanVariance(xs []float64) (mean, variance float64) {
	for _, x := range xs {
		mean += x
	}
	mean /= float64(len(xs))
	for _, x := range xs {
		variance += float64((x - mean) * (x - mean))
	}
	return mean, variance / float64(len(xs)-1)
}

// CUPED is a difference of means with what a covariate known before assignment
// explains taken out of the outcome.
type CUPED struct {
	Theta       float64 // cov(x, y)/var(x) over both arms
	Correlation float64 // of x and y over both arms; the variance falls by its square
	Raw         Difference
	Adjusted    Difference
}

// FitCUPED adjusts outcome y by covariate x (Deng, Xu, Kohavi, Walker 2013). y, x
// and treated have one entry per row; x must have been fixed before assignment.
// For rare outcomes the risk score is the best x. ErrUndefined when x or y does
// not vary or an arm has fewer than two rows.
func FitCUPED(y, x []float64, treated []bool) (CUPED, error) {
	const what = "CUPED"
	if len(y) != len(x) || len(y) != len(treated) {
		return CUPED{}, fmt.Errorf("%s: %d outcomes, %d covariates and %d arms; give one of each per row", what, len(y), len(x), len(treated))
	}
	if err := checkFinite(what, x); err != nil {
		return CUPED{}, err
	}
	if err := checkFinite(what, y); err != nil {
		return CUPED{}, err
	}
	if len(y) < 4 {
		return CUPED{}, undefined(what, "each arm needs two customers")
	}
	mx, vx := MeanVariance(x)
	my, vy := MeanVariance(y)
	if vx == 0 || vy == 0 {
		return CUPED{}, undefined(what, "the covariate or the outcome does not vary")
	}
	cov := 0.0
	for i := range y {
		cov += float64((x[i] - mx) * (y[i] - my))
	}
	cov /= float64(len(y) - 1)
	c := CUPED{Theta: cov / vx, Correlation: cov / math.Sqrt(vx*vy)}
	var raw, adjusted [2][]float64 // control, treated
	for i, t := range treated {
		arm := 0
		if t {
			arm = 1
		}
		raw[arm] = append(raw[arm], y[i])
		adjusted[arm] = append(adjusted[arm], y[i]-float64(c.Theta*(x[i]-mx)))
	}
	var err error
	if c.Raw, err = MeanDifference(raw[1], raw[0]); err != nil {
		return CUPED{}, err
	}
	c.Adjusted, err = MeanDifference(adjusted[1], adjusted[0])
	return c, err
}

package stats

import (
	"fmt"
	"math"
)

// Plan says how sure a comparison of two rates must be.
type Plan struct {
	Alpha float64 // chance of a false alarm, two-sided
	Power float64 // chance of seeing an effect of the planned size
}

// DefaultPlan is alpha 0.05 and power 0.8.
func DefaultPlan() Plan { return Plan{Alpha: 0.05, Power: 0.8} }

// deviates is z(1−α/2) + z(power).
func (p Plan) deviates(what string) (float64, error) {
	if !(p.Alpha > 0 && p.Alpha < 1) || !(p.Power >= 0.5 && p.Power < 1) {
		return 0, fmt.Errorf("%s: alpha %v and power %v; alpha lies between 0 and 1, power from 0.5 to below 1", what, p.Alpha, p.Power)
	}
	return NormalQuantile(1-p.Alpha/2) + NormalQuantile(p.Power), nil
}

// SampleSize is the total number of independent customers, both arms together,
// needed to see the leaving rate fall (or rise) from control to treated when the
// share treated is treated and the rest is held back:
// z²·(p₁q₁/s + p₀q₀/(1−s))/(p₁−p₀)² with unpooled variances (Fleiss, Levin, Paik
// 2003). Multiply by the design effect for households; round up.
func SampleSize(control, treated, share float64, p Plan) (float64, error) {
	const what = "sample size"
	z, err := p.deviates(what)
	if err != nil {
		return 0, err
	}
	if !(control >= 0 && control <= 1) || !(treated >= 0 && treated <= 1) || control == treated || !(share > 0 && share < 1) {
		return 0, fmt.Errorf("%s: rates %v and %v, share treated %v; give two different rates and a share between 0 and 1", what, control, treated, share)
	}
	d := treated - control
	spread := treated*(1-treated)/share + control*(1-control)/(1-share)
	return z * z * spread / (d * d), nil
}

// MinimumDetectableEffect is the smallest fall of the leaving rate below the
// control arm's, as a positive difference, that arms of these (effective) sizes
// would show with the planned power. ErrUndefined when not even a fall to zero
// would show.
func MinimumDetectableEffect(control, treatedN, controlN float64, p Plan) (float64, error) {
	const what = "minimum detectable effect"
	z, err := p.deviates(what)
	if err != nil {
		return 0, err
	}
	if !(control >= 0 && control <= 1) || !(treatedN > 0 && controlN > 0) {
		return 0, fmt.Errorf("%s: control rate %v, %v treated, %v controls; give a rate and two arms with customers", what, control, treatedN, controlN)
	}
	// gap(d) = d − z·se(d) rises with d up to the control rate: bisect its root.
	gap := func(d float64) float64 {
		rest := control - d
		return d - float64(z*math.Sqrt(float64(rest*(1-rest))/treatedN+float64(control*(1-control))/controlN))
	}
	if control == 0 || gap(control) < 0 {
		return 0, undefined(what, "not even keeping everybody would show")
	}
	low, high := 0.0, control
	for range 100 {
		if mid := (low + high) / 2; gap(mid) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return high, nil
}

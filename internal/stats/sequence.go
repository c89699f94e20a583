package stats

import (
	"fmt"
	"math"
)

// AsymptoticSequence is the half-width after t observations of a confidence
// sequence for a mean: mean ± it covers the truth at all t at once with
// probability 1 − alpha, so it may be looked at daily (Waudby-Smith, Arbour,
// Sinha, Kennedy, Ramdas 2024, "Time-uniform central limit theory and asymptotic
// confidence sequences"):
//
//	σ·√(2(tρ²+1)/(t²ρ²)·ln(√(tρ²+1)/α)),  ρ² = (−2 ln α + ln(1 − 2 ln α))/tOpt
//
// sd is the standard deviation of one observation, tOpt > 0 the number of
// observations it is made narrowest for. Zero observations give infinity.
func AsymptoticSequence(sd, t, tOpt, alpha float64) (float64, error) {
	if !(sd >= 0) || !(t >= 0) || !(tOpt > 0) || !(alpha > 0 && alpha < 1) {
		return 0, fmt.Errorf("confidence sequence: sd %v, %v observations, narrowest at %v, alpha %v; all must be positive, alpha below 1", sd, t, tOpt, alpha)
	}
	if t == 0 {
		return math.Inf(1), nil
	}
	rho2 := asymptoticRho2(tOpt, alpha)
	v := float64(t*rho2) + 1
	return sd * math.Sqrt(2*v/(t*t*rho2)*math.Log(math.Sqrt(v)/alpha)), nil
}

func asymptoticRho2(tOpt, alpha float64) float64 {
	l := -2 * math.Log(alpha)
	return (l + math.Log1p(l)) / tOpt
}

// NormalMixture is the two-sided normal mixture boundary of Howard, Ramdas,
// McAuliffe, Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence
// sequences": a martingale sum stays within ±Bound(v) at all intrinsic times v
// with probability 1 − alpha.
type NormalMixture struct {
	Rho float64 // mixture precision
}

// NewNormalMixture is narrowest at intrinsic time vOpt > 0 for alpha in (0, 1).
func NewNormalMixture(vOpt, alpha float64) (NormalMixture, error) {
	if !(vOpt > 0) || !(alpha > 0 && alpha < 1) {
		return NormalMixture{}, fmt.Errorf("normal mixture: narrowest at %v, alpha %v; give a positive time and an alpha between 0 and 1", vOpt, alpha)
	}
	l := -2 * math.Log(alpha)
	return NormalMixture{vOpt / (l + math.Log1p(l))}, nil
}

// Bound is the boundary at intrinsic time v ≥ 0.
func (m NormalMixture) Bound(v, alpha float64) float64 {
	return math.Sqrt((v + m.Rho) * (math.Log1p(v/m.Rho) - 2*math.Log(alpha)))
}

// LogEvidence is the log of the mixture martingale of sum s at time v; evidence
// of 1/alpha or more rejects at alpha.
func (m NormalMixture) LogEvidence(s, v float64) float64 {
	return math.Log(m.Rho/(v+m.Rho))/2 + s*s/(2*(v+m.Rho))
}

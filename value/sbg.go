package value

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"holdfast/internal/fault"
)

// SBG is the shifted beta-geometric model of how long contracts last (Fader and
// Hardie, J. Interactive Marketing 21, 2007): at each renewal a customer leaves
// with a chance of their own, which is beta(Alpha, Beta) over customers. Its
// retention rate rises with tenure by selection alone.
type SBG struct{ Alpha, Beta float64 }

// Renewals counts how the contracts of a cohort ended, by the number of the
// renewal: Lost[0] were not renewed the first time. Running[t] had t renewals
// when last seen and may have more.
type Renewals struct {
	Lost    []int
	Running []int
}

// Survived is the share of customers still there after t renewals:
//
//	S(t) = B(α, β+t)/B(α, β)
func (m SBG) Survived(t int) float64 {
	return math.Exp(lnRising(m.Beta, float64(t)) - lnRising(m.Alpha+m.Beta, float64(t)))
}

// Left is the share of customers who leave at renewal t, counted from 1.
func (m SBG) Left(t int) float64 {
	return m.Survived(t-1) * m.Alpha / (m.Alpha + m.Beta + float64(t) - 1)
}

// Retention is the share of those who came to renewal t, counted from 1, who
// renew: (β+t−1)/(α+β+t−1).
func (m SBG) Retention(t int) float64 {
	at := m.Beta + float64(t) - 1
	return at / (m.Alpha + at)
}

// Stays gives the probabilities that a customer of so many renewals is still
// there after 1, 2, … periods more.
func (m SBG) Stays(renewals, periods int) []float64 {
	out := make([]float64, periods)
	still := 1.0
	for i := range out {
		still *= m.Retention(renewals + i + 1)
		out[i] = still
	}
	return out
}

// DiscountedForEver is the number of future periods to expect of a customer
// about to come to renewal n, counted from 1, the first of them now and each
// discounted by 1/(1+d) after it: discounted expected residual lifetime (Fader
// and Hardie, Marketing Science 29, 2010).
//
//	DERL = (β+n−1)/(α+β+n−1)·₂F₁(1, β+n; α+β+n; 1/(1+d))
//
// d is a rate per period and at least 0.0006.
func (m SBG) DiscountedForEver(n int, d float64) (float64, error) {
	at := m.Beta + float64(n)
	v, err := m.discounted(at, d)
	return m.Retention(n) * v, err
}

// DiscountedNew is the number of periods to expect of a new customer, the
// first of them now: ₂F₁(1, β; α+β; 1/(1+d)).
func (m SBG) DiscountedNew(d float64) (float64, error) { return m.discounted(m.Beta, d) }

func (m SBG) discounted(beta, d float64) (float64, error) {
	v, ok := hypergeometric(1, beta, m.Alpha+beta, 1/(1+d))
	if !ok {
		return 0, fault.New(fault.Invalid, "a discount of %v a period is outside the domain: give at least 0.0006", d)
	}
	return v, nil
}

// LogLikelihood is ln of the probability of all these endings.
func (m SBG) LogLikelihood(r Renewals) float64 {
	var d [2]float64
	return m.slope(r, d[:])
}

// slope adds ∂lnL/∂(α, β) to d and returns ln L. With n renewals survived and l
// contracts lost, a customer adds ln B(α+l, β+n) − ln B(α, β).
func (m SBG) slope(r Renewals, d []float64) (ln float64) {
	sum := m.Alpha + m.Beta
	add := func(count int, survived, lost float64) {
		if count == 0 {
			return
		}
		n := float64(count)
		ln += n * (lnRising(m.Alpha, lost) + lnRising(m.Beta, survived) - lnRising(sum, survived+lost))
		both := mathext.Digamma(sum) - mathext.Digamma(sum+survived+lost)
		d[0] += n * (mathext.Digamma(m.Alpha+lost) - mathext.Digamma(m.Alpha) + both)
		d[1] += n * (mathext.Digamma(m.Beta+survived) - mathext.Digamma(m.Beta) + both)
	}
	for t, count := range r.Lost {
		add(count, float64(t), 1)
	}
	for t, count := range r.Running {
		add(count, float64(t), 0)
	}
	return ln
}

// FitSBG finds the most likely parameters. It takes losses at two renewals at
// least: from one no difference between customers can be seen.
func FitSBG(r Renewals) (SBG, Fit, error) {
	n, seen := 0, 0
	for _, count := range r.Lost {
		n += count
		if count > 0 {
			seen++
		}
	}
	for _, count := range r.Running {
		n += count
	}
	if seen < 2 {
		return SBG{}, Fit{}, fault.New(fault.Invalid, "contracts were lost at %d renewals; it takes losses at two or more to see how customers differ", seen)
	}
	starts := [][]float64{{1, 1}, {0.5, 4}, {5, 20}}
	p, fit, err := maximise([]string{"alpha", "beta"}, starts, float64(n), func(p, d []float64) float64 {
		return SBG{Alpha: p[0], Beta: p[1]}.slope(r, d)
	})
	if err != nil {
		return SBG{}, fit, fmt.Errorf("fit sbg to %d contracts: %w", n, err)
	}
	return SBG{Alpha: p[0], Beta: p[1]}, fit, nil
}

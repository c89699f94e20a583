package stats

import (
	"fmt"
	"math"
)

// Proportion is a count of events among trials. Both may be fractions: effective
// sizes are.
type Proportion struct {
	Events, Trials float64
}

// Rate is events over trials.
func (p Proportion) Rate() float64 { return p.Events / p.Trials }

func (p Proportion) check(what string) error {
	if !(p.Trials >= 0 && p.Events >= 0 && p.Events <= p.Trials) || math.IsInf(p.Trials, 0) {
		return fmt.Errorf("%s: %v events in %v trials; events lie between 0 and the trials", what, p.Events, p.Trials)
	}
	if p.Trials == 0 {
		return undefined(what, "nobody was observed")
	}
	return nil
}

// Wilson is the score interval of a proportion at a confidence level such as
// 0.95 (Wilson 1927). ErrUndefined without trials.
func Wilson(p Proportion, level float64) (Interval, error) {
	upper, err := twoSided("Wilson interval", level)
	if err != nil {
		return Interval{}, err
	}
	if err := p.check("Wilson interval"); err != nil {
		return Interval{}, err
	}
	return wilson(p.Rate(), p.Trials, NormalQuantile(upper)), nil
}

func wilson(rate, n, z float64) Interval {
	z2 := z * z
	centre := (rate + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(float64(rate*(1-rate))/n+z2/(4*n*n))
	// At 0 and 1 the outer limit is the rate itself; rounding must not say otherwise.
	return Interval{rate, math.Max(0, math.Min(rate, centre-half)), math.Min(1, math.Max(rate, centre+half))}
}

// Newcombe is the interval for the difference a − b of two independent
// proportions, from their Wilson limits by square-and-add (Newcombe 1998,
// method 10). ErrUndefined when either has no trials.
func Newcombe(a, b Proportion, level float64) (Interval, error) {
	first, err := Wilson(a, level)
	if err != nil {
		return Interval{}, fmt.Errorf("difference of proportions: %w", err)
	}
	second, err := Wilson(b, level)
	if err != nil {
		return Interval{}, fmt.Errorf("difference of proportions: %w", err)
	}
	return squareAndAdd(first, second), nil
}

// squareAndAdd recovers a variance on each side from the distance of the limits.
func squareAndAdd(a, b Interval) Interval {
	d := a.Estimate - b.Estimate
	return Interval{
		d,
		d - math.Hypot(a.Estimate-a.Low, b.High-b.Estimate),
		d + math.Hypot(a.High-a.Estimate, b.Estimate-b.Low),
	}
}

// WaldDifference is the textbook interval for a − b with unpooled standard
// error. It is too narrow for rare events; it exists to be compared with
// Newcombe's and to plan with.
func WaldDifference(a, b Proportion, level float64) (Interval, error) {
	const what = "difference of proportions"
	upper, err := twoSided(what, level)
	if err != nil {
		return Interval{}, err
	}
	for _, p := range []Proportion{a, b} {
		if err := p.check(what); err != nil {
			return Interval{}, err
		}
	}
	d, half := a.Rate()-b.Rate(), NormalQuantile(upper)*differenceError(a, b)
	return Interval{d, d - half, d + half}, nil
}

func differenceError(a, b Proportion) float64 {
	pa, pb := a.Rate(), b.Rate()
	return math.Sqrt(float64(pa*(1-pa))/a.Trials + float64(pb*(1-pb))/b.Trials)
}

package value

import (
	"math"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Discounted is the number of purchases to expect in the next horizon, each
// discounted by e^(−δ·t). By parts, with the expectation E(t):
//
//	∫ e^(−δt) dE(t) = e^(−δH)·E(H) + δ·∫ e^(−δt)·E(t) dt
func Discounted(m Buying, b Behaviour, horizon, delta float64) float64 {
	end := m.Expected(b, horizon)
	if delta == 0 || horizon == 0 {
		return end
	}
	integral := 0.0
	for i, x := range gaussNode {
		for _, side := range [2]float64{-1, 1} {
			t := horizon / 2 * (1 + side*x)
			integral += gaussWeight[i] * math.Exp(-delta*t) * m.Expected(b, t)
		}
	}
	return math.Exp(-delta*horizon)*end + delta*integral*horizon/2
}

// ForceOfInterest turns a discount of so much a year into the δ of e^(−δ·t),
// with t in units of so many days.
func ForceOfInterest(yearly, unit float64) float64 { return math.Log1p(yearly) * unit / 365.25 }

// Stays turns the hazard of each coming period, the chance to leave in it of
// those who came so far, into the probabilities to be still there after it.
func Stays(hazard []float64) ([]float64, error) {
	out := make([]float64, len(hazard))
	still := 1.0
	for i, h := range hazard {
		if !(h >= 0 && h <= 1) {
			return nil, fault.New(fault.Invalid, "the hazard of period %d is %v, which is no probability", i+1, h)
		}
		still *= 1 - h
		out[i] = still
	}
	return out, nil
}

// ContractValue is the discounted margin to expect of a contract: the margin
// of its plan in one period, in minor units, for each coming period that the
// customer is still there for. Discount is a rate per period; the first period
// ends one period from now.
func ContractValue(planMinor int64, stays []float64, discount float64) float64 {
	sum, factor := 0.0, 1.0
	for _, s := range stays {
		factor /= 1 + discount
		sum += s * factor
	}
	return float64(planMinor) * sum
}

// Worth is what one customer is worth over a stated horizon, in the unit of
// the amounts it was made from.
type Worth struct {
	Earned  float64 // to date
	CLV     float64 // to come over the horizon, discounted
	AtStake float64 // to come if they have not left: what their leaving would lose
}

// Total is what has been earned and what is to come.
func (w Worth) Total() float64 { return w.Earned + w.CLV }

// NewWorth puts what is known of a customer together: what was earned to date,
// the discounted purchases to expect and the mean margin of one.
func NewWorth(m Buying, b Behaviour, horizon, delta, each, earned float64) Worth {
	w := Worth{Earned: earned, CLV: each * Discounted(m, b, horizon, delta)}
	if still := m.StillCustomer(b); still > 0 {
		w.AtStake = w.CLV / still
	}
	return w
}

// Potential is what a customer could be worth: the value that a quarter of
// their peers reach or exceed, or their own if that is more. Peers are the customers
// whose peer number is the same.
func Potential(own []float64, peer []int) []float64 {
	by := make(map[int][]float64)
	for i, p := range peer {
		by[p] = append(by[p], own[i])
	}
	reach := make(map[int]float64, len(by))
	for p, values := range by {
		slices.Sort(values)
		reach[p] = stats.SortedQuantile(values, 0.75)
	}
	out := make([]float64, len(own))
	for i, p := range peer {
		out[i] = max(own[i], reach[p])
	}
	return out
}

// HouseholdTotals gives each customer the sum over their household; customers
// without one (0) stand for themselves.
func HouseholdTotals(own []float64, household []uint64) []float64 {
	sum := make(map[uint64]float64)
	for i, h := range household {
		sum[h] += own[i]
	}
	out := make([]float64, len(own))
	for i, h := range household {
		if out[i] = sum[h]; h == 0 {
			out[i] = own[i]
		}
	}
	return out
}

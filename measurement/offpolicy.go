package measurement

import (
	"math"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Chanced is one customer whose treatment a past night left to chance: what was
// done, how probable that was, and what came of it. The reward is 1 for a
// customer who stayed and 0 for one who left; predictions of it were made
// before the outcome, so that they need no cross-fitting.
type Chanced struct {
	Customer    history.CustomerID
	Treatment   string
	Released    bool    // the treatment was released; else the customer was left alone
	Probability float64 // of what was done, logged when it was decided; above 0
	Reward      float64
	Alone       float64 // predicted reward when left alone
	Treated     float64 // predicted reward with the treatment
}

// PolicyValue is what a policy would have earned for each of the customers, by
// the estimators of off-policy evaluation. Errors are standard errors over
// customers.
type PolicyValue struct {
	Weighted           float64 `json:"weighted"`            // inverse propensity (Horvitz and Thompson 1952)
	WeightedError      float64 `json:"weighted_error"`      // of Weighted
	SelfNormalised     float64 `json:"self_normalised"`     // the same over the sum of the weights; 0 when that is 0
	Modelled           float64 `json:"modelled"`            // the predictions alone, whatever happened
	DoublyRobust       float64 `json:"doubly_robust"`       // predictions put right by what happened (Dudík et al. 2011)
	DoublyRobustError  float64 `json:"doubly_robust_error"` // of DoublyRobust
	EffectiveCustomers float64 `json:"effective_customers"` // (sum of weights)² ÷ sum of squared weights
}

// ValuePolicy values a policy on customers whose treatment was left to chance:
// release[i] is the probability with which it would release customer i's.
//
//	w_i  = π(a_i) ÷ p_i
//	DR_i = Σ_a π(a) q_i(a) + w_i (r_i − q_i(a_i))
//
// The terms of the doubly robust estimate are returned for CompareValues.
// Invalid says which number is out of its range; stats.ErrUndefined that there
// are fewer than two customers.
func ValuePolicy(rows []Chanced, release []float64) (v PolicyValue, terms []float64, err error) {
	if len(rows) < 2 || len(rows) != len(release) {
		return v, nil, stats.ErrUndefined
	}
	n := float64(len(rows))
	weighted, terms := make([]float64, len(rows)), make([]float64, len(rows))
	var weights, squares, rewards float64
	for i := range rows {
		r, p := &rows[i], release[i]
		if !(r.Probability > 0 && r.Probability <= 1) || !(p >= 0 && p <= 1) {
			return v, nil, fault.New(fault.Invalid, "customer %d was treated with probability %v and would be with %v: the first must be above 0, both at most 1", r.Customer, r.Probability, p)
		}
		likely, predicted := 1-p, r.Alone
		if r.Released {
			likely, predicted = p, r.Treated
		}
		w, expected := likely/r.Probability, float64(p*r.Treated)+float64((1-p)*r.Alone)
		weighted[i], terms[i] = w*r.Reward, expected+float64(w*(r.Reward-predicted))
		weights, squares, rewards = weights+w, squares+float64(w*w), rewards+weighted[i]
		v.Modelled += expected / n
	}
	if squares > 0 {
		v.SelfNormalised, v.EffectiveCustomers = rewards/weights, weights*weights/squares
	}
	v.Weighted, v.WeightedError = meanAndError(weighted)
	v.DoublyRobust, v.DoublyRobustError = meanAndError(terms)
	return v, terms, nil
}

// CompareValues is the doubly robust value of one policy minus that of another
// on the same customers, from the terms of ValuePolicy, with the interval at Level.
func CompareValues(then, now []float64) (stats.Interval, error) {
	if len(then) < 2 || len(then) != len(now) {
		return stats.Interval{}, stats.ErrUndefined
	}
	each := make([]float64, len(then))
	for i := range then {
		each[i] = then[i] - now[i]
	}
	mean, se := meanAndError(each)
	return stats.Difference{Estimate: mean, StandardError: se}.Interval(Level)
}

// meanAndError is the mean of two or more values and its standard error, sd/√n.
func meanAndError(xs []float64) (mean, se float64) {
	mean, variance := stats.MeanVariance(xs)
	return mean, math.Sqrt(variance / float64(len(xs)))
}

package model

import (
	"math"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Range gives, for a risk, the 90 % interval of the leaving rate of customers
// scored like that: "of 100 such customers, 18 to 27". It is a table over
// rising risks, straight between them on the log-odds and parallel to the risk
// outside.
type Range struct {
	Risk  []float64
	Low   []float64
	High  []float64
	Dates int // past dates that it was measured on; fewer than four: the spread between dates is assumed
}

// At returns the interval of a calibrated risk strictly between 0 and 1; ok is
// false for any other number, and for no Range.
func (r *Range) At(risk float64) (low, high float64, ok bool) {
	if r == nil || len(r.Risk) == 0 || !(risk > 0 && risk < 1) {
		return 0, 0, false
	}
	x := stats.Logit(risk)
	k, _ := slices.BinarySearch(r.Risk, risk)
	i, j := max(k-1, 0), min(k, len(r.Risk)-1)
	share := 0.0
	if i != j {
		share = (x - stats.Logit(r.Risk[i])) / (stats.Logit(r.Risk[j]) - stats.Logit(r.Risk[i]))
	}
	// How far the limits lie from the risk, on the log-odds.
	width := func(limit []float64) float64 {
		a, b := stats.Logit(limit[i])-stats.Logit(r.Risk[i]), stats.Logit(limit[j])-stats.Logit(r.Risk[j])
		return a + float64(share*(b-a))
	}
	return stats.Sigmoid(x + width(r.Low)), stats.Sigmoid(x + width(r.High)), true
}

// validate refuses a table that is none.
func (r *Range) validate() error {
	if r == nil {
		return nil
	}
	if len(r.Low) != len(r.Risk) || len(r.High) != len(r.Risk) {
		return fault.New(fault.Invalid, "its range has %d risks, %d lower and %d upper limits: it needs as many of each", len(r.Risk), len(r.Low), len(r.High))
	}
	for i, p := range r.Risk {
		if !(r.Low[i] > 0 && r.Low[i] <= p && p <= r.High[i] && r.High[i] < 1) || math.IsNaN(p) || (i > 0 && p <= r.Risk[i-1]) {
			return fault.New(fault.Invalid, "its range from %v to %v at risk %v is none: risks rise and lie between their limits, within 0 and 1", r.Low[i], r.High[i], p)
		}
	}
	return nil
}

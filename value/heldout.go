package value

import (
	"math"

	"holdfast/internal/fault"
)

// HeldOut compares what was expected of each customer with what a later time
// brought.
type HeldOut struct {
	Customers     int         `json:"customers"`
	Actual        float64     `json:"actual"`
	Expected      float64     `json:"expected"`
	Correlation   float64     `json:"correlation"`    // Pearson's; 0 where one of them does not vary
	AbsoluteError float64     `json:"absolute_error"` // mean over customers
	SquaredError  float64     `json:"squared_error"`  // mean over customers
	ByRepeats     []ByRepeats `json:"by_repeats"`
}

// ByRepeats is the comparison for customers of so many repeat purchases before;
// the last line holds more as well.
type ByRepeats struct {
	Repeats   int     `json:"repeats"`
	Customers int     `json:"customers"`
	Actual    float64 `json:"actual"`   // mean of a customer
	Expected  float64 `json:"expected"` // mean of a customer
}

// mostRepeats is the last line of the table by repeats.
const mostRepeats = 7

// CompareHeldOut compares expected and actual numbers of the customers, one
// each, by their repeat purchases before.
func CompareHeldOut(before []Behaviour, expected, actual []float64) (HeldOut, error) {
	n := float64(len(before))
	if len(before) == 0 || len(expected) != len(before) || len(actual) != len(before) {
		return HeldOut{}, fault.New(fault.Invalid, "%d expectations and %d outcomes for %d customers", len(expected), len(actual), len(before))
	}
	h := HeldOut{Customers: len(before), ByRepeats: make([]ByRepeats, mostRepeats+1)}
	for i, b := range before {
		line := &h.ByRepeats[min(b.Repeats, mostRepeats)]
		line.Customers++
		line.Actual += actual[i]
		line.Expected += expected[i]
		h.Actual += actual[i]
		h.Expected += expected[i]
		e := expected[i] - actual[i]
		h.AbsoluteError += math.Abs(e) / n
		h.SquaredError += e * e / n
	}
	h.Correlation = correlation(expected, actual)
	for i := range h.ByRepeats {
		line := &h.ByRepeats[i]
		line.Repeats = i
		if line.Customers > 0 {
			line.Actual /= float64(line.Customers)
			line.Expected /= float64(line.Customers)
		}
	}
	return h, nil
}

// correlation is Pearson's; 0 where x or y does not vary.
func correlation(x, y []float64) float64 {
	n := float64(len(x))
	var mx, my float64
	for i := range x {
		mx += x[i] / n
		my += y[i] / n
	}
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

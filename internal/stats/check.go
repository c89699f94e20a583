package stats

import (
	"errors"
	"fmt"
	"math"
)

// ErrUndefined marks a statistic that the data given cannot answer: one class
// only, no rows, no spread. Test for it with errors.Is and say "not enough
// data"; every other error of this package is a mistake of the caller.
var ErrUndefined = errors.New("not enough data")

// undefined says which statistic the data cannot answer, and why.
func undefined(what, why string) error {
	return fmt.Errorf("%s: %w: %s", what, ErrUndefined, why)
}

// checkRows refuses slices of unequal length, no rows, labels other than 0 and
// 1, scores that are NaN or infinite, and weights that cannot weigh.
func checkRows(what string, y, s, w []float64) error {
	if len(y) != len(s) || (w != nil && len(w) != len(y)) {
		return fmt.Errorf("%s: %d labels, %d scores and %d weights; give as many of each", what, len(y), len(s), len(w))
	}
	if len(y) == 0 {
		return undefined(what, "no rows")
	}
	for i := range y {
		if y[i] != 0 && y[i] != 1 {
			return fmt.Errorf("%s: label %v in row %d; labels are 0 or 1", what, y[i], i)
		}
		if math.IsNaN(s[i]) || math.IsInf(s[i], 0) {
			return fmt.Errorf("%s: score %v in row %d; scores are finite", what, s[i], i)
		}
	}
	return checkWeights(what, w)
}

// checkProbabilities is checkRows for scores that must lie in [0, 1].
func checkProbabilities(what string, y, p, w []float64) error {
	if err := checkRows(what, y, p, w); err != nil {
		return err
	}
	for i, v := range p {
		if v < 0 || v > 1 {
			return fmt.Errorf("%s: probability %v in row %d; probabilities lie in [0, 1]", what, v, i)
		}
	}
	return nil
}

func checkWeights(what string, w []float64) error {
	if w == nil {
		return nil
	}
	total := 0.0
	for i, v := range w {
		if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: weight %v in row %d; weights are finite and not negative", what, v, i)
		}
		total += v
	}
	if total == 0 {
		return undefined(what, "all weights are zero")
	}
	return nil
}

// checkFinite refuses NaN and infinity.
func checkFinite(what string, xs []float64) error {
	for i, v := range xs {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: value %v at %d; values are finite", what, v, i)
		}
	}
	return nil
}

// weight returns w[i], or 1 when there are no weights.
func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

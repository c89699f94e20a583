package model

import (
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// CalibrationKind names how raw scores are turned into probabilities.
type CalibrationKind string

// The calibrations.
const (
	Uncalibrated CalibrationKind = ""         // the raw probability
	Logistic     CalibrationKind = "logistic" // a line on the log-odds
	Isotonic     CalibrationKind = "isotonic" // rising steps on the raw probability
	Beta         CalibrationKind = "beta"     // bends both ends of the raw probability
	// VennAbers is rising steps that no rows, however few or alike, bring to 0 or 1.
	VennAbers CalibrationKind = "venn-abers"
)

// Calibration holds the parameters of a monotone map from the raw margin to the
// probability that is reported. It is fitted elsewhere; only the field of its
// kind is set.
type Calibration struct {
	Kind     CalibrationKind         `json:",omitempty"`
	Line     *stats.LogitCalibration `json:",omitempty"`
	Steps    *stats.Isotonic         `json:",omitempty"`
	TwoEnded *stats.Beta             `json:",omitempty"`
	Table    *stats.VennAbersSteps   `json:",omitempty"`
}

// LogisticCalibration makes a calibration of a fitted line on the log-odds.
func LogisticCalibration(c stats.LogitCalibration) Calibration {
	return Calibration{Kind: Logistic, Line: &c}
}

// IsotonicCalibration makes a calibration of fitted steps on raw probabilities.
func IsotonicCalibration(c stats.Isotonic) Calibration {
	return Calibration{Kind: Isotonic, Steps: &c}
}

// BetaCalibration makes a calibration of a fitted beta map of raw probabilities.
func BetaCalibration(c stats.Beta) Calibration {
	return Calibration{Kind: Beta, TwoEnded: &c}
}

// VennAbersCalibration makes a calibration of Venn-Abers' steps on raw probabilities.
func VennAbersCalibration(c stats.VennAbersSteps) Calibration {
	return Calibration{Kind: VennAbers, Table: &c}
}

// Apply turns a raw margin into the calibrated probability.
func (c *Calibration) Apply(margin float64) float64 {
	switch c.Kind {
	case Logistic:
		return stats.Sigmoid(float64(c.Line.Slope*margin) + c.Line.Intercept)
	case Isotonic:
		return c.Steps.Apply(stats.Sigmoid(margin))
	case Beta:
		return c.TwoEnded.Apply(stats.Sigmoid(margin))
	case VennAbers:
		return c.Table.Apply(stats.Sigmoid(margin))
	}
	return stats.Sigmoid(margin)
}

// Validate refuses parameters that would not give rising probabilities.
func (c *Calibration) Validate() error {
	bad := func(what string) error { return fault.New(fault.Invalid, "the %s calibration %s", c.Kind, what) }
	switch c.Kind {
	case Uncalibrated:
	case Logistic:
		if c.Line == nil || !finite(c.Line.Slope) || !finite(c.Line.Intercept) || c.Line.Slope <= 0 {
			return bad("must have a finite intercept and a positive, finite slope: scores that rank customers the wrong way cannot be calibrated")
		}
	case Beta:
		b := c.TwoEnded
		if b == nil || !finite(b.A) || !finite(b.B) || !finite(b.C) || b.A < 0 || b.B < 0 || b.A+b.B == 0 {
			return bad("must have a finite C, finite A and B of at least 0, and one of them above it")
		}
	case Isotonic:
		return c.validateSteps(bad)
	case VennAbers:
		return c.validateTable(bad)
	default:
		return bad("is of no known kind")
	}
	return nil
}

func (c *Calibration) validateSteps(bad func(string) error) error {
	if c.Steps == nil || len(c.Steps.Score) == 0 || len(c.Steps.Score) != len(c.Steps.Level) {
		return bad("needs as many levels as raw probabilities, and at least one")
	}
	x, y := c.Steps.Score, c.Steps.Level
	for i := range x {
		switch {
		case !(x[i] >= 0 && x[i] <= 1 && y[i] >= 0 && y[i] <= 1):
			return bad("holds a number that is no probability")
		case i > 0 && (x[i] <= x[i-1] || y[i] < y[i-1]):
			return bad("does not rise")
		}
	}
	return nil
}

func (c *Calibration) validateTable(bad func(string) error) error {
	if c.Table == nil || len(c.Table.At) != len(c.Table.Score) || len(c.Table.Between) != len(c.Table.Score)+1 {
		return bad("needs as many levels at raw probabilities as there are of them, and one more between them")
	}
	t, last := c.Table, c.Table.Between[0]
	if !(last > 0 && last < 1) {
		return bad("holds a number that is no risk")
	}
	for i, x := range t.Score {
		at, above := t.At[i], t.Between[i+1]
		switch {
		case !(x >= 0 && x <= 1 && at < 1 && above < 1): // above 0, for they rise
			return bad("holds a number that is no risk")
		case !(at >= last && above >= at) || (i > 0 && x <= t.Score[i-1]):
			return bad("does not rise")
		}
		last = above
	}
	return nil
}

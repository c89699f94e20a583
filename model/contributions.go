package model

import (
	"math"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Contributions writes to dst what each feature adds to the log-odds of this row,
// in schema order, and returns the base they start from. base + sum(dst) is the
// margin to 1e-9: the calibrated log-odds if there is no calibration or a
// logistic one, and the raw margin under isotonic and beta calibration, which
// bend the scale by different amounts at different places.
//
// Linear: weight times the distance of the transformed value from its mean over
// the training rows. Boosted: exact path-dependent Shapley values of the sum of
// leaves. Forest: exact path-dependent Shapley values of the mean leaf
// probability, all multiplied by the one positive number that carries the
// difference of the probabilities to the difference of their log-odds.
func (m *Model) Contributions(row, dst []float64) (base float64, err error) {
	if err := m.width(row); err != nil {
		return 0, err
	}
	if len(dst) != len(row) {
		return 0, fault.New(fault.Invalid, "there is room for %d contributions and there are %d features", len(dst), len(row))
	}
	clear(dst)
	switch m.kind {
	case KindLinear:
		base = m.linear.Intercept
		for j := range row {
			dst[j] = m.linear.Columns[j].contribution(row[j])
		}
	case KindForest:
		base = m.forestContributions(row, dst)
	default:
		base = m.trees.Base + m.trees.expected()
		m.trees.shapley(row, dst)
	}
	if c := m.calibration; c.Kind == Logistic {
		base = float64(c.Line.Slope*base) + c.Line.Intercept
		for j := range dst {
			dst[j] *= c.Line.Slope
		}
	}
	for j, v := range dst {
		if !finite(v) {
			return 0, fault.New(fault.Internal, "the contribution of %s is not a number", m.schema.Columns[j].Name)
		}
	}
	return base, nil
}

func (m *Model) forestContributions(row, dst []float64) float64 {
	n := float64(len(m.trees.Roots))
	m.trees.shapley(row, dst)
	mean := m.trees.expected() / n
	var sum float64
	for j := range dst {
		dst[j] /= n
		sum += dst[j]
	}
	scale := stretch(mean, sum)
	for j := range dst {
		dst[j] *= scale
	}
	return stats.Logit(mean)
}

// stretch is (logit(p+d) - logit(p)) / d, and its limit 1/(p(1-p)) at d = 0.
func stretch(p, d float64) float64 {
	if math.Abs(d) < 1e-10 {
		return 1 / (p * (1 - p))
	}
	return (math.Log1p(d/p) - math.Log1p(-d/(1-p))) / d
}

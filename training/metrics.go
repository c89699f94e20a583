package training

import (
	"errors"
	"fmt"
	"math"

	"holdfast/internal/stats"
)

// Metrics judges probabilities against outcomes on one set of rows. Rates,
// losses and areas are weighted by the rows' weights; lift counts rows.
type Metrics struct {
	Rows       int     `json:"rows"`
	Left       int     `json:"left"`
	BaseRate   float64 `json:"base_rate"`
	AUC        float64 `json:"auc"`
	PRAUC      float64 `json:"pr_auc"`
	LogLoss    float64 `json:"log_loss"`
	Brier      float64 `json:"brier"`
	MCB        float64 `json:"mcb"` // miscalibration part of the Brier score
	DSC        float64 `json:"dsc"` // discrimination part
	Lift1      float64 `json:"lift_at_1"`
	Lift5      float64 `json:"lift_at_5"`
	Lift10     float64 `json:"lift_at_10"`
	MeanRisk   float64 `json:"mean_risk"`
	InTheLarge float64 `json:"calibration_in_the_large"` // mean risk ÷ base rate
	// The measures in money are 0 where the business's margin is not known.
	EMPC      float64 `json:"empc,omitempty"`                           // expected maximum profit, minor units a customer in the base
	EMPCShare float64 `json:"empc_share,omitempty"`                     // share of the base contacted to reach it
	Capture   float64 `json:"leavers_margin_inside_capacity,omitempty"` // share of the leavers' margin within one night's reach
}

// Judge computes the metrics of probabilities p for labels y with weights w,
// all of one length. A set with one class only is an error: nothing can be
// ranked in it.
func Judge(y, p, w []float64) (Metrics, error) {
	m := Metrics{Rows: len(y)}
	var sumW, sumY, sumP float64
	for i := range y {
		if y[i] == 1 {
			m.Left++
		}
		sumW += w[i]
		sumY += float64(w[i] * y[i])
		sumP += float64(w[i] * p[i])
	}
	m.BaseRate, m.MeanRisk = sumY/sumW, sumP/sumW
	m.InTheLarge = m.MeanRisk / m.BaseRate
	corp, err := stats.FitCORP(y, p, w)
	if err != nil {
		return m, fmt.Errorf("judge %d rows, %d of them left: %w", m.Rows, m.Left, err)
	}
	m.Brier, m.MCB, m.DSC = corp.Brier, corp.Miscalibration, corp.Discrimination
	for _, part := range []struct {
		dst *float64
		f   func() (float64, error)
	}{
		{&m.AUC, func() (float64, error) { return stats.AUC(y, p, w) }},
		{&m.PRAUC, func() (float64, error) { return stats.AveragePrecision(y, p, w) }},
		{&m.LogLoss, func() (float64, error) { return stats.LogLoss(y, p, w) }},
		{&m.Lift1, func() (float64, error) { return stats.LiftAt(y, p, 0.01) }},
		{&m.Lift5, func() (float64, error) { return stats.LiftAt(y, p, 0.05) }},
		{&m.Lift10, func() (float64, error) { return stats.LiftAt(y, p, 0.1) }},
	} {
		v, err := part.f()
		if err != nil {
			return m, fmt.Errorf("judge %d rows, %d of them left: %w", m.Rows, m.Left, err)
		}
		*part.dst = v
	}
	return m, nil
}

// Paired is the difference of two models' measures on the same rows, with a
// 95 % interval from resampling households.
type Paired struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// pairedLogLoss compares mean log loss, a minus b: below zero, a is better.
func pairedLogLoss(s *Sample, a, b []float64, seed uint64) (Paired, error) {
	diff := make([]float64, s.Rows())
	for i := range diff {
		diff[i] = s.W[i] * (logLoss(s.Y[i], a[i]) - logLoss(s.Y[i], b[i]))
	}
	return pairedMean(s, diff, seed)
}

// pairedMean is the mean of a difference per unit of weight.
func pairedMean(s *Sample, diff []float64, seed uint64) (Paired, error) {
	return s.paired(500, seed, func(w []float64) float64 {
		var sum, n float64
		for i, k := range w {
			sum += float64(k * diff[i])
			n += float64(k * s.W[i])
		}
		return sum / n
	})
}

// pairedAUC compares AUC, a minus b: above zero, a ranks better. With so few
// leavers that a bootstrap often draws none, the interval is all that a
// difference can be, −1 to 1: nothing is known.
func pairedAUC(s *Sample, a, b []float64, seed uint64) (Paired, error) {
	first, err := stats.Rank(a)
	if err != nil {
		return Paired{}, fmt.Errorf("rank the rows: %w", err)
	}
	second, err := stats.Rank(b)
	if err != nil {
		return Paired{}, fmt.Errorf("rank the rows: %w", err)
	}
	both := make([]float64, s.Rows())
	p, err := s.paired(200, seed, func(w []float64) float64 {
		for i, k := range w {
			both[i] = k * s.W[i]
		}
		return first.AUC(s.Y, both) - second.AUC(s.Y, both)
	})
	if errors.Is(err, stats.ErrUndefined) {
		if d := first.AUC(s.Y, s.W) - second.AUC(s.Y, s.W); !math.IsNaN(d) {
			return Paired{d, -1, 1}, nil
		}
	}
	return p, err
}

// paired bootstraps a difference by household.
func (s *Sample) paired(replicates int, seed uint64, difference func(w []float64) float64) (Paired, error) {
	group := make([]uint64, s.Rows())
	for i := range group {
		group[i] = uint64(s.Household[i])
	}
	res, err := stats.Bootstrap{Replicates: replicates, Level: 0.95, Seed: seed}.Clustered(group, difference)
	if err != nil {
		return Paired{}, fmt.Errorf("compare two models on %d rows: %w", s.Rows(), err)
	}
	return Paired{res.Estimate, res.Low, res.High}, nil
}

func logLoss(y, p float64) float64 {
	const eps = 1e-15
	p = math.Min(math.Max(p, eps), 1-eps)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

package training

import (
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
	Lift10     float64 `json:"lift_at_10"`
	MeanRisk   float64 `json:"mean_risk"`
	InTheLarge float64 `json:"calibration_in_the_large"` // mean risk ÷ base rate
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
	group := make([]uint64, s.Rows())
	diff := make([]float64, s.Rows())
	for i := range group {
		group[i] = uint64(s.Household[i])
		diff[i] = s.W[i] * (logLoss(s.Y[i], a[i]) - logLoss(s.Y[i], b[i]))
	}
	res, err := stats.Bootstrap{Replicates: 500, Level: 0.95, Seed: seed}.Clustered(group,
		func(w []float64) float64 {
			var sum, n float64
			for i, k := range w {
				sum += float64(k * diff[i])
				n += float64(k * s.W[i])
			}
			return sum / n
		})
	if err != nil {
		return Paired{}, fmt.Errorf("compare two models on %d rows: %w", s.Rows(), err)
	}
	var sum, n float64
	for i := range diff {
		sum += diff[i]
		n += s.W[i]
	}
	return Paired{sum / n, res.Low, res.High}, nil
}

func logLoss(y, p float64) float64 {
	const eps = 1e-15
	p = math.Min(math.Max(p, eps), 1-eps)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

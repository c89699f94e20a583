package flat

import (
	"errors"
	"fmt"
	"math"

	"holdfast/internal/stats"
)

// Measure is one figure by which probabilities are judged.
type Measure struct {
	Key   string // in JSON
	Name  string // for people
	Good  string // which way is good
	judge func(y, p []float64) (float64, error)
}

// Measures are the figures of a card, in its order.
var Measures = []Measure{
	{"auc", "AUC", "higher", func(y, p []float64) (float64, error) { return stats.AUC(y, p, nil) }},
	{"pr_auc", "PR-AUC", "higher", func(y, p []float64) (float64, error) { return stats.AveragePrecision(y, p, nil) }},
	{"log_loss", "log loss", "lower", func(y, p []float64) (float64, error) { return stats.LogLoss(y, p, nil) }},
	{"brier", "Brier score", "lower", func(y, p []float64) (float64, error) { return stats.Brier(y, p, nil) }},
	{"calibration_slope", "calibration slope", "1", func(y, p []float64) (float64, error) {
		c, err := stats.FitLogit(y, p, nil)
		return c.Slope, err
	}},
	{"calibration_intercept", "calibration intercept", "0", func(y, p []float64) (float64, error) {
		c, err := stats.FitLogit(y, p, nil)
		return c.Intercept, err
	}},
	{"mcb", "miscalibration (CORP)", "0", func(y, p []float64) (float64, error) {
		c, err := stats.FitCORP(y, p, nil)
		return c.Miscalibration, err
	}},
	{"lift_at_10", "lift in the top tenth", "higher", func(y, p []float64) (float64, error) { return stats.LiftAt(y, p, 0.1) }},
	{"empc", "EMPC, per customer", "higher", func(y, p []float64) (float64, error) {
		c, err := stats.EMPC(y, p, stats.DefaultProfitTerms())
		return c.PerCustomer, err
	}},
}

// Figures are values of measures by key. One that the rows cannot answer is
// absent: nobody left among them, or the classes are separated perfectly.
type Figures map[string]float64

// Judge computes every measure of probabilities p for labels y.
func Judge(y, p []float64) (Figures, error) {
	out := Figures{}
	for _, m := range Measures {
		v, err := m.judge(y, p)
		if errors.Is(err, stats.ErrUndefined) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("judge %d rows: %w", len(y), err)
		}
		out[m.Key] = v
	}
	return out, nil
}

// Spread is the mean of a measure over folds and its standard deviation between
// them.
type Spread struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// spreads sums up the folds. A measure that a fold could not answer is absent.
func spreads(folds []Figures) map[string]Spread {
	out := map[string]Spread{}
	for _, m := range Measures {
		var s Spread
		n := 0.0
		for _, f := range folds {
			if v, ok := f[m.Key]; ok {
				s.Mean += v
				n++
			}
		}
		if int(n) < len(folds) || n == 0 {
			continue
		}
		s.Mean /= n
		for _, f := range folds {
			d := f[m.Key] - s.Mean
			s.SD += float64(d * d)
		}
		if n > 1 {
			s.SD = math.Sqrt(s.SD / (n - 1))
		}
		out[m.Key] = s
	}
	return out
}

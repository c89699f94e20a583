package training

import (
	"fmt"
	"slices"
	"time"

	"holdfast/internal/stats"
	"holdfast/model"
)

// How often customers leave moves from date to date for reasons that are in no
// row: a season, a strike, a year that was good. Two things follow.
//
// The rows of a date with many leavers must not teach that whatever was common
// on that date makes people leave. While the dates span too little time to learn
// the season, each date's leavers and stayers are weighted to one leaving rate,
// as an own intercept for every date would do, and the time of year is left out.
//
// And the level of the next date has to be foreseen: the newest matured date is
// as good a guess as its like was in the past.
//
//	level(next) = mean + ρ·(level(newest) − mean)
//
// ρ is what the levels of past dates tell: 1 when the level wanders, 0 when it
// returns. While there are few dates it stays near 1: nothing speaks against the
// newest one.

// levelPrior is the weight, in rows, of the leaving rate of all dates in that of each.
const levelPrior = 50

// levelPairs is the weight, in pairs of dates an embargo apart, of the belief
// that the level wanders.
const levelPairs = 6

// levelled returns weights under which every date has the same leaving rate.
func (s *Sample) levelled() []float64 {
	left, all := make([]float64, len(s.Dates)), make([]float64, len(s.Dates))
	for i, d := range s.Date {
		left[d] += float64(s.W[i] * s.Y[i])
		all[d] += s.W[i]
	}
	base := s.BaseRate()
	out := slices.Clone(s.W)
	for i, d := range s.Date {
		rate := (left[d] + float64(levelPrior*base)) / (all[d] + levelPrior)
		if s.Y[i] == 1 {
			out[i] *= base / rate
		} else {
			out[i] *= (1 - base) / (1 - rate)
		}
	}
	return out
}

// seasonal says whether the dates show the whole year twice.
func (s *Sample) seasonal() bool {
	return s.Rows() > 0 && !s.Dates[slices.Max(s.Date)].Before(s.Dates[slices.Min(s.Date)].AddDate(seasonYears, 0, 0))
}

// foreseen is the shift of a calibration, on the log-odds, from the level of
// the newest slice to that expected of the next date. p are calibrated
// out-of-fold probabilities of all rows.
func foreseen(s *Sample, p []float64, embargo time.Duration) (shift, rho float64, err error) {
	levels, at, err := levelsByDate(s, p)
	if err != nil {
		return 0, 1, err
	}
	mean := 0.0
	for _, v := range levels {
		mean += v / float64(len(levels))
	}
	var product, square, all float64
	for i, v := range levels {
		all += float64((v - mean) * (v - mean))
		j := slices.IndexFunc(at, func(t time.Time) bool { return !t.Before(at[i].Add(embargo)) })
		if j >= 0 {
			product += float64((v - mean) * (levels[j] - mean))
			square += float64((v - mean) * (v - mean))
		}
	}
	belief := levelPairs * all / float64(max(1, len(levels)))
	if square+belief == 0 {
		return 0, 1, nil
	}
	rho = min(max((product+belief)/(square+belief), 0), 1)
	return (1 - rho) * mean, rho, nil
}

// levelsByDate measures how far each date's level is from the probabilities.
// Dates on which nobody or everybody left say nothing.
func levelsByDate(s *Sample, p []float64) (levels []float64, at []time.Time, err error) {
	for d, when := range s.Dates {
		var y, x, w []float64
		left := 0.0
		for i := range p {
			if s.Date[i] == d {
				y, x, w = append(y, s.Y[i]), append(x, stats.Logit(p[i])), append(w, s.W[i])
				left += s.Y[i]
			}
		}
		if left == 0 || left == float64(len(y)) {
			continue
		}
		v, err := stats.FitOffset(y, x, w)
		if err != nil {
			return nil, nil, fmt.Errorf("measure the level of %s: %w", when.Format(time.DateOnly), err)
		}
		levels, at = append(levels, v), append(at, when)
	}
	return levels, at, nil
}

// shifted moves a calibration by so much on the log-odds.
func shifted(c model.Calibration, by float64) model.Calibration {
	switch c.Kind {
	case model.Logistic:
		line := *c.Line
		line.Intercept += by
		return model.LogisticCalibration(line)
	case model.Beta:
		b := *c.TwoEnded
		b.C += by
		return model.BetaCalibration(b)
	case model.Isotonic:
		return model.IsotonicCalibration(stats.Isotonic{Score: c.Steps.Score, Level: moved(c.Steps.Level, by)})
	case model.VennAbers:
		return model.VennAbersCalibration(stats.VennAbersSteps{
			Score: c.Table.Score, At: moved(c.Table.At, by), Between: moved(c.Table.Between, by),
		})
	}
	return c
}

// moved returns probabilities moved by so much on the log-odds.
func moved(p []float64, by float64) []float64 {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = stats.Sigmoid(stats.Logit(v) + by)
	}
	return out
}

package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"holdfast/internal/stats"
	"holdfast/model"
)

// A risk is a statement about customers scored like this one, and it can be off
// for two reasons: the customers it was calibrated on were few, and the next
// months will not be like the last. The first is seen by drawing households
// again, the second by how far the level was off on past dates:
//
//	logit(rate) = logit(risk) + error,  error ~ t_K · √(s²(risk) + τ²)
//
// s² is the bootstrap variance of the calibration at that risk, τ² the mean
// square of the past dates' errors less what chance explains of it.

// rangeLevel is the confidence of a range.
const rangeLevel = 0.90

// rangeDates is how many past dates it takes to see how the level moves.
const rangeDates = 4

// assumedDrift is the spread of the level between dates, on the log-odds, that
// is assumed while fewer than rangeDates have been seen: a leaving rate of 20 %
// that becomes 15 or 26 %.
const assumedDrift = 0.35

// rangeReplicates is how often the households are drawn again.
const rangeReplicates = 200

// rangeRisks are the risks at which a range is tabulated.
var rangeRisks = []float64{.001, .002, .005, .01, .02, .035, .05, .075, .1, .15, .2, .25, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99}

// levelError is how far the level of a model was off on one past date.
type levelError struct {
	Offset   float64 // on the log-odds; above zero, more left than predicted
	Variance float64 // of the offset, by chance alone
}

// levelOf measures the level error of probabilities p on rows that were not
// seen when they were made.
func levelOf(s *Sample, p []float64) (levelError, error) {
	x := make([]float64, len(p))
	for i := range p {
		x[i] = stats.Logit(p[i])
	}
	offset, err := stats.FitOffset(s.Y, x, s.W)
	if err != nil {
		return levelError{}, fmt.Errorf("measure the level on %d rows: %w", s.Rows(), err)
	}
	// The score's variance by household over its slope squared.
	scores, slope := make(map[int64]float64), 0.0
	for i := range x {
		q := stats.Sigmoid(x[i] + offset)
		scores[s.Household[i]] += s.W[i] * (s.Y[i] - q)
		slope += s.W[i] * q * (1 - q)
	}
	sum := 0.0
	for _, v := range scores {
		sum += float64(v * v)
	}
	return levelError{offset, sum / (slope * slope)}, nil
}

// fitRange makes the range from the calibration rows (labels, calibrated
// out-of-fold probabilities, weights and households) and the level errors of
// past dates.
func fitRange(cal *Sample, p []float64, past []levelError, seed uint64) (*model.Range, error) {
	spread, err := calibrationSpread(cal, p, seed)
	if err != nil {
		return nil, err
	}
	drift, df := between(past, spread[middle(cal)])
	out := &model.Range{Dates: len(past)}
	t := stats.StudentQuantile(.5+rangeLevel/2, df)
	for i, risk := range rangeRisks {
		low, high := limitsOf(risk, t*math.Sqrt(float64(spread[i])+drift))
		out.Risk, out.Low, out.High = append(out.Risk, risk), append(out.Low, low), append(out.High, high)
	}
	return out, nil
}

// widestHalf bounds half a range, on the log-odds: from a few past dates that
// differ much it can be so wide that its limits would be 0 and 1 themselves.
const widestHalf = 15

// limitsOf are the limits of a range around a risk, within 0 and 1.
func limitsOf(risk, half float64) (low, high float64) {
	x := stats.Logit(risk)
	half = min(half, widestHalf)
	return stats.Sigmoid(x - half), stats.Sigmoid(x + half)
}

// between is the variance of the level between dates, less what chance on the
// test dates and in the calibration explains, and the degrees of freedom it is
// known with.
func between(past []levelError, sampling float64) (variance, df float64) {
	square, chance := 0.0, 0.0
	for _, e := range past {
		square += float64(e.Offset*e.Offset) / float64(len(past))
		chance += e.Variance / float64(len(past))
	}
	variance = math.Max(0, square-chance-sampling)
	if len(past) < rangeDates {
		return math.Max(variance, assumedDrift*assumedDrift), rangeDates
	}
	return variance, float64(len(past))
}

// middle is the place in rangeRisks nearest to the base rate.
func middle(s *Sample) int {
	best, rate := 0, s.BaseRate()
	for i, r := range rangeRisks {
		if math.Abs(stats.Logit(r)-stats.Logit(rate)) < math.Abs(stats.Logit(rangeRisks[best])-stats.Logit(rate)) {
			best = i
		}
	}
	return best
}

// homeScore is one household's part in the likelihood of a calibration line at
// its fitted values: the score in slope and intercept, and the information.
type homeScore struct{ slope, intercept, ss, si, ii float64 }

// calibrationSpread is the bootstrap variance, by household, of the log-odds
// that a calibration line gives to each of rangeRisks. Each draw takes one
// Newton step from the line that all households fit (the score bootstrap of
// Hu and Kalbfleisch 2000), which costs as many operations as there are
// households and needs no draw to have a solution of its own.
func calibrationSpread(s *Sample, p []float64, seed uint64) ([]float64, error) {
	line, err := stats.FitLogit(s.Y, p, s.W)
	if err != nil {
		return nil, err
	}
	homes := homeScores(s, p, line)
	var sum, squares [64]float64
	for r := range rangeReplicates {
		random := stats.Stream(seed, uint64(r))
		var d homeScore
		for range homes {
			h := &homes[random.IntN(len(homes))]
			d.slope, d.intercept = d.slope+h.slope, d.intercept+h.intercept
			d.ss, d.si, d.ii = d.ss+h.ss, d.si+h.si, d.ii+h.ii
		}
		det := float64(d.ss*d.ii) - float64(d.si*d.si)
		if !(det > 0) {
			return nil, fmt.Errorf("a draw of %d households does not tell a calibration line: too few leavers for a range", len(homes))
		}
		slope := float64(d.ii*d.slope-d.si*d.intercept) / det
		intercept := float64(d.ss*d.intercept-d.si*d.slope) / det
		for i, risk := range rangeRisks {
			v := float64(slope*stats.Logit(risk)) + intercept
			sum[i] += v
			squares[i] += float64(v * v)
		}
	}
	out := make([]float64, len(rangeRisks))
	for i := range out {
		mean := sum[i] / rangeReplicates
		out[i] = math.Max(0, squares[i]/rangeReplicates-float64(mean*mean))
	}
	return out, nil
}

func homeScores(s *Sample, p []float64, line stats.LogitCalibration) []homeScore {
	place := make(map[int64]int)
	var out []homeScore
	for i, h := range s.Household {
		k, known := place[h]
		if !known {
			k = len(out)
			place[h] = k
			out = append(out, homeScore{})
		}
		x := stats.Logit(p[i])
		q := stats.Sigmoid(float64(line.Slope*x) + line.Intercept)
		residual, v := s.W[i]*(s.Y[i]-q), s.W[i]*q*(1-q)
		out[k].slope += float64(residual * x)
		out[k].intercept += residual
		out[k].ss += float64(v * x * x)
		out[k].si += float64(v * x)
		out[k].ii += v
	}
	return out
}

// pastDates is how many past dates the level is measured on at most.
const pastDates = 6

// pastRows bounds the rows of each past fit: the level needs no more.
const pastRows = 10_000

// pastLeast is how many leavers a past date needs to say anything.
const pastLeast = 10

// pastLevels repeats on past dates what will happen next: a model of the dates
// that had matured by then, with the choices that like made, predicts the date,
// and the level it was off by is noted; the newest date stands first. Dates are spread over what there is, and
// no two of them share a part of their outcomes: what moved one moved the other.
func pastLevels(ctx context.Context, c Candidate, j Judges, all *Sample, like *model.Model) ([]pastDate, error) {
	again := c
	again.Fit = func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
		return c.refit(ctx, s, seed, like)
	}
	var dates []int
	for d := range all.Dates {
		if len(Matured(all.Dates, j.Churn, all.Dates[d])) > 0 {
			dates = append(dates, d)
		}
	}
	var out []pastDate
	for _, d := range apartInTime(all.Dates, dates, all.Embargo) {
		test := all.On(d)
		share := float64(pastRows) / float64(all.Rows())
		train := j.knownBy(all, all.Dates[d]).OfHouseholds(func(h int64) bool {
			return stats.HashUniform(j.Seed, uint64(h), uint64(d)) < share
		})
		if left, _ := test.Positives(); left < pastLeast || left > test.Rows()-pastLeast {
			continue
		}
		f, err := fitCalibrated(ctx, again, train, j.Seed)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue // too little was known by then
		}
		p, err := scored(f.model, test)
		if err != nil {
			return nil, err
		}
		e, err := levelOf(test, p)
		if err != nil {
			return nil, err
		}
		out = append(out, pastDate{e, f, alike(test, p)})
	}
	return out, nil
}

// apartInTime takes at most pastDates of the dates with these ascending indices,
// from the newest back, that lie at least an embargo apart.
func apartInTime(at []time.Time, dates []int, embargo time.Duration) []int {
	if len(dates) == 0 {
		return nil
	}
	newest := at[dates[len(dates)-1]]
	gap := max(embargo, newest.Sub(at[dates[0]])/pastDates)
	var out []int
	for _, d := range slices.Backward(dates) {
		if len(out) == 0 || (len(out) < pastDates && at[out[len(out)-1]].Sub(at[d]) >= gap) {
			out = append(out, d)
		}
	}
	return out
}

// rangeSentence says what the range is made of.
func rangeSentence(r *model.Range) string {
	if r == nil {
		return "It gives no range on a risk: too few customers left to draw them again."
	}
	if r.Dates == 1 {
		return fmt.Sprintf("The range on a risk is wide: 1 past date with outcomes of its own could be tested and it takes %d to see how much the leaving rate moves between dates, so a spread was assumed.", rangeDates)
	}
	if r.Dates < rangeDates {
		return fmt.Sprintf("The range on a risk is wide: %d past dates with outcomes of their own could be tested and it takes %d to see how much the leaving rate moves between dates, so a spread was assumed.", r.Dates, rangeDates)
	}
	return fmt.Sprintf("The range on a risk holds the leaving rate of customers scored alike nine times in ten: from drawing households again and from %d past dates.", r.Dates)
}

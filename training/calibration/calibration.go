package calibration

import (
	"fmt"
	"math"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// The number of leavers, or of stayers if they are fewer, decides how free a
// calibration may be:
//
//	      < 1,000   a line on the log-odds
//	1,000 – 5,000   beta: both ends of the curve bend separately
//	      ≥ 5,000   isotonic and Venn-Abers too, if they surely predict better
//
// Steps tie customers whom the model could still tell apart, so they have to show
// on rows that they were not fitted on that the curve is none of the smooth ones.
const (
	betaFrom  = 1000
	stepsFrom = 5000
)

// parts is how many parts of the households the steps are tried on.
const parts = 4

// triedRows bounds the rows that steps are tried on, about: whether they are better
// shows on fewer than a calibration is fitted to.
const triedRows = 50_000

// Rows are outcomes beside the raw probabilities of a model that has seen none of
// them, all of one length.
type Rows struct {
	Y     []float64 // 1 left, 0 stayed
	P     []float64
	W     []float64 // weight; nil: 1 each
	Group []int64   // household; nil: each row is its own
}

// Fit chooses and fits the calibration. Scores that rank the wrong way are refused,
// as Invalid; so is a set that shows no leaver, or no stayer.
func Fit(r Rows, seed uint64) (model.Calibration, error) {
	r = r.filled()
	line, err := stats.FitLogit(r.Y, r.P, r.W)
	if err != nil {
		return model.Calibration{}, fmt.Errorf("fit a line: %w", err)
	}
	if line.Slope <= 0 {
		return model.Calibration{}, fault.New(fault.Invalid, "its scores rank leavers below stayers (slope %.2f)", line.Slope)
	}
	left := 0
	for _, v := range r.Y {
		left += int(v)
	}
	fewer := min(left, len(r.Y)-left)
	if fewer < betaFrom {
		return model.LogisticCalibration(line), nil
	}
	if fewer < stepsFrom {
		return smooth(r.Y, r.P, r.W)
	}
	return freest(r, seed)
}

func (r Rows) filled() Rows {
	if r.W == nil {
		r.W = make([]float64, len(r.Y))
		for i := range r.W {
			r.W[i] = 1
		}
	}
	if r.Group == nil {
		r.Group = make([]int64, len(r.Y))
		for i := range r.Group {
			r.Group[i] = int64(i)
		}
	}
	return r
}

// where takes the rows that are kept.
func (r Rows) where(keep func(i int) bool) Rows {
	var out Rows
	for i := range r.Y {
		if keep(i) {
			out.Y, out.P = append(out.Y, r.Y[i]), append(out.P, r.P[i])
			out.W, out.Group = append(out.W, r.W[i]), append(out.Group, r.Group[i])
		}
	}
	return out
}

// shape fits one kind of calibration.
type shape func(y, p, w []float64) (model.Calibration, error)

func smooth(y, p, w []float64) (model.Calibration, error) {
	beta, err := stats.FitBeta(y, p, w)
	return model.BetaCalibration(beta), err
}

// stepped is the leaving rate as a rising function, kept off 0 and 1 by as much
// as one leaver and one stayer more would.
func stepped(y, p, w []float64) (model.Calibration, error) {
	iso, err := stats.FitIsotonic(y, p, w)
	least := 1 / float64(len(y)+2)
	for i, v := range iso.Level {
		iso.Level[i] = min(max(v, least), 1-least)
	}
	return model.IsotonicCalibration(iso), err
}

func vennAbers(y, p, w []float64) (model.Calibration, error) {
	v, err := stats.FitVennAbersSteps(y, p, w)
	return model.VennAbersCalibration(v), err
}

// freest returns the steps that predict best if they are surely better than the
// smooth curve on households that neither was fitted on, and else the curve.
func freest(r Rows, seed uint64) (model.Calibration, error) {
	some := r
	if share := triedRows / float64(len(r.Y)); share < 1 {
		some = r.where(func(i int) bool { return stats.HashUniform(seed, triedRows, uint64(r.Group[i])) < share })
	}
	curve, err := across(some, seed, smooth)
	if err != nil {
		return model.Calibration{}, err
	}
	best, gain := shape(smooth), 0.0
	for _, f := range []shape{stepped, vennAbers} {
		steps, err := across(some, seed, f)
		if err != nil {
			return model.Calibration{}, err
		}
		d, err := lossLess(some, steps, curve, seed)
		if err != nil {
			return model.Calibration{}, err
		}
		if d.High < 0 && d.Estimate < gain {
			best, gain = f, d.Estimate
		}
	}
	return best(r.Y, r.P, r.W)
}

// across calibrates every row by a shape fitted on the other parts' households.
func across(r Rows, seed uint64, f shape) ([]float64, error) {
	out := make([]float64, len(r.P))
	part := func(i int) int { return int(stats.Hash(seed, parts, uint64(r.Group[i])) % parts) }
	for k := range parts {
		others := r.where(func(i int) bool { return part(i) != k })
		c, err := f(others.Y, others.P, others.W)
		if err != nil {
			return nil, fmt.Errorf("try a calibration on part %d of %d: %w", k+1, parts, err)
		}
		for i, p := range r.P {
			if part(i) == k {
				out[i] = c.Apply(stats.Logit(p))
			}
		}
	}
	return out, nil
}

// lossLess is the mean log loss of probabilities a less that of b, with its interval
// from drawing households again.
func lossLess(r Rows, a, b []float64, seed uint64) (stats.BootstrapResult, error) {
	diff, group := make([]float64, len(a)), make([]uint64, len(a))
	for i := range diff {
		diff[i], group[i] = r.W[i]*(loss(r.Y[i], a[i])-loss(r.Y[i], b[i])), uint64(r.Group[i])
	}
	res, err := stats.Bootstrap{Replicates: 500, Level: 0.95, Seed: seed}.Clustered(group, func(w []float64) float64 {
		var sum, n float64
		for i, k := range w {
			sum += float64(k * diff[i])
			n += float64(k * r.W[i])
		}
		return sum / n
	})
	if err != nil {
		return res, fmt.Errorf("compare two calibrations on %d rows: %w", len(a), err)
	}
	return res, nil
}

// loss is the log loss of one row; calibrated probabilities are never 0 or 1 where
// it matters, and what is nearly so is not infinitely wrong.
func loss(y, p float64) float64 {
	const eps = 1e-15
	p = min(max(p, eps), 1-eps)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

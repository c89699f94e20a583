package training

import (
	"fmt"

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

// calibrationParts is how many parts of the households the steps are tried on.
const calibrationParts = 4

// calibrate chooses and fits the calibration of raw probabilities p for a slice
// whose rows fitted none of them. Scores that rank the wrong way are refused.
func calibrate(slice *Sample, p []float64, seed uint64) (model.Calibration, error) {
	logit, err := stats.FitLogit(slice.Y, p, slice.W)
	if err != nil {
		return model.Calibration{}, err
	}
	if logit.Slope <= 0 {
		return model.Calibration{}, fault.New(fault.Invalid,
			"its scores on the newest matured date rank leavers below stayers (slope %.2f)", logit.Slope)
	}
	left := 0
	for _, v := range slice.Y {
		left += int(v)
	}
	fewer := min(left, slice.Rows()-left)
	if fewer < betaFrom {
		return model.LogisticCalibration(logit), nil
	}
	if fewer < stepsFrom {
		return smooth(slice.Y, p, slice.W)
	}
	return freest(slice, p, seed)
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
func freest(slice *Sample, p []float64, seed uint64) (model.Calibration, error) {
	curve, err := across(slice, p, seed, smooth)
	if err != nil {
		return model.Calibration{}, err
	}
	best, gain := shape(smooth), 0.0
	for _, f := range []shape{stepped, vennAbers} {
		steps, err := across(slice, p, seed, f)
		if err != nil {
			return model.Calibration{}, err
		}
		d, err := pairedLogLoss(slice, steps, curve, seed)
		if err != nil {
			return model.Calibration{}, err
		}
		if d.High < 0 && d.Difference < gain {
			best, gain = f, d.Difference
		}
	}
	return best(slice.Y, p, slice.W)
}

// across calibrates every row by a shape fitted on the other parts' households.
func across(slice *Sample, p []float64, seed uint64, f shape) ([]float64, error) {
	out := make([]float64, len(p))
	part := func(i int) int {
		return int(stats.Hash(seed, calibrationParts, uint64(slice.Household[i])) % calibrationParts)
	}
	for k := range calibrationParts {
		var y, q, w []float64
		for i := range p {
			if part(i) != k {
				y, q, w = append(y, slice.Y[i]), append(q, p[i]), append(w, slice.W[i])
			}
		}
		c, err := f(y, q, w)
		if err != nil {
			return nil, fmt.Errorf("try a calibration on part %d of %d: %w", k+1, calibrationParts, err)
		}
		for i := range p {
			if part(i) == k {
				out[i] = c.Apply(stats.Logit(p[i]))
			}
		}
	}
	return out, nil
}

package training

import (
	"fmt"
	"time"

	"holdfast/internal/stats"
	"holdfast/model"
)

// elect returns the trial that should be live. A refresh, the family in office
// trained anew, needs nothing but to be better than the naive rule. A
// replacement, another family, must be surely better than the refresh on the
// same rows: the paired interval of the log loss lies below zero. Stays says
// why a family with a smaller loss was not taken.
func (d TestDate) elect(champion string, seed uint64) (best int, stays string, err error) {
	best = d.Best()
	in := -1
	for i, t := range d.Trials {
		if t.Candidate == champion && t.Failed == "" {
			in = i
		}
	}
	if best < 0 || in < 0 || best == in {
		return best, "", nil
	}
	p, err := pairedLogLoss(d.test, d.Trials[best].probabilities, d.Trials[in].probabilities, seed)
	if err != nil {
		return 0, "", fmt.Errorf("compare %s with %s: %w", d.Trials[best].Candidate, champion, err)
	}
	if p.High < 0 {
		return best, "", nil
	}
	return in, fmt.Sprintf("%s had a log loss smaller by %.4f (%.4f to %.4f), which does not prove it better than %s, the family in office.",
		d.Trials[best].Candidate, -p.Difference, -p.High, -p.Low, champion), nil
}

// pictures keeps what the model page draws of a trial.
func (d TestDate) pictures(trial int) (*model.Pictures, error) {
	t := d.Trials[trial]
	corp, err := stats.FitIsotonic(d.test.Y, t.probabilities, d.test.W)
	if err != nil {
		return nil, fmt.Errorf("draw the calibration of %s: %w", t.Candidate, err)
	}
	fine, err := stats.EqualWidthBins(d.test.Y, t.probabilities, 40)
	if err != nil {
		return nil, fmt.Errorf("draw the calibration of %s: %w", t.Candidate, err)
	}
	return &model.Pictures{
		Sample: fmt.Sprintf("%d customers of %s, none of them seen in training with that date's outcome.", d.test.Rows(), d.AsOf.Format(time.DateOnly)),
		Curve:  t.Curve, Histogram: fine, CORP: corp,
		Lift:      []float64{t.Metrics.Lift1, t.Metrics.Lift5, t.Metrics.Lift10},
		NaiveLift: []float64{d.Naive.Lift1, d.Naive.Lift5, d.Naive.Lift10},
	}, nil
}

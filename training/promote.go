package training

import (
	"fmt"
	"slices"
	"time"

	"holdfast/internal/fault"
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

// officeMargin is how much worse than the model in office a refresh may be at most,
// as a share of the naive rule's log loss on the same rows. A refresh knows newer
// customers; that it is worse by a trifle is no reason to go on with an older one,
// and that it was not seen to be worse on few rows is none to take it.
const officeMargin = 0.01

// stand compares the trial that should be live with the model in office on the same
// rows. A refresh goes live when it is not inferior: the upper end of the paired
// interval of the log loss lies below officeMargin. A replacement must be surely
// better than the model in office, or the refresh stands in for it. Where the model in
// office has learned from the outcomes of the test date, no comparison is fair and
// none is made. Says is the comparison in words.
func (d TestDate) stand(best int, champion string, incumbent *model.Model, seed uint64) (stands int, says string, err error) {
	if incumbent == nil || incumbent.Accepts(d.test.X.Schema) != nil || slices.ContainsFunc(incumbent.Card().Data.AsOfs, func(t time.Time) bool { return !t.Before(d.AsOf) }) {
		return best, "", nil
	}
	p, err := scored(incumbent, d.test)
	if err != nil {
		return 0, "", fmt.Errorf("score the model in office: %w", err)
	}
	in := slices.IndexFunc(d.Trials, func(t Trial) bool { return t.Candidate == champion && t.Failed == "" })
	pair, err := pairedLogLoss(d.test, d.Trials[best].probabilities, p, seed)
	if err != nil {
		return 0, "", fmt.Errorf("compare with the model in office: %w", err)
	}
	if in >= 0 && best != in && pair.High >= 0 {
		best = in
		if pair, err = pairedLogLoss(d.test, d.Trials[best].probabilities, p, seed); err != nil {
			return 0, "", fmt.Errorf("compare with the model in office: %w", err)
		}
	}
	if margin := officeMargin * d.Naive.LogLoss; pair.High >= margin {
		return 0, "", fault.New(fault.Held, "the new %s is not proven to predict %s as well as the model in office does (log loss less that model's %+.4f, 95 %% interval %+.4f to %+.4f, which must end below %.4f, a hundredth of the naive rule's): that model stays",
			d.Trials[best].Candidate, d.AsOf.Format(time.DateOnly), pair.Difference, pair.Low, pair.High, margin)
	}
	return best, fmt.Sprintf("Against the model in office before it, on the same rows, its log loss differs by %.4f (%.4f to %.4f; below zero it is better).",
		pair.Difference, pair.Low, pair.High), nil
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

package training

import (
	"context"
	"fmt"
	"time"

	"holdfast/churn"
	"holdfast/internal/stats"
	"holdfast/model"
)

// Trial is one candidate's result on one held-out date.
type Trial struct {
	Candidate string  `json:"candidate"`
	Metrics   Metrics `json:"metrics"`
	// AgainstNaive is the paired difference in log loss to the naive rule:
	// below zero, the model is better.
	AgainstNaive Paired `json:"log_loss_against_naive"`
	// AUCAgainstNaive is the paired difference in AUC: above zero, it ranks better.
	AUCAgainstNaive Paired `json:"auc_against_naive"`
	// AgainstFirst is the paired difference in log loss to the first candidate
	// named; nil for that one itself and where either failed.
	AgainstFirst *Paired                `json:"log_loss_against_first,omitempty"`
	Curve        []stats.ReliabilityBin `json:"calibration_curve,omitempty"` // ten bins of equal count
	Segments     []Segment              `json:"segments,omitempty"`
	Failed       string                 `json:"failed,omitempty"` // why it could not be fitted; its metrics are then empty
	Seconds      float64                `json:"fit_seconds"`

	probabilities []float64
	model         *model.Model
}

// TestDate is everything about one held-out date.
type TestDate struct {
	AsOf      time.Time `json:"as_of"`
	Trained   []string  `json:"trained_on"` // as-of dates, all matured at AsOf
	TrainRows int       `json:"train_rows"`
	Holdout   bool      `json:"global_holdout"` // judged on the global holdout alone
	Naive     Metrics   `json:"naive"`
	Trials    []Trial   `json:"trials"`
	// Champion is the candidate that would have been live: chosen on the newest
	// date that had matured before this one. Empty when none was asked for.
	Champion string `json:"champion,omitempty"`
	// Few says in words why a back-test has, as a night would, the model of few
	// leavers or the naive rule here; empty where the configured families compete.
	Few     string `json:"few_leavers,omitempty"`
	test    *Sample
	naive   []float64
	measure yardstick
}

// Judges fits the candidates for one held-out date and compares them with the
// naive rule. Train holds only dates that had matured at the test date.
type Judges struct {
	Candidates []Candidate
	Churn      *churn.Definition
	Naive      func(*Sample) (NaiveRule, error)
	Stakes     Stakes
	Seed       uint64
	Now        func() time.Time // for the seconds a fit took
}

// At judges every candidate on test. A candidate that cannot be fitted is
// reported as failed and does not stop the others.
func (j Judges) At(ctx context.Context, train, test *Sample, asOf time.Time) (TestDate, error) {
	out := TestDate{AsOf: asOf, TrainRows: train.Rows(), Holdout: test.FromHoldout()}
	if out.Holdout {
		test = test.Where(func(i int) bool { return test.Held[i] })
		test.unweighted()
	}
	out.test = test
	used := make(map[int]bool)
	for _, d := range train.Date {
		used[d] = true
	}
	for i, d := range train.Dates {
		if used[i] {
			out.Trained = append(out.Trained, d.Format(time.DateOnly))
		}
	}
	rule, err := j.Naive(train)
	if err != nil {
		return out, fmt.Errorf("fit the naive rule for %s: %w", asOf.Format(time.DateOnly), err)
	}
	out.naive, out.measure = make([]float64, test.Rows()), j.Stakes.measuredOn(train)
	if err := rule.Score(&test.X, out.naive); err != nil {
		return out, err
	}
	if out.Naive, err = out.measure.judge(test, out.naive); err != nil {
		return out, fmt.Errorf("the naive rule on %s: %w", asOf.Format(time.DateOnly), err)
	}
	for _, c := range j.Candidates {
		t, err := j.try(ctx, c, train, &out)
		if err != nil {
			return out, err
		}
		out.Trials = append(out.Trials, t)
	}
	return out, nil
}

func (j Judges) try(ctx context.Context, c Candidate, train *Sample, on *TestDate) (Trial, error) {
	t := Trial{Candidate: c.Name}
	started := j.Now()
	m, err := FitCalibrated(ctx, c, train, j.Seed)
	if ctx.Err() != nil {
		return t, fmt.Errorf("fit %s: %w", c.Name, ctx.Err())
	}
	t.Seconds = j.Now().Sub(started).Seconds()
	if err != nil {
		t.Failed = err.Error()
		return t, nil
	}
	t.model = m
	p, err := scored(m, on.test)
	if err != nil {
		return t, fmt.Errorf("score %s: %w", c.Name, err)
	}
	if err := on.judge(&t, p, j.Seed); err != nil {
		return t, fmt.Errorf("judge %s: %w", c.Name, err)
	}
	return t, nil
}

// curveBins is how many points a calibration curve has.
const curveBins = 10

// judge fills a trial from its probabilities on the test rows.
func (d *TestDate) judge(t *Trial, p []float64, seed uint64) (err error) {
	t.probabilities = p
	if t.Metrics, err = d.measure.judge(d.test, p); err != nil {
		return err
	}
	if t.AgainstNaive, err = pairedLogLoss(d.test, p, d.naive, seed); err != nil {
		return err
	}
	if t.AUCAgainstNaive, err = pairedAUC(d.test, p, d.naive, seed); err != nil {
		return err
	}
	if len(d.Trials) > 0 && d.Trials[0].Failed == "" {
		first, err := pairedLogLoss(d.test, p, d.Trials[0].probabilities, seed)
		if err != nil {
			return err
		}
		t.AgainstFirst = &first
	}
	if t.Curve, err = stats.EqualFrequencyBins(d.test.Y, p, curveBins); err != nil {
		return err
	}
	t.Segments, err = d.measure.apart(d.test, p)
	return err
}

func scored(m *model.Model, s *Sample) ([]float64, error) {
	p := make([]float64, s.Rows())
	return p, m.Score(&s.X, p)
}

// Best returns the index of the trial with the smallest log loss, or -1 when
// none could be fitted.
func (d TestDate) Best() int {
	best := -1
	for i, t := range d.Trials {
		if t.Failed == "" && (best < 0 || t.Metrics.LogLoss < d.Trials[best].Metrics.LogLoss) {
			best = i
		}
	}
	return best
}

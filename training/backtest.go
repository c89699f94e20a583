package training

import (
	"context"
	"fmt"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
)

// Backtest is a rolling-origin evaluation: for each test date, train on what
// had matured by then and was known then, and predict the date.
type Backtest struct {
	Reader history.ShardReader
	Engine *features.Engine
	Judges Judges
	Tests  []time.Time // as-of dates to predict, ascending
	From   time.Time   // no training snapshot is earlier
	// KnownAt is when the outcomes of the test dates are read: a test date
	// whose window has not passed by then is an error.
	KnownAt   time.Time
	EveryDays int // days between training snapshots
	Snapshots int // of them at most, the newest
	Budget    int // labelled rows to train on at most
	Seed      uint64
	Practice  *Practice // what we did to the customers; nil takes outcomes as they came
}

// Report is the result of a back-test.
type Report struct {
	Dates  []TestDate `json:"dates"`
	Naive  Metrics    `json:"pooled_naive"`
	Pooled []Trial    `json:"pooled"` // every candidate that could be fitted on all dates
}

// Run performs the back-test. Progress, when not nil, is told each date.
func (b Backtest) Run(ctx context.Context, progress func(done, all int)) (*Report, error) {
	r := &Report{}
	for i, at := range b.Tests {
		if m := b.Judges.Churn.MaturesAt(at); m.After(b.KnownAt) {
			return nil, fault.New(fault.Invalid, "the outcome of %s is not final before %s and the history ends at %s: test an earlier date",
				at.Format(time.DateOnly), m.Format(time.DateOnly), b.KnownAt.Format(time.DateOnly))
		}
		d, err := b.date(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("back-test of %s: %w", at.Format(time.DateOnly), err)
		}
		r.Dates = append(r.Dates, d)
		if progress != nil {
			progress(i+1, len(b.Tests))
		}
	}
	return r, r.pool(b.Seed)
}

// testRows is how many rows of a test date are predicted at least, if there are
// as many: more say nothing more.
const testRows = 200_000

func (b Backtest) date(ctx context.Context, at time.Time) (TestDate, error) {
	dates := TrainingDates(b.Judges.Churn, b.From, at, b.EveryDays, b.Snapshots)
	if len(dates) == 0 {
		return TestDate{}, fault.New(fault.Invalid, "no earlier date has a final outcome: the history begins %s and the outcome takes %s",
			b.From.Format(time.DateOnly), b.Judges.Churn.MaturesAt(at).Sub(at))
	}
	build := Snapshots{
		Reader: b.Reader, Engine: b.Engine, Churn: b.Judges.Churn, Dates: dates, KnownAt: at,
		Budget: b.Budget, Seed: b.Seed, Practice: b.Practice,
	}
	train, err := build.Build(ctx)
	if err != nil {
		return TestDate{}, err
	}
	build.Dates, build.KnownAt, build.Budget = []time.Time{at}, b.KnownAt, max(b.Budget, testRows)
	test, err := build.Build(ctx)
	if err != nil {
		return TestDate{}, err
	}
	return b.Judges.At(ctx, train, test, at)
}

// TrainingDates returns the snapshots that may be used at an instant: the
// newest one whose outcome is final, and every so many days before it, not
// earlier than from, at most n, ascending.
func TrainingDates(def *churn.Definition, from, at time.Time, everyDays, n int) []time.Time {
	newest := NewestMatured(def, at)
	var out []time.Time
	for _, d := range Before(newest, n, everyDays) {
		if !d.Before(from) {
			out = append(out, d)
		}
	}
	return out
}

// NewestMatured returns the newest as-of, whole days before at, whose outcome is
// final at that instant.
func NewestMatured(def *churn.Definition, at time.Time) time.Time {
	// The clock may be changed in between, so days are tried on the calendar.
	for days := int(def.MaturesAt(at).Sub(at).Hours()/24) - 1; ; days++ {
		if d := at.AddDate(0, 0, -days); !def.MaturesAt(d).After(at) {
			return d
		}
	}
}

// pool judges every candidate over all dates together.
func (r *Report) pool(seed uint64) error {
	if len(r.Dates) == 0 {
		return nil
	}
	all := &Sample{}
	var naive []float64
	for _, d := range r.Dates {
		naive = append(naive, d.naive...)
		all.Y = append(all.Y, d.test.Y...)
		all.W = append(all.W, d.test.W...)
		all.Household = append(all.Household, d.test.Household...)
		all.X.Rows += d.test.Rows()
	}
	var err error
	if r.Naive, err = Judge(all.Y, naive, all.W); err != nil {
		return fmt.Errorf("pool the naive rule: %w", err)
	}
	for k := range r.Dates[0].Trials {
		var p []float64
		whole := true
		for _, d := range r.Dates {
			whole = whole && d.Trials[k].Failed == ""
			p = append(p, d.Trials[k].probabilities...)
		}
		if !whole {
			continue
		}
		t := Trial{Candidate: r.Dates[0].Trials[k].Candidate}
		if t.Metrics, err = Judge(all.Y, p, all.W); err != nil {
			return fmt.Errorf("pool %s: %w", t.Candidate, err)
		}
		if t.AgainstNaive, err = pairedLogLoss(all, p, naive, seed); err != nil {
			return fmt.Errorf("pool %s: %w", t.Candidate, err)
		}
		r.Pooled = append(r.Pooled, t)
	}
	return nil
}

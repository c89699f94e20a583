package training

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
)

// Backtest is a rolling-origin evaluation: for each test date, train on what
// had matured by then and was known then, and predict the date with whoever a
// night would have compared then.
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
	// MinLeavers is how many distinct customers must have left by a test date for any
	// model to predict it.
	MinLeavers int
	Seed       uint64
	Practice   *Practice // what we did to the customers; nil takes outcomes as they came
}

// Report is the result of a back-test.
type Report struct {
	Dates  []TestDate `json:"dates"`
	Naive  Metrics    `json:"pooled_naive"`
	Pooled []Trial    `json:"pooled"` // every candidate that could be fitted on all dates
	// Unstable says in words that how often customers leave cannot be told from these
	// dates; empty where nothing speaks against it.
	Unstable string `json:"unstable,omitempty"`
	// XRay is what was found in the features of the newest date.
	XRay *LeakXRay `json:"leak_x_ray,omitempty"`
}

// Run performs the back-test. Progress, when not nil, is told each date.
func (b Backtest) Run(ctx context.Context, progress func(done, all int)) (*Report, error) {
	r := &Report{}
	for i, at := range b.Tests {
		if m := b.Judges.Churn.MaturesAt(at); m.After(b.KnownAt) {
			return nil, fault.New(fault.Invalid, "the outcome of %s is not final before %s and the history ends at %s: test an earlier date",
				at.Format(time.DateOnly), m.Format(time.DateOnly), b.KnownAt.Format(time.DateOnly))
		}
		d, x, err := b.date(ctx, at, i == len(b.Tests)-1)
		if err != nil {
			return nil, fmt.Errorf("back-test of %s: %w", at.Format(time.DateOnly), err)
		}
		r.Dates, r.XRay = append(r.Dates, d), x
		if progress != nil {
			progress(i+1, len(b.Tests))
		}
	}
	r.Unstable = r.unstable()
	return r, r.pool(b.Seed)
}

// testRows is how many rows of a test date are predicted at least, if there are
// as many: more say nothing more.
const testRows = 200_000

// date predicts a test date; the newest one's rows are looked through for leaks.
func (b Backtest) date(ctx context.Context, at time.Time, newest bool) (d TestDate, x *LeakXRay, err error) {
	dates := TrainingDates(b.Judges.Churn, b.From, at, b.EveryDays, b.Snapshots)
	if len(dates) == 0 {
		return d, nil, fault.New(fault.Invalid, "no earlier date has a final outcome: the history begins %s and the outcome takes %s",
			b.From.Format(time.DateOnly), b.Judges.Churn.MaturesAt(at).Sub(at))
	}
	build := b.snapshots(at, at)
	build.Dates, build.Young = dates, b.Judges.youngDates(dates, at, b.EveryDays)
	train, err := build.Build(ctx)
	if err != nil {
		return d, nil, err
	}
	build = b.snapshots(at, b.KnownAt)
	build.Budget = max(b.Budget, testRows)
	test, err := build.Build(ctx)
	if err != nil {
		return d, nil, err
	}
	if d, err = b.asNight(ctx, train, test, at); err != nil || !newest {
		return d, nil, err
	}
	x, err = b.xray(ctx, train, test, d)
	return d, x, err
}

// snapshots builds the rows of one date as they are known at an instant.
func (b Backtest) snapshots(at, knownAt time.Time) Snapshots {
	return Snapshots{
		Reader: b.Reader, Engine: b.Engine, Churn: b.Judges.Churn, Dates: []time.Time{at}, KnownAt: knownAt,
		Budget: b.Budget, Seed: b.Seed, Practice: b.Practice,
	}
}

// asNight predicts a test date with whoever might have been live in the night before
// it: where few had left, the model of few leavers or the naive rule.
func (b Backtest) asNight(ctx context.Context, train, test *Sample, at time.Time) (TestDate, error) {
	j := b.Judges
	who, err := j.contest(ctx, train, b.MinLeavers, b.Seed)
	if err != nil {
		return TestDate{}, err
	}
	j.Candidates = who.candidates
	d, err := j.At(ctx, train, test, at)
	if err != nil {
		return d, err
	}
	var failed string
	if d.Champion, failed, err = j.championBefore(ctx, train); err != nil {
		return d, err
	}
	if who.few() && failed == "" {
		failed = d.Trials[0].Failed
	}
	if who.few() && failed != "" {
		d.Champion, who.says = NameNaive, append(who.says, notFitted(failed))
	}
	d.Few = strings.Join(who.says, " ")
	if d.Champion == NameNaive {
		err = j.ruleAt(&d)
	}
	return d, err
}

// championBefore names the candidate that would have been live: the choice is
// made on the newest date of the training rows, from the dates that had matured
// before it. With one family of the configuration, or one date, there is nothing to
// choose. Failed says why the first candidate could not be fitted for that date.
func (j Judges) championBefore(ctx context.Context, train *Sample) (name, failed string, err error) {
	if len(j.Candidates) == 0 {
		return NameNaive, "", nil
	}
	first := j.Candidates[0].Name
	if len(j.Candidates) == 1 && first != nameSmall || len(train.Dates) == 0 {
		return first, "", nil
	}
	newest := train.Dates[len(train.Dates)-1]
	past, on := j.knownBy(train, newest), train.On(len(train.Dates)-1)
	for _, s := range []*Sample{past, on} {
		if left, _ := s.Positives(); left == 0 || left == s.Rows() {
			return first, "", nil
		}
	}
	held, err := j.At(ctx, past, on, newest)
	if err != nil {
		return "", "", fmt.Errorf("choose the champion of %s: %w", newest.Format(time.DateOnly), err)
	}
	return held.Trials[max(held.Best(), 0)].Candidate, held.Trials[0].Failed, nil
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

// nameChampion is the pooled line of whoever was champion at each date.
const nameChampion = "champion"

// pool judges every candidate over all dates together, and the champion of each.
func (r *Report) pool(seed uint64) error {
	if len(r.Dates) == 0 {
		return nil
	}
	all := &TestDate{test: &Sample{}, measure: r.Dates[len(r.Dates)-1].measure}
	all.test.X.Schema = r.Dates[0].test.X.Schema
	all.measure.Capacity *= len(r.Dates) // a night of each
	for _, d := range r.Dates {
		all.naive = append(all.naive, d.naive...)
		all.test.append(d.test)
	}
	var err error
	if r.Naive, err = all.measure.judge(all.test, all.naive); err != nil {
		return fmt.Errorf("pool the naive rule: %w", err)
	}
	for _, name := range append(r.Candidates(), nameChampion) {
		p, whole := r.pooled(name)
		if !whole {
			continue
		}
		t := Trial{Candidate: name}
		if err := all.judge(&t, p, seed); err != nil {
			return fmt.Errorf("pool %s: %w", name, err)
		}
		all.Trials = append(all.Trials, t)
	}
	r.Pooled = all.Trials
	return nil
}

// Candidates names the models of all dates, in the order in which they are met; the
// naive rule is none. Where few had left there are others than later.
func (r *Report) Candidates() []string {
	var names []string
	for _, d := range r.Dates {
		for _, t := range d.Trials {
			if t.Candidate != NameNaive && !slices.Contains(names, t.Candidate) {
				names = append(names, t.Candidate)
			}
		}
	}
	return names
}

// pooled joins a candidate's probabilities over all dates; not whole when it
// failed on one of them.
func (r *Report) pooled(name string) (p []float64, whole bool) {
	for _, d := range r.Dates {
		who := name
		if name == nameChampion {
			who = d.Champion
		}
		k := slices.IndexFunc(d.Trials, func(t Trial) bool { return t.Candidate == who && t.Failed == "" })
		if k < 0 {
			return nil, false
		}
		p = append(p, d.Trials[k].probabilities...)
	}
	return p, true
}

// append adds the rows of another sample of the same schema.
func (s *Sample) append(o *Sample) {
	s.X.Data, s.X.Rows = append(s.X.Data, o.X.Data...), s.X.Rows+o.X.Rows
	s.Y, s.W = append(s.Y, o.Y...), append(s.W, o.W...)
	s.Customer, s.Household = append(s.Customer, o.Customer...), append(s.Household, o.Household...)
	s.Held, s.Date = append(s.Held, o.Held...), append(s.Date, o.Date...)
}

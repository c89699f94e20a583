package flat

import (
	"context"
	"fmt"

	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/calibration"
	"holdfast/training/gbdt"
)

// Fitted is a model with everything that is known about it.
type Fitted struct {
	Model      *model.Model
	Family     string
	Contest    *Contest          // nil when there was none
	CV         map[string]Spread // by measure; nil without cross-validation
	Folds      int
	Repeats    int
	OutOfFold  []float64 // calibrated probability by row, of the first repeat; nil without
	Importance []Importance

	CVSeconds      float64 // cross-validating
	FitSeconds     float64 // choosing and fitting the model on all rows
	PredictSeconds float64 // scoring all rows with it
}

// fitter is one fit under way.
type fitter struct {
	d    *Data
	opt  Options
	card model.Card
	like map[string]*model.Model // by family, of large tables: the first fold's, whose choices are kept
	won  *Contest                // of large tables: the first fold's

	step, steps int // models fitted and to be fitted, for progress
}

// Fit cross-validates the whole procedure (choosing the family and its sizes,
// fitting, calibrating), then carries it out on all rows. Every choice is made
// again inside each fold's training rows, except in tables of more than 100,000
// training rows, where the first fold's choices are kept. Scores are calibrated on
// rows that the scoring model has not seen: in the cross-validation each fold on
// the scores of the other folds, at the end on those of all. The same data,
// options and seed give the same model for any number of workers.
func Fit(ctx context.Context, d *Data, opt Options) (*Fitted, error) {
	opt, err := opt.checked(&d.X.Schema)
	if err != nil {
		return nil, err
	}
	f := &fitter{d: d, opt: opt, like: map[string]*model.Model{}, steps: opt.Folds*opt.Repeats + 1}
	f.card = model.Card{Version: opt.Version, Data: model.Training{Description: opt.Source}}
	out := &Fitted{Folds: opt.Folds, Repeats: opt.Repeats}
	var cv *validation
	if opt.Folds > 0 {
		start := opt.Now()
		if cv, err = f.validate(ctx); err != nil {
			return nil, fmt.Errorf("cross-validate: %w", err)
		}
		out.CV, out.OutOfFold = spreads(cv.figures), cv.p
		out.CVSeconds = opt.Now().Sub(start).Seconds()
	}
	start := opt.Now()
	m, contest, err := f.choose(ctx, ones(len(d.Y)), "fitting on all rows")
	if err != nil {
		return nil, err
	}
	out.FitSeconds = opt.Now().Sub(start).Seconds()
	out.Family, out.Contest = familyOf(m), contest
	if cv != nil {
		if m, err = m.WithCalibration(cv.calibration(out.Family, -1, d.Y)); err != nil {
			return nil, err
		}
	}
	start = opt.Now()
	p := make([]float64, len(d.Y))
	if err := score(m.Score, d.X, p, opt.Workers); err != nil {
		return nil, err
	}
	out.PredictSeconds = opt.Now().Sub(start).Seconds()
	if out.Importance, err = importance(m, d.X, opt.Workers); err != nil {
		return nil, err
	}
	out.Model = m.WithCard(f.finishCard(m, out, p))
	f.tell("done", 1)
	return out, nil
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

func familyOf(m *model.Model) string {
	if m.Kind() == model.KindLinear {
		return Logistic
	}
	return Boosted
}

// choose chooses a family unless it is given, and fits it on the rows of weight.
func (f *fitter) choose(ctx context.Context, w []float64, stage string) (*model.Model, *Contest, error) {
	f.tell(stage, 0)
	told := func(p gbdt.Progress) {
		part := parts[p.Stage]
		f.tell(stage, part[0]+(part[1]-part[0])*float64(p.Done)/float64(p.All))
	}
	family, contest, like := f.opt.Family, f.won, (*model.Model)(nil)
	if family == "" && contest == nil {
		m, c, err := f.compete(ctx, w, func(share float64) { f.tell(stage, share*parts[gbdt.StageSizes][0]) })
		if err != nil {
			return nil, nil, err
		}
		contest = &c
		if c.Rows == count(w) {
			return m, contest, nil // it was fitted on these very rows
		}
		like = m
	}
	if family == "" {
		family = contest.Winner
	}
	more := like != nil
	if !more {
		like = f.like[family]
	}
	m, err := f.fit(ctx, family, w, like, more, told)
	if err == nil && count(w) > f.opt.large {
		f.like[family], f.won = m, contest
	}
	return m, contest, err
}

// parts say from where to where a stage of training takes a fit, after the contest.
var parts = map[string][2]float64{gbdt.StageSizes: {0.3, 0.5}, gbdt.StageNumber: {0.5, 0.7}, gbdt.StageGrowing: {0.7, 1}}

func count(w []float64) int {
	n := 0
	for _, v := range w {
		if v > 0 {
			n++
		}
	}
	return n
}

// tell says how far the model that is being fitted has come.
func (f *fitter) tell(stage string, share float64) {
	if f.opt.Progress != nil {
		f.opt.Progress(Progress{stage, (float64(f.step) + share) / float64(f.steps)})
	}
}

// validation is what cross-validation found.
type validation struct {
	group   []int64 // of rows that stay together; nil: each row is its own
	seed    uint64
	fold    []int     // of the first repeat, by row
	family  []string  // that won in each fold of the first repeat
	margin  []float64 // raw log-odds by row, of the first repeat
	p       []float64 // calibrated
	figures []Figures // of every fold of every repeat
}

// validate runs the cross-validation.
func (f *fitter) validate(ctx context.Context) (*validation, error) {
	var first *validation
	for r := range f.opt.Repeats {
		fold, err := f.d.folds(f.opt.Folds, f.opt.Seed+uint64(r)*1000)
		if err != nil {
			return nil, err
		}
		v := &validation{group: f.d.Group, seed: f.opt.Seed, fold: fold, margin: make([]float64, len(fold)), p: make([]float64, len(fold))}
		for k := range f.opt.Folds {
			if err := f.validateFold(ctx, v, k); err != nil {
				return nil, fmt.Errorf("fold %d of %d: %w", k+1, f.opt.Folds, err)
			}
		}
		figures, err := v.judge(f.d.Y)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = v
		}
		first.figures = append(first.figures, figures...)
	}
	return first, nil
}

// validateFold scores the rows of fold k by a model of the others.
func (f *fitter) validateFold(ctx context.Context, v *validation, k int) error {
	m, _, err := f.choose(ctx, weights(v.fold, k), fmt.Sprintf("fold %d of %d", k+1, f.opt.Folds))
	if err != nil {
		return err
	}
	rows := in(v.fold, k)
	x, _ := f.d.part(rows)
	margin := make([]float64, len(rows))
	if err := score(m.Margins, x, margin, f.opt.Workers); err != nil {
		return err
	}
	for i, row := range rows {
		v.margin[row] = margin[i]
	}
	v.family = append(v.family, familyOf(m))
	f.step++
	return nil
}

// judge calibrates each fold on the others and judges it.
func (v *validation) judge(y []float64) ([]Figures, error) {
	var out []Figures
	for k := range v.family {
		cal := v.calibration(v.family[k], k, y)
		var labels, p []float64
		for row, f := range v.fold {
			if f == k {
				v.p[row] = cal.Apply(v.margin[row])
				labels, p = append(labels, y[row]), append(p, v.p[row])
			}
		}
		figures, err := Judge(labels, p)
		if err != nil {
			return nil, err
		}
		out = append(out, figures)
	}
	return out, nil
}

// calibration chooses and fits how scores become probabilities, on rows that the
// scoring models had not seen, in the folds where this family won (in all, where that
// is none), without fold leave. Scores that separate the classes perfectly, or rank
// them the wrong way round, are left as they are.
func (v *validation) calibration(family string, leave int, y []float64) model.Calibration {
	anyOf := false
	for k, f := range v.family {
		anyOf = anyOf || (k != leave && f == family)
	}
	var r calibration.Rows
	for row, f := range v.fold {
		if f != leave && (!anyOf || v.family[f] == family) {
			r.Y, r.P = append(r.Y, y[row]), append(r.P, stats.Sigmoid(v.margin[row]))
			if v.group != nil {
				r.Group = append(r.Group, v.group[row])
			} else {
				r.Group = append(r.Group, int64(row))
			}
		}
	}
	c, err := calibration.Fit(r, v.seed)
	if err != nil {
		return model.Calibration{}
	}
	return c
}

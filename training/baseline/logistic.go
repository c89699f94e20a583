package baseline

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

// LogisticOptions are the choices of a logistic regression. The zero value
// chooses the penalty by five-fold cross-validation and draws straight lines.
type LogisticOptions struct {
	L2        float64      // penalty l2/2·|weights|² against the summed loss; 0: by cross-validation
	Spline    model.Spline // terms beside the straight line of numeric columns
	Knots     int          // per column; 0 means 4
	Folds     int          // 0 means 5
	Group     []int64      // customer of each row: all rows of one stay in one fold; nil: each row its own
	MaxCVRows int          // rows used to choose the penalty; 0 means 20,000
	Seed      uint64       // of the folds
	Card      model.Card   // what the caller knows; name, seed, rows and settings are filled in
}

// penalties are tried from the strongest down. On columns of unit variance they
// span everything from hardly any effect to no restraint, at any number of rows.
var penalties = []float64{1000, 300, 100, 30, 10, 3, 1, .3, .1, .03}

// FitLogistic fits an L2 logistic regression to the rows of x: y is 1 for
// customers who left and 0 for those who stayed, w their weights or nil. Weights
// are scaled to a mean of 1 over the rows that have any.
//
// Per column: the signed log if it is marked skewed, spline terms if asked for,
// standardised; a missing value counts as the mean and has an indicator; one
// weight per level, rare levels together as "other". An infinite value counts as
// the farthest finite one of its column. Columns that are constant or missing in
// every row get no weight. The same rows, options and seed give the same model,
// for any number of processors.
func FitLogistic(ctx context.Context, x *features.Matrix, y, w []float64, opt LogisticOptions) (*model.Model, error) {
	opt, err := opt.checked()
	if err != nil {
		return nil, fmt.Errorf("fit a logistic regression: %w", err)
	}
	s, err := newSample(x, y, w, opt.Group)
	if err != nil {
		return nil, fmt.Errorf("fit a logistic regression: %w", err)
	}
	m, err := fitLogistic(ctx, s, opt)
	if err != nil {
		return nil, fmt.Errorf("fit a logistic regression to %s: %w", s.describe(), err)
	}
	return m, nil
}

func fitLogistic(ctx context.Context, s *sample, opt LogisticOptions) (*model.Model, error) {
	l2, how := opt.L2, "given"
	if l2 == 0 {
		var err error
		if l2, err = choosePenalty(ctx, s, opt); err != nil {
			return nil, err
		}
		how = fmt.Sprintf("%d-fold cross-validation by customer", opt.Folds)
	}
	d, err := newDesign(s, opt.Spline, opt.Knots)
	if err != nil {
		return nil, err
	}
	solver := newSolver(newLikelihood(s, d))
	beta, err := solver.solve(ctx, solver.start(), l2)
	if err != nil {
		return nil, err
	}
	card := s.card(opt.Card, "logistic regression", opt.Seed)
	card.Settings = append(card.Settings,
		model.Setting{Name: penaltySetting, Value: fmt.Sprint(l2)},
		model.Setting{Name: "penalty chosen by", Value: how},
		model.Setting{Name: "spline", Value: splineName(opt)},
		model.Setting{Name: "weights", Value: fmt.Sprint(len(beta))})
	for j, c := range d.columns {
		if c.slots == 0 {
			card.Sentences = append(card.Sentences,
				fmt.Sprintf("Column %s was constant or missing in every training row and has no weight.", s.x.Schema.Columns[j].Name))
		}
	}
	return model.NewLinear(s.x.Schema, d.linear(beta), card)
}

func splineName(opt LogisticOptions) string {
	if opt.Spline == model.NoSpline {
		return "none"
	}
	return fmt.Sprintf("%s, %d knots", opt.Spline, opt.Knots)
}

// card fills in what a fit knows about its rows.
func (s *sample) card(c model.Card, name string, seed uint64) model.Card {
	c.Name, c.Seed = name, seed
	leavers, stayers := s.counts()
	c.Data.Rows, c.Data.Leavers, c.Data.Weight = leavers+stayers, leavers, s.effectiveRows()
	c.Settings = append([]model.Setting(nil), c.Settings...)
	c.Sentences = append([]string(nil), c.Sentences...)
	return c
}

// checked fills in the defaults and refuses what cannot be.
func (o LogisticOptions) checked() (LogisticOptions, error) {
	if o.Knots == 0 {
		o.Knots = 4
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.MaxCVRows == 0 {
		o.MaxCVRows = 20_000
	}
	switch {
	case o.L2 != 0 && (!(o.L2 >= 1e-6) || math.IsInf(o.L2, 0)):
		return o, fault.New(fault.Invalid, "the penalty L2 is %v: give at least 0.000001, or 0 to have it chosen", o.L2)
	case o.Folds < 2 || o.MaxCVRows < 2*o.Folds:
		return o, fault.New(fault.Invalid, "%d folds of %d rows: give at least two folds and two rows for each", o.Folds, o.MaxCVRows)
	case o.Spline != model.NoSpline && o.Spline != model.Hinges && o.Spline != model.NaturalCubic:
		return o, fault.New(fault.Invalid, "no spline is called %q: give hinges, cubic or nothing", o.Spline)
	case o.Knots < 1 || o.Knots > 20 || (o.Spline == model.NaturalCubic && o.Knots < 3):
		return o, fault.New(fault.Invalid, "%d knots: give 1 to 20, and for cubic splines at least 3", o.Knots)
	}
	return o, nil
}

// penaltySetting is the card's name for the strength of the penalty.
const penaltySetting = "penalty (L2)"

// Penalty returns the strength of the penalty that a logistic regression made
// by FitLogistic was fitted with. Another model is Invalid.
func Penalty(m *model.Model) (float64, error) {
	for _, s := range m.Card().Settings {
		if s.Name == penaltySetting {
			return strconv.ParseFloat(s.Value, 64)
		}
	}
	return 0, fault.New(fault.Invalid, "a %s model has no penalty", m.Kind())
}

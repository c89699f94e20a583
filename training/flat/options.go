package flat

import (
	"cmp"
	"fmt"
	"time"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/training/baseline"
	"holdfast/training/gbdt"
)

// The families that compete.
const (
	Boosted  = "boosted"
	Logistic = "logistic"
)

// Params are explicit choices: with them nothing is searched. What is not given
// has the usual value that its comment names.
type Params struct {
	Family string `yaml:"family" json:"family"` // boosted (usual) or logistic

	Trees       int     `yaml:"trees" json:"trees,omitempty"`               // 200
	Leaves      int     `yaml:"leaves" json:"leaves,omitempty"`             // of a tree, at most: 31
	Rate        float64 `yaml:"rate" json:"rate,omitempty"`                 // share of each leaf that is added: 0.1
	Depth       int     `yaml:"depth" json:"depth,omitempty"`               // splits above a leaf, at most: no limit
	MinRows     int     `yaml:"min_rows" json:"min_rows,omitempty"`         // on each side of a split: 20
	MinHessian  float64 `yaml:"min_hessian" json:"min_hessian,omitempty"`   // on each side of a split: 0.001
	L1          float64 `yaml:"l1" json:"l1,omitempty"`                     // penalty on leaves: 0
	L2          float64 `yaml:"l2" json:"l2,omitempty"`                     // penalty on leaves, 0; on weights of a logistic regression, 10
	MinGain     float64 `yaml:"min_gain" json:"min_gain,omitempty"`         // of a split: 0
	RowShare    float64 `yaml:"row_share" json:"row_share,omitempty"`       // drawn for each tree: 1
	ColumnShare float64 `yaml:"column_share" json:"column_share,omitempty"` // drawn for each tree: 1

	Monotone map[string]int `yaml:"monotone" json:"monotone,omitempty"` // by column: 1 risk may only rise with it, -1 only fall
}

// Options are the choices of a fit.
type Options struct {
	Family  string  // boosted or logistic; empty: they compete
	Params  *Params // explicit sizes; nil: chosen by cross-validation inside the training rows
	Folds   int     // of the cross-validation; 0: none
	Repeats int     // of the cross-validation, each with folds of its own; 0 means 1
	Seed    uint64

	// Budget is the processor time of the reference machine (package gbdt) that
	// choosing the trees' sizes may take, in the cross-validation and for the model
	// together; 0 is no limit. Where it ends a search the card says so, and the
	// model is the same on every machine. Growing with the chosen sizes is not
	// counted, but hardly takes longer than choosing their number.
	Budget time.Duration

	Workers int // 0: as many as processors; the model is the same for any number
	Version string
	Missing []string // words that the table was read with as missing, for those it will score
	Source  string   // where the rows come from, in words, for the card

	Now      func() time.Time // for the seconds that things took
	Progress func(Progress)   // may be nil

	large int // rows: see largeRows
}

// Progress says how far a fit has come.
type Progress struct {
	Stage string  // what is done, such as a fold
	Share float64 // of the whole fit that is behind, 0 to 1
}

const (
	mostFolds   = 20
	mostRepeats = 100

	smallColumnShare = 0.6
	spline           = model.Hinges // of a logistic regression
	knots            = 4
)

// checked fills in the defaults and refuses what cannot be.
func (o Options) checked(s *features.Schema) (Options, error) {
	bad := func(format string, args ...any) (Options, error) {
		return o, fault.New(fault.NotFound, format, args...)
	}
	o.Repeats, o.large = cmp.Or(o.Repeats, 1), cmp.Or(o.large, largeRows)
	switch {
	case o.Folds < 0 || o.Folds == 1 || o.Folds > mostFolds:
		return bad("%d folds: give 2 to %d, or 0 for a model without figures", o.Folds, mostFolds)
	case o.Budget < 0:
		return bad("a budget of %v: give a time such as 10m, or 0 for no limit", o.Budget)
	case o.Repeats < 1 || o.Repeats > mostRepeats:
		return bad("%d repeats: give 1 to %d", o.Repeats, mostRepeats)
	}
	if o.Params != nil {
		p := *o.Params
		o.Family = cmp.Or(p.Family, o.Family, Boosted)
		p.Trees, p.Leaves, p.Rate = cmp.Or(p.Trees, 200), cmp.Or(p.Leaves, 31), cmp.Or(p.Rate, 0.1)
		o.Params = &p
		for name, sign := range p.Monotone {
			j := s.Index(name)
			if j < 0 || s.Columns[j].Kind == features.Categorical || sign < -1 || sign > 1 {
				return bad("monotone: %q is %d: name a numeric feature, and 1, 0 or -1", name, sign)
			}
			s.Columns[j].Monotone = int8(sign)
		}
	}
	if o.Family != "" && o.Family != Boosted && o.Family != Logistic {
		return bad("there is no family %q; give %s or %s", o.Family, Boosted, Logistic)
	}
	return o, nil
}

// boosted are the options of the trees for a table of so many rows, with explicit sizes if
// there are any. Small tables gain from trees that each see some of the columns
// only (log loss −.0005 to −.0015 on tables of 5,000 to 7,000 rows), large ones
// lose by it (+.0013 on a million).
func (o Options) boosted(rows int) gbdt.Options {
	out := gbdt.Options{Seed: o.Seed, Workers: o.Workers, ColumnShare: 1}
	if rows <= o.large {
		out.ColumnShare = smallColumnShare
	}
	// A fold chooses twice: for the contest, and then on all of its rows.
	if out.Budget = o.Budget / time.Duration(2*(o.Folds*o.Repeats+1)); o.Budget > 0 {
		out.Budget = max(1, out.Budget)
	}
	if p := o.Params; p != nil {
		out.Trees, out.Leaves, out.Rate, out.Depth = p.Trees, p.Leaves, p.Rate, p.Depth
		out.MinRows, out.MinHessian, out.L1, out.L2, out.MinGain = p.MinRows, p.MinHessian, p.L1, p.L2, p.MinGain
		out.RowShare, out.ColumnShare = p.RowShare, p.ColumnShare
	}
	return out
}

// logistic are the options of the logistic regression.
func (o Options) logistic() baseline.LogisticOptions {
	out := baseline.LogisticOptions{Seed: o.Seed, Spline: spline, Knots: knots}
	if o.Params != nil {
		out.L2 = cmp.Or(o.Params.L2, 10)
	}
	return out
}

// sizesOf gives a model's own choices, to fit it to other rows without choosing again.
func sizesOf(m *model.Model) (gbdt.Options, float64, error) {
	if m.Kind() == model.KindLinear {
		l2, err := baseline.Penalty(m)
		return gbdt.Options{}, l2, err
	}
	sizes, err := gbdt.SizesOf(m)
	if err != nil {
		return sizes, 0, fmt.Errorf("take the sizes of a model: %w", err)
	}
	return sizes, 0, nil
}

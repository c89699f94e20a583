package gbdt

import (
	"math"
	"runtime"
	"strconv"
	"time"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

// Loss is what the trees make small.
type Loss uint8

// The losses. A model of squared error predicts by its margin (Model.Margins);
// its Score is without meaning.
const (
	LogLoss      Loss = iota // outcomes 0 and 1; the margin is the log-odds
	SquaredError             // any finite outcome; the margin is its expectation
)

// Options are the choices of a training run. The zero value chooses the sizes by
// cross-validation inside the training rows and takes the usual rest.
type Options struct {
	Loss Loss

	Trees  int     // most trees; 0: chosen, or with Held as many as pay
	Leaves int     // leaves of a tree, at most; 0: chosen
	Rate   float64 // share of each leaf's value that is added; 0: chosen

	Depth       int     // splits above a leaf, at most; 0: no limit
	MinRows     int     // rows on each side of a split, estimated from the hessian; 0 means 20, or chosen if other sizes are
	MinHessian  float64 // hessian on each side of a split; 0 means 0.001
	L1, L2      float64 // penalties on leaf values
	MinGain     float64 // a split must gain more
	RowShare    float64 // rows drawn for each tree; 0 means 1, all
	ColumnShare float64 // columns drawn for each tree; 0 means 1, all, or chosen if other sizes are

	Held     *Held // rows that are only looked at to stop early
	Patience int   // trees without a smaller loss after which growing ends; 0 means 4 ÷ rate, 20 to 200

	From *model.Model // boosted trees that training goes on from, of the same columns; Trees more are added to it

	Group         []int64 // who a row belongs to: rows of one stay in one fold; nil: each row is its own
	Folds         int     // for choosing; 0 means 5
	MaxChoiceRows int     // rows for choosing, at most; 0 means 20,000

	// Budget is the processor time of the reference machine (see cost) that
	// choosing the sizes may take; 0 is no limit. It counts work, not time: where
	// it ends the search, it does so on every machine, and the card says so.
	Budget time.Duration

	Workers  int            // goroutines; 0 means as many as processors; the result is the same for any number
	Seed     uint64         // of every random choice
	Progress func(Progress) // told after every tree; may be nil
	Card     model.Card     // what the caller knows; name, seed, rows and settings are filled in

	minRowsOpen, columnShareOpen bool // these were not given
}

// Held holds rows that the trees do not learn from and that end growing when
// their loss no longer falls.
type Held struct {
	X    *features.Matrix
	Y, W []float64 // W may be nil
}

// Progress says how far training has come.
type Progress struct {
	Stage     string  // what is done, one of the stages
	Done, All int     // trees, or sizes tried; All is the most there can be
	Loss      float64 // mean over the held rows; NaN when there are none
}

// The stages of training, in their order; a run may skip the first two.
const (
	StageSizes   = "choosing sizes"
	StageNumber  = "choosing the number of trees"
	StageGrowing = "growing"
)

const (
	mostTrees  = 2000
	mostLeaves = 4096
)

// checked fills in the defaults and refuses what cannot be.
func (o Options) checked() (Options, error) {
	bad := func(name string, v any, want string) (Options, error) {
		return o, fault.New(fault.Invalid, "%s is %v: give %s", name, v, want)
	}
	o.minRowsOpen, o.columnShareOpen = o.MinRows == 0, o.ColumnShare == 0
	for _, d := range []struct {
		value              *int
		name               string
		usual, least, most int
	}{
		{&o.Trees, "Trees", 0, 0, 100_000},
		{&o.Leaves, "Leaves", 0, 0, mostLeaves},
		{&o.Depth, "Depth", math.MaxInt32, 1, math.MaxInt32},
		{&o.MinRows, "MinRows", 20, 1, math.MaxInt32},
		{&o.Patience, "Patience", 0, 0, math.MaxInt32},
		{&o.Folds, "Folds", 5, 2, 100},
		{&o.MaxChoiceRows, "MaxChoiceRows", 20_000, 100, math.MaxInt32},
		{&o.Workers, "Workers", runtime.GOMAXPROCS(0), 1, 1024},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
		if *d.value < d.least || *d.value > d.most {
			return bad(d.name, *d.value, "a number from "+itoa(d.least)+" to "+itoa(d.most)+", or 0 for the usual")
		}
	}
	for _, d := range []struct {
		value       *float64
		name        string
		usual, most float64
	}{
		{&o.Rate, "Rate", 0, 1},
		{&o.MinHessian, "MinHessian", 1e-3, math.MaxFloat64},
		{&o.L1, "L1", 0, math.MaxFloat64},
		{&o.L2, "L2", 0, math.MaxFloat64},
		{&o.MinGain, "MinGain", 0, math.MaxFloat64},
		{&o.RowShare, "RowShare", 1, 1},
		{&o.ColumnShare, "ColumnShare", 1, 1},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
		if !(*d.value >= 0 && *d.value <= d.most) {
			return bad(d.name, *d.value, "a finite number of at least 0, and of shares and rates at most 1")
		}
	}
	switch {
	case o.Loss > SquaredError:
		return bad("Loss", o.Loss, "LogLoss or SquaredError")
	case o.Budget < 0:
		return bad("Budget", o.Budget, "a time above 0, or 0 for no limit")
	case o.Leaves == 1:
		return bad("Leaves", 1, "at least 2, or 0 to have them chosen")
	}
	return o, nil
}

// patience returns how many trees to wait for a smaller loss at this rate.
func (o Options) patience() int {
	if o.Patience > 0 {
		return o.Patience
	}
	return int(math.Min(200, math.Max(20, 4/o.Rate)))
}

// SizesOf returns the number of trees and leaves, the rate, the rows to a side
// (MinRows) and the share of the columns (ColumnShare) that a model made by Train
// was grown with, and nothing else, for training on other rows without choosing
// again. Another model is Invalid.
func SizesOf(m *model.Model) (Options, error) {
	if o, ok := sizesIn(m.Card().Settings); ok && m.Kind() == model.KindBoosted {
		return o, nil
	}
	return Options{}, fault.New(fault.Invalid, "a %s model (%s) has no sizes of boosted trees", m.Kind(), m.Card().Name)
}

// SizesIn is SizesOf for the settings that a card of a model made of such trees
// kept of them.
func SizesIn(settings []model.Setting) (Options, error) {
	o, ok := sizesIn(settings)
	if !ok {
		return Options{}, fault.New(fault.Invalid, "the settings hold no sizes of boosted trees")
	}
	return o, nil
}

func sizesIn(settings []model.Setting) (o Options, ok bool) {
	for _, s := range settings {
		var err error
		switch s.Name {
		case treesSetting:
			o.Trees, err = strconv.Atoi(s.Value)
		case leavesSetting:
			o.Leaves, err = strconv.Atoi(s.Value)
		case rateSetting:
			o.Rate, err = strconv.ParseFloat(s.Value, 64)
		case minRowsSetting:
			o.MinRows, err = strconv.Atoi(s.Value)
		case columnShareSetting:
			o.ColumnShare, err = strconv.ParseFloat(s.Value, 64)
		}
		if err != nil {
			return Options{}, false
		}
	}
	return o, o.Trees >= 1 && o.Leaves >= 2 && o.Rate > 0
}

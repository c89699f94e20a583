package gbdt

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// sample is what trees learn from: the rows of positive weight, training rows
// first and held ones behind them, each numbered by its place.
type sample struct {
	schema features.Schema
	x      []*features.Matrix // where a row's numbers are: training, held
	at     [][]int32          // and in which row of it
	y      []float64
	w      []float64 // nil: all 1
	start  []float64 // margins of the model that training goes on from; nil: none
	group  []int64   // of training rows; nil: each its own
	train  int       // rows to learn from
}

func itoa(n int) string { return strconv.Itoa(n) }

// rows returns the numbers from, from+1, … to-1.
func rows(from, to int) []int32 {
	list := make([]int32, to-from)
	for i := range list {
		list[i] = int32(from + i)
	}
	return list
}

func (s *sample) weight(i int32) float64 {
	if s.w == nil {
		return 1
	}
	return s.w[i]
}

// newSample checks what training was given. Rows of weight 0 are left out.
func newSample(x *features.Matrix, y, w []float64, opt Options) (*sample, error) {
	if x == nil || x.Rows == 0 || len(x.Schema.Columns) == 0 {
		return nil, fault.New(fault.Invalid, "there is nothing to learn from: give at least one column and two rows")
	}
	s := &sample{schema: x.Schema}
	weighted := w != nil || (opt.Held != nil && opt.Held.W != nil)
	if err := s.add(x, y, w, opt.Loss, weighted); err != nil {
		return nil, err
	}
	s.train = len(s.y)
	if opt.Group != nil {
		if len(opt.Group) != x.Rows {
			return nil, fault.New(fault.Invalid, "there are %d rows and %d customers in Group", x.Rows, len(opt.Group))
		}
		for _, i := range s.at[0] {
			s.group = append(s.group, opt.Group[i])
		}
	}
	for _, c := range x.Schema.Columns {
		if c.Monotone != 0 && c.Kind == features.Categorical {
			return nil, fault.New(fault.Invalid, "column %s is categorical and cannot be monotone", c.Name)
		}
	}
	if opt.Loss == LogLoss {
		if left, stayed := s.counts(); left == 0 || stayed == 0 {
			return nil, fault.New(fault.Invalid,
				"%d customers left and %d stayed: a model needs both; take an earlier date or a longer horizon", left, stayed)
		}
	}
	if opt.Held != nil {
		if err := s.hold(opt.Held, opt.Loss, weighted); err != nil {
			return nil, err
		}
	}
	return s, s.goOn(opt.From)
}

// goOn sets the margins that training starts from.
func (s *sample) goOn(from *model.Model) error {
	if from == nil {
		return nil
	}
	if from.Kind() != model.KindBoosted {
		return fault.New(fault.Invalid, "training cannot go on from a %s model (%s): give boosted trees", from.Kind(), from.Card().Name)
	}
	if err := from.Accepts(s.schema); err != nil {
		return fmt.Errorf("go on from a model: %w", err)
	}
	for k, x := range s.x {
		margins := make([]float64, x.Rows)
		if err := from.Margins(x, margins); err != nil {
			return fmt.Errorf("go on from a model: %w", err)
		}
		for _, i := range s.at[k] {
			s.start = append(s.start, margins[i])
		}
	}
	return nil
}

func (s *sample) hold(h *Held, loss Loss, weighted bool) error {
	if h.X == nil || h.X.Rows == 0 {
		return fault.New(fault.Invalid, "the held rows are empty: give some or none at all")
	}
	if h.X.Schema.Hash() != s.schema.Hash() {
		return fault.New(fault.Invalid, "the held rows have another schema than the training rows")
	}
	if err := s.add(h.X, h.Y, h.W, loss, weighted); err != nil {
		return fmt.Errorf("held rows: %w", err)
	}
	return nil
}

// add appends the rows of one table.
func (s *sample) add(x *features.Matrix, y, w []float64, loss Loss, weighted bool) error {
	n := x.Rows
	if len(x.Data) != n*len(x.Schema.Columns) || len(y) != n || (w != nil && len(w) != n) || n > 1<<28 {
		return fault.New(fault.Invalid,
			"%d rows of %d columns came with %d numbers, %d outcomes and %d weights: give as many of each, and at most %d rows",
			n, len(x.Schema.Columns), len(x.Data), len(y), len(w), 1<<28)
	}
	at := make([]int32, 0, n)
	s.y = slices.Grow(s.y, n)
	if weighted {
		s.w = slices.Grow(s.w, n)
	}
	for i, v := range y {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		switch {
		case loss == LogLoss && v != 0 && v != 1:
			return fault.New(fault.Invalid, "the outcome of row %d is %v: it must be 0 (stayed) or 1 (left)", i, v)
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fault.New(fault.Invalid, "the outcome of row %d is %v: it must be finite", i, v)
		case !(weight >= 0) || math.IsInf(weight, 0):
			return fault.New(fault.Invalid, "the weight of row %d is %v: it must be a finite number of at least 0", i, weight)
		case weight == 0:
			continue
		}
		at = append(at, int32(i))
		s.y = append(s.y, v)
		if weighted {
			s.w = append(s.w, weight)
		}
	}
	if len(at) == 0 {
		return fault.New(fault.Invalid, "all %d rows have weight 0: nothing can be learned from them", n)
	}
	s.x, s.at = append(s.x, x), append(s.at, at)
	return nil
}

// counts returns how many training rows left and how many stayed.
func (s *sample) counts() (left, stayed int) {
	for _, v := range s.y[:s.train] {
		if v == 1 {
			left++
		} else if v == 0 {
			stayed++
		}
	}
	return left, stayed
}

// base is the best constant margin for these rows.
func (s *sample) base(of []int32, loss Loss) float64 {
	var total, weight float64
	for _, i := range of {
		total += float64(s.weight(i) * s.y[i])
		weight += s.weight(i)
	}
	if loss == SquaredError {
		return total / weight
	}
	return stats.Logit(total / weight)
}

// The card's names for the sizes.
const (
	treesSetting       = "trees"
	leavesSetting      = "leaves"
	rateSetting        = "rate"
	minRowsSetting     = "rows to a side"
	columnShareSetting = "share of columns"
)

// card fills in what training knows.
func (s *sample) card(opt Options, sizes sizes) model.Card {
	c := opt.Card
	c.Name, c.Seed = "boosted trees", opt.Seed
	c.Data.Rows = s.train
	if opt.Loss == LogLoss {
		c.Data.Leavers, _ = s.counts()
	}
	var total, squares float64
	for i := range int32(s.train) {
		w := s.weight(i)
		total += w
		squares += float64(w * w)
	}
	c.Data.Weight = total * total / squares
	before := 0
	if opt.From != nil {
		before = len(opt.From.Trees().Roots)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	c.Settings = append(append([]model.Setting(nil), c.Settings...),
		model.Setting{Name: treesSetting, Value: itoa(sizes.trees + before)},
		model.Setting{Name: leavesSetting, Value: itoa(sizes.leaves)},
		model.Setting{Name: rateSetting, Value: number(sizes.rate)},
		model.Setting{Name: minRowsSetting, Value: itoa(cmp.Or(sizes.minRows, opt.MinRows))},
		model.Setting{Name: "L1, L2", Value: number(opt.L1) + ", " + number(opt.L2)},
		model.Setting{Name: "share of rows", Value: number(opt.RowShare)},
		model.Setting{Name: columnShareSetting, Value: number(cmp.Or(sizes.columnShare, opt.ColumnShare))})
	c.Sentences = append(append([]string(nil), c.Sentences...), sizes.how)
	if opt.From != nil {
		c.Sentences = append(c.Sentences, "Training went on from a model of "+itoa(len(opt.From.Trees().Roots))+" trees, which the number of trees includes.")
	}
	return c
}

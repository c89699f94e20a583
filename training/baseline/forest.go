package baseline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"time"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// MaxForestRows is the most rows a forest learns from: golearn takes about a
// microsecond for each row, column looked at and level.
const MaxForestRows = 50_000

// ForestOptions are the choices of a forest of golearn trees. The zero value is
// 40 trees without a time budget.
type ForestOptions struct {
	Trees       int              // 0 means 40
	MaxRows     int              // sampled once, without replacement; 0 means MaxForestRows, the most
	RowsPerTree int              // drawn with replacement by weight; 0 means 8,000, or all if fewer
	Draw        int              // columns looked at per split; 0 means the square root of their number, and one
	MinRows     int              // fewer are not split; 0 means 100
	MaxDepth    int              // 0 means 12
	Budget      time.Duration    // no tree is begun, and a tree under way is dropped, after this; 0: none
	Now         func() time.Time // needed with a budget
	Seed        uint64
	Card        model.Card // what the caller knows; name, seed, rows and settings are filled in
}

// growing lets one forest grow at a time: golearn's tables take many times the
// room of the codes in them.
var growing sync.Mutex

// FitForest fits a bagged forest of golearn trees to the rows of x: y is 1 for
// customers who left and 0 for those who stayed, w their weights or nil. Each
// tree is copied at once into the model's own form, with the share of leavers in
// each leaf as its probability. The same rows, options and seed give the same
// model unless the time budget ended it.
func FitForest(ctx context.Context, x *features.Matrix, y, w []float64, opt ForestOptions) (*model.Model, error) {
	s, err := newSample(x, y, w, nil)
	if err != nil {
		return nil, fmt.Errorf("fit a forest: %w", err)
	}
	if opt, err = opt.checked(len(x.Schema.Columns)); err != nil {
		return nil, fmt.Errorf("fit a forest: %w", err)
	}
	m, err := fitForest(ctx, s, opt)
	if err != nil {
		return nil, fmt.Errorf("fit a forest to %s: %w", s.describe(), err)
	}
	return m, nil
}

func fitForest(ctx context.Context, s *sample, opt ForestOptions) (*model.Model, error) {
	part, err := s.atMost(opt.MaxRows, opt.Seed)
	if err != nil {
		return nil, err
	}
	nursery := newNursery(part, opt)
	growing.Lock()
	body, err := nursery.growAll(ctx, opt)
	growing.Unlock()
	if err != nil {
		return nil, err
	}
	card := s.card(opt.Card, "forest of golearn trees", opt.Seed)
	card.Settings = append(card.Settings,
		model.Setting{Name: "trees", Value: fmt.Sprint(len(body.Roots))},
		model.Setting{Name: "rows sampled", Value: fmt.Sprint(len(part.rows))},
		model.Setting{Name: "rows per tree", Value: fmt.Sprint(nursery.rowsPerTree)},
		model.Setting{Name: "columns per split", Value: fmt.Sprint(opt.Draw)},
		model.Setting{Name: "rows to split", Value: fmt.Sprint(opt.MinRows)},
		model.Setting{Name: "depth", Value: fmt.Sprint(opt.MaxDepth)})
	if len(body.Roots) < opt.Trees {
		card.Sentences = append(card.Sentences,
			fmt.Sprintf("The time budget of %v ended after %d of %d trees.", opt.Budget, len(body.Roots), opt.Trees))
	}
	return model.NewForest(s.x.Schema, body, card)
}

// atMost keeps n rows at random.
func (s *sample) atMost(n int, seed uint64) (*sample, error) {
	if len(s.rows) <= n {
		return s, nil
	}
	rows := slices.Clone(s.rows)
	random := stats.Stream(seed, stats.HashString("rows"))
	for k := range n {
		other := k + random.IntN(len(rows)-k)
		rows[k], rows[other] = rows[other], rows[k]
	}
	rows = rows[:n]
	slices.Sort(rows)
	part := s.only(rows)
	if leavers, stayers := part.counts(); leavers == 0 || stayers == 0 {
		return nil, fault.New(fault.Invalid, "%d rows drawn at random hold %d leavers: raise MaxRows", n, leavers)
	}
	return part, nil
}

// nursery holds what all trees share.
type nursery struct {
	sample      *sample
	bins        []binning
	codes       []uint8   // rows × columns
	left        []uint8   // by row: 1 for those who left
	until       []float64 // running sum of the weights, by row
	rowsPerTree int
}

func newNursery(s *sample, opt ForestOptions) *nursery {
	width := len(s.x.Schema.Columns)
	n := &nursery{
		sample: s, bins: make([]binning, width), codes: make([]uint8, len(s.rows)*width),
		left: make([]uint8, len(s.rows)), until: make([]float64, len(s.rows)), rowsPerTree: min(opt.RowsPerTree, len(s.rows)),
	}
	for j := range n.bins {
		n.bins[j] = newBinning(s, j)
		for r, i := range s.rows {
			n.codes[r*width+j] = uint8(min(n.bins[j].code(s.x.Data[i*width+j]), math.MaxUint8))
		}
	}
	var sum float64
	for r, i := range s.rows {
		sum += s.weight(i)
		n.until[r] = sum
		n.left[r] = uint8(s.y[i])
	}
	return n
}

// growAll grows one tree after another. A tree under way when the budget ends is
// dropped.
func (n *nursery) growAll(ctx context.Context, opt ForestOptions) (*model.Trees, error) {
	late := func() bool { return false }
	if opt.Budget > 0 {
		begun := opt.Now()
		late = func() bool { return opt.Now().Sub(begun) >= opt.Budget }
	}
	body := new(model.Trees)
	for k := range opt.Trees {
		g := &grower{
			ctx: ctx, late: late, random: stats.Stream(opt.Seed, stats.HashString("tree"), uint64(k)),
			opt: opt, from: n, into: new(model.Trees), rate: n.rate(), order: make([]int, len(n.bins)),
		}
		for j := range g.order {
			g.order[j] = j
		}
		_, err := g.node(n.bag(g.random), 0)
		if errors.Is(err, errLate) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", k+1, err)
		}
		body.Append(g.into)
	}
	if len(body.Roots) == 0 {
		return nil, fault.New(fault.Invalid, "the time budget of %v ended before the first tree: give more time or fewer rows", opt.Budget)
	}
	return body, nil
}

// bag draws a tree's rows with replacement, by weight.
func (n *nursery) bag(random *rand.Rand) []int32 {
	rows, last := make([]int32, n.rowsPerTree), len(n.until)-1
	for k := range rows {
		rows[k] = int32(min(sort.SearchFloat64s(n.until, random.Float64()*n.until[last]), last))
	}
	return rows
}

// rate is the weighted share of leavers.
func (n *nursery) rate() float64 {
	var sum float64
	for _, i := range n.sample.rows {
		sum += float64(n.sample.weight(i) * n.sample.y[i])
	}
	return sum / n.until[len(n.until)-1]
}

// checked fills in the defaults and refuses what cannot be.
func (o ForestOptions) checked(columns int) (ForestOptions, error) {
	for _, d := range []struct {
		value        *int
		name         string
		usual, least int
	}{
		{&o.Trees, "Trees", 40, 1},
		{&o.MaxRows, "MaxRows", MaxForestRows, 2},
		{&o.RowsPerTree, "RowsPerTree", 8000, 2},
		{&o.Draw, "Draw", 1 + int(math.Sqrt(float64(columns))), 1},
		{&o.MinRows, "MinRows", 100, 2},
		{&o.MaxDepth, "MaxDepth", 12, 1},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
		if *d.value < d.least {
			return o, fault.New(fault.Invalid, "%s is %d: give at least %d, or 0 for %d", d.name, *d.value, d.least, d.usual)
		}
	}
	switch {
	case o.MaxRows > MaxForestRows:
		return o, fault.New(fault.Invalid, "MaxRows is %d: golearn's trees take at most %d rows", o.MaxRows, MaxForestRows)
	case o.Budget < 0 || (o.Budget > 0 && o.Now == nil):
		return o, fault.New(fault.Invalid, "a time budget of %v needs a clock and to be above 0", o.Budget)
	}
	return o, nil
}

package baseline

import (
	"context"
	"math/rand/v2"

	"holdfast/internal/fault"
	"holdfast/model"
)

// smoothing is the weight, in rows, of the training rate in each leaf: leaves of
// a few rows do not claim certainty.
const smoothing = 2

// grower grows one tree, node by node, straight into the model's form. golearn
// chooses each split, and its leaf counts become the probabilities. It is given
// one node at a time, with the rows and the few columns drawn for it, because its
// own recursion keeps rows as views of views, one map per level, and reads every
// column of every row at every split: that is why it slows down with the square
// of the rows. Nodes are grown in the order of the model's arrays, so the draws
// repeat.
type grower struct {
	ctx    context.Context
	late   func() bool // whether the time budget is spent
	random *rand.Rand
	opt    ForestOptions
	from   *nursery
	into   *model.Trees
	rate   float64 // of leavers among the training rows
	order  []int   // columns, shuffled as they are drawn
}

// errLate says that the budget ended inside a tree.
var errLate = fault.New(fault.Unavailable, "the time budget is spent")

// node grows the subtree of the given rows of the nursery and returns its number.
// It reorders rows.
func (g *grower) node(rows []int32, depth int) (int32, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	if g.late() {
		return 0, errLate
	}
	leavers := 0
	for _, r := range rows {
		leavers += int(g.from.left[r])
	}
	cover := float64(len(rows))
	leaf := func() (int32, error) {
		share := (float64(leavers) + float64(smoothing*g.rate)) / (cover + smoothing)
		return g.into.AddLeaf(share, cover), nil
	}
	if len(rows) < g.opt.MinRows || depth == g.opt.MaxDepth || leavers == 0 || leavers == len(rows) {
		return leaf()
	}
	column, code, found, err := g.ask(rows, leavers)
	if err != nil {
		return 0, err
	}
	var low, high []int32
	if found {
		low, high = g.part(rows, column, code)
	}
	if len(low) == 0 || len(high) == 0 {
		return leaf()
	}
	at := g.add(column, code, cover, len(low) >= len(high))
	l, err := g.node(low, depth+1)
	if err != nil {
		return 0, err
	}
	r, err := g.node(high, depth+1)
	if err != nil {
		return 0, err
	}
	g.into.Join(at, l, r)
	return at, nil
}

// ask has golearn split the rows by one of the columns drawn for this node: codes
// up to code go left.
// Columns that do not vary here are not asked about.
func (g *grower) ask(rows []int32, leavers int) (column, code int, found bool, err error) {
	width := len(g.from.bins)
	classes := make([]uint8, len(rows))
	for k, r := range rows {
		classes[k] = g.from.left[r]
	}
	var columns []int
	var codes [][]uint8
	for _, j := range g.draw() {
		list := make([]uint8, len(rows))
		varies := false
		for k, r := range rows {
			list[k] = g.from.codes[int(r)*width+j]
			varies = varies || list[k] != list[0]
		}
		if varies {
			columns, codes = append(columns, j), append(codes, list)
		}
	}
	if len(columns) == 0 {
		return 0, 0, false, nil
	}
	table, err := newGrid(len(columns), len(rows))
	if err != nil {
		return 0, 0, false, err
	}
	for k, class := range classes {
		table.label(k, class)
	}
	for c, list := range codes {
		table.fill(c, list, classes)
	}
	s, found, err := stump(table, [2]int{len(rows) - leavers, leavers})
	if err != nil || !found {
		return 0, 0, false, err
	}
	return columns[s.column], codeOf(s.threshold, codes[s.column], classes), true, nil
}

// draw returns the columns to look at, all different. They are valid until the
// next call.
func (g *grower) draw() []int {
	n := min(g.opt.Draw, len(g.order))
	for k := range n {
		other := k + g.random.IntN(len(g.order)-k)
		g.order[k], g.order[other] = g.order[other], g.order[k]
	}
	return g.order[:n]
}

// part moves the rows that go left before those that go right.
func (g *grower) part(rows []int32, column, code int) (low, high []int32) {
	width, at := len(g.from.bins), 0
	for k, r := range rows {
		if int(g.from.codes[int(r)*width+column]) <= code {
			rows[at], rows[k] = rows[k], rows[at]
			at++
		}
	}
	return rows[:at], rows[at:]
}

// add appends the split of a column after a code. A value that no training row
// lacked goes, if it is missing one day, where most rows went.
func (g *grower) add(column, code int, cover float64, mostLeft bool) int32 {
	b := &g.from.bins[column]
	if b.codes == nil {
		return g.into.AddSplit(column, b.threshold(code), mostLeft && !b.missing, cover)
	}
	missingLeft := mostLeft
	if b.missing {
		missingLeft = b.codes[len(b.codes)-1] <= code
	}
	return g.into.AddSetSplit(column, b.set(code), missingLeft, cover)
}

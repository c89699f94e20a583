package gbdt

import "math"

// tree is a grown tree over bins; node 0 is the root, children come after their
// parent.
type tree struct{ nodes []node }

type node struct {
	column      int // of the table; -1 in leaves
	left, right int
	goes        *[256]uint8
	split       split
	value       float64 // leaves: what is added to the margin
	cover       float64 // weight of the rows that came through
}

// leaf is a node that may still be split.
type leaf struct {
	node      int
	from, to  int // its rows are order[from:to]
	depth     int
	sum       uint64 // packed
	histogram histogram
	low, high float64 // bounds of its value
	l2        float64
	best      split
}

func (l *leaf) rows() int { return l.to - l.from }

// grower grows one tree after another in the same room.
type grower struct {
	table    *table
	opt      *Options
	leaves   int // of a tree, at most
	workers  int
	monotone bool
	told     int // rows of a category that is told apart

	packed    []uint64
	unit      unit
	columns   []bool // drawn for this tree
	wanted    []bool // tiles with a drawn column
	order     []int32
	right     []int32 // room for partition
	free      []histogram
	gatherers []*gatherer
	private   []histogram
	found     []split
}

func newGrower(t *table, opt *Options, leaves, rows int) *grower {
	g := &grower{
		table: t, opt: opt, leaves: leaves, workers: opt.Workers, told: toldApart(rows),
		columns: make([]bool, len(t.bins)), wanted: make([]bool, t.tiles()), found: make([]split, len(t.bins)),
		order: make([]int32, rows), right: make([]int32, rows),
	}
	for range g.workers {
		g.gatherers = append(g.gatherers, new(gatherer))
		g.private = append(g.private, nil)
	}
	for _, b := range t.bins {
		g.monotone = g.monotone || b.monotone != 0
	}
	return g
}

// grow grows a tree over the rows, best split first, and returns it with the
// leaves, whose rows lie in g.order. Their values are not yet set.
func (g *grower) grow(rows []int32, u unit) (*tree, []*leaf) {
	g.unit = u
	copy(g.order, rows)
	root := &leaf{to: len(rows), low: math.Inf(-1), high: math.Inf(1), l2: g.opt.L2}
	for _, i := range rows {
		root.sum += g.packed[i]
	}
	t := &tree{nodes: []node{{column: -1}}}
	leaves := []*leaf{root}
	if g.splittable(root) {
		root.histogram = g.room()
		g.count(root.histogram, rows)
		g.look(root)
	}
	for len(leaves) < g.leaves {
		best := 0
		for k, l := range leaves {
			if l.best.gain > leaves[best].best.gain {
				best = k
			}
		}
		if !(leaves[best].best.gain > 0) {
			break
		}
		l, r := g.split(t, leaves[best])
		leaves[best] = l
		leaves = append(leaves, r)
		if len(leaves) < g.leaves {
			g.prepare(l, r)
		}
	}
	for _, l := range leaves {
		g.release(l)
	}
	return t, leaves
}

func (g *grower) splittable(l *leaf) bool {
	return l.rows() >= 2*g.opt.MinRows && l.depth < g.opt.Depth && len(g.table.bins) > 0
}

// split parts a leaf at its best split. The larger child takes over its histogram.
func (g *grower) split(t *tree, l *leaf) (left, right *leaf) {
	s := l.best
	at := &t.nodes[l.node]
	at.column, at.split, at.goes = s.column, s, s.goes()
	at.left, at.right = len(t.nodes), len(t.nodes)+1
	t.nodes = append(t.nodes, node{column: -1}, node{column: -1})
	middle := l.from + g.partition(g.order[l.from:l.to], g.table.cols[s.column], at.goes)

	left = &leaf{node: len(t.nodes) - 2, from: l.from, to: middle, sum: s.left}
	right = &leaf{node: len(t.nodes) - 1, from: middle, to: l.to, sum: l.sum - s.left}
	for _, child := range []*leaf{left, right} {
		child.depth, child.low, child.high, child.l2 = l.depth+1, l.low, l.high, s.l2
	}
	if m := g.table.bins[s.column].monotone; m != 0 {
		// neither side may cross the middle of the two values from now on
		looked := newSearch(g.opt, g.told, g.unit, l, true)
		between := looked.value(left.sum, s.l2)/2 + looked.value(right.sum, s.l2)/2
		if m > 0 {
			left.high, right.low = between, between
		} else {
			left.low, right.high = between, between
		}
	}
	if left.rows() > right.rows() {
		left.histogram = l.histogram
	} else {
		right.histogram = l.histogram
	}
	l.histogram = nil
	return left, right
}

// prepare gives two new leaves their histograms and best splits.
func (g *grower) prepare(a, b *leaf) {
	small, large := a, b
	if a.histogram != nil {
		small, large = b, a
	}
	if g.splittable(small) || g.splittable(large) {
		small.histogram = g.room()
		g.count(small.histogram, g.order[small.from:small.to])
		large.histogram.minus(small.histogram)
	}
	for _, l := range []*leaf{a, b} {
		if g.splittable(l) {
			g.look(l)
		} else {
			g.release(l)
		}
	}
}

// room returns a histogram to be filled, release takes one back.
func (g *grower) room() histogram {
	if n := len(g.free); n > 0 {
		h := g.free[n-1]
		g.free = g.free[:n-1]
		return h
	}
	return g.table.newHistogram()
}

func (g *grower) release(l *leaf) {
	if l.histogram != nil {
		g.free = append(g.free, l.histogram)
		l.histogram = nil
	}
}

// count fills h with the sums of the rows: shares of them privately, then added.
func (g *grower) count(h histogram, rows []int32) {
	shares := sharesOf(g.workers, len(rows))
	g.private[0] = h
	each(shares, shares, func(k int) {
		if g.private[k] == nil {
			g.private[k] = g.table.newHistogram()
		}
		clear(g.private[k])
		g.table.add(g.private[k], rows[k*len(rows)/shares:(k+1)*len(rows)/shares], g.packed, g.wanted, g.gatherers[k])
	})
	if shares == 1 {
		return
	}
	each(shares, len(g.wanted), func(tile int) {
		from, to := tile*tileCells, (tile+1)*tileCells
		for k := 1; k < shares; k++ {
			h[from:to].plus(g.private[k][from:to])
		}
	})
}

// look finds the best split of a leaf, each column by itself; of equal ones the
// first column's counts.
func (g *grower) look(l *leaf) {
	workers := g.workers
	if len(g.table.bins) < 64 {
		workers = 1 // not worth a goroutine
	}
	s := newSearch(g.opt, g.told, g.unit, l, g.monotone)
	each(workers, len(g.found), func(f int) {
		g.found[f] = split{gain: g.opt.MinGain}
		if !g.columns[f] {
			return
		}
		h, b := l.histogram.column(f), &g.table.bins[f]
		if b.categorical() {
			s.categories(h, f, b, &g.found[f])
		} else {
			s.numeric(h, f, b, &g.found[f])
		}
	})
	l.best = split{}
	for f := range g.found {
		if c := g.found[f]; c.found && c.gain > l.best.gain {
			l.best = c
		}
	}
}

package model

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

const (
	groupLines    = 256     // lines of a group's table, at most
	deepLines     = 32      // lines of a deep group's table
	deepColumns   = 16      // on the way to a leaf
	groupLeaves   = 64      // leaves of a group: one bit each
	explainBudget = 1 << 23 // numbers in all tables: 64 MiB
)

// leafWay is how a leaf is reached.
type leafWay struct {
	value   float64
	columns []int      // of the bins, without repetition
	zero    []float64  // share of the training rows that take the column's splits on the way
	takes   [][]uint64 // bins that take them, a bit each
}

// explainMaker prepares an explainer.
type explainMaker struct {
	*explainer
	trees   *Trees
	cuts    []cut
	columns []int // of the bins, by column of the schema
	numbers int   // in tables so far

	ways       []leafWay   // of the tree at hand
	begin, end []int32     // ways below each node
	plan       []groupPlan // of the leaves below each node
}

// groupPlan says how the leaves below a node are explained.
type groupPlan int8

const (
	splitUp   groupPlan = iota // by the groups of both children
	asTable                    // by a leafGroup
	asProduct                  // by a deepGroup
)

// newExplainer prepares tables for the trees that b's bins serve; b may be nil.
func newExplainer(t *Trees, b *bins, cuts []cut) *explainer {
	m := explainMaker{explainer: &explainer{bins: b}, trees: t, cuts: cuts}
	if b == nil {
		m.walked = t.Roots
		return m.explainer
	}
	m.columns = make([]int, len(t.levels))
	for k, c := range b.columns {
		m.columns[c.column] = k
	}
	m.plan = make([]groupPlan, len(t.Feature))
	m.begin, m.end = make([]int32, len(t.Feature)), make([]int32, len(t.Feature))
	for _, root := range t.Roots {
		m.ways = m.ways[:0]
		if m.numbers < explainBudget && m.descend(root, leafWay{}) {
			m.choose(root)
			m.make(root)
		} else {
			m.walked = append(m.walked, root)
		}
	}
	return m.explainer
}

// descend lists the ways to the leaves below n, and gives up at a way that no
// table holds.
func (m *explainMaker) descend(n int32, way leafWay) bool {
	t := m.trees
	m.begin[n] = int32(len(m.ways))
	if t.Feature[n] < 0 {
		way.value = t.Value[n]
		m.ways = append(m.ways, way)
	} else {
		if len(way.columns) > deepColumns {
			return false
		}
		left, right := t.Left[n], t.Right[n]
		share := t.Cover[left] / (t.Cover[left] + t.Cover[right])
		goes := m.goesLeft(n)
		if !m.descend(left, m.step(way, n, share, goes)) {
			return false
		}
		for i := range goes {
			goes[i] = ^goes[i]
		}
		if !m.descend(right, m.step(way, n, 1-share, goes)) {
			return false
		}
	}
	m.end[n] = int32(len(m.ways))
	return len(way.columns) <= deepColumns
}

// goesLeft returns the bins of split n's column that go left.
func (m *explainMaker) goesLeft(n int32) []uint64 {
	k, cut := m.columns[m.trees.Feature[n]], m.cuts[n]
	c := &m.bins.columns[k]
	goes := make([]uint64, c.missing/64+1)
	for bin := range int(c.missing) + 1 {
		code := uint16(bin)
		if cut.code != k {
			code = c.extras[bin*c.extra+cut.code-c.at]
		}
		if code&cut.mask <= cut.at {
			goes[bin/64] |= 1 << (bin % 64)
		}
	}
	return goes
}

// step adds to a way the side of split n that a share of the rows takes.
func (m *explainMaker) step(way leafWay, n int32, share float64, goes []uint64) leafWay {
	k := m.columns[m.trees.Feature[n]]
	next := leafWay{columns: slices.Clone(way.columns), zero: slices.Clone(way.zero), takes: slices.Clone(way.takes)}
	at := slices.Index(next.columns, k)
	if at < 0 {
		next.columns, next.zero = append(next.columns, k), append(next.zero, share)
		next.takes = append(next.takes, slices.Clone(goes))
		return next
	}
	next.zero[at] *= share
	both := slices.Clone(goes)
	for i := range both {
		both[i] &= next.takes[at][i]
	}
	next.takes[at] = both
	return next
}

// choose plans the cheapest groups of the leaves below n and returns about how many
// nanoseconds a row takes, and the columns of the splits below n.
func (m *explainMaker) choose(n int32) (cost float64, below []int) {
	t, ways := m.trees, m.ways[m.begin[n]:m.end[n]]
	cost = math.Inf(1)
	if left, right := t.Left[n], t.Right[n]; t.Feature[n] >= 0 {
		costLeft, belowLeft := m.choose(left)
		costRight, belowRight := m.choose(right)
		cost, below = costLeft+costRight, merge(merge(belowLeft, belowRight), []int{m.columns[t.Feature[n]]})
	}
	m.plan[n] = splitUp
	if len(ways) > groupLeaves {
		return cost, below
	}
	var all []int
	for i := range ways {
		all = merge(all, ways[i].columns)
	}
	if lines := m.countLines(all, ways, groupLines); lines <= groupLines {
		if c := 4 + float64(len(all))*(2.2+float64(lines)/2000); c < cost {
			m.plan[n], cost = asTable, c
		}
	}
	if lines := m.countLines(below, ways, deepLines); lines <= deepLines && len(all)-len(below) <= deepColumns {
		if c := 5 + float64(len(all))*(2+1.1*float64(points(len(all)))); c < cost {
			m.plan[n], cost = asProduct, c
		}
	}
	return cost, below
}

// make makes the groups that were planned for the leaves below n.
func (m *explainMaker) make(n int32) {
	ways := m.ways[m.begin[n]:m.end[n]]
	switch m.plan[n] {
	case asTable:
		if g := m.group(ways); len(g.members) > 0 {
			m.groups = append(m.groups, g)
			m.numbers += len(g.table)
		}
	case asProduct:
		g := m.deepGroup(ways, m.columnsBelow(n))
		m.deep = append(m.deep, g)
		m.numbers += len(g.table)
	default:
		m.make(m.trees.Left[n])
		m.make(m.trees.Right[n])
	}
}

// columnsBelow returns the columns of the splits of the subtree of n.
func (m *explainMaker) columnsBelow(n int32) []int {
	if m.trees.Feature[n] < 0 {
		return nil
	}
	below := merge(m.columnsBelow(m.trees.Left[n]), m.columnsBelow(m.trees.Right[n]))
	return merge(below, []int{m.columns[m.trees.Feature[n]]})
}

// merge returns the columns that are in a or in b, in order; a is in order.
func merge(a, b []int) []int {
	both := slices.Concat(a, b)
	slices.Sort(both)
	return slices.Compact(both)
}

// cells are the bins of a column, in sets that no way of a group tells apart.
type cells struct {
	of    []uint16 // cell of each bin
	taken []uint64 // of each cell: the ways whose splits on the column it takes
}

// countLines returns how many combinations of cells the columns have, or more than
// limit if there are more.
func (m *explainMaker) countLines(columns []int, ways []leafWay, limit int) int {
	if len(columns) >= bits.Len(uint(limit)) { // at least two cells each
		return limit + 1
	}
	lines := 1
	for _, k := range columns {
		if lines *= len(m.cells(k, ways).taken); lines > limit {
			return lines
		}
	}
	return lines
}

// findCells finds the cells of the columns, and where the lines of each bin lie in
// a table with so many numbers a line.
func (m *explainMaker) findCells(columns []int, ways []leafWay, stride int) (found []cells, members []groupMember, numbers int) {
	for _, k := range columns {
		c := m.cells(k, ways)
		member := groupMember{column: k, lines: make([]uint16, len(c.of))}
		for bin, cell := range c.of {
			member.lines[bin] = uint16(int(cell) * stride)
		}
		stride *= len(c.taken)
		found, members = append(found, c), append(members, member)
	}
	return found, members, stride
}

// group makes the table of some neighbouring leaves.
func (m *explainMaker) group(ways []leafWay) leafGroup {
	var columns []int
	for i := range ways {
		columns = merge(columns, ways[i].columns)
	}
	found, members, numbers := m.findCells(columns, ways, len(columns))
	g := leafGroup{members: members, table: make([]float64, numbers)}
	for i := range ways {
		fillGroup(g.table, &ways[i], i, columns, found)
	}
	return g
}

func (m *explainMaker) cells(k int, ways []leafWay) cells {
	taken := make([]uint64, int(m.bins.columns[k].missing)+1)
	for i := range ways {
		at := slices.Index(ways[i].columns, k)
		if at < 0 {
			continue
		}
		takes := ways[i].takes[at]
		for bin := range taken {
			taken[bin] |= takes[bin/64] >> (bin % 64) & 1 << i
		}
	}
	c := cells{of: make([]uint16, len(taken))}
	for bin, w := range taken {
		cell := slices.Index(c.taken, w)
		if cell < 0 {
			cell = len(c.taken)
			c.taken = append(c.taken, w)
		}
		c.of[bin] = uint16(cell)
	}
	return c
}

// fillGroup adds the values of way number i to every line of a group's table.
func fillGroup(table []float64, way *leafWay, i int, columns []int, found []cells) {
	d := len(way.columns)
	values := make([]float64, d<<d)
	at, weights := gaussLegendre(points(d))
	leafValues(way.value, way.zero, at, weights, values)
	member := make([]int, d)
	for j, k := range way.columns {
		member[j], _ = slices.BinarySearch(columns, k)
	}
	eachLine(found, func(line int, cell []int) {
		taken := 0
		for j, k := range member {
			taken |= int(found[k].taken[cell[k]]>>i&1) << j
		}
		for j, k := range member {
			table[line*len(columns)+k] += values[taken*d+j]
		}
	})
}

// eachLine calls visit for every combination of cells, the first column's changing
// fastest.
func eachLine(found []cells, visit func(line int, cell []int)) {
	cell := make([]int, len(found))
	for line := 0; ; line++ {
		visit(line, cell)
		k := 0
		for ; k < len(cell); k++ {
			if cell[k]++; cell[k] < len(found[k].taken) {
				break
			}
			cell[k] = 0
		}
		if k == len(cell) {
			return
		}
	}
}

// gaussLegendre returns the n points between 0 and 1, and their weights, whose
// weighted sum is the integral of every polynomial of degree up to 2n-1.
func gaussLegendre(n int) (points, weights []float64) {
	points, weights = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(points, weights, 0, 1)
	return points, weights
}

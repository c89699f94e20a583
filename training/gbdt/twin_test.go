package gbdt

import (
	"math"
	"testing"
)

// floatSearch is the slow twin of growing over packed sums: histograms of float64,
// every bound and every level looked at, with the same rules for the sides. It
// knows numeric columns and those of at most fewKinds levels.
type floatSearch struct {
	table *table
	opt   Options
	pairs []pair
}

// floatSplit is a column and the bins that go left.
type floatSplit struct {
	gain, next float64 // next: of the best that sends other rows left
	column     int
	goes       [256]bool
}

// best looks at all splits of some rows.
func (s *floatSearch) best(of []int32) floatSplit {
	var total pair
	for _, i := range of {
		total.g += s.pairs[i].g
		total.h += s.pairs[i].h
	}
	perRow := float64(len(of)) / total.h
	var best floatSplit
	consider := func(column int, left pair, goes [256]bool) {
		right := pair{total.g - left.g, total.h - left.h}
		least := math.Min(left.h, right.h)
		if least*perRow < float64(s.opt.MinRows)-0.5 || least < s.opt.MinHessian {
			return
		}
		gain := left.g*left.g/(left.h+s.opt.L2) + right.g*right.g/(right.h+s.opt.L2) - total.g*total.g/(total.h+s.opt.L2)
		switch {
		case gain > best.gain:
			if !s.same(of, column, goes, best) {
				best.next = best.gain
			}
			best.gain, best.column, best.goes = gain, column, goes
		case gain > best.next && !s.same(of, column, goes, best):
			best.next = gain
		}
	}
	for f := range s.table.bins {
		s.column(of, f, consider)
	}
	return best
}

// column offers every split of one column.
func (s *floatSearch) column(of []int32, f int, consider func(int, pair, [256]bool)) {
	var h [256]pair
	for _, i := range of {
		c := &h[s.table.cols[f][i]]
		c.g += s.pairs[i].g
		c.h += s.pairs[i].h
	}
	if b := &s.table.bins[f]; b.categorical() {
		for bin := range h {
			if h[bin] != (pair{}) {
				var goes [256]bool
				goes[bin] = true
				consider(f, h[bin], goes)
			}
		}
		return
	}
	for _, missingLeft := range []bool{false, true} {
		var left pair
		var goes [256]bool
		if goes[missingBin] = missingLeft; missingLeft {
			left = h[missingBin]
		}
		for bin := range s.table.bins[f].bins {
			left.g += h[bin].g
			left.h += h[bin].h
			goes[bin] = true
			consider(f, left, goes)
		}
	}
}

// same says whether two splits part the rows alike, whichever side is called left.
func (s *floatSearch) same(of []int32, column int, goes [256]bool, other floatSplit) bool {
	if other.gain == 0 {
		return true
	}
	alike, opposite := true, true
	for _, i := range of {
		if goes[s.table.cols[column][i]] == other.goes[s.table.cols[other.column][i]] {
			opposite = false
		} else {
			alike = false
		}
	}
	return alike || opposite
}

// TestTreesAgreeWithFloats grows trees of log loss over packed, rounded sums and
// looks at every node again with float64 histograms: the split is the same unless
// two are nearer to each other than rounding can tell, and no leaf was left that
// had more to gain than the last node that was split.
func TestTreesAgreeWithFloats(t *testing.T) {
	t.Parallel()
	const tie = 1e-4
	opt := Options{MinRows: 10, L2: 1, Leaves: 12, Rate: 0.3, Trees: 12}
	s, table, opt := binned(t, 4000, 7, opt)
	b := newBooster(s, table, opt, sizes{trees: 12, leaves: 12, rate: 0.3}, rows(0, s.train), nil)
	nodes, ties := 0, 0
	for k := range 12 {
		b.round()
		twin := &floatSearch{table, opt, pairsOf(b)}
		grown := b.trees[k]
		last := math.Inf(1)
		for n, parent := len(grown.nodes)-1, 0; parent < n; parent++ {
			if grown.nodes[parent].column >= 0 && grown.nodes[parent].right == n {
				last = grown.nodes[parent].split.gain
			}
		}
		var check func(k int, of []int32)
		check = func(k int, of []int32) {
			n := &grown.nodes[k]
			want := twin.best(of)
			if n.column < 0 {
				if k < len(grown.nodes)-2 && want.gain > last*(1+tie) {
					t.Errorf("leaf %d of %d rows had %v to gain, the last split %v", k, len(of), want.gain, last)
				}
				return
			}
			nodes++
			var left, right []int32
			var goes [256]bool
			for bin, l := range n.goes {
				goes[bin] = l == 1
			}
			for _, i := range of {
				if goes[table.cols[n.column][i]] {
					left = append(left, i)
				} else {
					right = append(right, i)
				}
			}
			switch {
			case twin.same(of, n.column, goes, want):
			case want.next > want.gain*(1-tie):
				ties++
			default:
				t.Errorf("node %d of %d rows gains %v by column %d; in floats %v by column %d, the next %v",
					k, len(of), n.split.gain, n.column, want.gain, want.column, want.next)
			}
			if math.Abs(n.split.gain-want.gain) > tie*want.gain {
				t.Errorf("node %d gains %v, in floats %v", k, n.split.gain, want.gain)
			}
			check(n.left, left)
			check(n.right, right)
		}
		check(0, b.learn)
	}
	if nodes != 12*11 || ties > nodes/20 {
		t.Errorf("%d nodes were compared, %d of them ties", nodes, ties)
	}
}

package gbdt

import (
	"math"
	"slices"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
)

// naiveSplit is the slow twin of the search: every set of bins that a split may
// send left, its sums added up in floats row by row.
type naiveSplit struct {
	gain float64
	left []int32
}

// candidates returns every set of bins that a split of this column may send left.
func candidates(t *table, f int, of []int32, pairs []pair, minRows int) [][]uint8 {
	b, col := &t.bins[f], t.cols[f]
	var sets [][]uint8
	if !b.categorical() {
		for until := range b.bins {
			var set []uint8
			for bin := range until + 1 {
				set = append(set, uint8(bin))
			}
			sets = append(sets, set, append(slices.Clone(set), missingBin))
		}
		return sets
	}
	sum, count := make([]pair, 256), make([]int, 256)
	for _, i := range of {
		sum[col[i]].g += pairs[i].g
		sum[col[i]].h += pairs[i].h
		count[col[i]]++
	}
	var present []uint8
	for bin := range 256 {
		if count[bin] > 0 && (b.kinds <= fewKinds || count[bin] >= toldApart(t.rows)) {
			present = append(present, uint8(bin))
		}
	}
	if b.kinds <= fewKinds {
		for _, bin := range present {
			sets = append(sets, []uint8{bin})
		}
		return sets
	}
	slices.SortStableFunc(present, func(x, y uint8) int {
		if sum[x].g/(sum[x].h+smooth) < sum[y].g/(sum[y].h+smooth) {
			return -1
		}
		return 1
	})
	for range 2 {
		sets = append(sets, stretches(present, count, len(of), minRows)...)
		slices.Reverse(present)
	}
	return sets
}

// stretches returns the beginnings of the ordered categories that are looked at.
func stretches(ordered []uint8, count []int, all, minRows int) (sets [][]uint8) {
	left, group := 0, 0
	for k := range min(mostTogether, (len(ordered)+1)/2) {
		left += count[ordered[k]]
		group += count[ordered[k]]
		if right := all - left; right < minRows || right < groupRows {
			break
		}
		if left >= minRows && group >= groupRows {
			group = 0
			sets = append(sets, slices.Clone(ordered[:k+1]))
		}
	}
	return sets
}

func naiveLook(t *table, of []int32, pairs []pair, opt Options) naiveSplit {
	var best naiveSplit
	objective := func(p pair, l2 float64) float64 {
		g := math.Copysign(math.Max(0, math.Abs(p.g)-opt.L1), p.g)
		return g * g / (p.h + l2)
	}
	var total pair
	for _, i := range of {
		total.g += pairs[i].g
		total.h += pairs[i].h
	}
	for f, col := range t.cols {
		l2 := opt.L2
		if t.bins[f].kinds > fewKinds {
			l2 += categoryL2
		}
		for _, set := range candidates(t, f, of, pairs, opt.MinRows) {
			var left pair
			var goes []int32
			var in [256]bool
			for _, bin := range set {
				in[bin] = true
			}
			for _, i := range of {
				if in[col[i]] {
					left.g += pairs[i].g
					left.h += pairs[i].h
					goes = append(goes, i)
				}
			}
			right := pair{total.g - left.g, total.h - left.h}
			if len(goes) < opt.MinRows || len(of)-len(goes) < opt.MinRows || left.h < opt.MinHessian || right.h < opt.MinHessian {
				continue
			}
			if gain := objective(left, l2) + objective(right, l2) - objective(total, opt.L2); gain > opt.MinGain && gain > best.gain*(1+1e-9) {
				best = naiveSplit{gain, goes}
			}
		}
	}
	return best
}

// TestGrowingAgainstNaive grows whole trees and looks at every split again with
// the naive search. The hessian being 1, rows are counted exactly.
func TestGrowingAgainstNaive(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]Options{
		"plain":     {MinRows: 1},
		"penalties": {MinRows: 15, L1: 2, L2: 3},
		"min gain":  {MinRows: 5, MinGain: 4, Depth: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt.Loss, opt.Leaves, opt.Rate, opt.Trees = SquaredError, 9, 0.3, 1
			s, table, opt := binned(t, 1200, 12, opt)
			random := stats.Stream(4)
			for i := range s.y {
				s.y[i] += random.NormFloat64()
			}
			b := newBooster(s, table, opt, sizes{trees: 1, leaves: 9, rate: 0.3}, rows(0, s.train), nil)
			b.round()
			checkTree(t, b, opt)
		})
	}
}

// checkTree walks the rows down the first tree and checks each split and value.
func checkTree(t *testing.T, b *booster, opt Options) {
	t.Helper()
	splits := 0
	var check func(n int, of []int32, l2 float64, depth int)
	check = func(k int, of []int32, l2 float64, depth int) {
		n := &b.trees[0].nodes[k]
		if n.cover != float64(len(of)) {
			t.Errorf("node %d covers %v rows, want %d", k, n.cover, len(of))
		}
		if n.column < 0 {
			var p pair
			for _, i := range of {
				p.g, p.h = p.g+b.pairOf(i).g, p.h+b.pairOf(i).h
			}
			want := -soften(p.g, opt.L1) / (p.h + l2) * b.sizes.rate
			if math.Abs(n.value-want) > 1e-12 {
				t.Errorf("leaf %d is %v, want %v", k, n.value, want)
			}
			return
		}
		splits++
		if depth >= opt.Depth {
			t.Errorf("node %d is split at depth %d", k, depth)
		}
		want := naiveLook(b.table, of, pairsOf(b), opt)
		var left, right []int32
		for _, i := range of {
			if n.goes[b.table.cols[n.column][i]] == 1 {
				left = append(left, i)
			} else {
				right = append(right, i)
			}
		}
		if math.Abs(n.split.gain-want.gain) > 1e-4*want.gain {
			t.Errorf("node %d of %d rows gains %v, the naive search %v", k, len(of), n.split.gain, want.gain)
		}
		check(n.left, left, n.split.l2, depth+1)
		check(n.right, right, n.split.l2, depth+1)
	}
	check(0, b.learn, opt.L2, 0)
	if splits < 3 {
		t.Errorf("only %d splits were compared", splits)
	}
}

// TestMissingAloneIsASplit: all values left, missing right, by an infinite bound.
func TestMissingAloneIsASplit(t *testing.T) {
	t.Parallel()
	var in sorter
	b, ok := newBinning(0, features.Column{}, []float64{5, 5, 5, math.NaN(), math.NaN()}, &in)
	if !ok || b.bins != 1 || !math.IsInf(b.bounds[0], 1) {
		t.Errorf("bins %d, bounds %v", b.bins, b.bounds)
	}
}

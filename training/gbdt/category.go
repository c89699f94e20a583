package gbdt

import (
	"cmp"
	"math"
	"slices"
)

// How categories are split, as LightGBM does it, besides toldApart.
const (
	fewKinds     = 4   // up to so many: one against the rest
	smooth       = 10  // hessian added to a category's when they are put in order
	categoryL2   = 10  // penalty on the sides of an ordered split besides L2
	mostTogether = 32  // categories on one side, at most
	groupRows    = 100 // rows of a step along the order, and of the other side
)

// toldApart returns how many rows of a node a category needs to be put in order
// with the others; those with fewer stay together, on the right. Fewer would let
// the order, which is made from the outcomes that the split is judged by, follow
// chance. LightGBM has 10 whatever the rows; on tables of 20,000 to 1,000,000 rows
// with 1,000 levels the best was near √rows ÷ 4, and worth up to .006 of AUC.
func toldApart(rows int) int {
	return int(math.Min(250, math.Max(10, math.Sqrt(float64(rows))/4)))
}

// categories looks for a set of categories to send left.
func (s *search) categories(h *[256]uint64, column int, b *binning, best *split) {
	var room [256]int
	list := room[:0]
	for bin := range b.bins {
		if h[bin] != 0 {
			list = append(list, bin)
		}
	}
	if h[missingBin] != 0 {
		list = append(list, missingBin)
	}
	if b.kinds <= fewKinds {
		s.oneAgainstRest(h, list, column, b, best)
		return
	}
	list = slices.DeleteFunc(list, func(bin int) bool { return s.rows(h[bin]) < s.told })
	var order [256]float64
	for _, bin := range list {
		order[bin] = float64(int32(h[bin]>>32)) * s.unit.g / (float64(float64(uint32(h[bin]))*s.unit.h) + smooth)
	}
	slices.SortFunc(list, func(x, y int) int { return cmp.Or(cmp.Compare(order[x], order[y]), x-y) })
	s.along(h, list, column, b, best)
	slices.Reverse(list)
	s.along(h, list, column, b, best)
}

func (s *search) oneAgainstRest(h *[256]uint64, list []int, column int, b *binning, best *split) {
	for k, bin := range list {
		left := h[bin]
		if uint32(left) >= s.floor && uint32(s.total-left) >= s.floor && s.consider(best, b, left, s.opt.L2) {
			best.sends(column, list[k:k+1])
		}
	}
}

// along sends longer and longer beginnings of the ordered categories left.
func (s *search) along(h *[256]uint64, list []int, column int, b *binning, best *split) {
	var left uint64
	group := 0
	for k := range min(len(list), mostTogether, (len(list)+1)/2) {
		left += h[list[k]]
		group += s.rows(h[list[k]])
		if uint32(left) < s.floor {
			continue
		}
		right := s.total - left
		if uint32(right) < s.floor || s.rows(right) < groupRows {
			break
		}
		if group < groupRows {
			continue
		}
		group = 0
		if s.consider(best, b, left, s.opt.L2+categoryL2) {
			best.sends(column, list[:k+1])
		}
	}
}

// sends records the bins that go left.
func (s *split) sends(column int, bins []int) {
	s.column, s.levels, s.set, s.missingLeft = column, true, [4]uint64{}, false
	for _, bin := range bins {
		if bin == missingBin {
			s.missingLeft = true
		} else {
			s.set[bin/64] |= 1 << (bin % 64)
		}
	}
}

package gbdt

// partition parts a leaf's rows in place by their bin, each side keeping its
// order, and returns how many go left.
//
//	order = [left, ascending | right, ascending]
func (g *grower) partition(order []int32, col []uint8, goes *[256]uint8) int {
	n := len(order)
	shares := sharesOf(g.workers, n)
	left, right := g.left[:n], g.right[:n]
	ends := make([]int, shares+1) // rows that go left before each share
	counts := make([]int, shares)
	each(shares, shares, func(k int) {
		from, to := k*n/shares, (k+1)*n/shares
		counts[k] = part(order[from:to], left[from:to], right[from:to], col, goes)
	})
	for k, c := range counts {
		ends[k+1] = ends[k] + c
	}
	each(shares, shares, func(k int) {
		from, to := k*n/shares, (k+1)*n/shares
		copy(order[ends[k]:], left[from:from+counts[k]])
		copy(order[ends[shares]+from-ends[k]:], right[from:to-counts[k]])
	})
	return ends[shares]
}

// part writes every row to both sides and moves on the one it belongs to, so
// that nothing is guessed.
func part(order, left, right []int32, col []uint8, goes *[256]uint8) int {
	left, right = left[:len(order)], right[:len(order)]
	l, r := 0, 0
	for _, row := range order {
		toLeft := int(goes[col[row]])
		left[l], right[r] = row, row
		l += toLeft
		r += 1 - toLeft
	}
	return l
}

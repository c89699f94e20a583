package gbdt

// partition parts a leaf's rows in place by their bin, each side keeping its
// order, and returns how many go left.
//
//	order = [left, ascending | right, ascending]
func (g *grower) partition(order []int32, col []uint8, goes *[256]uint8) int {
	n := len(order)
	shares := sharesOf(g.workers, n)
	if shares == 1 {
		left := part(order, g.right[:n], col, goes)
		copy(order[left:], g.right)
		return left
	}
	counts := make([]int, shares) // rows of each share that go left
	each(shares, shares, func(k int) {
		from, to := k*n/shares, (k+1)*n/shares
		counts[k] = part(order[from:to], g.right[from:to], col, goes)
	})
	left := 0
	for k, c := range counts {
		from := k * n / shares
		copy(order[left:], order[from:from+c])
		left += c
	}
	at := left
	for k, c := range counts {
		from, to := k*n/shares, (k+1)*n/shares
		at += copy(order[at:], g.right[from:to-c])
	}
	return left
}

// part moves the rows that go left to the front, in place, and the others to
// right. Every row is written to both and counted on the side it belongs to, so
// that nothing is guessed; what is written to the front lies behind what is read.
func part(order, right []int32, col []uint8, goes *[256]uint8) int {
	right = right[:len(order)]
	l := 0
	for k, row := range order {
		order[l], right[k-l] = row, row
		l += int(goes[col[row]])
	}
	return l
}

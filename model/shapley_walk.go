package model

// walker explains rows tree by tree, without tables: the product over the features
// on the way, at the points of integration, is carried down the tree, and the
// leaves' share of the integral comes back up. The time is in proportion to the
// nodes times the points; Yu, Bifet, Read and Xu, "Linear TreeShap" (2022), with
// points of Gauss and Legendre, where all terms are positive, in place of theirs.
type walker struct {
	trees           *Trees
	row, phi        []float64
	points, weights []float64
	zero            []float64   // of each column: share of the training rows on the way so far
	one             []bool      // of each column: whether the row is on the way so far
	product         [][]float64 // at the points, by depth
	sum             [][]float64 // of the leaves' values times their products, by depth
}

func newWalker(t *Trees) *walker {
	deepest := 0
	for _, d := range t.depths {
		deepest = max(deepest, int(d))
	}
	w := &walker{trees: t, zero: make([]float64, len(t.levels)), one: make([]bool, len(t.levels))}
	for j := range w.zero {
		w.zero[j], w.one[j] = 1, true
	}
	w.points, w.weights = gaussLegendre(points(min(deepest, len(t.levels))))
	for range deepest + 1 {
		w.product = append(w.product, make([]float64, len(w.points)))
		w.sum = append(w.sum, make([]float64, len(w.points)))
	}
	for q := range w.product[0] {
		w.product[0][q] = 1
	}
	return w
}

// tree adds the Shapley values of one tree to phi.
func (w *walker) tree(root int32, row, phi []float64) {
	w.row, w.phi = row, phi
	w.node(root, 0)
}

// node fills w.sum[depth] for the subtree under n and adds to phi what its splits
// are worth.
func (w *walker) node(n int32, depth int) {
	t := w.trees
	sum := w.sum[depth]
	if t.Feature[n] < 0 {
		for q, p := range w.product[depth] {
			sum[q] = t.Value[n] * p
		}
		return
	}
	next := t.next(n, w.row)
	left, right := t.Left[n], t.Right[n]
	share := t.Cover[left] / (t.Cover[left] + t.Cover[right])
	w.side(n, left, depth, share, next == left)
	copy(sum, w.sum[depth+1])
	w.side(n, right, depth, 1-share, next == right)
	for q, v := range w.sum[depth+1] {
		sum[q] += v
	}
}

// side walks one side of split n, which a share of the training rows takes. The
// leaves below count for the column with all its splits on the way, so that what
// the way so far has counted is taken back.
func (w *walker) side(n, child int32, depth int, share float64, taken bool) {
	j := w.trees.Feature[n]
	zero, one := w.zero[j], w.one[j]
	w.zero[j], w.one[j] = zero*share, one && taken
	into := w.product[depth+1]
	for q, t := range w.points {
		into[q] = w.product[depth][q] * factor(t, w.zero[j], w.one[j]) / factor(t, zero, one)
	}
	w.node(child, depth+1)
	var phi float64
	for q, t := range w.points {
		phi += w.weights[q] * w.sum[depth+1][q] * (worth(t, w.zero[j], w.one[j]) - worth(t, zero, one))
	}
	w.phi[j] += phi
	w.zero[j], w.one[j] = zero, one
}

// worth is (o - z) / (t o + (1-t) z).
func worth(t, zero float64, one bool) float64 {
	if one {
		return (1 - zero) / factor(t, zero, one)
	}
	return -zero / factor(t, zero, one)
}

package model

// plainShapley is the slow twin of shapley: it adds to phi the exact path-dependent Shapley values of the sum of the
// leaf values: Lundberg, Erion and Lee, "Consistent Individualized Feature
// Attribution for Tree Ensembles" (2018), algorithm 2. A feature that is not
// known sends a row down both sides, weighted by their covers.
func (t *Trees) plainShapley(row, phi []float64) {
	deepest := int32(0)
	for _, d := range t.depths {
		deepest = max(deepest, d)
	}
	width := int(deepest) + 2
	w := pathWalk{trees: t, row: row, phi: phi, steps: make([]pathStep, width*(width+1)/2), inverse: make([]float64, width+2)}
	for i := 1; i < len(w.inverse); i++ {
		w.inverse[i] = 1 / float64(i)
	}
	for _, root := range t.Roots {
		w.node(root, 0, 0, pathStep{feature: Leaf, zero: 1, one: 1})
	}
}

// pathStep is one feature on the way to a node: zero is the share of rows that
// come this way when the feature is not known, one is 1 if this row does, and
// weight holds the sums over subsets of the features so far, by size.
type pathStep struct {
	feature           int32
	zero, one, weight float64
}

type pathWalk struct {
	trees *Trees
	row   []float64
	phi   []float64
	steps []pathStep // a stack of paths, each depth's copy after its parent's

	inverse []float64 // inverse[i] = 1/i, because dividing is slow
}

// node walks the subtree under n. The parent's path is steps[at : at+length];
// this node's is a copy of it, placed after it and extended by add.
func (w *pathWalk) node(n int32, at, length int, add pathStep) {
	path := w.steps[at+length : at+length+length+1]
	copy(path, w.steps[at:at+length])
	extend(path, add)
	at, length = at+length, length+1

	t := w.trees
	if t.Feature[n] < 0 {
		w.leaf(path[:length], t.Value[n])
		return
	}
	hot := t.next(n, w.row)
	cold := t.Left[n]
	if hot == cold {
		cold = t.Right[n]
	}
	zero, one := 1.0, 1.0
	for i := 1; i < length; i++ {
		if path[i].feature == t.Feature[n] { // the feature comes again: undo its first step
			zero, one = path[i].zero, path[i].one
			unwind(path, i)
			length--
			break
		}
	}
	cover := t.Cover[t.Left[n]] + t.Cover[t.Right[n]]
	w.node(hot, at, length, pathStep{feature: t.Feature[n], zero: zero * t.Cover[hot] / cover, one: one})
	w.node(cold, at, length, pathStep{feature: t.Feature[n], zero: zero * t.Cover[cold] / cover})
}

// leaf adds what a leaf's value says of each step that leads to it. The sum of
// the weights without a step that this row does not take is the same for all
// such steps but for their zero, by which it is multiplied in turn.
func (w *pathWalk) leaf(path []pathStep, value float64) {
	last := len(path) - 1
	var cold float64
	for j := range last {
		cold += path[j].weight * w.inverse[last-j]
	}
	cold *= float64(last+1) * -value
	for i := 1; i <= last; i++ {
		step := &path[i]
		if step.one == 0 {
			w.phi[step.feature] += cold
		} else {
			w.phi[step.feature] += w.unwoundSum(path, step.zero) * (1 - step.zero) * value
		}
	}
}

// extend makes add the last step of path, whose last place is free.
func extend(path []pathStep, add pathStep) {
	last := len(path) - 1
	if last == 0 {
		add.weight = 1
	}
	path[last] = add
	part := 1 / float64(last+1)
	for i := last - 1; i >= 0; i-- {
		path[i+1].weight += add.one * path[i].weight * float64(i+1) * part
		path[i].weight = add.zero * path[i].weight * float64(last-i) * part
	}
}

// unwind takes step i out of the path; the last place is free afterwards.
func unwind(path []pathStep, i int) {
	last := len(path) - 1
	one, zero := path[i].one, path[i].zero
	next := path[last].weight
	for j := last - 1; j >= 0; j-- {
		if one != 0 {
			was := path[j].weight
			path[j].weight = next * float64(last+1) / (float64(j+1) * one)
			next = was - path[j].weight*zero*float64(last-j)/float64(last+1)
		} else {
			path[j].weight = path[j].weight * float64(last+1) / (zero * float64(last-j))
		}
	}
	for j := i; j < last; j++ {
		path[j].feature, path[j].zero, path[j].one = path[j+1].feature, path[j+1].zero, path[j+1].one
	}
}

// unwoundSum is the sum of the weights the path would have without a step that
// the row takes, one being 1.
func (w *pathWalk) unwoundSum(path []pathStep, zero float64) float64 {
	last := len(path) - 1
	inverse := w.inverse[:last+2]
	all, share := float64(last+1), zero*inverse[last+1]
	next := path[last].weight
	var sum float64
	for j := last - 1; j >= 0; j-- {
		part := next * all * inverse[j+1]
		sum += part
		next = path[j].weight - part*share*float64(last-j)
	}
	return sum
}

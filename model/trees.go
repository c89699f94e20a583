package model

import (
	"math"

	"holdfast/features"
	"holdfast/internal/fault"
)

// Trees holds any number of binary trees as parallel arrays with one entry per
// node. A tree is the run of nodes from its root to the next root; children come
// after their parent, so that a walk always ends.
//
//	numeric:      x <= Threshold goes left, more goes right
//	categorical:  a level in the node's set goes left, any other right
//	missing:      NaN goes left if MissingLeft, else right
//	zero missing: if ZeroMissing, numbers within 1e-35 of zero go where NaN goes
type Trees struct {
	Roots       []int32   // first node of each tree, rising, starting at 0
	Feature     []int32   // column of the schema; -1 marks a leaf
	Threshold   []float64 // of numeric splits
	Left, Right []int32   // node numbers; 0 in leaves
	MissingLeft []bool
	ZeroMissing []bool    // numeric splits of models read from LightGBM text; false elsewhere
	Set         []int32   // categorical: first word of the node's set in Sets; -1 otherwise
	Sets        []uint64  // bit l of the set is level l; each set has as many words as the levels need
	Value       []float64 // leaf: probability (forest) or log-odds (boosted); 0 elsewhere
	Cover       []float64 // weight of the training rows that came through the node
	Base        float64   // boosted: the log-odds to which the leaves are added; forest: 0

	levels []int32   // levels of the schema, by column
	means  []float64 // cover-weighted mean value below each node
	depths []int32   // edges below each node's tree's root to its deepest leaf, by tree
}

// Leaf marks a leaf in Trees.Feature.
const Leaf = -1

// AddLeaf appends a leaf and returns its number.
func (t *Trees) AddLeaf(value, cover float64) int32 {
	return t.add(Leaf, 0, -1, false, value, cover)
}

// AddSplit appends a numeric split and returns its number. Its children are set
// afterwards by Join.
func (t *Trees) AddSplit(feature int, threshold float64, missingLeft bool, cover float64) int32 {
	return t.add(int32(feature), threshold, -1, missingLeft, 0, cover)
}

// AddSetSplit appends a categorical split that sends the levels given in set, one
// bit each, to the left, and returns its number.
func (t *Trees) AddSetSplit(feature int, set []uint64, missingLeft bool, cover float64) int32 {
	at := int32(len(t.Sets))
	t.Sets = append(t.Sets, set...)
	return t.add(int32(feature), 0, at, missingLeft, 0, cover)
}

// Join sets the children of a split.
func (t *Trees) Join(node, left, right int32) { t.Left[node], t.Right[node] = left, right }

// Append copies the trees of other, which were added to an empty Trees, behind
// those of t. A lone tree needs no root entry.
func (t *Trees) Append(other *Trees) {
	nodes, words := int32(len(t.Feature)), int32(len(t.Sets))
	roots := other.Roots
	if len(roots) == 0 {
		roots = []int32{0}
	}
	for _, r := range roots {
		t.Roots = append(t.Roots, nodes+r)
	}
	for n, f := range other.Feature {
		set, l, r := other.Set[n], other.Left[n], other.Right[n]
		if set >= 0 {
			set += words
		}
		at := t.add(f, other.Threshold[n], set, other.MissingLeft[n], other.Value[n], other.Cover[n])
		t.ZeroMissing[at] = other.ZeroMissing[n]
		if f >= 0 {
			t.Join(at, nodes+l, nodes+r)
		}
	}
	t.Sets = append(t.Sets, other.Sets...)
}

// SetWords returns how many words a set over so many levels takes.
func SetWords(levels int) int { return max(1, (levels+63)/64) }

func (t *Trees) add(feature int32, threshold float64, set int32, missingLeft bool, value, cover float64) int32 {
	t.Feature = append(t.Feature, feature)
	t.Threshold = append(t.Threshold, threshold)
	t.Left = append(t.Left, 0)
	t.Right = append(t.Right, 0)
	t.MissingLeft = append(t.MissingLeft, missingLeft)
	t.ZeroMissing = append(t.ZeroMissing, false)
	t.Set = append(t.Set, set)
	t.Value = append(t.Value, value)
	t.Cover = append(t.Cover, cover)
	return int32(len(t.Feature) - 1)
}

// sum adds the leaf values of all trees, in order.
func (t *Trees) sum(row []float64) float64 {
	var sum float64
	for _, n := range t.Roots {
		for t.Feature[n] >= 0 {
			n = t.next(n, row)
		}
		sum += t.Value[n]
	}
	return sum
}

// next returns the child that the row goes to from split n.
func (t *Trees) next(n int32, row []float64) int32 {
	x := row[t.Feature[n]]
	left := t.MissingLeft[n]
	if set := t.Set[n]; !math.IsNaN(x) && !(t.ZeroMissing[n] && isZero(x)) {
		if set < 0 {
			left = x <= t.Threshold[n]
		} else {
			level := Level(x, int(t.levels[t.Feature[n]]))
			left = t.Sets[int(set)+level/64]>>(level%64)&1 == 1
		}
	}
	if left {
		return t.Left[n]
	}
	return t.Right[n]
}

// zeroBound is the largest magnitude that counts as zero where ZeroMissing is
// set: LightGBM's 1e-35 in single precision.
const zeroBound = float64(float32(1e-35))

func isZero(x float64) bool { return x >= -zeroBound && x <= zeroBound }

// expected returns the sum over the trees of the mean leaf value, weighted by cover.
func (t *Trees) expected() float64 {
	var sum float64
	for _, r := range t.Roots {
		sum += t.means[r]
	}
	return sum
}

// validate checks that every walk ends in a leaf of the same tree with a usable
// value, and prepares the derived arrays.
func (t *Trees) validate(s features.Schema, probabilities bool) error {
	if t == nil || len(t.Roots) == 0 || len(t.Feature) == 0 {
		return fault.New(fault.Invalid, "a tree model needs at least one tree")
	}
	n := len(t.Feature)
	for _, l := range []int{len(t.Threshold), len(t.Left), len(t.Right), len(t.MissingLeft), len(t.ZeroMissing), len(t.Set), len(t.Value), len(t.Cover)} {
		if l != n {
			return fault.New(fault.Invalid, "the trees have %d nodes in one array and %d in another", n, l)
		}
	}
	if !finite(t.Base) || (probabilities && t.Base != 0) {
		return fault.New(fault.Invalid, "the trees start from %v", t.Base)
	}
	t.levels = make([]int32, len(s.Columns))
	for j, c := range s.Columns {
		t.levels[j] = int32(len(c.Levels))
	}
	t.means = make([]float64, n)
	t.depths = make([]int32, len(t.Roots))
	for i, root := range t.Roots {
		end := int32(n)
		if i+1 < len(t.Roots) {
			end = t.Roots[i+1]
		}
		if (i == 0 && root != 0) || root >= end || end > int32(n) {
			return fault.New(fault.Invalid, "tree %d starts at node %d and ends before node %d", i, root, end)
		}
		depth, err := t.validateTree(s, root, end, probabilities)
		if err != nil {
			return err
		}
		t.depths[i] = depth
	}
	return nil
}

// validateTree checks nodes [root, end) and returns the depth of the tree.
func (t *Trees) validateTree(s features.Schema, root, end int32, probabilities bool) (int32, error) {
	height := make([]int32, end-root)
	reached := make([]bool, end-root)
	reached[0] = true
	for n := end - 1; n >= root; n-- { // children before parents
		if err := t.validateNode(s, n, end, probabilities); err != nil {
			return 0, err
		}
		if t.Feature[n] < 0 {
			t.means[n] = t.Value[n]
			continue
		}
		l, r := t.Left[n], t.Right[n]
		if l == r || reached[l-root] || reached[r-root] {
			return 0, fault.New(fault.Invalid, "a child of node %d has two parents", n)
		}
		reached[l-root], reached[r-root] = true, true
		height[n-root] = 1 + max(height[l-root], height[r-root])
		share := t.Cover[l] / (t.Cover[l] + t.Cover[r])
		t.means[n] = float64(share*t.means[l]) + float64((1-share)*t.means[r])
	}
	for k, ok := range reached {
		if !ok {
			return 0, fault.New(fault.Invalid, "node %d has no parent", int(root)+k)
		}
	}
	return height[0], nil
}

func (t *Trees) validateNode(s features.Schema, n, end int32, probabilities bool) error {
	bad := func(what string) error { return fault.New(fault.Invalid, "node %d of the trees %s", n, what) }
	if !(t.Cover[n] > 0) || math.IsInf(t.Cover[n], 0) {
		return bad("has no cover")
	}
	f := t.Feature[n]
	switch {
	case f == Leaf && probabilities && !(t.Value[n] > 0 && t.Value[n] < 1):
		return bad("is a leaf whose value is not strictly between 0 and 1")
	case f == Leaf && !finite(t.Value[n]):
		return bad("is a leaf without a finite value")
	case f == Leaf:
		return nil
	case f < 0 || int(f) >= len(s.Columns):
		return bad("splits on a column that the schema does not have")
	case t.Left[n] <= n || t.Right[n] <= n || t.Left[n] >= end || t.Right[n] >= end:
		return bad("has a child outside its tree")
	case t.Set[n] >= 0 && (s.Columns[f].Kind != features.Categorical || int(t.Set[n])+SetWords(int(t.levels[f])) > len(t.Sets)):
		return bad("has a set of levels that does not fit its column")
	case t.Set[n] < 0 && math.IsNaN(t.Threshold[n]):
		return bad("has no threshold")
	case t.Set[n] >= 0 && t.ZeroMissing[n]:
		return bad("counts a level as missing")
	}
	return nil
}

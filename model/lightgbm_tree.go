package model

import (
	"math"
	"math/bits"
	"strconv"

	"holdfast/features"
	"holdfast/internal/fault"
)

// The bits of decision_type: the lowest marks a split on categories, the second
// sends missing values left, the next two say what counts as missing.
const (
	decisionCategory = 1 << iota
	decisionLeft
	missingZero // zeros and NaN
	missingNaN  // NaN alone; with neither bit NaN is taken for 0
)

// lightGBMNodes is one tree as LightGBM numbers it: splits from 0 on with their
// children, where -1 is leaf 0, -2 leaf 1 and so on.
type lightGBMNodes struct {
	part                                string
	leaves, categories                  int
	feature, decision, left, right      []int64
	leafCount, splitCount               []int64
	threshold, leafValue                []float64
	leafWeight, splitWeight, splitValue []float64 // of trees that WriteLightGBM writes
	bounds, words                       []int64   // sets of categories: 32 to a word
	used                                int       // splits reached from the root
	seen                                []bool    // leaves reached
}

// readLightGBMTree reads the text of one tree over so many columns. Ours says that
// holdfast wrote it.
func readLightGBMTree(part string, text []byte, columns int, ours bool) (*lightGBMNodes, error) {
	f, err := fields(part, text)
	if err != nil {
		return nil, err
	}
	n := &lightGBMNodes{part: part}
	if n.leaves, err = f.one("num_leaves", 1, int64(len(text))); err != nil {
		return nil, err
	}
	if _, given := f.values["is_linear"]; given {
		if linear, err := f.one("is_linear", 0, 1); err != nil || linear != 0 {
			return nil, fault.New(fault.Invalid, "%s has linear leaves, which holdfast does not score: train with linear_tree=false", part)
		}
	}
	if n.leafValue, err = f.floats("leaf_value", n.leaves); err != nil {
		return nil, err
	}
	for i, v := range n.leafValue {
		if !finite(v) {
			return nil, fault.New(fault.Invalid, "%s has %v as the value of leaf %d", part, v, i)
		}
	}
	if n.leaves == 1 {
		n.leafCount = []int64{1} // older versions leave it out, and it makes no difference
		if ours {
			n.leafWeight, err = f.floats("leaf_weight", 1)
		}
		return n, err
	}
	if err := n.readSplits(&f, columns); err != nil {
		return nil, err
	}
	if err := n.readSets(&f); err != nil {
		return nil, err
	}
	return n, n.readCounts(&f, ours)
}

func (n *lightGBMNodes) readSplits(f *textFields, columns int) (err error) {
	splits := n.leaves - 1
	read := func(into *[]int64, key string, low, high int64) {
		if err == nil {
			*into, err = f.ints(key, splits, low, high)
		}
	}
	read(&n.feature, "split_feature", 0, int64(columns)-1)
	read(&n.decision, "decision_type", 0, 11)
	read(&n.left, "left_child", -int64(n.leaves), int64(splits)-1)
	read(&n.right, "right_child", -int64(n.leaves), int64(splits)-1)
	if err != nil {
		return err
	}
	n.threshold, err = f.floats("threshold", splits)
	return err
}

func (n *lightGBMNodes) readSets(f *textFields) (err error) {
	if n.categories, err = f.one("num_cat", 0, int64(n.leaves)-1); err != nil || n.categories == 0 {
		return err
	}
	if n.bounds, err = f.ints("cat_boundaries", n.categories+1, 0, math.MaxInt32); err != nil {
		return err
	}
	for i, b := range n.bounds {
		if (i == 0 && b != 0) || (i > 0 && b < n.bounds[i-1]) {
			return fault.New(fault.Invalid, "%s has cat_boundaries that do not rise from 0", n.part)
		}
	}
	n.words, err = f.ints("cat_threshold", int(n.bounds[n.categories]), 0, math.MaxUint32)
	return err
}

// readCounts reads how many training rows came through each leaf and split, and
// from a text of ours the weights of those rows.
func (n *lightGBMNodes) readCounts(f *textFields, ours bool) (err error) {
	if n.leafCount, err = f.ints("leaf_count", n.leaves, 0, math.MaxInt32); err != nil {
		return err
	}
	if n.splitCount, err = f.ints("internal_count", n.leaves-1, 0, math.MaxInt32); err != nil || !ours {
		return err
	}
	if n.leafWeight, err = f.floats("leaf_weight", n.leaves); err != nil {
		return err
	}
	n.splitWeight, err = f.floats("internal_weight", n.leaves-1)
	return err
}

// addTo appends the tree to t, whose columns are named in schema; codes gives
// each categorical column's level of each category.
func (n *lightGBMNodes) addTo(t *Trees, schema features.Schema, codes []map[int64]int) error {
	t.Roots = append(t.Roots, int32(len(t.Feature)))
	if n.leaves == 1 {
		_, err := n.addLeaf(t, 0)
		return err
	}
	n.seen = make([]bool, n.leaves)
	if _, _, err := n.add(t, 0, schema, codes); err != nil {
		return err
	}
	if n.used != n.leaves-1 {
		return fault.New(fault.Invalid, "%s has %d splits of which %d hang together", n.part, n.leaves-1, n.used)
	}
	return nil
}

// add appends child k and what hangs below it, and returns its node and count.
func (n *lightGBMNodes) add(t *Trees, k int64, schema features.Schema, codes []map[int64]int) (node int32, count int64, err error) {
	if k < 0 {
		leaf := -k - 1
		if n.seen[leaf] {
			return 0, 0, fault.New(fault.Invalid, "%s has a leaf with two parents", n.part)
		}
		n.seen[leaf] = true
		node, err = n.addLeaf(t, leaf)
		return node, n.leafCount[leaf], err
	}
	if n.used++; n.used >= n.leaves {
		return 0, 0, fault.New(fault.Invalid, "%s has a split with two parents", n.part)
	}
	if node, err = n.addSplit(t, k, schema, codes); err != nil {
		return 0, 0, err
	}
	left, leftCount, err := n.add(t, n.left[k], schema, codes)
	if err != nil {
		return 0, 0, err
	}
	right, rightCount, err := n.add(t, n.right[k], schema, codes)
	if err != nil {
		return 0, 0, err
	}
	if count = n.splitCount[k]; leftCount+rightCount != count {
		return 0, 0, fault.New(fault.Invalid, "%s counts %d rows in split %d and %d + %d below it: the file is damaged or was edited",
			n.part, count, k, leftCount, rightCount)
	}
	t.Join(node, left, right)
	return node, count, nil
}

func (n *lightGBMNodes) addLeaf(t *Trees, leaf int64) (int32, error) {
	cover := float64(n.leafCount[leaf])
	if n.leafWeight != nil {
		cover = n.leafWeight[leaf]
	}
	if !(cover > 0) {
		return 0, fault.New(fault.Invalid, "%s has no rows in leaf %d, so that what a feature adds cannot be said", n.part, leaf)
	}
	return t.AddLeaf(n.leafValue[leaf], cover), nil
}

func (n *lightGBMNodes) addSplit(t *Trees, k int64, schema features.Schema, codes []map[int64]int) (int32, error) {
	column, threshold, decision := int(n.feature[k]), n.threshold[k], n.decision[k]
	cover := float64(n.splitCount[k])
	if n.splitWeight != nil {
		cover = n.splitWeight[k]
	}
	category := schema.Columns[column].Kind == features.Categorical
	if category != (decision&decisionCategory != 0) {
		as, is := "categories", "a number"
		if category {
			as, is = "a number", "a category"
		}
		return 0, fault.New(fault.Invalid, "%s splits %.60q as %s and it is %s", n.part, schema.Columns[column].Name, as, is)
	}
	if category {
		set, err := n.set(k, len(schema.Columns[column].Levels), codes[column])
		if err != nil {
			return 0, err
		}
		return t.AddSetSplit(column, set, false, cover), nil // LightGBM sends a missing category right
	}
	left := decision&decisionLeft != 0
	if decision&(missingZero|missingNaN) == 0 {
		left = 0 <= threshold
	}
	node := t.AddSplit(column, threshold, left, cover)
	t.ZeroMissing[node] = decision&missingZero != 0
	return node, nil
}

// eachCategory calls each with every category in the set of split k.
func (n *lightGBMNodes) eachCategory(k int64, each func(code int64)) error {
	i := n.threshold[k]
	if i != math.Trunc(i) || i < 0 || i >= float64(n.categories) {
		return fault.New(fault.Invalid, "%s has %s as the set of split %d and %d sets", n.part,
			strconv.FormatFloat(i, 'g', -1, 64), k, n.categories)
	}
	from, to := n.bounds[int(i)], n.bounds[int(i)+1]
	for at, w := range n.words[from:to] {
		for w := uint32(w); w != 0; w &= w - 1 {
			each(int64(32*at + bits.TrailingZeros32(w)))
		}
	}
	return nil
}

// set translates the categories of split k to a set of levels.
func (n *lightGBMNodes) set(k int64, levels int, codes map[int64]int) ([]uint64, error) {
	set := make([]uint64, SetWords(levels))
	var unknown error
	err := n.eachCategory(k, func(code int64) {
		level, ok := codes[code]
		if !ok {
			unknown = fault.New(fault.Invalid, "%s splits on category %d, which its column does not have", n.part, code)
			return
		}
		set[level/64] |= 1 << (level % 64)
	})
	if err != nil {
		return nil, err
	}
	return set, unknown
}

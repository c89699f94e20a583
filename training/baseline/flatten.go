package baseline

import (
	"strconv"

	"github.com/sjwhitworth/golearn/trees"

	"holdfast/internal/fault"
	"holdfast/model"
)

// smoothing is the weight, in rows, of the training rate in each leaf: leaves of
// a few rows do not claim certainty.
const smoothing = 2

// flattener copies golearn's trees into the model's form.
type flattener struct {
	into *model.Trees
	bins []binning
	rate float64 // of leavers among the training rows
}

// tree copies one tree.
func (f *flattener) tree(root *trees.DecisionTreeNode) error {
	f.into.Roots = append(f.into.Roots, int32(len(f.into.Feature)))
	_, err := f.node(root)
	return err
}

// node copies the subtree under n, parents before children, and returns its number.
func (f *flattener) node(n *trees.DecisionTreeNode) (int32, error) {
	cover := float64(n.ClassDist[stayed] + n.ClassDist[left])
	if n.Children == nil {
		share := (float64(n.ClassDist[left]) + float64(smoothing*f.rate)) / (cover + smoothing)
		return f.into.AddLeaf(share, cover), nil
	}
	// golearn keys the children of a numeric split "0" (x <= SplitVal) and "1".
	below, above := n.Children["0"], n.Children["1"]
	switch {
	case below == nil && above == nil:
		return 0, fault.New(fault.Internal, "golearn made a split without children")
	case below == nil:
		return f.node(above)
	case above == nil:
		return f.node(below)
	}
	column, err := strconv.Atoi(n.SplitRule.SplitAttr.GetName())
	if err != nil || column < 0 || column >= len(f.bins) {
		return 0, fault.New(fault.Internal, "golearn split on %q, which is no column", n.SplitRule.SplitAttr.GetName())
	}
	at := f.split(column, int(n.SplitRule.SplitVal), cover, below, above)
	l, err := f.node(below)
	if err != nil {
		return 0, err
	}
	r, err := f.node(above)
	if err != nil {
		return 0, err
	}
	f.into.Join(at, l, r)
	return at, nil
}

// split adds the split of a column after a code. A value that no training row
// lacked goes, if it is missing one day, where most rows went.
func (f *flattener) split(column, code int, cover float64, below, above *trees.DecisionTreeNode) int32 {
	b := &f.bins[column]
	most := below.ClassDist[stayed]+below.ClassDist[left] >= above.ClassDist[stayed]+above.ClassDist[left]
	if b.codes != nil {
		missingLeft := most
		if b.missing {
			missingLeft = b.codes[len(b.codes)-1] <= code
		}
		return f.into.AddSetSplit(column, b.set(code), missingLeft, cover)
	}
	return f.into.AddSplit(column, b.threshold(code), most && !b.missing, cover)
}

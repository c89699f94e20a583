package gbdt

import (
	"holdfast/model"
)

// export writes the first trees of a booster in the model's form, with real
// thresholds: the bounds of the bins, half-way between values seen.
func (b *booster) export(trees int) *model.Trees {
	out := &model.Trees{Base: b.base}
	for _, t := range b.trees[:trees] {
		first := int32(len(out.Feature))
		out.Roots = append(out.Roots, first)
		for k := range t.nodes {
			b.table.exportNode(out, &t.nodes[k])
		}
		for k, n := range t.nodes {
			if n.column >= 0 {
				out.Join(first+int32(k), first+int32(n.left), first+int32(n.right))
			}
		}
	}
	return out
}

func (t *table) exportNode(out *model.Trees, n *node) {
	if n.column < 0 {
		out.AddLeaf(n.value, n.cover)
		return
	}
	c, s := &t.bins[n.column], &n.split
	if !c.categorical() {
		out.AddSplit(c.column, c.bounds[s.until], s.missingLeft, n.cover)
		return
	}
	set := make([]uint64, model.SetWords(len(c.levels)))
	for level, bin := range c.levels {
		if s.set[bin/64]>>(bin%64)&1 == 1 {
			set[level/64] |= 1 << (level % 64)
		}
	}
	out.AddSetSplit(c.column, set, s.missingLeft, n.cover)
}

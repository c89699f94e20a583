package gbdt

import (
	"cmp"
	"slices"

	"holdfast/model"
)

// export writes the first trees of a booster in the model's form, behind those of
// the model that training went on from, with real thresholds: the bounds of the
// bins, half-way between values seen.
func (b *booster) export(trees int) *model.Trees {
	out := &model.Trees{Base: b.base}
	if from := b.opt.From; from != nil {
		out.Append(from.Trees())
	}
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

// importance says what the columns did in the first trees of a booster, and in
// those of the model that training went on from.
func (b *booster) importance(trees int) []model.Importance {
	schema := b.sample.schema
	list := make([]model.Importance, len(schema.Columns))
	for j, c := range schema.Columns {
		list[j].Column = c.Name
	}
	if from := b.opt.From; from != nil {
		for _, old := range from.Card().Importance {
			if j := schema.Index(old.Column); j >= 0 {
				list[j] = old
			}
		}
	}
	for _, t := range b.trees[:trees] {
		for _, n := range t.nodes {
			if n.column >= 0 {
				at := &list[b.table.bins[n.column].column]
				at.Gain += n.split.gain
				at.Splits++
			}
		}
	}
	list = slices.DeleteFunc(list, func(i model.Importance) bool { return i.Splits == 0 })
	slices.SortStableFunc(list, func(x, y model.Importance) int { return cmp.Compare(y.Gain, x.Gain) })
	return list
}

package gbdt

import (
	"math"
	"slices"
	"time"

	"holdfast/internal/stats"
)

// sizes are what is chosen.
type sizes struct {
	trees, leaves int
	rate          float64
	minRows       int     // 0: as the options say
	columnShare   float64 // 0: as the options say
	how           string  // a sentence for the card
}

// booster adds one tree after another to the margins of a sample's rows.
type booster struct {
	sample *sample
	table  *table
	opt    Options
	sizes  sizes
	learn  []int32 // rows to learn from, ascending
	held   []int32 // rows whose loss is watched
	base   float64
	grower *grower
	trees  []*tree
	rounds int    // trees tried
	purse  *purse // pays for all trees but the first; nil: there is no limit

	// By row:
	score     []float64 // margin
	predicted []float64 // the outcome that the margin of this round expects
	packed    []uint64  // derivatives
	leafOf    []uint16  // the last tree's leaf of a row that grew it

	sums []leafSum // room: of every block and leaf
}

// leafSum is what the rows of a leaf add up to.
type leafSum struct {
	pair
	cover float64
}

func newBooster(s *sample, t *table, opt Options, z sizes, learn, held []int32) *booster {
	b := &booster{
		sample: s, table: t, opt: opt, sizes: z, learn: learn, held: held,
		base: s.base(learn, opt.Loss), score: make([]float64, t.rows), predicted: make([]float64, t.rows),
		packed: make([]uint64, t.rows), leafOf: make([]uint16, t.rows),
	}
	onLargePages(b.packed)
	if z.minRows > 0 {
		b.opt.MinRows = z.minRows
	}
	if z.columnShare > 0 {
		b.opt.ColumnShare = z.columnShare
	}
	for i := range b.score {
		b.score[i] = b.base
	}
	if s.start != nil {
		b.base = opt.From.Trees().Base
		copy(b.score, s.start)
	}
	b.grower = newGrower(t, &b.opt, z.leaves, len(learn))
	b.grower.packed = b.packed
	return b
}

// price is what the next tree costs.
func (b *booster) price() time.Duration {
	columns := int(math.Ceil(b.opt.ColumnShare * float64(len(b.table.bins))))
	return cost(len(b.learn), len(b.held), columns, b.sizes.leaves)
}

// round grows one tree and adds it to the margins. It returns false when no
// further tree can be grown.
func (b *booster) round() bool {
	of, rest := b.bag(b.rounds)
	b.grower.draw(b.opt, b.rounds)
	absolute, hessian := b.derivatives(of)
	u := b.pack(of, absolute, hessian, b.rounds)
	b.rounds++
	t, leaves := b.grower.grow(of, u)
	if len(leaves) == 1 && len(b.trees) > 0 {
		return b.opt.RowShare < 1 || b.opt.ColumnShare < 1 // another draw may do better
	}
	b.value(t, leaves, of)
	b.add(t, leaves, of)
	b.walk(t, rest)
	b.walk(t, b.held)
	b.trees = append(b.trees, t)
	return len(leaves) > 1
}

// bag draws the rows of a round, each for itself, and returns the others too.
func (b *booster) bag(round int) (of, rest []int32) {
	if b.opt.RowShare >= 1 {
		return b.learn, nil
	}
	key := stats.Hash(b.opt.Seed, stats.HashString("bag"), uint64(round))
	for _, i := range b.learn {
		if float64(mix(key^uint64(i))>>11)*0x1p-53 < b.opt.RowShare {
			of = append(of, i)
		} else {
			rest = append(rest, i)
		}
	}
	if len(of) == 0 {
		return b.learn, nil
	}
	return of, rest
}

// draw draws the columns of a round.
func (g *grower) draw(opt Options, round int) {
	all := len(g.columns)
	need := int(math.Ceil(opt.ColumnShare * float64(all)))
	random := stats.Stream(opt.Seed, stats.HashString("columns"), uint64(round))
	clear(g.wanted)
	for f := range g.columns {
		g.columns[f] = opt.ColumnShare >= 1 || random.IntN(all-f) < need
		if g.columns[f] {
			need--
			g.wanted[f/tileColumns] = true
		}
	}
}

// value sets the leaves' values and covers from the exact sums over their rows,
// and the covers of the nodes above. The rows are added up in their own order, for
// all leaves at once.
func (b *booster) value(t *tree, leaves []*leaf, of []int32) {
	each(b.opt.Workers, len(leaves), func(k int) {
		for _, i := range b.grower.order[leaves[k].from:leaves[k].to] {
			b.leafOf[i] = uint16(k)
		}
	})
	n := len(leaves)
	b.sums = slices.Grow(b.sums[:0], n*blocks(len(of)))[:n*blocks(len(of))]
	eachBlock(b.opt.Workers, len(of), func(block, from, to int) {
		sums := b.sums[block*n : (block+1)*n]
		clear(sums)
		for _, i := range of[from:to] {
			d, s := b.pairOf(i), &sums[b.leafOf[i]]
			s.g += d.g
			s.h += d.h
			s.cover += b.sample.weight(i)
		}
	})
	for k, l := range leaves {
		at := &t.nodes[l.node]
		var total pair
		for m := k; m < len(b.sums); m += n {
			total.g += b.sums[m].g
			total.h += b.sums[m].h
			at.cover += b.sums[m].cover
		}
		if h := total.h + l.l2; h > 0 {
			at.value = math.Min(l.high, math.Max(l.low, -soften(total.g, b.opt.L1)/h)) * b.sizes.rate
		}
	}
	for k := len(t.nodes) - 1; k >= 0; k-- {
		if n := &t.nodes[k]; n.column >= 0 {
			n.cover = t.nodes[n.left].cover + t.nodes[n.right].cover
		}
	}
}

// add adds a tree to the margins of the rows that grew it.
func (b *booster) add(t *tree, leaves []*leaf, of []int32) {
	values := make([]float64, len(leaves))
	for k, l := range leaves {
		values[k] = t.nodes[l.node].value
	}
	eachBlock(b.opt.Workers, len(of), func(_, from, to int) {
		for _, i := range of[from:to] {
			b.score[i] += values[b.leafOf[i]]
		}
	})
}

// walk adds a tree to the margins of rows that did not grow it.
func (b *booster) walk(t *tree, rows []int32) {
	eachBlock(b.opt.Workers, len(rows), func(_, from, to int) {
		for _, i := range rows[from:to] {
			n := &t.nodes[0]
			for n.column >= 0 {
				next := n.right
				if n.goes[b.table.cols[n.column][i]] == 1 {
					next = n.left
				}
				n = &t.nodes[next]
			}
			b.score[i] += n.value
		}
	})
}

package model

// scorer is the trees in the form that is fast to walk: a node is one word, the
// two children of a split lie side by side, and a leaf leads to itself, so that
// every row can take as many steps as the tree is deep without asking whether it
// has arrived.
//
//	word = ahead<<48 | cut<<32 | code*lanes<<16 | mask
//	next = here + (word - (the row's code & mask)<<32) >> 48
//
// ahead is how far away the left child is, and the right one lies just before it:
// a code above the cut borrows one from ahead. A leaf's ahead is 0.
//
// Rows are walked several at a time, or several trees for a single row, so that
// the processor has as many independent chains of loads to follow.
type scorer struct {
	bins   *bins
	nodes  []uint64
	values []float64 // of leaves, by node
	roots  []uint32
	depths []int32
}

// newScorer returns nil if the trees do not fit the words, or b is nil; they are
// then walked node by node.
func newScorer(t *Trees, b *bins, cuts []cut) *scorer {
	if b == nil || b.width*lanes > maxCode {
		return nil
	}
	sc := &scorer{
		bins: b, depths: t.depths,
		nodes: make([]uint64, 0, len(t.Feature)), values: make([]float64, 0, len(t.Feature)),
	}
	for _, root := range t.Roots {
		sc.roots = append(sc.roots, uint32(len(sc.nodes)))
		if !sc.add(t, root, cuts) {
			return nil
		}
	}
	return sc
}

// add appends the tree under root, breadth first, and says whether it fits.
func (sc *scorer) add(t *Trees, root int32, cuts []cut) bool {
	queue := []int32{root}
	for k := 0; k < len(queue); k++ {
		n := queue[k]
		sc.values = append(sc.values, t.Value[n])
		if t.Feature[n] < 0 {
			sc.nodes = append(sc.nodes, maxCode<<32)
			continue
		}
		queue = append(queue, t.Right[n], t.Left[n])
		ahead, c := uint64(len(queue)-1-k), cuts[n]
		sc.nodes = append(sc.nodes, ahead<<48|uint64(c.at)<<32|uint64(c.code*lanes)<<16|uint64(c.mask))
	}
	return len(queue) <= maxCode
}

// step takes one step from node n of nodes, for the row of the given lane.
func step(nodes []uint64, codes []uint16, n, lane uint64) uint64 {
	w := nodes[n]
	return n + (w-(uint64(codes[w>>16&maxCode+lane])&w)<<32)>>48
}

// blockRows is how many rows are binned before the trees are walked: their codes
// and a tree's nodes stay in the first cache.
const blockRows = 64

// sums adds the leaf values of all trees, in order, to each row of data, which has
// len(dst) rows of width numbers, and writes them to dst.
func (sc *scorer) sums(data []float64, width int, dst []float64) {
	codes := make([]uint16, sc.bins.width*min(blockRows, (len(dst)+lanes-1)/lanes*lanes))
	for len(dst) > 0 {
		n := min(blockRows, len(dst))
		sc.block(data[:n*width], width, codes, dst[:n])
		data, dst = data[n*width:], dst[n:]
	}
}

func (sc *scorer) block(data []float64, width int, codes []uint16, dst []float64) {
	group := sc.bins.width * lanes
	for i := range dst {
		at := codes[i/lanes*group:][:group]
		sc.bins.fill(data[i*width:(i+1)*width], at, i%lanes)
		sc.bins.spread(at, i%lanes)
		dst[i] = 0
	}
	for k, root := range sc.roots {
		for from := 0; from < len(dst); from += lanes {
			sc.tree(uint64(root), sc.depths[k], codes[from/lanes*group:][:group], dst[from:min(len(dst), from+lanes)])
		}
	}
}

// tree walks the rows of a group through one tree.
func (sc *scorer) tree(root uint64, depth int32, codes []uint16, dst []float64) {
	nodes := sc.nodes
	a, b, c, d, e, f, g, h := root, root, root, root, root, root, root, root
	for ; depth > 0; depth-- {
		a = step(nodes, codes, a, 0)
		b = step(nodes, codes, b, 1)
		c = step(nodes, codes, c, 2)
		d = step(nodes, codes, d, 3)
		e = step(nodes, codes, e, 4)
		f = step(nodes, codes, f, 5)
		g = step(nodes, codes, g, 6)
		h = step(nodes, codes, h, 7)
	}
	ends := [lanes]uint64{a, b, c, d, e, f, g, h}
	for i, at := range ends[:len(dst)] {
		dst[i] += sc.values[at]
	}
}

// sum adds the leaf values of all trees, in order, for one row.
func (sc *scorer) sum(row []float64) float64 {
	var few [4096]uint16
	codes := few[:]
	if n := sc.bins.width * lanes; n > len(few) {
		codes = make([]uint16, n)
	}
	sc.bins.fill(row, codes, 0)
	sc.bins.spread(codes, 0)
	var sum float64
	k := 0
	for ; k+lanes <= len(sc.roots); k += lanes {
		sum = sc.eightTrees(k, codes, sum)
	}
	for ; k < len(sc.roots); k++ {
		at := uint64(sc.roots[k])
		for range sc.depths[k] {
			at = step(sc.nodes, codes, at, 0)
		}
		sum += sc.values[at]
	}
	return sum
}

// eightTrees walks one row through trees k to k+7 and adds their leaves to sum.
func (sc *scorer) eightTrees(k int, codes []uint16, sum float64) float64 {
	nodes := sc.nodes
	r := (*[lanes]uint32)(sc.roots[k:])
	a, b, c, d := uint64(r[0]), uint64(r[1]), uint64(r[2]), uint64(r[3])
	e, f, g, h := uint64(r[4]), uint64(r[5]), uint64(r[6]), uint64(r[7])
	var depth int32
	for _, d := range sc.depths[k : k+lanes] {
		depth = max(depth, d)
	}
	for ; depth > 0; depth-- {
		a = step(nodes, codes, a, 0)
		b = step(nodes, codes, b, 0)
		c = step(nodes, codes, c, 0)
		d = step(nodes, codes, d, 0)
		e = step(nodes, codes, e, 0)
		f = step(nodes, codes, f, 0)
		g = step(nodes, codes, g, 0)
		h = step(nodes, codes, h, 0)
	}
	for _, at := range [lanes]uint64{a, b, c, d, e, f, g, h} {
		sum += sc.values[at]
	}
	return sum
}

package gbdt

// gathered is how many rows are brought together before their bins are counted.
const gathered = 256

// histogram holds, for every column and bin, the packed sum of its rows: 256
// cells a column, padded to whole tiles.
//
//	hist(larger child) = hist(parent) − hist(smaller child)
type histogram []uint64

func (t *table) newHistogram() histogram { return make(histogram, t.tiles()*tileCells) }

// tiles returns the number of words of a row that hold columns.
func (t *table) tiles() int { return (len(t.bins) + tileColumns - 1) / tileColumns }

func (h histogram) column(f int) *[256]uint64 { return (*[256]uint64)(h[f*256:]) }

// minus takes another histogram away, cell by cell; the sums being integers, what
// is left is what adding the other rows would have given.
func (h histogram) minus(other histogram) {
	other = other[:len(h)]
	for i := range h {
		h[i] -= other[i]
	}
}

func (h histogram) plus(other histogram) {
	other = other[:len(h)]
	for i := range h {
		h[i] += other[i]
	}
}

// gatherer is the room in which one goroutine brings rows together.
type gatherer struct {
	words  [gathered * lineWords]uint64
	packed [gathered]uint64
}

// add adds the rows, ascending, to h in the tiles that are wanted.
func (t *table) add(h histogram, rows []int32, packed []uint64, wanted []bool, g *gatherer) {
	for len(rows) > 0 {
		n := min(gathered, len(rows))
		if first := int(rows[0]); int(rows[n-1])-first == n-1 {
			t.addRun(h, first, packed[first:first+n], wanted)
		} else {
			t.addGathered(h, rows[:n], packed, wanted, g)
		}
		rows = rows[n:]
	}
}

// addRun adds consecutive rows where they lie.
func (t *table) addRun(h histogram, first int, packed []uint64, wanted []bool) {
	lines := t.lines[first*t.words : (first+len(packed))*t.words]
	for tile, want := range wanted {
		if want {
			addTile((*[tileCells]uint64)(h[tile*tileCells:]), lines[tile:], t.words, packed)
		}
	}
}

// addGathered copies scattered rows together, a line at a time, and adds them.
func (t *table) addGathered(h histogram, rows []int32, packed []uint64, wanted []bool, g *gatherer) {
	for k, r := range rows {
		g.packed[k] = packed[r]
	}
	width := min(t.words, lineWords)
	for group := 0; group < len(wanted); group += lineWords {
		t.gather(g, rows, group)
		for k := 0; k < width && group+k < len(wanted); k++ {
			if wanted[group+k] {
				addTile((*[tileCells]uint64)(h[(group+k)*tileCells:]), g.words[k:], width, g.packed[:len(rows)])
			}
		}
	}
}

// gather copies one line of every row, as many words of it as hold columns. The
// words are named one by one because a copy of arrays that might overlap is a call.
func (t *table) gather(g *gatherer, rows []int32, group int) {
	switch {
	case t.words >= lineWords:
		lines, words, used := t.lines[group:], t.words, t.tiles()-group
		for k, r := range rows {
			to, from := (*[lineWords]uint64)(g.words[k*lineWords:]), (*[lineWords]uint64)(lines[int(r)*words:])
			to[0], to[1], to[2], to[3], to[4] = from[0], from[1], from[2], from[3], from[4]
			if used > 5 {
				to[5], to[6], to[7] = from[5], from[6], from[7]
			}
		}
	case t.words == 4:
		for k, r := range rows {
			to, from := (*[4]uint64)(g.words[k*4:]), (*[4]uint64)(t.lines[int(r)*4:])
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
		}
	case t.words == 2:
		for k, r := range rows {
			to, from := (*[2]uint64)(g.words[k*2:]), (*[2]uint64)(t.lines[int(r)*2:])
			to[0], to[1] = from[0], from[1]
		}
	default:
		for k, r := range rows {
			g.words[k] = t.lines[r]
		}
	}
}

// addTile adds every row's packed sum to the bins of eight columns; a row's bins
// are words[0], words[stride] and so on.
func addTile(h *[tileCells]uint64, words []uint64, stride int, packed []uint64) {
	at := 0
	for _, v := range packed {
		w := words[at]
		at += stride
		h[w&255] += v
		h[256+w>>8&255] += v
		h[512+w>>16&255] += v
		h[768+w>>24&255] += v
		h[1024+w>>32&255] += v
		h[1280+w>>40&255] += v
		h[1536+w>>48&255] += v
		h[1792+w>>56] += v
	}
}

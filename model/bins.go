package model

import (
	"math"
	"slices"
)

// bins turns a row of numbers into small whole numbers, once, so that every
// split of every tree becomes one comparison of whole numbers, whatever it is about.
//
// A row's codes are first one bin for each column that any split reads, then the
// extra codes of those columns whose splits cannot all be cuts through the bins:
//
//	numeric      bin = how many bounds lie below x; missing = one more than all
//	             extra: where missing values, or zeros with them, go left
//	categorical  bin = class of levels that no split tells apart; missing = one more
//	             extra: for each set of levels a bit, 0 if the class is in it, 1 if not
type bins struct {
	columns []binColumn
	width   int // codes of a row
}

// binColumn is one column of the schema that splits read; its bin is the code of
// the same index.
type binColumn struct {
	column  int       // of the schema
	bounds  []float64 // numeric: rising, filled up with +Inf to a power of two, at least one
	real    int       // bounds that are not filling
	classes []uint16  // categorical: class of each level; nil if numeric
	missing uint16    // bin of a missing value, the last one
	at      int       // first extra code
	extras  []uint16  // of every bin, as many codes as there are extras
	extra   int       // how many extras
}

// bin returns the bin of x.
func (c *binColumn) bin(x float64) uint16 {
	if x-x != 0 { // NaN or infinite
		return c.rareBin(x)
	}
	if c.classes != nil {
		return c.classes[Level(x, len(c.classes))]
	}
	// Halving without branches: b-x is negative if and only if b < x.
	at := 0
	for step := len(c.bounds) >> 1; step > 0; step >>= 1 {
		at += step & -int(math.Float64bits(c.bounds[at+step-1]-x)>>63)
	}
	return uint16(at)
}

func (c *binColumn) rareBin(x float64) uint16 {
	switch {
	case math.IsNaN(x):
		return c.missing
	case c.classes != nil:
		return c.classes[Level(x, len(c.classes))]
	case x < 0:
		return 0
	}
	return uint16(c.below(x))
}

// below counts the bounds below x.
func (c *binColumn) below(x float64) int {
	n, _ := slices.BinarySearch(c.bounds[:c.real], x)
	return n
}

// codeBits is how many sets of levels share an extra code.
const codeBits = 16

// lanes is how many rows are scored side by side: code k of lane i of a group of
// rows lies at k*lanes+i.
const lanes = 8

// fill writes the bins of a row to its lane of dst.
func (b *bins) fill(row []float64, dst []uint16, lane int) {
	for k := range b.columns {
		c := &b.columns[k]
		dst[k*lanes+lane] = c.bin(row[c.column])
	}
}

// spread writes the extra codes of a lane whose bins are filled.
func (b *bins) spread(dst []uint16, lane int) {
	for k := range b.columns {
		c := &b.columns[k]
		if c.extra == 0 {
			continue
		}
		from := int(dst[k*lanes+lane]) * c.extra
		into := dst[c.at*lanes+lane:]
		for i, code := range c.extras[from : from+c.extra] {
			into[i*lanes] = code
		}
	}
}

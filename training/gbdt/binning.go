package gbdt

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"holdfast/features"
	"holdfast/model"
)

const (
	missingBin  = 255 // NaN, in every column
	valueBins   = 255 // most bins of a column besides
	rowsPerBin  = 3   // fewest sampled rows of a bin
	sampledRows = 200_000
)

// binning says how the numbers of one column become bins.
type binning struct {
	column   int // of the schema
	monotone int8
	bins     int          // bins of values: 0 … bins-1
	bounds   []float64    // numeric: bin b holds bounds[b-1] < x ≤ bounds[b]; the last is +Inf
	keys     *[256]uint64 // the bounds in the form that is searched
	levels   []uint8      // categorical: the bin of each level; bin 0 is "other"
	kinds    int          // categorical: bins that training rows are in, missing included
}

func (b *binning) categorical() bool { return b.levels != nil }

// code returns the bin of x. It is the rule that scoring uses: x ≤ threshold
// goes left, where a threshold is a bound, and a level outside the list is "other".
func (b *binning) code(x float64) uint8 {
	if math.IsNaN(x) {
		return missingBin
	}
	if b.levels != nil {
		return b.levels[model.Level(x, len(b.levels))]
	}
	return search256(b.keys, ordered(x))
}

// search256 returns the first i with x ≤ keys[i], where both are ordered numbers
// as integers: x > keys[i] is the borrow of keys[i] − x, so that nothing is guessed.
func search256(keys *[256]uint64, x uint64) uint8 {
	var i, more uint64
	_, more = bits.Sub64(keys[127], x, 0)
	i = more << 7
	_, more = bits.Sub64(keys[(i+63)&255], x, 0)
	i += more << 6
	_, more = bits.Sub64(keys[(i+31)&255], x, 0)
	i += more << 5
	_, more = bits.Sub64(keys[(i+15)&255], x, 0)
	i += more << 4
	_, more = bits.Sub64(keys[(i+7)&255], x, 0)
	i += more << 3
	_, more = bits.Sub64(keys[(i+3)&255], x, 0)
	i += more << 2
	_, more = bits.Sub64(keys[(i+1)&255], x, 0)
	i += more << 1
	_, more = bits.Sub64(keys[i&255], x, 0)
	return uint8(i + more)
}

// newBinning finds the bins of a column from sampled values, which it reorders.
// It returns false when nothing could be split on.
func newBinning(column int, c features.Column, sample []float64, in *sorter) (binning, bool) {
	b := binning{column: column, monotone: c.Monotone}
	missing := len(sample)
	sample = slices.DeleteFunc(sample, math.IsNaN)
	missing -= len(sample)
	if c.Kind == features.Categorical {
		b.levels, b.bins, b.kinds = levelBins(sample, len(c.Levels))
		if missing > 0 {
			b.kinds++
		}
		return b, b.kinds > 1
	}
	in.sort(sample)
	b.bounds, b.keys = numericBounds(in.distinct(sample)), new([256]uint64)
	b.bins = len(b.bounds)
	for i := range b.keys {
		b.keys[i] = ordered(b.bounds[min(i, b.bins-1)])
	}
	return b, len(sample) > 0 && (b.bins > 1 || missing > 0)
}

// levelBins gives the most frequent levels a bin each. Level 0, levels of fewer
// than rowsPerBin rows and those beyond the room share bin 0.
func levelBins(sample []float64, levels int) (bin []uint8, bins, kinds int) {
	bin = make([]uint8, max(1, levels))
	count := make([]int, len(bin))
	for _, x := range sample {
		count[model.Level(x, levels)]++
	}
	var frequent []int
	others := count[0]
	for l := 1; l < levels; l++ {
		if count[l] >= rowsPerBin {
			frequent = append(frequent, l)
		} else {
			others += count[l]
		}
	}
	slices.SortFunc(frequent, func(a, b int) int { return cmp.Or(count[b]-count[a], a-b) })
	for len(frequent) > valueBins-1 {
		others += count[frequent[len(frequent)-1]]
		frequent = frequent[:len(frequent)-1]
	}
	slices.Sort(frequent)
	for k, l := range frequent {
		bin[l] = uint8(k + 1)
	}
	kinds = len(frequent)
	if others > 0 {
		kinds++
	}
	return bin, len(frequent) + 1, kinds
}

// numericBounds returns the upper bounds of the bins of ascending values, each of
// which occurs so many times; the last is +Inf. Frequent values and zero have a
// bin of their own.
func numericBounds(values []float64, counts []int) []float64 {
	if len(values) == 0 {
		return []float64{math.Inf(1)}
	}
	ends := zeroApart(values, counts)
	bounds := make([]float64, 0, len(ends)+1)
	for _, e := range ends {
		if e+1 < len(values) {
			bounds = append(bounds, between(values[e], values[e+1]))
		}
	}
	return append(bounds, math.Inf(1))
}

// zeroApart cuts the distinct values into bins, negative, zero and positive ones
// apart, and returns the index of the last value of each bin. A side of fewer than
// rowsPerBin rows joins zero.
func zeroApart(values []float64, counts []int) []int {
	zero, found := slices.BinarySearch(values, 0)
	if !found || counts[zero] < rowsPerBin {
		return greedyEnds(nil, 0, counts, valueBins)
	}
	first, last := zero, zero // the values that share zero's bin
	below, above := sum(counts[:zero]), sum(counts[zero+1:])
	if below < rowsPerBin {
		first = 0
	}
	if above < rowsPerBin {
		last = len(counts) - 1
	}
	room := valueBins - 1
	var ends []int
	if first > 0 {
		share := max(1, room*below/(below+above))
		if last < len(counts)-1 {
			share = min(share, room-1)
		}
		ends = greedyEnds(ends, 0, counts[:first], share)
	}
	ends = append(ends, last)
	if last < len(counts)-1 {
		ends = greedyEnds(ends, last+1, counts[last+1:], valueBins-len(ends))
	}
	return ends
}

// greedyEnds appends to ends the last index of each of at most so many bins over
// the counts, which begin at index from. A value that fills a bin alone gets one;
// the rest are cut as evenly as they come.
func greedyEnds(ends []int, from int, counts []int, most int) []int {
	total := sum(counts)
	most = max(1, min(most, total/rowsPerBin))
	c := newCutter(counts, total, most)
	rows, made := 0, 0
	for i, n := range counts[:len(counts)-1] {
		if rows += n; made+1 < most && rows >= rowsPerBin && c.closes(i, rows) {
			ends = append(ends, from+i)
			c.spent(i, rows)
			rows, made = 0, made+1
		}
	}
	if rows += counts[len(counts)-1]; rows < rowsPerBin && made > 0 {
		ends = ends[:len(ends)-1]
	}
	return append(ends, from+len(counts)-1)
}

// cutter decides where a bin ends when there are more values than bins.
type cutter struct {
	counts   []int
	large    float64 // a count from which a value has its own bin
	restRows int     // rows of the values that have not
	restBins int
}

func newCutter(counts []int, total, most int) *cutter {
	c := &cutter{counts: counts, restRows: total, restBins: most}
	if len(counts) <= most {
		return c // large is 0: each value its own bin
	}
	c.large = float64(total) / float64(most)
	for _, n := range counts {
		if c.own(n) {
			c.restRows -= n
			c.restBins--
		}
	}
	return c
}

func (c *cutter) own(count int) bool { return float64(count) >= c.large }

// closes says whether a bin that holds so many rows ends with value i, which is
// not the last one.
func (c *cutter) closes(i, rows int) bool {
	mean := float64(c.restRows) / float64(max(1, c.restBins))
	return c.own(c.counts[i]) || float64(rows) >= mean || (c.own(c.counts[i+1]) && float64(rows) >= mean/2)
}

// spent takes a closed bin from what is left.
func (c *cutter) spent(i, rows int) {
	if c.large == 0 || c.own(c.counts[i]) {
		return
	}
	c.restRows -= rows
	c.restBins--
}

// between returns a number m with a ≤ m < b, half-way where there is one.
func between(a, b float64) float64 {
	switch {
	case math.IsInf(a, -1):
		return a
	case math.IsInf(b, 1):
		return math.MaxFloat64
	}
	if m := a/2 + b/2; m >= a && m < b {
		return m
	}
	return a
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

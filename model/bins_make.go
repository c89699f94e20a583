package model

import (
	"encoding/binary"
	"math"
	"slices"

	"holdfast/features"
)

// maxCode is the highest code; a leaf's cut, so that no code lies above it.
const maxCode = math.MaxUint16

// cut is a split in codes: a row goes left if those bits of its code that the
// mask keeps make a number of at most at.
type cut struct {
	code     int
	at, mask uint16
}

// columnSplits collects what the splits of one column ask.
type columnSplits struct {
	nodes  []int32
	extras map[string]int // number of each question asked, by its description
	asked  []int32        // a split that asks it
}

// newBins finds the bins of the trees' columns and the cut of every split, or
// returns nil if there are too many to count in 16 bits.
func newBins(t *Trees, s features.Schema) (*bins, []cut) {
	splits := make([]columnSplits, len(s.Columns))
	for n, f := range t.Feature {
		if f >= 0 {
			splits[f].nodes = append(splits[f].nodes, int32(n))
		}
	}
	b := new(bins)
	cuts := make([]cut, len(t.Feature))
	for j := range splits {
		if len(splits[j].nodes) == 0 {
			continue
		}
		c := binColumn{column: j}
		if !c.find(t, &splits[j]) {
			return nil, nil
		}
		b.columns = append(b.columns, c)
	}
	b.width = len(b.columns)
	for k := range b.columns {
		c := &b.columns[k]
		c.at = b.width
		b.width += c.extra
		for _, n := range splits[c.column].nodes {
			cuts[n] = c.cut(t, n, &splits[c.column], k)
		}
	}
	return b, cuts
}

// find makes the bins of a column, and says whether that can be done.
func (c *binColumn) find(t *Trees, s *columnSplits) bool {
	if t.Set[s.nodes[0]] >= 0 {
		return c.findClasses(t, s, int(t.levels[c.column]))
	}
	return c.findBounds(t, s)
}

// findBounds makes the bins of a numeric column: its thresholds are the bounds.
// Zero gets bins of its own if any split counts it as missing.
func (c *binColumn) findBounds(t *Trees, s *columnSplits) bool {
	s.extras = make(map[string]int)
	for _, n := range s.nodes {
		if t.Set[n] >= 0 {
			return false
		}
		c.bounds = append(c.bounds, t.Threshold[n])
		if t.ZeroMissing[n] {
			c.bounds = append(c.bounds, math.Nextafter(-zeroBound, -1), zeroBound)
		}
		if t.MissingLeft[n] || t.ZeroMissing[n] {
			s.ask(numericQuestion(t, n), n)
		}
	}
	slices.Sort(c.bounds)
	c.bounds = slices.Compact(c.bounds)
	c.real = len(c.bounds)
	if c.real+1 > maxCode {
		return false
	}
	c.missing = uint16(c.real + 1)
	size := 1
	for size <= c.real {
		size *= 2
	}
	for len(c.bounds) < size {
		c.bounds = append(c.bounds, math.Inf(1))
	}
	c.spreadExtras(len(s.asked), func(bin uint16, extra int) uint16 {
		n := s.asked[extra]
		if bin != c.missing && !(t.ZeroMissing[n] && c.isZero(bin)) {
			return bin
		}
		if t.MissingLeft[n] {
			return 0
		}
		return c.missing
	})
	return true
}

// isZero says whether all numbers of a numeric bin count as zero.
func (c *binColumn) isZero(bin uint16) bool {
	return bin > 0 && int(bin) < c.real && c.bounds[bin-1] >= math.Nextafter(-zeroBound, -1) && c.bounds[bin] <= zeroBound
}

func numericQuestion(t *Trees, n int32) string {
	q := "r"
	if t.MissingLeft[n] {
		q = "l"
	}
	if t.ZeroMissing[n] {
		q += "0"
	}
	return q
}

// findClasses makes the bins of a categorical column: levels that are in the same
// sets are one class.
func (c *binColumn) findClasses(t *Trees, s *columnSplits, levels int) bool {
	s.extras = make(map[string]int)
	for _, n := range s.nodes {
		if t.Set[n] < 0 {
			return false
		}
		s.ask(t.setQuestion(n), n)
	}
	in := func(level, extra int) bool {
		return t.Sets[int(t.Set[s.asked[extra]])+level/64]>>(level%64)&1 == 1
	}
	c.classes = make([]uint16, max(1, levels))
	known := make(map[string]int)
	var members []int // a level of each class
	sides := make([]byte, len(s.asked))
	for level := range c.classes {
		for extra := range sides {
			sides[extra] = 1
			if in(level, extra) {
				sides[extra] = 0
			}
		}
		class, ok := known[string(sides)]
		if !ok {
			class = len(members)
			known[string(sides)] = class
			members = append(members, level)
		}
		c.classes[level] = uint16(class)
	}
	if len(members) > maxCode {
		return false
	}
	c.missing = uint16(len(members))
	c.spreadExtras((len(s.asked)+codeBits-1)/codeBits, func(bin uint16, extra int) (code uint16) {
		asked := s.asked[extra*codeBits:]
		for bit, n := range asked[:min(codeBits, len(asked))] {
			left := t.MissingLeft[n]
			if bin != c.missing {
				left = in(members[bin], extra*codeBits+bit)
			}
			if !left {
				code |= 1 << bit
			}
		}
		return code
	})
	return true
}

// setQuestion describes what a categorical split asks: its set and where a
// missing value goes.
func (t *Trees) setQuestion(n int32) string {
	q := []byte{'r'}
	if t.MissingLeft[n] {
		q[0] = 'l'
	}
	for _, w := range t.Sets[t.Set[n]:][:SetWords(int(t.levels[t.Feature[n]]))] {
		q = binary.LittleEndian.AppendUint64(q, w)
	}
	return string(q)
}

func (s *columnSplits) ask(question string, n int32) {
	if _, ok := s.extras[question]; !ok {
		s.extras[question] = len(s.asked)
		s.asked = append(s.asked, n)
	}
}

// spreadExtras fills the extra codes of every bin.
func (c *binColumn) spreadExtras(n int, code func(bin uint16, extra int) uint16) {
	c.extra = n
	for bin := range int(c.missing) + 1 {
		for extra := range n {
			c.extras = append(c.extras, code(uint16(bin), extra))
		}
	}
}

// cut gives the cut of split n of column k.
func (c *binColumn) cut(t *Trees, n int32, s *columnSplits, k int) cut {
	if c.classes != nil {
		asked := s.extras[t.setQuestion(n)]
		return cut{c.at + asked/codeBits, 0, 1 << (asked % codeBits)}
	}
	at := cut{k, uint16(c.below(t.Threshold[n])), maxCode}
	if t.MissingLeft[n] || t.ZeroMissing[n] {
		at.code = c.at + s.extras[numericQuestion(t, n)]
	}
	return at
}

package gbdt

import "math"

// split is a way to part a leaf's rows.
type split struct {
	found       bool
	gain        float64   // of both sides together, over the leaf's own objective
	column      int       // of the table
	until       int       // numeric: bins up to this one go left
	levels      bool      // categorical
	set         [4]uint64 // of bins that go left, where levels
	missingLeft bool
	left        uint64  // packed sum of the left side
	l2          float64 // penalty on the sides' values
}

// goes returns for every bin 1 if its rows go left.
func (s *split) goes() *[256]uint8 {
	var to [256]uint8
	for b := range valueBins {
		if s.levels {
			to[b] = uint8(s.set[b/64] >> (b % 64) & 1)
		} else if b <= s.until {
			to[b] = 1
		}
	}
	if s.missingLeft {
		to[missingBin] = 1
	}
	return &to
}

// search looks for the best split of one leaf.
type search struct {
	opt     *Options
	told    int // rows of a category that is told apart
	unit    unit
	total   uint64  // packed sum of the leaf
	perRow  float64 // rows for one step of hessian
	floor   uint32  // least steps of hessian on a side
	own     float64 // objective of the leaf unsplit
	low     float64 // bounds of its value
	high    float64
	bounded bool    // one of them is finite, or a column is monotone
	plain   bool    // neither that nor an L1 penalty
	skip    float64 // own, less a little: what rounding may take from a rough gain
}

func newSearch(opt *Options, told int, u unit, l *leaf, monotone bool) search {
	s := search{opt: opt, told: told, unit: u, total: l.sum, low: l.low, high: l.high}
	s.bounded = monotone || !math.IsInf(s.low, -1) || !math.IsInf(s.high, 1)
	steps := float64(max(1, uint32(s.total)))
	s.perRow = float64(l.rows()) / steps
	floor := math.Max((float64(opt.MinRows)-0.5)/s.perRow, opt.MinHessian/u.h)
	s.floor = uint32(math.Min(math.Max(1, math.Ceil(floor)), math.MaxUint32))
	s.own = s.objective(s.total, opt.L2)
	s.plain, s.skip = !s.bounded && opt.L1 == 0, s.own-1e-9*math.Abs(s.own)
	return s
}

// shrunk is the gradient of a packed sum, less the L1 penalty.
func (s *search) shrunk(v uint64) float64 {
	return soften(float64(int32(v>>32))*s.unit.g, s.opt.L1)
}

func soften(g, l1 float64) float64 {
	if l1 == 0 {
		return g
	}
	return math.Copysign(math.Max(0, math.Abs(g)-l1), g)
}

// value is the leaf value that makes the loss of a packed sum smallest, held
// between the bounds.
func (s *search) value(v uint64, l2 float64) float64 {
	h := float64(float64(uint32(v))*s.unit.h) + l2
	return math.Min(s.high, math.Max(s.low, -s.shrunk(v)/h))
}

// objective is twice what the loss falls by when the rows of a packed sum are
// given their value: G²/(H+λ), or less where a bound is in the way.
func (s *search) objective(v uint64, l2 float64) float64 {
	g, h := s.shrunk(v), float64(float64(uint32(v))*s.unit.h)+l2
	if !s.bounded {
		return g * g / h
	}
	to := math.Min(s.high, math.Max(s.low, -g/h))
	return -(float64(2*g*to) + float64(float64(h*to)*to))
}

// rows estimates the rows of a packed sum from its hessian.
func (s *search) rows(v uint64) int { return int(float64(uint32(v))*s.perRow + 0.5) }

// consider makes the split with this left side the best one if it is better.
func (s *search) consider(best *split, b *binning, left uint64, l2 float64) bool {
	right := s.total - left
	gain := s.objective(left, l2) + s.objective(right, l2) - s.own
	if !(gain > best.gain) {
		return false
	}
	if b.monotone != 0 && float64(b.monotone)*(s.value(right, l2)-s.value(left, l2)) < 0 {
		return false
	}
	best.found, best.gain, best.left, best.l2 = true, gain, left, l2
	return true
}

// roughGain is the gain of a numeric split with one division, where there are
// neither bounds nor an L1 penalty.
func (s *search) roughGain(left, right uint64) float64 {
	gl, hl := float64(int32(left>>32))*s.unit.g, float64(float64(uint32(left))*s.unit.h)+s.opt.L2
	gr, hr := float64(int32(right>>32))*s.unit.g, float64(float64(uint32(right))*s.unit.h)+s.opt.L2
	return (float64(gl*gl*hr)+float64(gr*gr*hl))/(hl*hr) - s.skip
}

// numeric looks at every bound of a column, with missing values on either side.
func (s *search) numeric(h *[256]uint64, column int, b *binning, best *split) {
	missing := h[missingBin]
	s.scan(h, column, b, 0, best)
	if missing != 0 {
		s.scan(h, column, b, missing, best)
	}
}

// scan goes up the bins from a sum that lies left already: nothing, or the
// missing rows.
func (s *search) scan(h *[256]uint64, column int, b *binning, left uint64, best *split) {
	missingLeft, anyMissing := left != 0, h[missingBin] != 0
	for bin, v := range h[:b.bins] {
		if v == 0 {
			continue
		}
		left += v
		if uint32(left) < s.floor {
			continue
		}
		right := s.total - left
		if uint32(right) < s.floor {
			break
		}
		if s.plain && s.roughGain(left, right) < best.gain {
			continue
		}
		if s.consider(best, b, left, s.opt.L2) {
			best.column, best.until, best.levels, best.missingLeft = column, bin, false, missingLeft
			if !anyMissing { // unknown here: with the larger side
				best.missingLeft = uint32(left) >= uint32(right)
			}
		}
	}
}

package training

import (
	"math"
	"slices"

	"holdfast/internal/fault"
)

// ranks are the places of a sample's values in their columns. They are made once;
// every part of the sample keeps them, and orders its rows by counting:
//
//	sample  ──sorted──→  place[column][line]
//	part    line[row]  ──→  leavers and stayers by place  ──→  AUC
type ranks struct {
	place  [][]int32 // by column and line: 1 is the smallest value; 0 is missing
	places []int     // by column: how many values differ
}

// rank gives the sample places of its own. The columns of categories have none.
func (s *Sample) rank() {
	r := &ranks{place: make([][]int32, len(s.X.Schema.Columns)), places: make([]int, len(s.X.Schema.Columns))}
	for j, c := range s.X.Schema.Columns {
		if len(c.Levels) == 0 {
			r.place[j], r.places[j] = placed(s.X.Column(j, nil))
		}
	}
	s.ranks, s.line = r, make([]int32, s.Rows())
	for i := range s.line {
		s.line[i] = int32(i)
	}
}

func placed(v []float64) (place []int32, places int) {
	values := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	slices.Sort(values)
	values = slices.Compact(values)
	place = make([]int32, len(v))
	for i, x := range v {
		if !math.IsNaN(x) {
			k, _ := slices.BinarySearch(values, x)
			place[i] = int32(k) + 1
		}
	}
	return place, len(values)
}

// alone is the AUC of each column in its better direction, 0 for categories; missing
// values are a class of their own, below all others or above them.
func (s *Sample) alone() ([]float64, error) {
	if left, _ := s.Positives(); left == 0 || left == s.Rows() {
		return nil, fault.New(fault.Invalid, "%d of %d rows left: columns rank leavers only where some left and some stayed", left, s.Rows())
	}
	if s.ranks == nil {
		s.rank()
	}
	out := make([]float64, len(s.ranks.place))
	var pos, neg []float64
	width := len(out)
	for j, place := range s.ranks.place {
		if place == nil {
			continue
		}
		n := s.ranks.places[j] + 1
		pos, neg = slices.Grow(pos[:0], n)[:n], slices.Grow(neg[:0], n)[:n]
		clear(pos)
		clear(neg)
		for i, line := range s.line {
			k := place[line]
			if math.IsNaN(s.X.Data[i*width+j]) { // the time of year, where it was taken out since
				k = 0
			}
			if s.Y[i] == 1 {
				pos[k] += s.W[i]
			} else {
				neg[k] += s.W[i]
			}
		}
		out[j] = eitherWay(pos, neg)
	}
	return out, nil
}

// eitherWay is the AUC of leavers' and stayers' weights by place, the first of which
// is missing: the best of both directions and of both ends for what is missing.
func eitherWay(pos, neg []float64) float64 {
	area, p, n := 0.0, 0.0, 0.0
	for k := 1; k < len(pos); k++ {
		area += float64(pos[k] * (n + neg[k]/2))
		p += pos[k]
		n += neg[k]
	}
	both := float64(pos[0] * neg[0] / 2)
	all := float64((p + pos[0]) * (n + neg[0]))
	below := (area + float64(p*neg[0]) + both) / all
	above := (area + float64(pos[0]*n) + both) / all
	return max(below, 1-below, above, 1-above)
}

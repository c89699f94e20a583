package baseline

import (
	"fmt"
	"math"

	"holdfast/features"
	"holdfast/internal/fault"
)

// sample is what a fit learns from: the rows of positive weight, in order.
type sample struct {
	x     *features.Matrix
	rows  []int     // indices into x
	y     []float64 // by row of x
	w     []float64 // by row of x, scaled to a mean of 1 over rows; nil means 1
	group []int64   // by row of x; nil: each row is its own
}

// weight returns the weight of row i of the matrix.
func (s *sample) weight(i int) float64 {
	if s.w == nil {
		return 1
	}
	return s.w[i]
}

// only returns the same sample restricted to the given rows.
func (s *sample) only(rows []int) *sample {
	part := *s
	part.rows = rows
	return &part
}

// counts returns how many rows left and how many stayed.
func (s *sample) counts() (leavers, stayers int) {
	for _, i := range s.rows {
		leavers += int(s.y[i])
	}
	return leavers, len(s.rows) - leavers
}

// newSample checks what a fit was given. Rows of weight 0 are left out.
func newSample(x *features.Matrix, y, w []float64, group []int64) (*sample, error) {
	n, width := x.Rows, len(x.Schema.Columns)
	refuse := func(format string, args ...any) (*sample, error) {
		return nil, fault.New(fault.Invalid, format, args...)
	}
	switch {
	case width == 0 || n == 0:
		return refuse("there is nothing to learn from: %d rows of %d columns", n, width)
	case len(x.Data) != n*width:
		return refuse("the table says %d rows of %d columns and holds %d numbers", n, width, len(x.Data))
	case len(y) != n:
		return refuse("there are %d rows and %d outcomes", n, len(y))
	case w != nil && len(w) != n:
		return refuse("there are %d rows and %d weights", n, len(w))
	case group != nil && len(group) != n:
		return refuse("there are %d rows and %d customers", n, len(group))
	}
	s := &sample{x: x, y: y, group: group, rows: make([]int, 0, n)}
	var total float64
	for i, v := range y {
		if v != 0 && v != 1 {
			return refuse("the outcome of row %d is %v: it must be 0 (stayed) or 1 (left)", i, v)
		}
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		if !(weight >= 0) || math.IsInf(weight, 0) {
			return refuse("the weight of row %d is %v: it must be a finite number of at least 0", i, weight)
		}
		if weight > 0 {
			s.rows = append(s.rows, i)
			total += weight
		}
	}
	if leavers, stayers := s.counts(); leavers == 0 || stayers == 0 {
		return refuse("%d customers left and %d stayed: a model needs both; take an earlier date or a longer horizon", leavers, stayers)
	}
	if w != nil {
		s.w = make([]float64, n)
		for i, v := range w {
			s.w[i] = v * float64(len(s.rows)) / total
		}
	}
	return s, nil
}

// effectiveRows is Kish's effective sample size, (Σw)²/Σw².
func (s *sample) effectiveRows() float64 {
	var sum, squares float64
	for _, i := range s.rows {
		w := s.weight(i)
		sum += w
		squares += float64(w * w)
	}
	return sum * sum / squares
}

// describe is the line of a card about the rows.
func (s *sample) describe() string {
	leavers, stayers := s.counts()
	return fmt.Sprintf("%d rows, %d of them left", leavers+stayers, leavers)
}

package baseline

import (
	"math"

	"holdfast/model"
)

// keptNumbers is how many numbers of encoded rows are kept, 512 MiB; of larger
// samples each pass over the rows encodes them again.
const keptNumbers = 1 << 26

// compact is a sample as the optimiser sees it, without what can be left out: of
// a categorical column only the slot that a row is in. All slots of such a column
// are shifted by their means, which is taken into account once for all rows:
//
//	Σₖ beta[k]·(1{k = slot} − mean[k]) = beta[slot] − Σₖ beta[k]·mean[k]
type compact struct {
	s       *sample
	d       *design
	dense   []int     // slots of the numeric columns
	classes []int     // categorical columns of the design that have slots
	numbers []float64 // rows × dense, or nil: encoded when needed
	in      []int32   // rows × classes: the slot, or -1 where a row counts as the mean
}

func newCompact(s *sample, d *design, most int) *compact {
	c := &compact{s: s, d: d}
	for j := range d.columns {
		col := &d.columns[j]
		switch {
		case col.slots == 0:
		case col.form.Shape == model.OneHot:
			c.classes = append(c.classes, j)
		default:
			for k := range col.slots {
				c.dense = append(c.dense, col.first+k)
			}
		}
	}
	c.in = make([]int32, len(s.rows)*len(c.classes))
	if n := len(s.rows) * len(c.dense); n <= most {
		c.numbers = make([]float64, n)
	}
	inBlocks((len(s.rows)+minBlock-1)/minBlock, func(b int) {
		for r := b * minBlock; r < min((b+1)*minBlock, len(s.rows)); r++ {
			c.place(r)
			if c.numbers != nil {
				c.encode(r, c.numbers[r*len(c.dense):(r+1)*len(c.dense)])
			}
		}
	})
	return c
}

// raw returns row r as the matrix has it.
func (c *compact) raw(r int) []float64 { return c.s.x.Row(c.s.rows[r]) }

// place notes the slots of row r.
func (c *compact) place(r int) {
	raw := c.raw(r)
	for n, j := range c.classes {
		col := &c.d.columns[j]
		k := col.missing
		if x := raw[j]; !math.IsNaN(x) {
			k = col.levels[model.Level(x, len(col.levels))]
		}
		if k >= 0 {
			k += col.first
		}
		c.in[r*len(c.classes)+n] = int32(k)
	}
}

// encode writes the numbers of row r.
func (c *compact) encode(r int, to []float64) {
	raw := c.raw(r)
	for j := range c.d.columns {
		if col := &c.d.columns[j]; col.slots > 0 && col.form.Shape != model.OneHot {
			col.encode(raw[j], to[:col.slots])
			to = to[col.slots:]
		}
	}
}

// line returns the numbers of row r, in room if they are not kept.
func (c *compact) line(r int, room []float64) []float64 {
	if c.numbers != nil {
		return c.numbers[r*len(c.dense) : (r+1)*len(c.dense)]
	}
	c.encode(r, room)
	return room
}

// weights are those of a linear function, as rows of a compact need them.
type weights struct {
	beta  []float64 // intercept first, then by slot
	dense []float64 // of the numeric columns' slots
	shift []float64 // by class: Σ beta·mean
}

func (c *compact) weigh(beta []float64) weights {
	w := weights{beta: beta, dense: make([]float64, len(c.dense)), shift: make([]float64, len(c.classes))}
	for k, slot := range c.dense {
		w.dense[k] = beta[1+slot]
	}
	for n, j := range c.classes {
		col := &c.d.columns[j]
		w.shift[n] = dot(col.means, beta[1+col.first:1+col.first+col.slots])
	}
	return w
}

// margin is the linear function of row r, whose line is given.
func (c *compact) margin(w weights, r int, line []float64) float64 {
	z := w.beta[0] + dot(line, w.dense)
	for n, slot := range c.in[r*len(c.classes) : (r+1)*len(c.classes)] {
		if slot >= 0 {
			z += w.beta[1+slot] - w.shift[n]
		}
	}
	return z
}

// slope gathers the gradient of a run of rows.
type slope struct {
	c     *compact
	grad  []float64 // intercept first, then by slot; complete once closed
	dense []float64
	shift []float64 // by class: what its rows that are in a slot add up to
}

func (c *compact) newSlope(grad []float64) *slope {
	return &slope{c: c, grad: grad, dense: make([]float64, len(c.dense)), shift: make([]float64, len(c.classes))}
}

// add adds f times row r, whose line is given.
func (s *slope) add(f float64, r int, line []float64) {
	s.grad[0] += f
	addScaled(s.dense, f, line)
	for n, slot := range s.c.in[r*len(s.c.classes) : (r+1)*len(s.c.classes)] {
		if slot >= 0 {
			s.grad[1+slot] += f
			s.shift[n] += f
		}
	}
}

// close brings everything together.
func (s *slope) close() {
	for k, slot := range s.c.dense {
		s.grad[1+slot] = s.dense[k]
	}
	for n, j := range s.c.classes {
		col := &s.c.d.columns[j]
		addScaled(s.grad[1+col.first:1+col.first+col.slots], -s.shift[n], col.means)
	}
}

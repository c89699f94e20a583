package baseline

import (
	"math"

	"holdfast/model"
)

// encode writes the sample's rows slot by slot, row-major: what compact leaves out
// is in it.
func (d *design) encode(s *sample) []float64 {
	out := make([]float64, len(s.rows)*d.width)
	w := len(s.x.Schema.Columns)
	for r, i := range s.rows {
		line := out[r*d.width : (r+1)*d.width]
		for j := range d.columns {
			c := &d.columns[j]
			c.encode(s.x.Data[i*w+j], line[c.first:c.first+c.slots])
		}
	}
	return out
}

// encode fills the slots of one column for the value x.
func (c *column) encode(x float64, slots []float64) {
	switch {
	case c.slots == 0:
		return
	case c.form.Shape == model.OneHot:
		for k := range slots {
			slots[k] = -c.means[k]
		}
		k := c.missing
		if !math.IsNaN(x) {
			k = c.levels[model.Level(x, len(c.levels))]
		}
		if k < 0 { // a level that no training row had: the mean
			clear(slots)
		} else {
			slots[k]++
		}
		return
	}
	terms := len(c.form.Terms)
	if math.IsNaN(x) {
		clear(slots[:terms])
	} else {
		c.terms(x, slots[:terms])
		for k, term := range c.form.Terms {
			slots[k] = divide(slots[k]-term.Mean, c.scale[k])
		}
	}
	if c.missing >= 0 {
		slots[c.missing] = -c.means[0]
		if math.IsNaN(x) {
			slots[c.missing]++
		}
	}
}

// divide is v/scale, and 0 for a term that never varied.
func divide(v, scale float64) float64 {
	if scale == 0 {
		return 0
	}
	return v / scale
}

// linear turns an intercept and one weight per slot into the model's own form.
func (d *design) linear(beta []float64) *model.Linear {
	l := &model.Linear{Intercept: beta[0], Columns: make([]model.LinearColumn, len(d.columns))}
	for j := range d.columns {
		c := &d.columns[j]
		if c.slots > 0 {
			l.Columns[j] = c.weigh(beta[1+c.first : 1+c.first+c.slots])
		}
	}
	return l
}

func (c *column) weigh(beta []float64) model.LinearColumn {
	form := c.form
	if form.Shape == model.OneHot {
		var mean float64
		for k, m := range c.means {
			mean += float64(m * beta[k])
		}
		form.Levels = make([]float64, len(c.levels))
		for l, k := range c.levels {
			if k >= 0 {
				form.Levels[l] = beta[k] - mean
			}
		}
		if c.missing >= 0 {
			form.Missing = beta[c.missing] - mean
		}
		return form
	}
	form.Terms = make([]model.Term, len(c.form.Terms))
	for k, term := range c.form.Terms {
		form.Terms[k] = model.Term{Weight: divide(beta[k], c.scale[k]), Mean: term.Mean}
	}
	if c.missing >= 0 {
		form.Missing = beta[c.missing] * (1 - c.means[0])
		form.Present = -beta[c.missing] * c.means[0]
	}
	return form
}

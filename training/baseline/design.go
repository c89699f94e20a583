package baseline

import (
	"math"
	"slices"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

// minLevelRows is how many rows a level needs for a weight of its own; rarer
// levels share the weight of "other".
const minLevelRows = 20

// design turns rows of the schema into centred and scaled numbers for the
// optimiser. Everything in it was learned from the training rows.
//
//	slots of a numeric column:     value, spline terms…, missing?
//	slots of a categorical column: other?, level, level, …, missing?
type design struct {
	columns []column
	width   int
}

// column is how one column of the schema fills its slots.
type column struct {
	form    model.LinearColumn // shape, range, knots and the terms' means
	scale   []float64          // of each term
	first   int                // its first slot
	levels  []int              // categorical: slot of each level, -1 if never seen
	missing int                // slot of the missing indicator, or -1
	means   []float64          // mean of each 0/1 slot, by slot - first
	slots   int
}

// newDesign learns the transforms from the sample's rows.
func newDesign(s *sample, spline model.Spline, knots int) (*design, error) {
	d := &design{columns: make([]column, len(s.x.Schema.Columns))}
	failed := make([]error, len(d.columns))
	inBlocks(len(d.columns), func(j int) {
		if col := s.x.Schema.Columns[j]; col.Kind == features.Categorical {
			d.columns[j] = categorical(s, j, max(1, len(col.Levels)))
		} else {
			d.columns[j], failed[j] = numeric(s, j, col, spline, knots)
		}
	})
	for j := range d.columns {
		if failed[j] != nil {
			return nil, failed[j]
		}
		d.columns[j].first = d.width
		d.width += d.columns[j].slots
	}
	if d.width == 0 {
		return nil, fault.New(fault.Invalid, "every column is constant or missing in all %d rows: there is nothing to tell customers apart", len(s.rows))
	}
	return d, nil
}

// categorical gives each frequent level a slot.
func categorical(s *sample, j, levels int) column {
	rows, weight := make([]int, levels+1), make([]float64, levels+1) // the last is missing
	var total float64
	w := len(s.x.Schema.Columns)
	for _, i := range s.rows {
		k := levels
		if x := s.x.Data[i*w+j]; !math.IsNaN(x) {
			k = model.Level(x, levels)
		}
		rows[k]++
		weight[k] += s.weight(i)
		total += s.weight(i)
	}
	c := column{missing: -1, levels: make([]int, levels)}
	other, otherWeight := rows[0] > 0, weight[0]
	for k := 1; k < levels; k++ {
		if rows[k] > 0 && rows[k] < minLevelRows {
			other, otherWeight = true, otherWeight+weight[k]
		}
	}
	if other {
		c.means = append(c.means, otherWeight/total)
	}
	for k := range levels {
		switch {
		case k > 0 && rows[k] >= minLevelRows:
			c.levels[k] = len(c.means)
			c.means = append(c.means, weight[k]/total)
		case other:
			c.levels[k] = 0
		default:
			c.levels[k] = -1
		}
	}
	if rows[levels] > 0 {
		c.missing = len(c.means)
		c.means = append(c.means, weight[levels]/total)
	}
	if c.slots = len(c.means); c.slots < 2 {
		return column{missing: -1} // constant
	}
	c.form.Shape = model.OneHot
	return c
}

// numeric shapes a column, places its knots and measures its terms.
func numeric(s *sample, j int, col features.Column, spline model.Spline, knots int) (column, error) {
	all := make([]float64, len(s.rows))
	values := make([]float64, 0, len(s.rows)) // finite ones
	var missing, total float64
	w := len(s.x.Schema.Columns)
	for r, i := range s.rows {
		x := s.x.Data[i*w+j]
		all[r] = x
		total += s.weight(i)
		if math.IsNaN(x) {
			missing += s.weight(i)
		} else if !math.IsInf(x, 0) {
			values = append(values, x)
		}
	}
	c := column{missing: -1}
	if len(values) == 0 {
		return c, nil
	}
	c.form = model.LinearColumn{Shape: model.Raw, Low: slices.Min(values), High: slices.Max(values)}
	if col.Skewed {
		c.form.Shape = model.SignedLog
	}
	if c.form.Low < c.form.High {
		if spline != model.NoSpline {
			slices.Sort(values)
			c.form.Spline, c.form.Knots = place(&c.form, values, spline, knots)
		}
		c.slots = 1 + c.form.SplineTerms()
		if err := c.measure(s, all); err != nil {
			return column{}, fault.New(fault.Invalid,
				"column %s runs from %v to %v, too far to be measured: mark it skewed or change its unit", col.Name, c.form.Low, c.form.High)
		}
	} else if missing == 0 {
		return column{missing: -1}, nil // constant
	} else {
		c.form.Terms, c.scale = []model.Term{{}}, []float64{0} // only whether it is missing tells
		c.slots = 1
	}
	if missing > 0 {
		c.missing = c.slots
		c.means = []float64{missing / total}
		c.slots++
	}
	return c, nil
}

// place puts knots at quantiles of the sorted values, on the shaped scale.
func place(form *model.LinearColumn, sorted []float64, spline model.Spline, knots int) (model.Spline, []float64) {
	var at []float64
	for k := range knots {
		share := float64(k+1) / float64(knots+1)
		if spline == model.NaturalCubic { // Harrell's places: from .05 to .95
			share = .05 + .9*float64(k)/float64(knots-1)
		}
		v := form.Value(sorted[int(share*float64(len(sorted)-1))])
		inside := spline == model.NaturalCubic || (v > form.Value(form.Low) && v < form.Value(form.High))
		if inside && (len(at) == 0 || v > at[len(at)-1]) {
			at = append(at, v)
		}
	}
	if len(at) == 0 || (spline == model.NaturalCubic && len(at) < 3) {
		return model.NoSpline, nil
	}
	return spline, at
}

// measure finds the mean and the spread of each term over the rows that have a
// value; all holds the column, row by row.
func (c *column) measure(s *sample, all []float64) error {
	terms := c.slots
	mean, square, t := make([]float64, terms), make([]float64, terms), make([]float64, terms)
	for pass := range 2 {
		var total float64
		for r, x := range all {
			if math.IsNaN(x) {
				continue
			}
			weight := s.weight(s.rows[r])
			total += weight
			c.terms(x, t)
			for k, v := range t {
				if pass == 0 {
					mean[k] += float64(weight * v)
				} else {
					square[k] += float64(weight * float64((v-mean[k])*(v-mean[k])))
				}
			}
		}
		for k := range t {
			if pass == 0 {
				mean[k] /= total
			} else {
				square[k] = math.Sqrt(square[k] / total)
			}
		}
	}
	c.form.Terms, c.scale = make([]model.Term, terms), square
	for k := range mean {
		if math.IsNaN(mean[k]+square[k]) || math.IsInf(mean[k]+square[k], 0) {
			return fault.New(fault.Invalid, "no mean")
		}
		c.form.Terms[k].Mean = mean[k]
	}
	return nil
}

// terms writes the shaped value of x and its spline terms.
func (c *column) terms(x float64, t []float64) {
	t[0] = c.form.Value(x)
	for k := range t[1:] {
		t[1+k] = c.form.SplineTerm(k, t[0])
	}
}

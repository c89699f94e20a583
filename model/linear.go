package model

import (
	"math"

	"holdfast/features"
	"holdfast/internal/fault"
)

// Shape is what is done to a number before its terms are taken.
type Shape string

// The shapes. SignedLog is sign(x)·ln(1+|x|), for counts and amounts.
const (
	Unused    Shape = ""       // the column has no weight: constant or all missing in training
	Raw       Shape = "raw"    // the number as it is
	SignedLog Shape = "log"    // sign(x)·ln(1+|x|)
	OneHot    Shape = "levels" // categorical: one weight per level
)

// Spline says which terms a numeric column has beside its shaped value t.
type Spline string

// The splines. Hinges are max(0, t-knot). Natural cubics are Harrell's restricted
// cubic terms: a cubic between the knots, a straight line outside them.
const (
	NoSpline     Spline = ""
	Hinges       Spline = "hinges"
	NaturalCubic Spline = "cubic"
)

// Term is one weighted number of a linear model. It adds Weight·(t-Mean), where
// Mean is the term's mean over the training rows.
type Term struct {
	Weight float64
	Mean   float64
}

// LinearColumn says how one column of the schema enters the margin.
//
// Numeric: the value is held to [Low, High], the range seen in training (so that
// an infinite value counts as the farthest one seen), shaped, and each of the
// terms t, spline(t) weighted. A missing value counts as the mean and adds
// Missing. Categorical: Levels holds one term per level, of which level 0 also
// serves every index outside the list, and Missing serves NaN.
type LinearColumn struct {
	Shape   Shape     `json:",omitempty"`
	Low     float64   `json:",omitempty"`
	High    float64   `json:",omitempty"`
	Spline  Spline    `json:",omitempty"`
	Knots   []float64 `json:",omitempty"` // rising, on the shaped scale
	Terms   []Term    `json:",omitempty"` // t, then one per spline term
	Levels  []float64 `json:",omitempty"` // what each level adds, one per level of the schema
	Missing float64   `json:",omitempty"` // what a missing value adds
	Present float64   `json:",omitempty"` // what a value that is there adds: keeps the mean at 0
}

// Linear is the body of a logistic regression: margin = Intercept + what each
// column adds. Every column's mean contribution over the training rows is 0, so
// Intercept is the margin of the average row.
type Linear struct {
	Intercept float64
	Columns   []LinearColumn
}

func (l *Linear) margin(row []float64) float64 {
	sum := l.Intercept
	for j := range row {
		sum += l.Columns[j].contribution(row[j])
	}
	return sum
}

// contribution is what value x of the column adds to the margin.
func (c *LinearColumn) contribution(x float64) float64 {
	switch {
	case c.Shape == Unused:
		return 0
	case math.IsNaN(x):
		return c.Missing
	case c.Shape == OneHot:
		return c.Levels[Level(x, len(c.Levels))]
	}
	t := c.Value(x)
	sum := c.Present + float64(c.Terms[0].Weight*(t-c.Terms[0].Mean))
	for k, term := range c.Terms[1:] {
		sum += float64(term.Weight * (c.SplineTerm(k, t) - term.Mean))
	}
	return sum
}

// Level returns the level that index x stands for: 0, "other", if the schema has
// no such level.
func Level(x float64, levels int) int {
	if x >= 0 && x < float64(levels) {
		return int(x)
	}
	return 0
}

// Value holds x to the range seen in training and shapes it.
func (c *LinearColumn) Value(x float64) float64 {
	x = math.Max(c.Low, math.Min(c.High, x))
	if c.Shape == SignedLog {
		return math.Copysign(math.Log1p(math.Abs(x)), x)
	}
	return x
}

// SplineTerms returns how many spline terms the knots make.
func (c *LinearColumn) SplineTerms() int {
	switch {
	case c.Spline == Hinges:
		return len(c.Knots)
	case c.Spline == NaturalCubic && len(c.Knots) > 2:
		return len(c.Knots) - 2
	}
	return 0
}

// SplineTerm returns spline term k at the shaped value t. The cubic term is
// Harrell's (Regression Modeling Strategies, 2nd ed., eq. 2.25), divided by the
// square of the knots' span.
func (c *LinearColumn) SplineTerm(k int, t float64) float64 {
	if c.Spline == Hinges {
		return math.Max(0, t-c.Knots[k])
	}
	n := len(c.Knots)
	last, before := c.Knots[n-1], c.Knots[n-2]
	gap, span := last-before, last-c.Knots[0]
	v := cube(t-c.Knots[k]) - cube(t-before)*((last-c.Knots[k])/gap) + cube(t-last)*((before-c.Knots[k])/gap)
	return v / (span * span)
}

func cube(v float64) float64 {
	if v <= 0 {
		return 0
	}
	return v * v * v
}

func (l *Linear) validate(s features.Schema) error {
	if l == nil || len(l.Columns) != len(s.Columns) {
		return fault.New(fault.Invalid, "a linear model needs one entry for each of the %d columns", len(s.Columns))
	}
	if !finite(l.Intercept) {
		return fault.New(fault.Invalid, "the intercept is %v", l.Intercept)
	}
	for j := range l.Columns {
		if err := l.Columns[j].validate(s.Columns[j]); err != nil {
			return err
		}
	}
	return nil
}

func (c *LinearColumn) validate(col features.Column) error {
	bad := func(what string) error {
		return fault.New(fault.Invalid, "column %s of the linear model %s", col.Name, what)
	}
	for _, list := range [][]float64{c.Knots, c.Levels, {c.Low, c.High, c.Missing, c.Present}} {
		for _, v := range list {
			if !finite(v) {
				return bad("holds a number that is not finite")
			}
		}
	}
	for _, t := range c.Terms {
		if !finite(t.Weight) || !finite(t.Mean) {
			return bad("holds a weight that is not finite")
		}
	}
	for k := 1; k < len(c.Knots); k++ {
		if c.Knots[k] <= c.Knots[k-1] {
			return bad("has knots that do not rise")
		}
	}
	switch {
	case c.Shape == Unused:
		return nil
	case c.Shape == OneHot && (col.Kind != features.Categorical || len(c.Levels) != max(1, len(col.Levels))):
		return bad("has weights for other levels than the schema")
	case c.Shape == OneHot:
		return nil
	case c.Shape != Raw && c.Shape != SignedLog:
		return bad("has an unknown shape")
	case c.Spline != NoSpline && c.Spline != Hinges && c.Spline != NaturalCubic:
		return bad("has an unknown spline")
	case c.Low > c.High || len(c.Terms) != 1+c.SplineTerms():
		return bad("has a range or a number of terms that does not fit")
	}
	return nil
}

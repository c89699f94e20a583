package model

import (
	"fmt"
	"math"
	"sync"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Kind names the family of a model.
type Kind string

// The families. A forest averages the probabilities in its leaves; boosted trees
// add the log-odds in theirs; a model of buying knows three features only; a
// hazard model has boosted trees for every period of the horizon.
const (
	KindLinear  Kind = "linear"
	KindForest  Kind = "forest"
	KindBoosted Kind = "boosted"
	KindBuying  Kind = "buying"
	KindHazard  Kind = "hazard"
)

// Model turns a row of one schema into the probability of leaving. It is made by
// NewLinear, NewForest, NewBoosted, NewBuying, NewHazard or Read, and is not changed
// afterwards, so any number of goroutines may use it at once.
type Model struct {
	kind        Kind
	schema      features.Schema
	hash        string
	linear      *Linear
	trees       *Trees
	buying      *Buying
	hazard      *Hazard
	calibration Calibration
	card        Card

	// Of the trees, made when first asked for:
	scorer    func() *scorer // nil if they do not fit
	explainer func() *explainer
}

// NewLinear makes a logistic regression.
func NewLinear(schema features.Schema, body *Linear, card Card) (*Model, error) {
	return build(&Model{kind: KindLinear, schema: schema, linear: body, card: card})
}

// NewForest makes a forest: the raw probability is the mean of the leaf values,
// which lie strictly between 0 and 1.
func NewForest(schema features.Schema, body *Trees, card Card) (*Model, error) {
	return build(&Model{kind: KindForest, schema: schema, trees: body, card: card})
}

// NewBoosted makes boosted trees: the raw log-odds are Base plus the sum of the
// leaf values.
func NewBoosted(schema features.Schema, body *Trees, card Card) (*Model, error) {
	return build(&Model{kind: KindBoosted, schema: schema, trees: body, card: card})
}

// build checks every part and fills what is derived from them.
func build(m *Model) (*Model, error) {
	if len(m.schema.Columns) == 0 {
		return nil, fault.New(fault.Invalid, "make a %s model: the schema has no columns", m.kind)
	}
	m.hash = m.schema.Hash()
	var err error
	switch m.kind {
	case KindLinear:
		err = m.linear.validate(m.schema)
	case KindForest:
		err = m.trees.validate(m.schema, true)
	case KindBoosted:
		err = m.trees.validate(m.schema, false)
	case KindBuying:
		err = m.buying.validate(m.schema)
	case KindHazard:
		err = m.hazard.validate(m.schema)
	default:
		err = fault.New(fault.Invalid, "no model family is called %q", m.kind)
	}
	if err == nil {
		err = m.calibration.Validate()
	}
	if err == nil {
		err = m.card.Range.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("make a %s model: %w", m.kind, err)
	}
	if m.trees != nil {
		bins := sync.OnceValues(func() (*bins, []cut) { return newBins(m.trees, m.schema) })
		m.scorer = sync.OnceValue(func() *scorer {
			b, cuts := bins()
			return newScorer(m.trees, b, cuts)
		})
		m.explainer = sync.OnceValue(func() *explainer {
			b, cuts := bins()
			return newExplainer(m.trees, b, cuts)
		})
	}
	return m, nil
}

// Kind returns the family.
func (m *Model) Kind() Kind { return m.kind }

// Schema returns the schema the model expects. It is not to be changed.
func (m *Model) Schema() features.Schema { return m.schema }

// SchemaHash returns the hash of the schema the model expects.
func (m *Model) SchemaHash() string { return m.hash }

// Calibration returns the calibration applied after the raw score.
func (m *Model) Calibration() Calibration { return m.calibration }

// Card returns the model card.
func (m *Model) Card() Card { return m.card }

// Linear returns the weights of a linear model and nil for any other. They are
// not to be changed.
func (m *Model) Linear() *Linear { return m.linear }

// Trees returns the trees of a forest or of boosted trees and nil for any other
// model. They are not to be changed.
func (m *Model) Trees() *Trees { return m.trees }

// WithCalibration returns the same model under another calibration.
func (m *Model) WithCalibration(c Calibration) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("calibrate a %s model: %w", m.kind, err)
	}
	other := *m
	other.calibration = c
	return &other, nil
}

// WithCard returns the same model with another card.
func (m *Model) WithCard(c Card) *Model {
	other := *m
	other.card = c
	return &other
}

// Margin returns the raw, uncalibrated log-odds of one row.
func (m *Model) Margin(row []float64) (float64, error) {
	if err := m.width(row); err != nil {
		return 0, err
	}
	v := m.raw(m.sum(row))
	if math.IsNaN(v) {
		return 0, fault.New(fault.Internal, "the %s model gives no number for this row", m.kind)
	}
	return v, nil
}

// Probability returns the calibrated probability of one row.
func (m *Model) Probability(row []float64) (float64, error) {
	v, err := m.Margin(row)
	if err != nil {
		return 0, err
	}
	return m.calibration.Apply(v), nil
}

// Score writes the calibrated probability of every row of x to dst, which has
// length x.Rows. It allocates nothing per row, and calls on disjoint parts of a
// table may run at once. Rows of another schema are refused.
func (m *Model) Score(x *features.Matrix, dst []float64) error {
	return m.each(x, dst, func(v float64) float64 { return m.calibration.Apply(v) })
}

// Margins writes the raw, uncalibrated log-odds of every row of x to dst: what a
// calibration is fitted on.
func (m *Model) Margins(x *features.Matrix, dst []float64) error {
	return m.each(x, dst, func(v float64) float64 { return v })
}

func (m *Model) each(x *features.Matrix, dst []float64, last func(float64) float64) error {
	if err := m.Accepts(x.Schema); err != nil {
		return fmt.Errorf("score %d rows: %w", x.Rows, err)
	}
	w := len(m.schema.Columns)
	if len(dst) != x.Rows || len(x.Data) != x.Rows*w {
		return fault.New(fault.Invalid,
			"score %d rows of %d columns: there are %d numbers and room for %d results", x.Rows, w, len(x.Data), len(dst))
	}
	m.sums(x.Data, w, dst)
	for i := range dst {
		v := m.raw(dst[i])
		if math.IsNaN(v) {
			return fault.New(fault.Internal, "the %s model gives no number for row %d", m.kind, i)
		}
		dst[i] = last(v)
	}
	return nil
}

// sums writes to dst, for each row of w numbers of data, the sum that raw takes.
func (m *Model) sums(data []float64, w int, dst []float64) {
	if m.hazard != nil {
		m.hazard.sums(data, w, dst)
		return
	}
	if m.trees != nil {
		if fast := m.scorer(); fast != nil {
			fast.sums(data, w, dst)
			return
		}
	}
	for i := range dst {
		dst[i] = m.sum(data[i*w : (i+1)*w : (i+1)*w])
	}
}

// sum is the one function from a row to the sum of its weights or leaves.
func (m *Model) sum(row []float64) float64 {
	switch m.kind {
	case KindLinear:
		return m.linear.margin(row)
	case KindBuying:
		return m.buying.margin(row)
	case KindHazard:
		var one [1]float64
		m.hazard.sums(row, len(row), one[:])
		return one[0]
	}
	if fast := m.scorer(); fast != nil {
		return fast.sum(row)
	}
	return m.trees.sum(row)
}

// raw turns a sum into raw log-odds.
func (m *Model) raw(sum float64) float64 {
	switch m.kind {
	case KindLinear, KindBuying, KindHazard:
		return sum
	case KindForest:
		return stats.Logit(sum / float64(len(m.trees.Roots)))
	default:
		return m.trees.Base + sum
	}
}

func (m *Model) width(row []float64) error {
	if len(row) != len(m.schema.Columns) {
		return fault.New(fault.Invalid,
			"the row has %d numbers and the model expects %d: build it with the model's schema", len(row), len(m.schema.Columns))
	}
	return nil
}

// Accepts returns nil if rows of schema s may be scored, and otherwise an error
// that names the first difference.
func (m *Model) Accepts(s features.Schema) error {
	got := s.Hash()
	if got == m.hash {
		return nil
	}
	return fault.New(fault.Conflict,
		"the model expects rows of schema %.8s and these are of schema %.8s (%s): "+
			"use the features the model was trained with, or train a new model",
		m.hash, got, difference(m.schema, s))
}

// difference names the first thing in which two schemas of different hash differ.
func difference(want, got features.Schema) string {
	if want.Version != got.Version {
		return fmt.Sprintf("features version %d, not %d", got.Version, want.Version)
	}
	for i, c := range want.Columns {
		if i == len(got.Columns) {
			return fmt.Sprintf("column %q is absent", c.Name)
		}
		switch g := got.Columns[i]; {
		case g.Name != c.Name:
			return fmt.Sprintf("column %d is %q, not %q", i+1, g.Name, c.Name)
		case g.Kind != c.Kind:
			return fmt.Sprintf("column %q is of another kind", c.Name)
		case fmt.Sprintf("%q", g.Levels) != fmt.Sprintf("%q", c.Levels):
			return fmt.Sprintf("column %q has other levels", c.Name)
		}
	}
	return fmt.Sprintf("%d columns, not %d", len(got.Columns), len(want.Columns))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

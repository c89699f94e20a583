package model

import (
	"fmt"
	"math"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/value"
)

// Buying is the body of a model of how customers buy. It gives the probability
// that nothing is bought within the horizon, from three features: on how many
// days there was a purchase, and how long ago the last and the first were.
type Buying struct {
	Kind        value.Kind
	Parameters  map[string]float64 // times in days
	Days        string             // column: days with a purchase
	Since       string             // column: days since the last purchase
	First       string             // column: days since the first purchase
	HorizonDays float64            // of silence
	// Reference is the customer that contributions start from, in the order of
	// the three columns. A customer without a purchase counts as this one.
	Reference [3]float64

	buying  value.Buying
	columns [3]int
}

// NewBuying makes a model of buying: the raw log-odds are those of silence
// within the horizon.
func NewBuying(schema features.Schema, body *Buying, card Card) (*Model, error) {
	own := *body
	return build(&Model{kind: KindBuying, schema: schema, buying: &own, card: card})
}

// Buying returns the body of a model of buying and nil for any other. It is not
// to be changed.
func (m *Model) Buying() *Buying { return m.buying }

// validate checks the body and finds its columns.
func (b *Buying) validate(s features.Schema) error {
	if b == nil {
		return fault.New(fault.Invalid, "it has no parameters")
	}
	for i, name := range []string{b.Days, b.Since, b.First} {
		if b.columns[i] = s.Index(name); b.columns[i] < 0 {
			return fault.New(fault.Invalid, "the schema has no column %q", name)
		}
		if !(b.Reference[i] >= 0) || math.IsInf(b.Reference[i], 1) {
			return fault.New(fault.Invalid, "the reference customer has %v in %s", b.Reference[i], name)
		}
	}
	if !(b.HorizonDays > 0) || math.IsInf(b.HorizonDays, 1) {
		return fault.New(fault.Invalid, "the horizon is %v days", b.HorizonDays)
	}
	var err error
	if b.buying, err = value.NewBuying(b.Kind, b.Parameters); err != nil {
		return fmt.Errorf("its parameters: %w", err)
	}
	return nil
}

// margin is the log-odds of silence within the horizon.
func (b *Buying) margin(row []float64) float64 {
	return b.marginOf([3]float64{row[b.columns[0]], row[b.columns[1]], row[b.columns[2]]})
}

// certain bounds the log-odds: beyond it a probability is 0 or 1 to a float64.
const certain = 36

func (b *Buying) marginOf(v [3]float64) float64 {
	silent := value.LogSilent(b.buying, b.behaviour(v), b.HorizonDays)
	return min(max(silent-math.Log(-math.Expm1(silent)), -certain), certain)
}

// behaviour turns the three features into what the model knows of a customer. It
// answers for every mix of two customers' features, which contributions make.
func (b *Buying) behaviour(v [3]float64) value.Behaviour {
	for _, x := range v {
		if math.IsNaN(x) || x < 0 || math.IsInf(x, 1) {
			v = b.Reference
			break
		}
	}
	out := value.Behaviour{Repeats: max(int(math.Min(v[0], 1e6))-1, 0), Age: max(v[1], v[2])}
	if out.Repeats > 0 {
		out.Last = out.Age - v[1]
	}
	return out
}

// contributions writes, for every row of data, the exact Shapley values of the
// three features between the reference customer and this one, over the 3! orders
// in which they change, and returns the reference's margin.
func (b *Buying) contributions(data, dst []float64, width int) (base float64) {
	base = b.marginOf(b.Reference)
	for at := 0; at < len(data); at += width {
		row, out := data[at:at+width], dst[at:at+width]
		own := [3]float64{row[b.columns[0]], row[b.columns[1]], row[b.columns[2]]}
		if b.behaviour(own) == b.behaviour(b.Reference) {
			continue // also a customer without a purchase
		}
		var margin [8]float64 // by the set of features that are the customer's own
		for set := range margin {
			v := b.Reference
			for i := range v {
				if set>>i&1 == 1 {
					v[i] = own[i]
				}
			}
			margin[set] = b.marginOf(v)
		}
		for i := range own {
			j, k := 1<<((i+1)%3), 1<<((i+2)%3)
			out[b.columns[i]] = (margin[1<<i]-margin[0])/3 + (margin[7]-margin[j|k])/3 +
				(margin[1<<i|j]-margin[j])/6 + (margin[1<<i|k]-margin[k])/6
		}
	}
	return base
}

package value

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Kind names a model of buying as the command line and model files do.
type Kind string

// The models of buying.
const (
	KindBGNBD     Kind = "bgnbd"
	KindMBGNBD    Kind = "mbgnbd"
	KindParetoNBD Kind = "paretonbd"
	KindNBD       Kind = "nbd"
)

// Kinds lists the models of buying.
func Kinds() []Kind { return []Kind{KindBGNBD, KindMBGNBD, KindParetoNBD, KindNBD} }

// Buying is a model of how often, and for how long, customers buy. Times are in
// the unit it was fitted in.
type Buying interface {
	// LogLikelihood is ln of the density of the customer's purchase times.
	LogLikelihood(b Behaviour) float64
	// StillCustomer is the probability that the customer has not left.
	StillCustomer(b Behaviour) float64
	// Expected is the number of purchases to expect in the next t.
	Expected(b Behaviour, t float64) float64
	// ExpectedNew is the number of repeat purchases to expect of a new
	// customer in the first t.
	ExpectedNew(t float64) float64

	slope(g *counted, d []float64) float64
	slopeOfCounts(g *counted, d []float64) float64
}

// family says how a model is made from its parameters.
type family struct {
	names []string
	start []float64 // with times in units of the mean age
	times []bool    // which parameters are times
	build func(p []float64) Buying
}

var families = map[Kind]family{
	KindBGNBD: {
		[]string{"r", "alpha", "a", "b"},
		[]float64{0.5, 0.3, 0.8, 2},
		[]bool{false, true, false, false},
		func(p []float64) Buying { return BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]} },
	},
	KindMBGNBD: {
		[]string{"r", "alpha", "a", "b"},
		[]float64{0.5, 0.3, 0.8, 2},
		[]bool{false, true, false, false},
		func(p []float64) Buying { return BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3], FromFirst: true} },
	},
	KindParetoNBD: {
		[]string{"r", "alpha", "s", "beta"},
		[]float64{0.5, 0.3, 0.6, 0.4},
		[]bool{false, true, false, true},
		func(p []float64) Buying { return ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]} },
	},
	KindNBD: {
		[]string{"r", "alpha"},
		[]float64{0.5, 0.5},
		[]bool{false, true},
		func(p []float64) Buying { return NBD{R: p[0], Alpha: p[1]} },
	},
}

// ParseKind reads the name of a model of buying.
func ParseKind(name string) (Kind, error) {
	if _, ok := families[Kind(name)]; !ok {
		var all []string
		for _, k := range Kinds() {
			all = append(all, string(k))
		}
		return "", fault.New(fault.Invalid, "there is no model %q: use one of %s", name, strings.Join(all, ", "))
	}
	return Kind(name), nil
}

// NewBuying makes a model from its parameters by name, as value fit prints them.
func NewBuying(kind Kind, parameters map[string]float64) (Buying, error) {
	f, ok := families[kind]
	if !ok {
		return nil, fault.New(fault.Invalid, "there is no model %q", kind)
	}
	p, err := inOrder(f.names, parameters)
	if err != nil {
		return nil, fmt.Errorf("the %s model: %w", kind, err)
	}
	return f.build(p), nil
}

// BuyingOf makes a model from its parameters in the order of a Fit's.
func BuyingOf(kind Kind, p []float64) (Buying, error) {
	f, ok := families[kind]
	if !ok || len(p) != len(f.names) {
		return nil, fault.New(fault.Invalid, "%d parameters make no %q model", len(p), kind)
	}
	return f.build(p), nil
}

// inOrder takes parameters by name and refuses absent and impossible ones.
func inOrder(names []string, parameters map[string]float64) ([]float64, error) {
	p := make([]float64, len(names))
	for i, name := range names {
		v, ok := parameters[name]
		if !ok || !(v >= smallest && v <= largest) {
			return nil, fault.New(fault.Invalid, "its parameter %s is %v and must lie between %g and %g", name, v, smallest, largest)
		}
		p[i] = v
	}
	return p, nil
}

// FitBuying finds the most likely parameters.
func FitBuying(kind Kind, c *Cohort) (Buying, Fit, error) {
	f, ok := families[kind]
	if !ok {
		return nil, Fit{}, fault.New(fault.Invalid, "there is no model %q", kind)
	}
	likelihood := func(p, d []float64) float64 {
		m := f.build(p)
		return sumGroups(len(c.byRepeats), d, func(i int, d []float64) float64 { return m.slopeOfCounts(&c.byRepeats[i], d) }) +
			sumGroups(len(c.groups), d, func(i int, d []float64) float64 { return m.slope(&c.groups[i], d) })
	}
	p, fit, err := maximise(f.names, f.starts(c), c.n, likelihood)
	if err != nil {
		return nil, fit, fmt.Errorf("fit %s to %d customers: %w", kind, c.Customers(), err)
	}
	return f.build(p), fit, nil
}

// starts are the usual start, one of a very uneven cohort and one of an even
// one, with times in the cohort's unit.
func (f family) starts(c *Cohort) [][]float64 {
	var out [][]float64
	for _, factor := range []float64{1, 0.25, 4} {
		p := slices.Clone(f.start)
		for i := range p {
			p[i] *= factor
			if f.times[i] {
				p[i] *= c.meanAge
			}
		}
		out = append(out, p)
	}
	return out
}

package value

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"holdfast/internal/fault"
)

// Outcome is a customer's behaviour with what came next: whether they bought
// nothing within the horizon that followed.
type Outcome struct {
	Behaviour
	Silent bool
}

// outcomes are outcomes grouped as a Cohort groups behaviours.
type outcomes struct {
	groups []counted
	silent []bool
	n      float64
}

// FitOutcomes finds the parameters under which what customers did, and whether
// they then fell silent for the horizon, is most likely. The silent have simply
// a longer history without a purchase; of the others at least one purchase in
// the horizon is known:
//
//	ln L = Σ silent ln L(x, t_x, T+h) + Σ others ln[L(x, t_x, T) − L(x, t_x, T+h)]
//
// Where only customers who were active of late are seen, their histories alone
// show nobody leaving, and this is what decides the parameters. From, if not
// nil, are parameters to start from.
func FitOutcomes(kind Kind, all []Outcome, horizon float64, from map[string]float64) (Buying, Fit, error) {
	f, ok := families[kind]
	if !ok || !(horizon > 0) {
		return nil, Fit{}, fault.New(fault.Invalid, "there is no model %q of a horizon of %v", kind, horizon)
	}
	behaviours := make([]Behaviour, len(all))
	for i, o := range all {
		behaviours[i] = o.Behaviour
	}
	cohort, err := NewCohort(behaviours)
	if err != nil {
		return nil, Fit{}, err
	}
	starts := f.starts(cohort)
	if from != nil {
		start, err := inOrder(f.names, from)
		if err != nil {
			return nil, Fit{}, err
		}
		starts = slices.Insert(starts, 0, start)
	}
	o := groupOutcomes(all)
	p, fit, err := maximise(f.names, starts, o.n, func(p, d []float64) float64 { return o.likelihood(f.build(p), horizon, d) })
	if err != nil {
		return nil, fit, fmt.Errorf("fit %s to %d customers: %w", kind, len(all), err)
	}
	return f.build(p), fit, nil
}

func groupOutcomes(all []Outcome) *outcomes {
	sorted := slices.Clone(all)
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	slices.SortFunc(sorted, func(a, b Outcome) int {
		return cmp.Or(cmp.Compare(a.Repeats, b.Repeats), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Age, b.Age), bit(a.Silent)-bit(b.Silent))
	})
	o := &outcomes{n: float64(len(all))}
	for i, s := range sorted {
		if i == 0 || s != sorted[i-1] {
			o.groups, o.silent = append(o.groups, counted{Behaviour: s.Behaviour}), append(o.silent, s.Silent)
		}
		o.groups[len(o.groups)-1].n++
	}
	return o
}

func (o *outcomes) likelihood(m Buying, horizon float64, d []float64) float64 {
	return sumGroups(len(o.groups), d, func(i int, d []float64) float64 {
		g := &o.groups[i]
		later := *g
		later.Age += horizon
		if o.silent[i] {
			return m.slope(&later, d) + m.slopeOfCounts(&later, d)
		}
		// ln[L(T) − L(T+h)] = ln L(T) + ln(1 − e^gap); what depends on counts cancels in the gap.
		var now, then [4]float64
		ln := m.slope(g, now[:])
		gap := min((m.slope(&later, then[:])-ln)/g.n, -1e-15)
		odds := math.Exp(gap) / -math.Expm1(gap)
		for k := range d {
			d[k] += now[k] - odds*(then[k]-now[k])
		}
		return ln + g.n*math.Log(-math.Expm1(gap)) + m.slopeOfCounts(g, d)
	})
}

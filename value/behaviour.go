package value

import (
	"cmp"
	"math"
	"slices"

	"holdfast/internal/fault"
)

// Behaviour is all that the models of buying know of a customer, counted in
// days of purchases (several on one day are one) and in any one unit of time.
type Behaviour struct {
	Repeats int     // purchases after the first: x
	Last    float64 // time from the first purchase to the last: t_x; 0 without repeats
	Age     float64 // time from the first purchase to the end of observation: T
}

// Validate refuses what no customer can have done.
func (b Behaviour) Validate() error {
	switch {
	case b.Repeats < 0 || !(b.Last >= 0) || !(b.Age >= b.Last) || math.IsInf(b.Age, 1):
		return fault.New(fault.Invalid, "%d repeat purchases, the last after %v of %v: the numbers must not be negative, and the last purchase not after the end",
			b.Repeats, b.Last, b.Age)
	case b.Repeats == 0 && b.Last != 0:
		return fault.New(fault.Invalid, "no repeat purchase and a last one after %v: without repeats it is 0", b.Last)
	}
	return nil
}

// counted is a behaviour and the number of customers who share it.
type counted struct {
	Behaviour
	n float64
}

// Cohort is the behaviour of many customers, grouped so that those who behaved
// alike are looked at once.
type Cohort struct {
	groups    []counted
	byRepeats []counted // of Repeats only
	n         float64
	meanAge   float64
	repeats   float64 // of all customers
}

// NewCohort groups customers; it takes at least one who bought again.
func NewCohort(all []Behaviour) (*Cohort, error) {
	c := &Cohort{n: float64(len(all))}
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Behaviour) int {
		return cmp.Or(cmp.Compare(a.Repeats, b.Repeats), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Age, b.Age))
	})
	for i, b := range sorted {
		if err := b.Validate(); err != nil {
			return nil, err
		}
		c.meanAge += b.Age / c.n
		c.repeats += float64(b.Repeats)
		if i == 0 || b != sorted[i-1] {
			c.groups = append(c.groups, counted{Behaviour: b})
		}
		if i == 0 || b.Repeats != sorted[i-1].Repeats {
			c.byRepeats = append(c.byRepeats, counted{Behaviour: Behaviour{Repeats: b.Repeats}})
		}
		c.groups[len(c.groups)-1].n++
		c.byRepeats[len(c.byRepeats)-1].n++
	}
	if c.repeats == 0 || c.meanAge == 0 {
		return nil, fault.New(fault.Invalid, "none of the %d customers bought on a second day: there is no rhythm to learn from", len(all))
	}
	return c, nil
}

// Customers is the number of customers in the cohort.
func (c *Cohort) Customers() int { return int(c.n) }

// Groups is the number of different behaviours among them.
func (c *Cohort) Groups() int { return len(c.groups) }

// Summarise turns the days on which one customer bought, rising, into the
// behaviour known at the end of day until. Days after until are not looked at;
// ok is false when none is left. Unit is the number of days in a unit of time.
func Summarise(days []int, until int, unit float64) (b Behaviour, ok bool) {
	last := 0
	for i, d := range days {
		switch {
		case d > until:
			return b, i > 0
		case i == 0:
			b.Age = float64(until-d) / unit
		case d > last:
			b.Repeats++
			b.Last = float64(d-days[0]) / unit
		}
		last = d
	}
	return b, len(days) > 0
}

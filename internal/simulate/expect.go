package simulate

import (
	"fmt"
	"math"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Truth is the planted effect of selecting customers for a treatment, today.
type Truth struct {
	// Treated is the probability of leaving by choice within the horizon when
	// selected; of a treatment with an Outcome, that of having no such event.
	Treated     float64         `json:"treated"`
	Untreated   float64         `json:"untreated"` // when left alone
	Effect      float64         `json:"effect"`    // treated − untreated: below 0 when contact keeps people
	StdErr      float64         `json:"std_err"`   // of Effect, from the finite number of futures
	Reached     float64         `json:"reached"`   // share to whom the treatment got through
	PerCustomer []CustomerTruth `json:"-"`         // in the order of the keys
}

// CustomerTruth is the truth about one of them.
type CustomerTruth struct {
	Key                string
	Treated, Untreated float64
}

// fates counts what became of one customer over all futures.
type fates struct {
	treated, untreated, reached int
	squares                     int // of treated − untreated in each future
}

// Expect tells what selecting these customers for a treatment on the open day
// does to the probability that each leaves by choice on it or one of the
// following days, horizonDays in all. Selection is what is measured: calls are
// tried on the treatment's attempt days and may not get through. Each of the
// replicates is one future of each customer, lived twice with the same luck,
// drawn afresh and not the one that will come to pass. Customers who have left
// stay gone in both arms. The business is not changed.
func (b *Business) Expect(keys []string, treatment string, horizonDays, replicates int) (Truth, error) {
	t, err := treatmentOf(treatment)
	if err != nil {
		return Truth{}, fmt.Errorf("expect: %w", err)
	}
	return b.ExpectPlan(keys, *t, horizonDays, replicates)
}

// ExpectPlan is Expect for one of Treatments whose Attempts may have been
// changed to the days on which calls are really tried, in rising order.
func (b *Business) ExpectPlan(keys []string, plan Treatment, horizonDays, replicates int) (Truth, error) {
	switch {
	case plan.effect == nil:
		return Truth{}, fault.New(fault.Invalid, "expect: treatment %q has no planted effect: take one of Treatments", plan.Name)
	case !slices.IsSorted(plan.Attempts):
		return Truth{}, fault.New(fault.Invalid, "expect: attempt days %v are not in rising order", plan.Attempts)
	case len(keys) == 0:
		return Truth{}, fault.New(fault.Invalid, "expect: no customers were given")
	case horizonDays < 1 || replicates < 1:
		return Truth{}, fault.New(fault.Invalid, "expect: %d days and %d replicates; give at least 1 of each", horizonDays, replicates)
	}
	places := make([]int, len(keys))
	for k := range keys {
		var err error
		if places[k], err = b.find(keys[k]); err != nil {
			return Truth{}, fmt.Errorf("expect: %w", err)
		}
	}
	b.world.reach(b.day + horizonDays + 1)
	counts := make([]fates, len(keys))
	parallel(len(keys), func(k int) { counts[k] = b.fatesOf(places[k], &plan, horizonDays, replicates) })
	return summary(keys, counts, replicates), nil
}

func summary(keys []string, counts []fates, replicates int) Truth {
	n := float64(replicates)
	truth := Truth{PerCustomer: make([]CustomerTruth, len(keys))}
	var total fates
	variance := 0.0
	for k, c := range counts {
		truth.PerCustomer[k] = CustomerTruth{keys[k], float64(c.treated) / n, float64(c.untreated) / n}
		total.treated += c.treated
		total.untreated += c.untreated
		total.reached += c.reached
		mean := float64(c.treated-c.untreated) / n
		variance += (float64(c.squares)/n - mean*mean) / n
	}
	size := float64(len(keys))
	truth.Treated = float64(total.treated) / n / size
	truth.Untreated = float64(total.untreated) / n / size
	truth.Effect = truth.Treated - truth.Untreated
	truth.Reached = float64(total.reached) / n / size
	truth.StdErr = math.Sqrt(max(0, variance)) / size
	return truth
}

// futures keeps the replicates' luck apart from that of the business.
const futures = 0x6675747572657300

func (b *Business) fatesOf(i int, t *Treatment, horizonDays, replicates int) fates {
	var f fates
	p := &b.people[i]
	if b.states[i].left != stays {
		return f
	}
	for r := range replicates {
		h := stats.Hash(b.seed, futures, uint64(r), uint64(p.index))
		alone, selected := b.states[i], b.states[i]
		_, began := b.future(p, &alone, nil, horizonDays, h)
		without := count(t.lost(&alone, began))
		got, began := b.future(p, &selected, t, horizonDays, h)
		with := count(t.lost(&selected, began))
		d := with - without
		f.treated += with
		f.untreated += without
		f.reached += count(got)
		f.squares += d * d
	}
	return f
}

// lost says whether the treatment failed with a customer who ended like that.
func (t *Treatment) lost(s *state, began bool) bool {
	if t.Outcome != "" {
		return !began
	}
	return s.left == leftVoluntarily
}

// future lives one customer's next days, selected for t or, with nil, left
// alone, and says whether the treatment got through and whether they began with
// what is asked for: a survey.
func (b *Business) future(p *person, s *state, t *Treatment, horizonDays int, luck uint64) (got, began bool) {
	next := 0
	for k := 0; k < horizonDays && s.left == stays; k++ {
		day := b.day + k
		if t != nil && !got && next < len(t.Attempts) && t.Attempts[next] == k {
			next++
			got = contact(t, p, s, day, luck)
		}
		d := on(luck, day)
		step(b.world, p, s, day, d, nil)
		began = began || s.left == stays && answers(s, day, d)
	}
	return got, began
}

// contact is one attempt of either kind; it says whether it got through.
func contact(t *Treatment, p *person, s *state, day int, luck uint64) bool {
	if t.Call {
		return call(t, p, s, day, luck).discussed
	}
	return message(t, p, s, day, luck)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

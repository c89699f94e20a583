package interventions

import (
	"cmp"
	"math"
	"slices"
)

// problem is the night's multiple-choice knapsack: per household at most one
// candidate, minutes bounded together, slots per treatment.
//
//	max Σ worth   so that   Σ minutes × release ≤ capacity,   #treatment ≤ slots
//
// Release is the probability that a selected candidate is released, so that the
// minutes are those expected after arms: it is blind to who is in which arm.
type problem struct {
	cands    []Candidate // sorted by (household, customer, treatment)
	first    []int32     // where each household's candidates begin; one more at the end
	release  []float64   // by treatment
	capacity float64
	slots    []int // by treatment; -1 none
}

// solution is one pick per household and the prices it was made at.
type solution struct {
	pick   []int32   // index into cands, -1 nothing
	minute float64   // price of a minute
	slot   []float64 // price of a slot, by treatment
	used   float64   // expected minutes
	taken  []int     // by treatment
}

func newProblem(cands []Candidate, release []float64, capacity float64, slots []int) *problem {
	pr := &problem{cands: cands, release: release, capacity: capacity, slots: slots}
	for i := range cands {
		if i == 0 || cands[i].Household != cands[i-1].Household {
			pr.first = append(pr.first, int32(i))
		}
	}
	pr.first = append(pr.first, int32(len(cands)))
	return pr
}

func (pr *problem) households() int { return len(pr.first) - 1 }

// weight is what a candidate is expected to take of the minutes.
func (pr *problem) weight(c int32) float64 {
	return float64(pr.cands[c].Minutes) * pr.release[pr.cands[c].Treatment]
}

// reduced is a candidate's worth less what it uses at the prices.
func (pr *problem) reduced(c int32, s *solution) float64 {
	return float64(pr.cands[c].Worth) - s.minute*pr.weight(c) - s.slot[pr.cands[c].Treatment]
}

// best is the household's candidate of the largest reduced worth above zero,
// among those that skip does not leave out.
func (pr *problem) best(h int, s *solution, skip int) (int32, float64) {
	pick, most := int32(-1), 0.0
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		if int(pr.cands[c].Treatment) == skip {
			continue
		}
		if v := pr.reduced(c, s); v > most {
			pick, most = c, v
		}
	}
	return pick, most
}

// solve finds prices, takes what they say, and repairs what is left over.
func (pr *problem) solve() *solution {
	s := &solution{pick: make([]int32, pr.households()), slot: make([]float64, len(pr.slots))}
	for range 6 {
		was := s.minute
		for t, n := range pr.slots {
			if n >= 0 {
				pr.priceSlots(s, t, n)
			}
		}
		pr.priceMinutes(s)
		if math.Abs(s.minute-was) <= 1e-9*max(1, was) {
			break
		}
	}
	for h := range s.pick {
		s.pick[h], _ = pr.best(h, s, -1)
	}
	pr.count(s)
	pr.enforce(s)
	pr.fillUp(s)
	pr.polish(s)
	return s
}

// priceSlots sets the price of a treatment's slots to what the first household
// without one would have gained by it.
func (pr *problem) priceSlots(s *solution, t, n int) {
	s.slot[t] = 0
	var gains []float64
	for h := range pr.households() {
		own := 0.0
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			if int(pr.cands[c].Treatment) == t {
				own = max(own, pr.reduced(c, s))
			}
		}
		if own == 0 {
			continue
		}
		if _, other := pr.best(h, s, t); own > other {
			gains = append(gains, own-other)
		}
	}
	if len(gains) > n {
		slices.SortFunc(gains, func(a, b float64) int { return cmp.Compare(b, a) })
		s.slot[t] = gains[n]
	}
}

// priceMinutes finds the lowest price at which the minutes suffice.
func (pr *problem) priceMinutes(s *solution) {
	demand := func(price float64) float64 {
		at := solution{minute: price, slot: s.slot}
		sum := 0.0
		for h := range pr.households() {
			if c, _ := pr.best(h, &at, -1); c >= 0 {
				sum += pr.weight(c)
			}
		}
		return sum
	}
	if demand(0) <= pr.capacity {
		s.minute = 0
		return
	}
	lo, hi := 0.0, 1.0
	for c := range pr.cands {
		if w := pr.weight(int32(c)); w > 0 {
			hi = max(hi, float64(pr.cands[c].Worth)/w)
		}
	}
	for i := 0; i < 60 && hi-lo > 1e-8*hi; i++ {
		if mid := (lo + hi) / 2; demand(mid) <= pr.capacity {
			hi = mid
		} else {
			lo = mid
		}
	}
	s.minute = hi
}

func (pr *problem) count(s *solution) {
	s.used, s.taken = 0, make([]int, len(pr.slots))
	for _, c := range s.pick {
		if c >= 0 {
			s.used += pr.weight(c)
			s.taken[pr.cands[c].Treatment]++
		}
	}
}

// fits says whether a household may change from one pick to another.
func (pr *problem) fits(s *solution, from, to int32) bool {
	used, t := s.used, -1
	if from >= 0 {
		used -= pr.weight(from)
		t = int(pr.cands[from].Treatment)
	}
	if to < 0 {
		return true
	}
	to2 := int(pr.cands[to].Treatment)
	if to2 != t && pr.slots[to2] >= 0 && s.taken[to2] >= pr.slots[to2] {
		return false
	}
	return used+pr.weight(to) <= pr.capacity+1e-9
}

func (pr *problem) change(s *solution, h int, to int32) {
	if from := s.pick[h]; from >= 0 {
		s.used -= pr.weight(from)
		s.taken[pr.cands[from].Treatment]--
	}
	if to >= 0 {
		s.used += pr.weight(to)
		s.taken[pr.cands[to].Treatment]++
	}
	s.pick[h] = to
}

// enforce drops the picks that gain least until every limit holds. Prices
// leave nothing to drop except where several limits meet in one household.
func (pr *problem) enforce(s *solution) {
	order := pr.byGain(func(h int) float64 {
		if s.pick[h] < 0 {
			return 0
		}
		return pr.reduced(s.pick[h], s)
	})
	for i := len(order) - 1; i >= 0; i-- {
		h := int(order[i])
		c := s.pick[h]
		if c < 0 {
			continue
		}
		t := pr.cands[c].Treatment
		over := pr.slots[t] >= 0 && s.taken[t] > pr.slots[t]
		if over || (s.used > pr.capacity+1e-9 && pr.weight(c) > 0) {
			pr.change(s, h, -1)
		}
	}
}

// byGain orders households by gain, largest first, ties by a mix of their ids.
func (pr *problem) byGain(gain func(h int) float64) []int32 {
	type ranked struct {
		h    int32
		gain float64
		tie  uint64
	}
	list := make([]ranked, pr.households())
	for h := range list {
		list[h] = ranked{int32(h), gain(h), mix(int64(pr.cands[pr.first[h]].Household))}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.tie, b.tie), cmp.Compare(a.h, b.h))
	})
	order := make([]int32, len(list))
	for i, r := range list {
		order[i] = r.h
	}
	return order
}

// fillUp gives what the prices left over to the changes that gain most for a
// minute, until none fits.
func (pr *problem) fillUp(s *solution) {
	for range 4 {
		to := make([]int32, pr.households())
		order := pr.byGain(func(h int) float64 {
			var rate float64
			to[h], rate = pr.upgrade(s, h)
			return rate
		})
		changed := false
		for _, h := range order {
			if to[h] >= 0 && pr.fits(s, s.pick[h], to[h]) {
				pr.change(s, int(h), to[h])
				changed = true
			}
		}
		if !changed {
			return
		}
	}
}

// free ranks changes that take no minutes above all that do.
const free = 1e15

// upgrade is the household's change that fits and gains most for a minute.
func (pr *problem) upgrade(s *solution, h int) (int32, float64) {
	now, used := 0.0, 0.0
	if c := s.pick[h]; c >= 0 {
		now, used = float64(pr.cands[c].Worth), pr.weight(c)
	}
	pick, most := int32(-1), 0.0
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		gain := float64(pr.cands[c].Worth) - now
		if gain <= 0 || !pr.fits(s, s.pick[h], c) {
			continue
		}
		rate := free + gain // takes no minutes: before all that do, the largest gain first
		if more := pr.weight(c) - used; more > 0 {
			rate = gain / more
		}
		if rate > most {
			pick, most = c, rate
		}
	}
	return pick, most
}

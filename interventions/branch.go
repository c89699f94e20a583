package interventions

import (
	"cmp"
	"math"
	"slices"
)

// The households whose pick the prices hardly decide are the core: with
// everybody else as they are, what is best for them is searched by branch and
// bound. In a small problem everybody is in the core, and the solution is the
// optimum.
const (
	coreHouseholds = 40
	coreNodes      = 400_000 // looked at before the best found so far is taken
	closeEnough    = 2e-4    // of the bound: what is left is not worth a search
)

// branch is one search of the core, depth first, the choice that loses least
// first. A node is left when even the relaxed rest cannot beat what was found:
//
//	worth so far + Σ best reduced worth of the rest + Σ price × what is left
type branch struct {
	pr     *problem
	prices []float64
	core   []coreHousehold
	rest   []float64 // of the reduced worth, from each depth on
	left   []float64 // of each limit
	picks  []int32
	nodes  int

	best      float64
	bestPicks []int32
}

type coreHousehold struct {
	household int32
	options   []option // by what they lose, nothing among them
}

type option struct {
	c       int32
	worth   float64
	reduced float64
}

// search improves the picks of the core, if anything can still be gained.
func (pr *problem) search(s *solution, t *tariff) {
	now := pr.total(s)
	if s.bound-now <= closeEnough*s.bound {
		return
	}
	b := &branch{pr: pr, prices: s.prices, core: pr.core(t), left: make([]float64, len(pr.limits))}
	for k := range b.left {
		b.left[k] = pr.limits[k].Amount - s.used[k]
	}
	b.picks, b.bestPicks = make([]int32, len(b.core)), make([]int32, len(b.core))
	for i, h := range b.core {
		b.bestPicks[i] = s.pick[h.household]
		if c := s.pick[h.household]; c >= 0 {
			b.best += float64(pr.cands[c].Worth)
			b.take(c, -1)
		}
	}
	b.rest = make([]float64, len(b.core)+1)
	for i := len(b.core) - 1; i >= 0; i-- {
		b.rest[i] = b.rest[i+1] + max(0, b.core[i].options[0].reduced)
	}
	b.visit(0, 0)
	for i, h := range b.core {
		pr.change(s, h.household, b.bestPicks[i])
	}
	pr.count(s)
}

// core is the households with the smallest gap between their best and second
// best choice at the prices, the clearest first.
func (pr *problem) core(t *tariff) []coreHousehold {
	var list []move
	for h := range pr.households() {
		best, second := 0.0, math.Inf(-1)
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			if v := pr.reduced(c, t); v > best {
				best, second = v, best
			} else {
				second = max(second, v)
			}
		}
		list = append(list, move{household: int32(h), loss: best - second})
		if len(list) == 4*coreHouseholds {
			pr.byLoss(list)
			list = list[:coreHouseholds]
		}
	}
	pr.byLoss(list)
	var core []coreHousehold
	for _, m := range list[:min(len(list), coreHouseholds)] {
		h := coreHousehold{household: m.household, options: []option{{c: -1}}}
		for c := pr.first[m.household]; c < pr.first[m.household+1]; c++ {
			if pr.cands[c].Worth > 0 {
				h.options = append(h.options, option{c, float64(pr.cands[c].Worth), pr.reduced(c, t)})
			}
		}
		slices.SortStableFunc(h.options, func(a, b option) int { return cmp.Compare(b.reduced, a.reduced) })
		core = append(core, h)
	}
	slices.Reverse(core)
	return core
}

// visit tries every choice of the household at a depth.
func (b *branch) visit(depth int, worth float64) {
	if depth == len(b.core) {
		if worth > b.best+1e-9*max(1, b.best) {
			b.best = worth
			copy(b.bestPicks, b.picks)
		}
		return
	}
	for _, o := range b.core[depth].options {
		if b.nodes++; b.nodes > coreNodes {
			return
		}
		// The options fall: once one cannot win, none after it can.
		if worth+o.reduced+b.rest[depth+1]+b.slack() <= b.best+1e-9*max(1, b.best) {
			return
		}
		if o.c >= 0 && !b.take(o.c, 1) {
			b.take(o.c, -1)
			continue
		}
		b.picks[depth] = o.c
		b.visit(depth+1, worth+o.worth)
		if o.c >= 0 {
			b.take(o.c, -1)
		}
	}
}

// slack is what is left of the limits, at their prices.
func (b *branch) slack() float64 {
	sum := 0.0
	for k, p := range b.prices {
		sum += p * max(0, b.left[k])
	}
	return sum
}

// take uses a candidate's part of every limit, or gives it back, and says
// whether the limits still hold.
func (b *branch) take(c int32, sign float64) bool {
	holds := true
	for k := range b.left {
		b.left[k] -= sign * b.pr.use(c, k)
		holds = holds && b.left[k] >= -1e-9*max(1, b.pr.limits[k].Amount)
	}
	return holds
}

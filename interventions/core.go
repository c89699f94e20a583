package interventions

import "math"

// The households whose pick the price hardly decides are the core: with
// everybody else fixed, what is best for them is found exactly, by dynamic
// programming over hundredths of a minute. For small problems everybody is in
// the core and the solution is the optimum.
const (
	coreHouseholds = 24
	coreUnits      = 100    // in a minute
	coreTable      = 60_000 // units at most
)

// polish solves the core exactly and keeps it where it is better.
func (pr *problem) polish(s *solution) {
	core := pr.core(s)
	if len(core) < 2 {
		return
	}
	free, now, most := pr.capacity-s.used, 0.0, 0.0
	for _, h := range core {
		if c := s.pick[h]; c >= 0 {
			free += pr.weight(c)
			now += float64(pr.cands[c].Worth)
		}
		heaviest := 0.0
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			heaviest = max(heaviest, pr.weight(c))
		}
		most += heaviest
	}
	size := int(math.Floor(min(free, most)*coreUnits + 1e-6))
	if size < 0 || size > coreTable {
		return
	}
	picks, value := pr.exact(core, size)
	if value <= now+1e-6 {
		return
	}
	for i, h := range core {
		pr.change(s, h, picks[i])
	}
}

// core is the households with the smallest gap between their best and second
// best choice (nothing being one) at the prices. Households that compete for
// slots stay out.
func (pr *problem) core(s *solution) []int {
	gap := make([]float64, pr.households())
	order := pr.byGain(func(h int) float64 {
		best, second, slots, minutes := 0.0, math.Inf(-1), false, false
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			slots = slots || pr.slots[pr.cands[c].Treatment] >= 0
			minutes = minutes || pr.weight(c) > 0
			if v := pr.reduced(c, s); v > best {
				best, second = v, best
			} else {
				second = max(second, v)
			}
		}
		gap[h] = best - second
		if slots || !minutes {
			gap[h] = math.Inf(1)
		}
		return -gap[h]
	})
	var core []int
	for _, h := range order[:min(len(order), coreHouseholds)] {
		if !math.IsInf(gap[h], 1) {
			core = append(core, int(h))
		}
	}
	return core
}

// exact is the best choice of the households within size units:
//
//	value[i][u] = max over c of value[i-1][u − weight(c)] + worth(c)
func (pr *problem) exact(core []int, size int) ([]int32, float64) {
	value := make([]float64, size+1)
	from := make([][]int32, len(core))
	for i, h := range core {
		next := append([]float64(nil), value...)
		from[i] = make([]int32, size+1)
		for u := range from[i] {
			from[i][u] = -1
		}
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			w := pr.units(c)
			for u := w; u <= size; u++ {
				if v := value[u-w] + float64(pr.cands[c].Worth); v > next[u] {
					next[u], from[i][u] = v, c
				}
			}
		}
		value = next
	}
	picks := make([]int32, len(core))
	u := size
	for i := len(core) - 1; i >= 0; i-- {
		picks[i] = from[i][u]
		if picks[i] >= 0 {
			u -= pr.units(picks[i])
		}
	}
	return picks, value[size]
}

// units is a weight rounded up, so that what fits in units fits in minutes.
func (pr *problem) units(c int32) int { return int(math.Ceil(pr.weight(c)*coreUnits - 1e-6)) }

package interventions

import "math"

// sampleHouseholds is how many households prices are first sought on: a large
// file gives nearly the same prices as a fair sample of it.
const sampleHouseholds = 1 << 14

// prices are the shadow prices of the limits: those at which the relaxed
// problem is worth least.
func (pr *problem) prices() []float64 {
	start := make([]float64, len(pr.limits))
	if pr.households() <= 2*sampleHouseholds {
		return pr.descend(start, 400, 1e-7)
	}
	return pr.descend(pr.sample().descend(start, 400, 1e-5), 40, 1e-4)
}

// sample is the problem of every so many households, chosen by a mix of their
// ids, with as much less of every limit.
func (pr *problem) sample() *problem {
	keep := uint64(float64(sampleHouseholds) / float64(pr.households()) * math.MaxUint64)
	out := &problem{limits: make([]restriction, len(pr.limits))}
	for h := range pr.households() {
		if pr.tie(int32(h)) <= keep {
			out.first = append(out.first, int32(len(out.cands)))
			out.cands = append(out.cands, pr.cands[pr.first[h]:pr.first[h+1]]...)
		}
	}
	out.first = append(out.first, int32(len(out.cands)))
	share := float64(out.households()) / float64(pr.households())
	for k, l := range pr.limits {
		out.limits[k] = l
		out.limits[k].Amount *= share
	}
	return out
}

// descend minimises the dual by column generation: every price system that is
// tried proposes what the households would take, a small linear program mixes
// the proposals within the limits as well as can be, and its multipliers are
// the prices to try next, half way from the best so far so that they do not
// swing. The mix is worth at most what can be had and the dual at least, so
// the search knows when it is done.
func (pr *problem) descend(best []float64, tries int, precision float64) []float64 {
	least, used := pr.dual(best)
	m := newMixture(pr.limits)
	m.add(least-pr.spent(best, used), used)
	for range tries {
		next, mixed := m.solve()
		if least-mixed <= precision*max(1, least) {
			break
		}
		trial := make([]float64, len(best))
		for k := range trial {
			trial[k] = (best[k] + next[k]) / 2
		}
		value, used := pr.dual(trial)
		if !m.add(value-pr.spent(trial, used), used) { // it has this proposal: look where the mix points
			trial = next
			value, used = pr.dual(trial)
			m.add(value-pr.spent(trial, used), used)
		}
		if value < least {
			least, best = value, trial
		}
	}
	return best
}

// spent is what the dual counts beyond the worth of what is taken: the prices
// of what is left over, and less for what is overdrawn.
func (pr *problem) spent(prices, used []float64) float64 {
	sum := 0.0
	for k, p := range prices {
		sum += p * (pr.limits[k].Amount - used[k])
	}
	return sum
}

// thrift is the part of the bound that all of a limit costs beyond its price.
const thrift = 1e-5

// nudged are the prices with a trifle on every limit. Of two picks that are
// worth the same at the prices the one that takes less goes first: a limit
// that the mix leaves over is free, but whole picks can still run into it.
func (pr *problem) nudged(prices []float64, bound float64) []float64 {
	out := make([]float64, len(prices))
	for k, p := range prices {
		out[k] = p + thrift*bound/max(1, pr.limits[k].Amount)
	}
	return out
}

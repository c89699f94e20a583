package interventions

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// problem is the night's multiple-choice knapsack: per household at most one
// candidate, every limit respected.
//
//	max Σ worth   so that   Σ use(candidate, limit) ≤ amount(limit)
//
// It is blind to arms: what a selection uses is what it is expected to use
// before anybody's arm is drawn.
type problem struct {
	cands  []Candidate   // sorted by (household, customer, treatment)
	first  []int32       // where each household's candidates begin; one more at the end
	limits []restriction // the agents' minutes first
}

// solution is one pick per household and the prices it was made at.
type solution struct {
	pick   []int32   // index into cands, -1 nothing
	prices []float64 // of one unit, by limit
	used   []float64 // by limit
	bound  float64   // no solution is worth more
}

// newProblem is the problem of the first n candidates.
func newProblem(cands []Candidate, n int, limits []restriction) *problem {
	households := 0
	for i := range n {
		if i == 0 || cands[i].Household != cands[i-1].Household {
			households++
		}
	}
	pr := &problem{cands: cands, limits: limits, first: make([]int32, 0, households+1)}
	for i := range n {
		if i == 0 || cands[i].Household != cands[i-1].Household {
			pr.first = append(pr.first, int32(i))
		}
	}
	pr.first = append(pr.first, int32(n))
	return pr
}

func (pr *problem) amounts() []float64 {
	list := make([]float64, len(pr.limits))
	for k := range list {
		list[k] = pr.limits[k].Amount
	}
	return list
}

func (pr *problem) households() int { return len(pr.first) - 1 }

// solve finds prices, takes what they say, mends what breaks a limit, uses what
// is left over, and searches exactly among the households that the prices
// hardly decide.
func (pr *problem) solve() *solution {
	s := &solution{pick: make([]int32, pr.households())}
	s.prices = pr.prices()
	s.bound, _ = pr.dual(s.prices)
	thrifty := pr.tariff(pr.nudged(s.prices, s.bound))
	for h := range s.pick {
		s.pick[h], _ = pr.best(h, &thrifty)
	}
	pr.count(s)
	pr.enforce(s, &thrifty)
	pr.fillUp(s, &thrifty)
	tariff := pr.tariff(s.prices)
	pr.search(s, &tariff)
	return s
}

// use is what a candidate takes of a limit.
func (pr *problem) use(c int32, limit int) float64 {
	l := &pr.limits[limit]
	u := l.per[pr.cands[c].Treatment]
	if l.timed() {
		u *= float64(pr.cands[c].Minutes)
	}
	return u
}

// weight is what a candidate is expected to take of the agents' minutes.
func (pr *problem) weight(c int32) float64 { return pr.use(c, 0) }

// tariff is what the prices of all limits make a treatment cost: so much, and
// so much a minute. With it a price system is as cheap to try as one price.
type tariff struct {
	flat   [256]float64
	minute [256]float64
}

func (pr *problem) tariff(prices []float64) tariff {
	var t tariff
	for k := range pr.limits {
		l := &pr.limits[k]
		for i, u := range l.per {
			if l.timed() {
				t.minute[i] += prices[k] * u
			} else {
				t.flat[i] += prices[k] * u
			}
		}
	}
	return t
}

// reduced is a candidate's worth less what it uses at the prices.
func (pr *problem) reduced(c int32, t *tariff) float64 {
	cand := &pr.cands[c]
	return float64(cand.Worth) - float64(t.minute[cand.Treatment]*float64(cand.Minutes)) - t.flat[cand.Treatment]
}

// best is the household's candidate of the largest reduced worth above zero,
// or -1 and 0.
func (pr *problem) best(h int, t *tariff) (pick int32, most float64) {
	pick = -1
	for c := pr.first[h]; c < pr.first[h+1]; c++ {
		if v := pr.reduced(c, t); v > most {
			pick, most = c, v
		}
	}
	return pick, most
}

// dualBlock is how many households are summed together, so that the sums are
// the same for any number of workers.
const dualBlock = 1 << 14

// dual is what the relaxed problem is worth at the prices, an upper bound of
// every solution, and what its picks would use of each limit.
//
//	dual(prices) = Σ max(0, best reduced worth) + Σ price × amount
func (pr *problem) dual(prices []float64) (value float64, used []float64) {
	type part struct {
		value   float64
		count   [256]int32
		minutes [256]float64
	}
	t := pr.tariff(prices)
	parts := make([]part, (pr.households()+dualBlock-1)/dualBlock)
	spread(len(parts), func(b int) {
		p := &parts[b]
		for h := b * dualBlock; h < min((b+1)*dualBlock, pr.households()); h++ {
			if c, v := pr.best(h, &t); c >= 0 {
				p.value += v
				p.count[pr.cands[c].Treatment]++
				p.minutes[pr.cands[c].Treatment] += float64(pr.cands[c].Minutes)
			}
		}
	})
	used = make([]float64, len(pr.limits))
	for k := range pr.limits {
		value += prices[k] * pr.limits[k].Amount
	}
	for b := range parts {
		value += parts[b].value
		for k := range pr.limits {
			l := &pr.limits[k]
			for i, u := range l.per {
				if l.timed() {
					used[k] += u * parts[b].minutes[i]
				} else {
					used[k] += u * float64(parts[b].count[i])
				}
			}
		}
	}
	return value, used
}

// spread calls f(0) to f(n-1) on all processors.
func spread(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	group.Wait()
}

func (pr *problem) count(s *solution) {
	s.used = make([]float64, len(pr.limits))
	for _, c := range s.pick {
		if c >= 0 {
			for k := range s.used {
				s.used[k] += pr.use(c, k)
			}
		}
	}
}

// fits says whether a household may change from one pick to another without
// using more of a limit than there is.
func (pr *problem) fits(s *solution, from, to int32) bool {
	if to < 0 {
		return true
	}
	for k := range pr.limits {
		more := pr.use(to, k)
		if from >= 0 {
			more -= pr.use(from, k)
		}
		if more > 0 && over(s.used[k]+more, pr.limits[k].Amount) {
			return false
		}
	}
	return true
}

// over says whether more is used than there is, but for what rounding makes of
// sums of equal parts.
func over(used, amount float64) bool { return used > amount+1e-9*max(1, amount) }

func (pr *problem) change(s *solution, h int32, to int32) {
	from := s.pick[h]
	for k := range pr.limits {
		if from >= 0 {
			s.used[k] -= pr.use(from, k)
		}
		if to >= 0 {
			s.used[k] += pr.use(to, k)
		}
	}
	s.pick[h] = to
}

// move is a household's change of pick and what it loses at the prices.
type move struct {
	household, to int32
	loss          float64
}

// byLoss orders moves, the smallest loss first, ties by a mix of the
// households' ids, which favours nobody.
func (pr *problem) byLoss(moves []move) {
	slices.SortFunc(moves, func(a, b move) int {
		if a.loss != b.loss {
			return cmp.Compare(a.loss, b.loss)
		}
		return cmp.Or(cmp.Compare(pr.tie(a.household), pr.tie(b.household)), cmp.Compare(a.to, b.to))
	})
}

func (pr *problem) tie(h int32) uint64 { return mix(int64(pr.cands[pr.first[h]].Household)) }

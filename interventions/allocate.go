package interventions

import (
	"cmp"
	"math"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// minInclusion is the smallest probability with which exploration includes a
// household of its band.
const minInclusion = .02

// Night is all that one night's allocation needs.
type Night struct {
	AsOf       time.Time
	Customers  int         // in the file
	Candidates []Candidate // of all shards, in any order; sorted in place
	Arms       []Arm       // stored, in any order; ended ones count as earlier draws
	Requests   []Request   // of managers, still to be considered
	Committed  Committed
}

// Allocate takes prices first, then chance. Prices are solved over all
// eligible households, blind to arms, with as many minutes as those released
// will need after the held-back are taken out, less the exploration share.
// Then every household below the line but ranked within three times capacity
// may be drawn to explore, and only then are arms looked up or drawn:
//
//	rank  1 ──────────────┬────────────────────┬──────────────
//	      above the line  │ exploration band   │ below
//	P     1 − held back   │ π × (1 − held back)│ 0
//
// The propensity is that of being released: exact within the first two,
// because nothing there depends on anybody's arm. It is pure; running it twice
// or in another order of candidates changes nothing. Chance may release a
// little more than the minutes there are; what does not fit expires in its arm.
func (p *Policy) Allocate(n Night) (Allocation, error) {
	if err := p.checkNight(&n); err != nil {
		return Allocation{}, err
	}
	global := p.globalShare(n.Customers)
	release := p.releases(n.Customers)
	multi := sharedHouseholds(n.Candidates)
	rest, wanted := p.setAside(n.Candidates, n.Requests)
	pr := newProblem(n.Candidates, rest, p.restrictions(n.AsOf, n.Committed, release))
	amounts := pr.amounts()
	wanted = pr.grant(wanted)
	minutes := pr.limits[0].Amount
	draws, widest := pr.exploration(p.cfg.Chance.ExplorationShare)
	pr.limits[0].Amount -= float64(draws) * widest
	s := pr.solve()
	tariff := pr.tariff(s.prices)
	a := &allocator{
		p: p, pr: pr, s: s, tariff: &tariff, night: n, global: global, arms: indexArms(n.Arms), drawn: map[ArmKey]Arm{},
		out: Allocation{Capacity: amounts[0], Selected: map[string]int{}, Released: map[string]int{}, Prices: p.pricesOf(pr, s, &tariff)},
	}
	for k := range amounts {
		a.out.Prices.Limits[k].Amount = amounts[k]
	}
	positive := make([]bool, len(p.cfg.Treatments))
	for i := range n.Candidates {
		c := &n.Candidates[i]
		positive[c.Treatment] = positive[c.Treatment] || c.Worth > 0
	}
	a.out.Prices.Assumed = len(n.Candidates) == 0 || p.assumes(func(i int) bool { return positive[i] })
	for _, c := range s.pick {
		if c >= 0 {
			a.choose(c, 1, true, false)
		}
	}
	for _, w := range wanted {
		a.choose(w.candidate, 1, true, false)
		if w.override {
			a.override()
		}
	}
	a.explore(draws, minutes)
	a.others(multi)
	return a.finish(), nil
}

func (p *Policy) checkNight(n *Night) error {
	slices.SortFunc(n.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Household, b.Household), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Treatment, b.Treatment))
	})
	for i := range n.Candidates {
		c := &n.Candidates[i]
		if int(c.Treatment) >= len(p.cfg.Treatments) {
			return fault.New(fault.Invalid, "a candidate of customer %d is for treatment %d of %d: the draft was made with another configuration; propose again", c.Customer, c.Treatment, len(p.cfg.Treatments))
		}
		if w := float64(c.Worth); math.IsNaN(w) || math.IsInf(w, 0) || !(c.Minutes >= 0) {
			return fault.New(fault.Invalid, "a candidate of customer %d has worth %v and minutes %v: both must be numbers, minutes not below 0", c.Customer, c.Worth, c.Minutes)
		}
		if i > 0 && n.Candidates[i-1].Customer == c.Customer && n.Candidates[i-1].Treatment == c.Treatment {
			return fault.New(fault.Invalid, "customer %d is a candidate for %s twice: two shards hold the same customer", c.Customer, p.cfg.Treatments[c.Treatment].Name)
		}
	}
	return nil
}

// sharedHouseholds returns the candidates, one a customer, of households that
// have several customers among them.
func sharedHouseholds(sorted []Candidate) []Candidate {
	var out []Candidate
	for i := 0; i < len(sorted); {
		j, members := i, 0
		for ; j < len(sorted) && sorted[j].Household == sorted[i].Household; j++ {
			if j == i || sorted[j].Customer != sorted[j-1].Customer {
				members++
			}
		}
		for k := i; members > 1 && k < j; k++ {
			if k == i || sorted[k].Customer != sorted[k-1].Customer {
				out = append(out, sorted[k])
			}
		}
		i = j
	}
	return out
}

// exploration is how many households are drawn and the minutes kept for each:
// the widest candidate's, so that a sample of any of them fits.
func (pr *problem) exploration(share float64) (draws int, widest float64) {
	for c := range pr.cands {
		if pr.cands[c].Worth > 0 {
			widest = max(widest, pr.weight(int32(c)))
		}
	}
	if widest == 0 || share == 0 {
		return 0, 0
	}
	return int(share * pr.limits[0].Amount / widest), widest
}

func indexArms(arms []Arm) map[ArmKey]Arm {
	index := make(map[ArmKey]Arm, len(arms))
	for _, a := range arms {
		k := ArmKey{a.Household, a.Layer}
		if old, ok := index[k]; !ok || a.Until.After(old.Until) {
			index[k] = a
		}
	}
	return index
}

// pricesOf says what one more of each limit would earn, and what the first
// customer below the line is worth to each treatment.
func (p *Policy) pricesOf(pr *problem, s *solution, t *tariff) Prices {
	out := Prices{Offers: p.offerRates(), Calls: p.handlings(), GhostShares: p.ghostShares(), NextMinor: map[string]float64{}, BoundMinor: s.bound, WorthMinor: pr.total(s)}
	for k, l := range pr.limits {
		l.PriceMinor = s.prices[k]
		out.Limits = append(out.Limits, l.Limit)
	}
	next := map[uint8]int32{}
	for h, c := range s.pick {
		if c >= 0 {
			continue
		}
		for c := pr.first[h]; c < pr.first[h+1]; c++ {
			cand := &pr.cands[c]
			if !(cand.Worth > 0) {
				continue
			}
			if first, ok := next[cand.Treatment]; !ok || pr.reduced(c, t) > pr.reduced(first, t) {
				next[cand.Treatment] = c
			}
		}
	}
	for i, c := range next {
		out.NextMinor[p.cfg.Treatments[i].Name] = float64(pr.cands[c].Worth)
	}
	return out
}

// allocator turns picks into choices.
type allocator struct {
	p      *Policy
	pr     *problem
	s      *solution
	tariff *tariff
	night  Night
	global float64
	arms   map[ArmKey]Arm
	drawn  map[ArmKey]Arm
	out    Allocation
}

// choose records a candidate selected with probability inclusion, or, when it
// was not, that it might have been.
func (a *allocator) choose(c int32, inclusion float64, selected, explored bool) {
	cand := &a.pr.cands[c]
	t := &a.p.cfg.Treatments[cand.Treatment]
	ch := Choice{
		Customer: cand.Customer, Household: cand.Household, Partition: int(cand.Partition), Treatment: int(cand.Treatment),
		Result: ResultTreat, Reason: ReasonReleased, Explored: explored, Propensity: inclusion,
	}
	if explored {
		ch.Reason = ReasonExplored
	}
	if t.Sells() { // service contact is the same for every arm
		everything, this := a.arm(cand.Household, LayerGlobal, a.global), a.arm(cand.Household, Layer(t.Name), t.GhostShare)
		ch.Propensity *= float64((1 - everything.Share) * (1 - this.Share))
		if selected {
			a.keep(everything)
			a.keep(this)
		}
		switch {
		case everything.Held:
			ch.Result, ch.Reason = ResultHoldout, ReasonHeldBack
		case this.Held:
			ch.Result, ch.Reason = ResultGhost, ReasonHeldBack
		}
	}
	if !selected {
		ch.Result, ch.Reason = ResultNotSelected, ReasonBelowLine
	} else {
		a.out.Selected[t.Name]++
	}
	if ch.Result == ResultTreat {
		a.out.Released[t.Name]++
		a.out.Minutes += float64(cand.Minutes)
	}
	a.out.Choices = append(a.out.Choices, ch)
}

// override releases the choice made last whatever its arm, which stays.
func (a *allocator) override() {
	ch := &a.out.Choices[len(a.out.Choices)-1]
	ch.Override, ch.Propensity = true, 1
	if ch.Result == ResultTreat {
		return
	}
	ch.Assigned, ch.Result, ch.Reason = ch.Result, ResultTreat, ReasonReleased
	t := &a.p.cfg.Treatments[ch.Treatment]
	a.out.Released[t.Name]++
	a.out.Minutes += a.p.Minutes(ch.Treatment)
}

// arm is the household's arm in a layer: the stored one while its year lasts,
// else the one it draws now.
func (a *allocator) arm(h history.HouseholdID, l Layer, share float64) Arm {
	old, known := a.arms[ArmKey{h, l}]
	if known && old.Until.After(a.night.AsOf) {
		return old
	}
	draw := 0
	if known {
		draw = old.Draw + 1
	}
	return a.p.drawArm(h, l, share, a.night.AsOf, draw)
}

// keep stores an arm that was drawn tonight; a layer without a share has none.
func (a *allocator) keep(arm Arm) {
	k := ArmKey{arm.Household, arm.Layer}
	if arm.From.Equal(a.night.AsOf) && (arm.Share > 0 || arm.Layer != LayerGlobal) {
		if _, stored := a.arms[k]; !stored || a.arms[k].Draw != arm.Draw {
			a.drawn[k] = arm
		}
	}
}

// explore draws a fixed number of households below the line by systematic
// sampling with a keyed random start: at every rank of the band the
// probability of inclusion is draws ÷ length.
//
//	band  |··x····|··x····|··x····|   one of every length/draws, at the same offset
func (a *allocator) explore(draws int, minutes float64) {
	if draws == 0 {
		return
	}
	band := a.band(3 * minutes)
	band = band[:min(len(band), int(float64(draws)/minInclusion))]
	if len(band) == 0 {
		return
	}
	draws = min(draws, len(band))
	step := float64(len(band)) / float64(draws)
	start := a.p.uniform("explore", a.night.AsOf.UTC().Format(time.RFC3339)) * step
	next := 0
	for i, c := range band {
		hit := next < draws && i == min(int(start+float64(next)*step), len(band)-1)
		if hit {
			next++
		}
		a.choose(c, float64(draws)/float64(len(band)), hit, hit)
	}
}

// free says that nothing bounds a treatment but the agents' minutes, so that
// drawing it to explore breaks no other limit.
func (a *allocator) free(treatment uint8) bool {
	for k := 1; k < len(a.pr.limits); k++ {
		if a.pr.limits[k].per[treatment] > 0 {
			return false
		}
	}
	return true
}

// band is the unselected households' best candidates for an agent, ranked by
// worth for a minute, down to where all above them would take limit minutes.
func (a *allocator) band(limit float64) []int32 {
	list := make([]move, 0, a.pr.households()) // to the candidate; the loss is its worth for a minute, less than nothing
	for h, picked := range a.s.pick {
		if picked >= 0 {
			limit -= a.pr.weight(picked)
			continue
		}
		best, most := int32(-1), math.Inf(-1)
		for c := a.pr.first[h]; c < a.pr.first[h+1]; c++ {
			cand := &a.pr.cands[c]
			if !(cand.Worth > 0) || a.pr.weight(c) == 0 || !a.free(cand.Treatment) {
				continue
			}
			if v := a.pr.reduced(c, a.tariff); v > most {
				best, most = c, v
			}
		}
		if best >= 0 {
			list = append(list, move{int32(h), best, -float64(a.pr.cands[best].Worth) / a.pr.weight(best)})
		}
	}
	a.pr.byLoss(list)
	var band []int32
	for _, r := range list {
		if limit -= a.pr.weight(r.to); limit < 0 {
			break
		}
		band = append(band, r.to)
	}
	return band
}

// others says of the remaining customers of a household that another of it
// was chosen.
func (a *allocator) others(members []Candidate) {
	chosen := make(map[history.HouseholdID]history.CustomerID, len(a.out.Choices))
	for _, ch := range a.out.Choices {
		if ch.Result != ResultNotSelected {
			chosen[ch.Household] = ch.Customer
		}
	}
	for _, m := range members {
		if who, ok := chosen[m.Household]; ok && who != m.Customer {
			a.out.Choices = append(a.out.Choices, Choice{
				Customer: m.Customer, Household: m.Household, Partition: int(m.Partition), Treatment: int(m.Treatment),
				Result: ResultNotSelected, Reason: ReasonHousehold,
			})
		}
	}
}

func (a *allocator) finish() Allocation {
	slices.SortFunc(a.out.Choices, func(x, y Choice) int { return cmp.Compare(x.Customer, y.Customer) })
	for _, arm := range a.drawn {
		a.out.NewArms = append(a.out.NewArms, arm)
	}
	slices.SortFunc(a.out.NewArms, func(x, y Arm) int {
		return cmp.Or(cmp.Compare(x.Household, y.Household), cmp.Compare(x.Layer, y.Layer))
	})
	return a.out
}

package training

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"holdfast/internal/stats"
	"holdfast/model"
)

// pastDate is one past date that was predicted from what was known by then, with
// what it takes to make the range as it would have been.
type pastDate struct {
	levelError
	fit    fitted
	groups []scoredAlike
}

// scoredAlike is a group of customers of a date with like risks.
type scoredAlike struct {
	risk, rate float64
	chance     float64 // standard error of rate, by household
}

// Groups of a date by risk: tenths, if each then has so many rows.
const (
	mostAlike  = 10
	leastAlike = 50
)

// alike puts rows into groups by risk.
func alike(s *Sample, p []float64) []scoredAlike {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	n := min(mostAlike, len(p)/leastAlike)
	out := make([]scoredAlike, n)
	for g := range out {
		rows := order[g*len(p)/n : (g+1)*len(p)/n]
		var w, risk, rate float64
		for _, i := range rows {
			w, risk, rate = w+s.W[i], risk+float64(s.W[i]*p[i]), rate+float64(s.W[i]*s.Y[i])
		}
		risk, rate = risk/w, rate/w
		off := make(map[int64]float64)
		for _, i := range rows {
			off[s.Household[i]] += s.W[i] * (s.Y[i] - rate)
		}
		square := 0.0
		for _, v := range off {
			square += float64(v * v)
		}
		out[g] = scoredAlike{risk, rate, math.Sqrt(square) / w}
	}
	return out
}

func levels(past []pastDate) []levelError {
	out := make([]levelError, len(past))
	for i, d := range past {
		out[i] = d.levelError
	}
	return out
}

// rangesHeld tries the range on past dates, the newest first, each made from the dates
// before it alone: of how many groups it held the leaving rate. A share of few
// customers is off by chance too, which is no fault of the range and allowed for.
func rangesHeld(past []pastDate, seed uint64) (held, groups, dates int) {
	for i, d := range past {
		r, err := fitRange(d.fit.slice, d.fit.risks, levels(past[i+1:]), seed)
		if err != nil {
			continue // too few had left by then: there was none
		}
		dates++
		for _, g := range d.groups {
			groups++
			if holds(r, g) {
				held++
			}
		}
	}
	return held, groups, dates
}

// holds says whether the range at a group's risk and the error of its share together
// reach the share that left, at the level of the range.
func holds(r *model.Range, g scoredAlike) bool {
	low, high, ok := r.At(g.risk)
	chance := stats.NormalQuantile(.5+rangeLevel/2) * g.chance
	return ok && g.rate >= g.risk-math.Hypot(g.risk-low, chance) && g.rate <= g.risk+math.Hypot(high-g.risk, chance)
}

// heldSentence says on the card how often the range held.
func heldSentence(held, groups, dates int) string {
	if groups == 0 {
		return ""
	}
	on := "past dates, each"
	if dates == 1 {
		on = "past date,"
	}
	return fmt.Sprintf("Tried on %d %s with what was known by then, the range held the leaving rate of %d of %d groups of customers scored alike (%.0f %%); it should hold nine in ten.",
		dates, on, held, groups, 100*float64(held)/float64(groups))
}

package interventions

import (
	"slices"
	"strings"
	"time"
)

// LimitKind says what a limit counts.
type LimitKind string

// The kinds of limit.
const (
	LimitMinutes LimitKind = "minutes" // of all agents
	LimitSkill   LimitKind = "skill"   // minutes of the agents who have a skill
	LimitBudget  LimitKind = "budget"  // expected cost of offers, minor units
	LimitQuota   LimitKind = "quota"   // selections of one treatment
	LimitChannel LimitKind = "channel" // selections for one channel
)

// Limit is one bound of a night and what one more unit of it would earn.
type Limit struct {
	Kind       LimitKind `json:"kind"`
	Name       string    `json:"name"`        // of the skill, treatment or channel; empty for the others
	Amount     float64   `json:"amount"`      // minutes, minor units or selections
	PriceMinor float64   `json:"price_minor"` // shadow price of one more
}

// timed says whether the limit is of minutes.
func (l *Limit) timed() bool { return l.Kind == LimitMinutes || l.Kind == LimitSkill }

// restriction is a limit with what a selection of each treatment takes of it: units,
// or for a timed limit the share of its minutes that is expected to be spent.
type restriction struct {
	Limit
	per []float64
}

// Capacity is what there is to allocate on the day that follows asOf: the
// agents' minutes first, then minutes by skill, the budget for offers, the
// quotas and the channels that have one. Minutes are those rostered less the
// absent's, what is kept free for customers who ring and what open work will take; no amount
// is below zero.
func (p *Policy) Capacity(asOf time.Time, c Committed) []Limit {
	rs := p.restrictions(asOf, c, make([]float64, len(p.cfg.Treatments)))
	limits := make([]Limit, len(rs))
	for i := range rs {
		limits[i] = rs[i].Limit
	}
	return limits
}

// restrictions are the night's limits. Release is the probability, by
// treatment, that a selection is released: minutes and offers are spent on
// those alone, whoever they turn out to be.
func (p *Policy) restrictions(asOf time.Time, c Committed, release []float64) []restriction {
	per := func(units func(i int, t *Treatment) float64) []float64 {
		list := make([]float64, len(p.cfg.Treatments))
		for i := range p.cfg.Treatments {
			list[i] = units(i, &p.cfg.Treatments[i])
		}
		return list
	}
	out := []restriction{{
		Limit{Kind: LimitMinutes, Amount: max(0, p.rostered(asOf, p.cfg.Roster.Agents-len(c.Absent))-c.Minutes)},
		per(func(i int, _ *Treatment) float64 { return release[i] }),
	}}
	for _, skill := range sortedKeys(p.cfg.Roster.Skills) {
		open, there := 0.0, p.cfg.Roster.Skills[skill]
		for _, a := range c.Absent {
			if slices.Contains(a.Skills, skill) {
				there--
			}
		}
		for i := range p.cfg.Treatments {
			if t := &p.cfg.Treatments[i]; slices.Contains(t.Skills, skill) {
				open += c.ByTreatment[t.Name]
			}
		}
		out = append(out, restriction{
			Limit{Kind: LimitSkill, Name: skill, Amount: max(0, p.rostered(asOf, there)-open)},
			per(func(i int, t *Treatment) float64 { return given(slices.Contains(t.Skills, skill), release[i]) }),
		})
	}
	if b := p.cfg.Limits.OfferBudgetMinor; b > 0 {
		out = append(out, restriction{Limit{Kind: LimitBudget, Amount: float64(b)}, per(func(i int, t *Treatment) float64 {
			if t.Offer == nil {
				return 0
			}
			return release[i] * p.Acceptance(i).Mean * float64(t.Offer.CostMinor)
		})})
	}
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; t.DailyQuota > 0 {
			out = append(out, restriction{
				Limit{Kind: LimitQuota, Name: t.Name, Amount: float64(max(0, t.DailyQuota-c.Slots[t.Name]))},
				per(func(j int, _ *Treatment) float64 { return given(j == i, 1) }),
			})
		}
	}
	for _, ch := range sortedKeys(p.cfg.Limits.Channels) {
		out = append(out, restriction{
			Limit{Kind: LimitChannel, Name: string(ch), Amount: float64(p.cfg.Limits.Channels[ch])},
			per(func(_ int, t *Treatment) float64 { return given(t.Channel == ch, 1) }),
		})
	}
	return out
}

func given(yes bool, v float64) float64 {
	if yes {
		return v
	}
	return 0
}

// HoursToday returns the minutes that the rostered agents have today, so many of
// them being absent, and how many are left of today's calling windows at now.
func (p *Policy) HoursToday(now time.Time, absent int) (rostered, left float64) {
	rostered = p.rostered(now, p.cfg.Roster.Agents-absent)
	local := now.In(p.zone)
	minute := local.Hour()*60 + local.Minute()
	var all, still int
	for _, s := range p.calls.days[local.Weekday()] {
		all += s.to - s.from
		still += max(0, s.to-max(s.from, minute))
	}
	if all == 0 {
		return rostered, 0
	}
	return rostered, rostered * float64(still) / float64(all)
}

// rostered is how many minutes so many agents have on the day after asOf, less
// what is kept free for customers who ring.
func (p *Policy) rostered(asOf time.Time, agents int) float64 {
	day := asOf.In(p.zone)
	if p.calls.holidays[day.Format(time.DateOnly)] {
		return 0
	}
	r := p.cfg.Roster
	return float64(max(0, agents)*r.Minutes[strings.ToLower(day.Weekday().String())]) * (1 - r.Inbound)
}

// globalShare is the share of households held out of everything: none in
// small files, where it could prove nothing.
func (p *Policy) globalShare(customers int) float64 {
	share := p.cfg.Chance.GlobalHoldout
	switch {
	case customers < 20_000:
		return 0
	case share >= 0:
		return share
	case customers >= 100_000:
		return .05
	}
	return 0
}

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
	LimitMinutes   LimitKind = "minutes"   // of all agents
	LimitSkill     LimitKind = "skill"     // minutes of the agents who have a skill
	LimitLanguage  LimitKind = "language"  // minutes of the agents who speak one of the languages, with + between them
	LimitBudget    LimitKind = "budget"    // expected cost of offers, minor units
	LimitQuota     LimitKind = "quota"     // selections of one treatment
	LimitSignatory LimitKind = "signatory" // thank-you calls that one signatory makes, over all treatments
	LimitChannel   LimitKind = "channel"   // selections for one channel
)

// Limit is one bound of a night and what one more unit of it would earn.
type Limit struct {
	Kind       LimitKind `json:"kind"`
	Name       string    `json:"name"`        // of the skill, treatment, signatory or channel; empty for the others
	Amount     float64   `json:"amount"`      // minutes, minor units or selections
	PriceMinor float64   `json:"price_minor"` // shadow price of one more
}

// timed says whether the limit is of minutes.
func (l *Limit) timed() bool {
	return l.Kind == LimitMinutes || l.Kind == LimitSkill || l.Kind == LimitLanguage
}

// restriction is a limit with what a selection of each treatment takes of it: units,
// or for a timed limit the share of its minutes that is expected to be spent.
type restriction struct {
	Limit
	per []float64
}

// Capacity is what there is to allocate on the day that follows asOf: the
// agents' minutes first, then minutes by skill and by language, the budget for
// offers, the quotas and the channels that have one. Minutes are those of the
// rosters, and of agents without one those configured for the weekday, less the
// absent's, what is kept free for customers who ring and what open work will
// take; no amount is below zero.
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
	per := p.each
	from, to := p.dayOf(asOf)
	out := p.timedLimits(p.crewOn(from, to, 1, &c), &c, release, per)
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
	out = append(out, p.callers(&c)...)
	for _, ch := range sortedKeys(p.cfg.Limits.Channels) {
		out = append(out, restriction{
			Limit{Kind: LimitChannel, Name: string(ch), Amount: float64(p.cfg.Limits.Channels[ch])},
			per(func(_ int, t *Treatment) float64 { return given(t.Channel == ch, 1) }),
		})
	}
	return out
}

// callers are the limits of senior managers' own hands: the thank-you calls that
// a signatory makes a day over all treatments that they sign. Where the
// configuration names none it is the largest of their quotas, which a single
// treatment's own quota already says. Messages only bear a name and take nobody's
// time.
func (p *Policy) callers(c *Committed) (out []restriction) {
	calls := map[string][]*Treatment{}
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; t.ThanksByPhone() {
			calls[t.Signatory] = append(calls[t.Signatory], t)
		}
	}
	for _, who := range sortedKeys(calls) {
		most, named := p.cfg.Limits.Signatories[who]
		if !named && len(calls[who]) < 2 {
			continue
		}
		open := 0
		for _, t := range calls[who] {
			if open += c.Slots[t.Name]; !named {
				most = max(most, t.DailyQuota)
			}
		}
		out = append(out, restriction{Limit{Kind: LimitSignatory, Name: who, Amount: float64(max(0, most-open))}, p.each(func(_ int, t *Treatment) float64 {
			return given(t.ThanksByPhone() && t.Signatory == who, 1)
		})})
	}
	return out
}

// each is a number of every treatment.
func (p *Policy) each(units func(i int, t *Treatment) float64) []float64 {
	list := make([]float64, len(p.cfg.Treatments))
	for i := range p.cfg.Treatments {
		list[i] = units(i, &p.cfg.Treatments[i])
	}
	return list
}

// releases are the probabilities, by treatment, that a selection is released in
// a file of so many customers: service contact is the same for every arm.
func (p *Policy) releases(customers int) []float64 {
	global := p.globalShare(customers)
	return p.each(func(_ int, t *Treatment) float64 {
		if t.Sells() {
			return (1 - global) * (1 - t.GhostShare)
		}
		return 1
	})
}

// timedLimits are the limits of minutes: of everybody, by skill and by language.
func (p *Policy) timedLimits(h crew, c *Committed, release []float64, per func(func(int, *Treatment) float64) []float64) []restriction {
	limit := func(kind LimitKind, name string, minutes, open float64, needs func(*Treatment) bool) restriction {
		return restriction{Limit{Kind: kind, Name: name, Amount: max(0, minutes-open)}, per(func(i int, t *Treatment) float64 {
			return given(needs(t), release[i])
		})}
	}
	open := func(needs func(*Treatment) bool) (sum float64) {
		for i := range p.cfg.Treatments {
			if t := &p.cfg.Treatments[i]; needs(t) {
				sum += c.ByTreatment[t.Name]
			}
		}
		return sum
	}
	out := []restriction{limit(LimitMinutes, "", h.all(), c.Minutes, func(*Treatment) bool { return true })}
	for _, skill := range p.skills(&h) {
		needs := func(t *Treatment) bool { return slices.Contains(t.Skills, skill) }
		out = append(out, limit(LimitSkill, skill, h.skill(skill), open(needs), needs))
	}
	for _, set := range p.tongues(&h) {
		needs := func(t *Treatment) bool { return t.Within(set) }
		out = append(out, limit(LimitLanguage, strings.Join(set, "+"), h.language(set), open(needs), needs))
	}
	return out
}

func given(yes bool, v float64) float64 {
	if yes {
		return v
	}
	return 0
}

// HoursToday returns the minutes that the agents have today, those of rosters
// and those configured for agents without one, less what is kept free for
// customers who ring; and how many of them are left of today's calling windows
// at now. Of what is committed the rosters and the absent are looked at.
func (p *Policy) HoursToday(now time.Time, c Committed) (rostered, left float64) {
	from, to := p.dayOf(now)
	all := p.crewOn(from, to, 1, &c)
	still := p.restOfDay(now, &c)
	return all.all(), still.all()
}

// restOfDay is the crew that is left of the calling windows of now's day.
func (p *Policy) restOfDay(now time.Time, c *Committed) crew {
	from, _ := p.dayOf(now)
	local := now.In(p.zone)
	minute := local.Hour()*60 + local.Minute()
	var all, still, last int
	for _, s := range p.calls.days[local.Weekday()] {
		all += s.to - s.from
		still += max(0, s.to-max(s.from, minute))
		last = max(last, s.to)
	}
	y, m, d := from.Date()
	end := time.Date(y, m, d, 0, last, 0, 0, p.zone)
	share := 0.0
	if all > 0 {
		share = float64(still) / float64(all)
	}
	return p.crewOn(now, laterOf(now, end), share, c)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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

package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"holdfast/interventions"
)

// sayPrices says what one more of each limit of a list would earn, and what the
// first customer below the line is worth to each treatment.
func (a *app) sayPrices(p *interventions.Prices) {
	money := func(minor float64) string { return a.cfg.Writer.Exact(int64(math.Round(minor))) }
	assumed := ""
	if p.Assumed && len(p.Limits) > 0 {
		assumed = ", assumed"
	}
	for _, l := range p.Limits {
		amount, unit, price := fmt.Sprintf("%.0f", l.Amount), "one more", l.PriceMinor
		switch l.Kind {
		case interventions.LimitMinutes, interventions.LimitSkill, interventions.LimitLanguage:
			amount, unit, price = fmt.Sprintf("%.0f minutes", l.Amount), "one more agent-hour", 60*l.PriceMinor
		case interventions.LimitBudget:
			amount, unit, price = money(l.Amount), "a hundredth more", l.PriceMinor*l.Amount/100
		}
		what := string(l.Kind)
		if l.Name != "" {
			what += " " + l.Name
		}
		if math.Round(price) == 0 {
			a.p.say("  limit %s, %s: %s would earn nothing", what, amount, unit)
			continue
		}
		a.p.say("  limit %s, %s: %s would earn %s%s", what, amount, unit, money(price), assumed)
	}
	for _, name := range slices.Sorted(maps.Keys(p.GhostShares)) {
		a.p.say("  ghost share of %s: %.2f, as planned", name, p.GhostShares[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.NextMinor)) {
		a.p.say("  next in line for %s: worth %s%s", name, money(p.NextMinor[name]), assumed)
	}
}

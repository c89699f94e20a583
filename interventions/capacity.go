package interventions

import (
	"strings"
	"time"
)

// Capacity is what there is to allocate on the day that follows asOf: rostered
// minutes less what is kept free for customers who ring and what open work
// will take, and the slots left of each quota (-1 where a treatment has none).
// Neither is ever below zero.
func (p *Policy) Capacity(asOf time.Time, c Committed) (minutes float64, slots []int) {
	day := asOf.In(p.zone)
	r := p.cfg.Roster
	if !p.calls.holidays[day.Format(time.DateOnly)] {
		name := strings.ToLower(day.Weekday().String())
		minutes = max(0, float64(r.Agents*r.Minutes[name])*(1-r.Inbound)-c.Minutes)
	}
	slots = make([]int, len(p.cfg.Treatments))
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		slots[i] = -1
		if t.DailyQuota > 0 {
			slots[i] = max(0, t.DailyQuota-c.Slots[t.Name])
		}
	}
	return minutes, slots
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

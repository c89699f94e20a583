package interventions

import (
	"cmp"
	"slices"

	"holdfast/history"
)

// Plan is what a policy would do on one night, in the sums that may be seen:
// of those released, with the arms that are stored.
type Plan struct {
	Contacts   int                       `json:"contacts"`
	Minutes    float64                   `json:"minutes"`           // of agents, expected
	Available  float64                   `json:"minutes_available"` // of agents, before anything new
	CostMinor  float64                   `json:"cost_minor"`        // of contacts and offers, expected
	WorthMinor float64                   `json:"worth_minor"`       // expected, costs taken off
	Assumed    bool                      `json:"assumed"`           // the worth rests on effects nobody has measured
	Treatments map[string]PlanLine       `json:"treatments"`
	Reasons    map[Result]map[string]int `json:"reasons"` // why customers have no candidate
	Limits     []Limit                   `json:"limits"`
}

// PlanLine is one treatment's part of a plan.
type PlanLine struct {
	Contacts   int     `json:"contacts"`
	Minutes    float64 `json:"minutes"`
	CostMinor  float64 `json:"cost_minor"`
	WorthMinor float64 `json:"worth_minor"`
}

// Planned is a customer whom a plan would contact.
type Planned struct {
	Customer  history.CustomerID
	Partition int
	Treatment string
	Worth     float64
}

// Plan sums up an allocation of a night's candidates, which Allocate has
// sorted, and lists those released by partition and customer.
func (p *Policy) Plan(a *Allocation, sorted []Candidate) (Plan, []Planned) {
	out := Plan{Available: a.Capacity, Assumed: a.Prices.Assumed, Limits: a.Prices.Limits, Treatments: map[string]PlanLine{}}
	var who []Planned
	for i := range a.Choices {
		ch := &a.Choices[i]
		if ch.Result != ResultTreat {
			continue
		}
		at, found := slices.BinarySearchFunc(sorted, ch, func(c Candidate, ch *Choice) int {
			return cmp.Or(cmp.Compare(c.Household, ch.Household), cmp.Compare(c.Customer, ch.Customer), cmp.Compare(int(c.Treatment), ch.Treatment))
		})
		if !found {
			continue
		}
		t, c := &p.cfg.Treatments[ch.Treatment], &sorted[at]
		line := out.Treatments[t.Name]
		line.Contacts++
		line.Minutes += float64(c.Minutes)
		line.CostMinor += p.expectedCost(ch.Treatment)
		line.WorthMinor += float64(c.Worth)
		out.Treatments[t.Name] = line
		who = append(who, Planned{ch.Customer, ch.Partition, t.Name, float64(c.Worth)})
	}
	for _, name := range sortedKeys(out.Treatments) {
		line := out.Treatments[name]
		out.Contacts += line.Contacts
		out.Minutes += line.Minutes
		out.CostMinor += line.CostMinor
		out.WorthMinor += line.WorthMinor
	}
	slices.SortFunc(who, func(x, y Planned) int {
		return cmp.Or(cmp.Compare(x.Partition, y.Partition), cmp.Compare(x.Customer, y.Customer))
	})
	return out, who
}

// expectedCost is what one contact is expected to cost, without an agent's
// time: its own cost and the offer's where it is taken.
func (p *Policy) expectedCost(treatment int) float64 {
	t := &p.cfg.Treatments[treatment]
	cost := float64(t.CostMinor)
	if t.Offer != nil {
		cost += float64(p.Acceptance(treatment).Mean * float64(t.Offer.CostMinor))
	}
	return cost
}

// Tier is the name of the highest value tier that a year's margin reaches,
// empty without tiers.
func (p *Policy) Tier(valueMinor int64) string { return p.tier(valueMinor) }

// SameChance says whether two policies leave the same things to chance in the
// same way: only then does a comparison by name tell nobody's arm (R7).
func (p *Policy) SameChance(o *Policy) bool {
	if p.cfg.Chance != o.cfg.Chance || len(p.cfg.Treatments) != len(o.cfg.Treatments) {
		return false
	}
	for i := range p.cfg.Treatments {
		t := &p.cfg.Treatments[i]
		if x := o.Treatment(t.Name); x == nil || x.GhostShare != t.GhostShare || x.PlanGhostShare != t.PlanGhostShare || x.Family != t.Family {
			return false
		}
	}
	return true
}

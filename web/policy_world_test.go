package web_test

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
	"holdfast/web"
)

// plan makes a policy room with two dry runs.
func (n *numbers) plan() {
	cfg := interventions.DefaultConfig()
	cfg.Roster.Skills = map[string]int{"polish": 1}
	cfg.Treatments[2].Skills = []string{"polish"}
	cfg.Treatments[0].Offer = &interventions.Offer{Name: "a month free", CostMinor: 1500, AcceptRate: .1}
	cfg.Limits.OfferBudgetMinor = 50_000
	cfg.Protected = []string{"gender"}
	n.policyNow = web.PolicyNow{Config: cfg, Hash: "5d1c", Versions: []interventions.PolicyVersion{
		{Version: 2, From: tuesday.Truncate(24*time.Hour).AddDate(0, 0, -9), Hash: "5d1c"}, {Version: 1, From: tuesday.AddDate(0, -5, 0), Hash: "77ab"},
	}}
	for _, t := range cfg.Treatments {
		b := interventions.Belief{Mean: t.Effect.Mean, Spread: t.Effect.Spread}
		o := interventions.Belief{}
		if t.Offer != nil {
			o.Mean = t.Offer.AcceptRate
		}
		n.policyNow.Effects, n.policyNow.Offers = append(n.policyNow.Effects, b), append(n.policyNow.Offers, o)
	}
	n.policyNow.Effects[0] = interventions.Belief{Mean: .12, Spread: .04, Measured: true}
	night := tuesday.Truncate(24 * time.Hour)
	n.rehearsals = []nightly.Rehearsal{
		{ID: 31, By: "mia", At: tuesday.Add(-time.Hour), Run: "night-3", AsOf: night, Policy: "interventions:\n  roster: {agents: 2}\n", Ended: tuesday.Add(-50 * time.Minute), Result: aComparison(night)},
		{ID: 30, By: "lyn", At: tuesday.AddDate(0, 0, -1), Run: "night-1", AsOf: night.AddDate(0, 0, -2), Ended: tuesday.AddDate(0, 0, -1), Problem: "run night-1 has no scores of partition 3: they were not made, or retention let them go"},
	}
}

func aComparison(night time.Time) *nightly.Comparison {
	plan := func(contacts int, calls, letters int, minutes float64) interventions.Plan {
		return interventions.Plan{
			Contacts: contacts, Minutes: minutes, Available: 2760, CostMinor: 300 * float64(letters), WorthMinor: 1e4 * float64(calls), Assumed: true,
			Treatments: map[string]interventions.PlanLine{
				"retention_call": {Contacts: calls, Minutes: minutes, WorthMinor: 9e3 * float64(calls)},
				"offer_message":  {Contacts: letters, CostMinor: 300 * float64(letters), WorthMinor: 1e3 * float64(calls)},
			},
			Limits: []interventions.Limit{{Kind: interventions.LimitMinutes, Amount: 2760, PriceMinor: 130}, {Kind: interventions.LimitChannel, Name: "letter", Amount: 400}},
		}
	}
	return &nightly.Comparison{
		Now: plan(490, 170, 320, 1490), Then: plan(410, 90, 320, 790), Both: 380, New: 20, Dropped: 100, Moved: 10,
		Groups:    []nightly.GroupMove{{Band: "high", Tier: "gold", Now: 110, Then: 70}, {Band: "high", Tier: "standard", Now: 380, Then: 340}},
		Protected: []nightly.ProtectedGroup{{Attribute: "gender", Value: "f", Customers: 2900, Now: 250, Then: 210, NowMinor: 8e5, ThenMinor: 4e5}, {Attribute: "gender", Customers: 40, Now: 10}},
		Evidence: nightly.Evidence{
			Final: night.AddDate(0, 0, -1), Customers: 812, Beyond: 14, Now: measurement.PolicyValue{DoublyRobust: .912, SelfNormalised: .91, Modelled: .905, EffectiveCustomers: 612.4},
			Then: measurement.PolicyValue{DoublyRobust: .905, SelfNormalised: .904, Modelled: .9, EffectiveCustomers: 588.1}, Difference: stats.Interval{Estimate: -.007, Low: -.021, High: .007},
		},
	}
}

func (n *numbers) PolicyNow(context.Context) (web.PolicyNow, error) { return n.policyNow, n.broken }

// beside is the rest of the configuration that policies are pasted beside.
const beside = `
business: {timezone: Europe/London}
history:
  feeds:
    - name: crm
      kind: customers
      path: in/crm.csv
      columns: {customer: id}
      attributes: {segment: segment}
`

// AskRehearsal refuses as the configuration does.
func (n *numbers) AskRehearsal(_ context.Context, r nightly.Rehearsal) (int64, error) {
	c, err := config.Parse("holdfast.yaml", []byte(beside))
	if err != nil {
		return 0, err
	}
	if _, err := c.ParsePolicy("", []byte(r.Policy)); err != nil {
		return 0, err
	}
	for _, one := range n.rehearsals {
		if one.Waits() {
			return 0, fault.New(fault.Conflict, "another dry run is under way: wait until it is done, then ask again")
		}
	}
	r.ID = 32
	n.rehearsals = append([]nightly.Rehearsal{r}, n.rehearsals...)
	return r.ID, n.broken
}

func (n *numbers) Rehearsals(context.Context, int) ([]nightly.Rehearsal, error) {
	return n.rehearsals, n.broken
}

func (n *numbers) Rehearsal(_ context.Context, id int64) (nightly.Rehearsal, error) {
	for _, one := range n.rehearsals {
		if one.ID == id {
			return one, n.broken
		}
	}
	return nightly.Rehearsal{}, fault.New(fault.NotFound, "there is no such dry run")
}

// rehearsing has one under way.
func rehearsing(w *world) {
	w.rehearsals = append([]nightly.Rehearsal{{ID: 32, By: "mia", At: tuesday.Add(-time.Minute), Run: "night-3", AsOf: tuesday.Truncate(24 * time.Hour), Policy: "interventions: {}\n"}}, w.rehearsals...)
}

// changed has a policy that no night was decided by.
func changed(w *world) { w.policyNow.Hash = "newer" }

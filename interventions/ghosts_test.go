package interventions

import (
	"math"
	"slices"
	"testing"

	"holdfast/history"
)

// A planned share is that of the arms drawn from then on: who has an arm keeps
// it at the share of their own, propensities are of the share that each was
// drawn with, and only treatments that have it set theirs change.
func TestAPlannedShareIsDrawn(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Chance.ExplorationShare, cfg.Chance.HoldoutDays = 0, 365
	cfg.Roster.Agents = 400
	cfg.Treatments = cfg.Treatments[:2]
	cfg.Treatments[0].GhostShare, cfg.Treatments[0].PlanGhostShare = .1, true
	cfg.Treatments[1].GhostShare = .2
	p := mustPolicy(t, cfg)
	candidates := func(from, to int) (out []Candidate) {
		for h := from; h < to; h++ {
			out = append(out, Candidate{
				Customer: history.CustomerID(h), Household: history.HouseholdID(h), Worth: 1000, Minutes: float32(cfg.Treatments[0].Minutes()),
			})
		}
		return out
	}
	first, err := p.Allocate(Night{AsOf: tuesday, Customers: 4000, Candidates: candidates(1, 2001)})
	if err != nil {
		t.Fatal(err)
	}
	planned := p.Learn(Learned{GhostShares: map[string]float64{"retention_call": .45, "offer_message": .5}})
	if planned.Treatment("offer_message").GhostShare != .2 || p.Treatment("retention_call").GhostShare != .1 {
		t.Errorf("a share is set where it is not planned, or in the policy itself")
	}
	second, err := planned.Allocate(Night{AsOf: tuesday.AddDate(0, 0, 1), Customers: 4000, Candidates: candidates(1, 4001), Arms: first.NewArms})
	if err != nil {
		t.Fatal(err)
	}
	if got := second.Prices.GhostShares; len(got) != 1 || got["retention_call"] != .45 || first.Prices.GhostShares["retention_call"] != .1 {
		t.Errorf("the lists say the shares %v, then %v", first.Prices.GhostShares, got)
	}
	old := map[history.HouseholdID]Arm{}
	for _, a := range first.NewArms {
		old[a.Household] = a
	}
	held, drawn := 0, 0
	for _, a := range second.NewArms {
		if _, has := old[a.Household]; has || a.Share != .45 {
			t.Fatalf("the arm %+v is drawn again, or at another share than the planned", a)
		}
		drawn++
		if a.Held {
			held++
		}
	}
	if share := float64(held) / float64(drawn); drawn < 1500 || math.Abs(share-.45) > .05 {
		t.Errorf("%d of %d new households are held back", held, drawn)
	}
	for _, c := range second.Choices {
		want, ghost := .55, c.Result == ResultGhost
		if a, has := old[c.Household]; has {
			want, ghost = .9, a.Held
		}
		if c.Result != ResultNotSelected && (math.Abs(c.Propensity-want) > 1e-12 || (c.Result == ResultGhost) != ghost) {
			t.Fatalf("household %d: %+v, want a propensity of %v", c.Household, c, want)
		}
	}
	for share, limit := range map[float64]float64{.1: .9, .45: .55} {
		d := Day{GhostShares: map[string]float64{"retention_call": share}}
		if got := (&Policy{cfg: p.cfg.leftAlone(d.GhostShares)}).releases(4000)[0]; math.Abs(got-limit) > 1e-12 {
			t.Errorf("at a share of %v the day releases %v", share, got)
		}
	}
	cfg.Treatments = slices.Clone(cfg.Treatments)
	cfg.Treatments[0].GhostShare = 0
	if err := cfg.Validate(); err == nil {
		t.Error("a planned share without one to begin with is taken")
	}
	cfg.Treatments[0].GhostShare, cfg.Treatments[0].PlanGhostShare = .1, false
	if p.SameChance(mustPolicy(t, cfg)) {
		t.Error("policies of which one plans its share are said to leave the same to chance")
	}
}

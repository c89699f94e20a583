package measurement_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/measurement"
)

var reportNight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func compareRecent(cells []measurement.AgentCell) map[string]measurement.AgentLine {
	out := map[string]measurement.AgentLine{}
	for _, line := range measurement.CompareAgents(reportNight, cells, nil, nil).Agents {
		out[line.Agent] = line
	}
	return out
}

// TestExpectedByHand: two bands, three agents, one of whom has the hard cases.
// Team rates: high 30/200 = .15, low 90/200 = .45.
func TestExpectedByHand(t *testing.T) {
	t.Parallel()
	high, low := measurement.Mix{Treatment: "call", Band: "high"}, measurement.Mix{Treatment: "call", Band: "low"}
	got := compareRecent([]measurement.AgentCell{
		{Agent: "ann", Mix: high, Attempts: 100, Reached: 60, Claimed: 15},
		{Agent: "ann", Mix: low, Attempts: 20, Claimed: 9},
		{Agent: "bob", Mix: high, Attempts: 60, Claimed: 9},
		{Agent: "bob", Mix: low, Attempts: 100, Claimed: 45},
		{Agent: "cyd", Mix: high, Attempts: 40, Claimed: 6},
		{Agent: "cyd", Mix: low, Attempts: 80, Claimed: 36},
		{Agent: "dan", Mix: low, Attempts: 19, Claimed: 0},
	})
	// dan's nineteen count for the team's rate in low: 90/219.
	for agent, want := range map[string]measurement.Compared{
		"ann": {Attempts: 120, Count: 24, Expected: 15 + 20*90./219}, "bob": {Attempts: 160, Count: 54, Expected: 9 + 100*90./219},
		"cyd": {Attempts: 120, Count: 42, Expected: 6 + 80*90./219},
	} {
		if d := cmp.Diff(want, got[agent].Claimed, cmpopts.EquateApprox(0, 1e-9), cmpopts.IgnoreFields(measurement.Compared{}, "Spread", "Shrunken")); d != "" {
			t.Errorf("%s: %s", agent, d)
		}
	}
	if d := cmp.Diff(measurement.AgentLine{Agent: "dan", Hidden: true}, got["dan"]); d != "" {
		t.Errorf("of nineteen attempts something is said: %s", d)
	}
	ratio, known := got["ann"].Claimed.Ratio()
	if crude := 24. / 120 / (129. / 400); !known || math.Abs(ratio.Estimate-24/(15+20*90./219)) > 1e-9 || ratio.Estimate < 1 || crude > 1 {
		t.Errorf("ann, who has the hard cases, is at %+v where the crude ratio is %g", ratio, crude)
	}
}

// TestExpectedAddsUp: whatever the strata, what is expected of all agents is
// what they did; a shrunken ratio lies between 1 and the ratio.
func TestExpectedAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var cells []measurement.AgentCell
		want := 0
		for range rapid.IntRange(1, 60).Draw(t, "cells") {
			n := rapid.IntRange(1, 50).Draw(t, "attempts")
			c := measurement.AgentCell{
				Agent: rapid.SampledFrom([]string{"ann", "bob", "cyd"}).Draw(t, "agent"), Attempts: n, Claimed: rapid.IntRange(0, n).Draw(t, "claimed"),
				Mix: measurement.Mix{
					Treatment: rapid.SampledFrom([]string{"", "call", "offer"}).Draw(t, "treatment"), Band: rapid.SampledFrom([]string{"high", "low"}).Draw(t, "band"),
					Segment: rapid.SampledFrom([]string{"gold", "trade", "home"}).Draw(t, "segment"), Part: rapid.SampledFrom([]string{"morning", "evening"}).Draw(t, "part"),
					Again: rapid.Bool().Draw(t, "again"),
				},
			}
			// Nobody falls under the least, so that everybody's expectation is told.
			cells = append(cells, c)
			want += c.Claimed
		}
		for _, agent := range []string{"ann", "bob", "cyd"} {
			cells = append(cells, measurement.AgentCell{Agent: agent, Mix: measurement.Mix{Treatment: "rest"}, Attempts: 20, Claimed: 2})
			want += 2
		}
		sum := 0.0
		for agent, line := range compareRecent(cells) {
			c := line.Claimed
			sum += c.Expected
			ratio, known := c.Ratio()
			if known && (c.Shrunken < min(1, ratio.Estimate)-1e-12 || c.Shrunken > max(1, ratio.Estimate)+1e-12) {
				t.Errorf("%s: %g is shrunken to %g", agent, ratio.Estimate, c.Shrunken)
			}
		}
		if math.Abs(sum-float64(want)) > 1e-6 {
			t.Errorf("%g are expected of all, who did %d", sum, want)
		}
	})
}

// simulateTeam draws a quarter of a team in which agent k has cases of a band
// with a chance of their own; skill multiplies what they claim.
func simulateTeam(seed uint64, agents int, skill func(k int) float64) []measurement.AgentCell {
	draw := rand.New(rand.NewPCG(seed, 7))
	var cells []measurement.AgentCell
	for k := range agents {
		of := [2]measurement.AgentCell{}
		for b, band := range []string{"high", "low"} {
			of[b] = measurement.AgentCell{Agent: fmt.Sprintf("agent %02d", k), Mix: measurement.Mix{Treatment: "call", Band: band}}
		}
		share := .1 + .8*float64(k)/float64(agents-1)
		for range 300 {
			b := 1
			if draw.Float64() < share {
				b = 0
			}
			of[b].Attempts++
			if draw.Float64() < []float64{.1, .4}[b]*skill(k) {
				of[b].Claimed++
			}
		}
		cells = append(cells, of[:]...)
	}
	return cells
}

// TestNobodyIsNamedByTheirMix: in teams whose agents are equally good and have
// unequal cases, the intervals hold 1 at their rate, and at most one report in
// twenty names anybody; crude rates would name somebody in all of them.
func TestNobodyIsNamedByTheirMix(t *testing.T) {
	t.Parallel()
	const teams = 200
	held, all, naming := 0, 0, 0
	for seed := range uint64(teams) {
		named := false
		for _, line := range compareRecent(simulateTeam(seed, 12, func(int) float64 { return 1 })) {
			ratio, known := line.Claimed.Ratio()
			if !known {
				t.Fatalf("nothing is said of %s", line.Agent)
			}
			all++
			if ratio.Covers(1) {
				held++
			}
			named = named || line.Claimed.Verdict != ""
		}
		if named {
			naming++
		}
	}
	if share := float64(held) / float64(all); share < .95 {
		t.Errorf("the intervals of equal agents hold 1 in %g of them", share)
	}
	if naming > teams/20+7 { // two standard errors above 5 %
		t.Errorf("%d of %d reports name somebody", naming, teams)
	}
}

// TestWhoIsBetterIsNamed, and the shrunken ratios err less than the plain ones.
func TestWhoIsBetterIsNamed(t *testing.T) {
	t.Parallel()
	skill := func(k int) float64 {
		if k == 3 {
			return 2
		}
		return 1
	}
	named, plain, shrunken := 0, 0.0, 0.0
	for seed := range uint64(60) {
		for agent, line := range compareRecent(simulateTeam(seed, 12, skill)) {
			ratio, _ := line.Claimed.Ratio()
			is := 1.0
			if agent == "agent 03" {
				is = 2
				if line.Claimed.Verdict == measurement.VerdictMore {
					named++
				}
			}
			plain += (ratio.Estimate - is) * (ratio.Estimate - is)
			shrunken += (line.Claimed.Shrunken - is) * (line.Claimed.Shrunken - is)
		}
	}
	if named < 57 {
		t.Errorf("who saves twice as many is named in %d of 60 reports", named)
	}
	if shrunken >= plain {
		t.Errorf("shrunken ratios err by %g, plain ones by %g", shrunken, plain)
	}
}

// TestSustained: who has a contract at day 90 is still here, and what is known
// already is not told again.
func TestSustained(t *testing.T) {
	t.Parallel()
	at := reportNight.AddDate(0, 0, -100)
	var p history.Parts
	contract := func(id history.CustomerID, ended time.Time) {
		p.Customers = append(p.Customers, history.Customer{ID: id})
		begun := at.AddDate(-1, 0, 0)
		p.Facts = append(p.Facts, history.Fact{
			Stamp: history.Stamp{Customer: id, Ref: int64(id), Occurred: begun, Recorded: begun}, Kind: history.FactSubscription,
			Body: history.Subscription{Plan: "home", Start: begun},
		})
		if !ended.IsZero() {
			p.Facts = append(p.Facts, history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: int64(id), Occurred: ended, Recorded: ended}, Kind: history.FactSubscriptionEnd,
				Body: history.SubscriptionEnd{Kind: "voluntary"},
			})
		}
	}
	contract(1, time.Time{})
	contract(2, at.AddDate(0, 0, 60))
	contract(3, at.AddDate(0, 0, 95))
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(id history.CustomerID, at time.Time, here measurement.Here) measurement.Claim {
		return measurement.Claim{Task: 40, N: int(id), Customer: id, At: at, Here: here}
	}
	got := measurement.Sustained(s, []measurement.Claim{
		claim(1, at, 0), claim(2, at, 0), claim(3, at, measurement.StillHere), claim(9, at, 0), claim(1, reportNight.AddDate(0, 0, -89), 0), claim(2, at, measurement.StillHere),
	}, reportNight)
	want := []measurement.Claim{claim(1, at, measurement.StillHere), claim(2, at, measurement.GoneBy90), claim(2, at, measurement.GoneBy90)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

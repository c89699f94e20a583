package nightly

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/interventions"
	"holdfast/scoring"
)

// TestPublicComparison: nobody is named, no reason is counted, and one customer
// more or fewer is not seen unless it is the one that tips a ten.
func TestPublicComparison(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5000).Draw(t, "contacts")
		worth := rapid.Float64Range(-1e9, 1e9).Draw(t, "worth")
		plan := func(n int) interventions.Plan {
			return interventions.Plan{
				Contacts: n, WorthMinor: worth, Treatments: map[string]interventions.PlanLine{"call": {Contacts: n, WorthMinor: worth}},
				Reasons: map[interventions.Result]map[string]int{interventions.ResultBlocked: {interventions.ReasonHeldBefore: 1}},
			}
		}
		c := Comparison{
			Now: plan(n), Then: plan(n + 1), Both: n, New: 1, Groups: []GroupMove{{Band: scoring.BandHigh, Now: n, Then: n + 1}},
			Protected: []ProtectedGroup{{Attribute: "gender", Value: "f", Customers: n, Now: n, Then: n + 1}}, Moves: []PolicyMove{{Key: "C0003", Then: "call"}},
		}
		before, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		p := c.Public()
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "C0003") || strings.Contains(string(text), interventions.ReasonHeldBefore) {
			t.Fatalf("it tells of somebody: %s", text)
		}
		for _, k := range []int{p.Now.Contacts, p.Then.Contacts, p.Both, p.New, p.Groups[0].Now, p.Groups[0].Then, p.Protected[0].Customers, p.Protected[0].Then, p.Then.Treatments["call"].Contacts} {
			if k%10 != 0 || k < 0 {
				t.Fatalf("a count of %d", k)
			}
		}
		if d := p.Now.Contacts - n; d < -5 || d > 5 {
			t.Fatalf("%d stands for %d", p.Now.Contacts, n)
		}
		if off := p.Now.WorthMinor - worth; off > .005*abs(worth)+1e-9 || off < -.005*abs(worth)-1e-9 {
			t.Fatalf("%v stands for %v", p.Now.WorthMinor, worth)
		}
		if after, err := json.Marshal(c); err != nil || string(after) != string(before) {
			t.Fatal("what is made public has changed what it is made of")
		}
	})
}

func abs(v float64) float64 { return max(v, -v) }

package nightly

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/interventions"
)

func decisions(t *rapid.T) []interventions.Decision {
	reasons := map[interventions.Result][]string{
		interventions.ResultTreat:       {interventions.ReasonReleased, interventions.ReasonExplored},
		interventions.ResultGhost:       {interventions.ReasonHeldBack},
		interventions.ResultHoldout:     {interventions.ReasonHeldBack},
		interventions.ResultNotSelected: {interventions.ReasonBelowLine, interventions.ReasonNoWorth, interventions.ReasonHousehold},
		interventions.ResultBlocked:     {string(interventions.GateIssue), string(interventions.GateCap)},
		interventions.ResultNoTreatment: {interventions.ReasonNotRelevant},
		interventions.ResultOut:         {"contract has ended", "no purchase in 180 days"},
	}
	out := make([]interventions.Decision, rapid.IntRange(0, 40).Draw(t, "customers"))
	for i := range out {
		d := &out[i]
		d.Result = rapid.SampledFrom(interventions.Results).Draw(t, "result")
		d.Reason = rapid.SampledFrom(reasons[d.Result]).Draw(t, "reason")
		if d.Result == interventions.ResultTreat {
			d.Treatment, d.Minutes = rapid.SampledFrom([]string{"call", "mail"}).Draw(t, "treatment"), float64(rapid.IntRange(0, 30).Draw(t, "minutes"))
		}
	}
	return out
}

// What the shards count is what publishing reads, added up over shards.
func TestTallyGoesThroughCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := Counts{}
		var want interventions.Tally
		for range rapid.IntRange(1, 4).Draw(t, "shards") {
			shard := decisions(t)
			var tally interventions.Tally
			tally.Count(shard)
			want.Count(shard)
			c := tallyCounts(tally)
			c["already open"] = 3 // counts of other things do not disturb
			counts.Add(c)
		}
		got := tallyOf(counts)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if err := got.Check(want.Customers); err != nil {
			t.Fatal(err)
		}
	})
}

// Two nights that differ only in arms and in who was drawn to explore look the
// same to everybody but the auditor.
func TestPublicCountsTellNoArm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := decisions(t)
		two := append([]interventions.Decision(nil), one...)
		for i := range two {
			switch two[i].Result {
			case interventions.ResultGhost, interventions.ResultHoldout, interventions.ResultNotSelected:
				two[i].Result = rapid.SampledFrom([]interventions.Result{
					interventions.ResultGhost, interventions.ResultHoldout, interventions.ResultNotSelected,
				}).Draw(t, "other arm")
				two[i].Reason = rapid.SampledFrom([]string{interventions.ReasonHeldBack, interventions.ReasonBelowLine}).Draw(t, "other reason")
			case interventions.ResultTreat:
				two[i].Reason = rapid.SampledFrom([]string{interventions.ReasonReleased, interventions.ReasonExplored}).Draw(t, "drawn")
			}
		}
		public := func(ds []interventions.Decision) Counts {
			var tally interventions.Tally
			tally.Count(ds)
			return tallyCounts(tally).Public()
		}
		if diff := cmp.Diff(public(one), public(two)); diff != "" {
			t.Fatalf("the counts tell arms:\n%s", diff)
		}
		for key := range public(one) {
			for _, word := range []string{"ghost", "holdout", "held back", "explor", "below"} {
				if strings.Contains(key, word) {
					t.Fatalf("a count is called %q", key)
				}
			}
		}
	})
}

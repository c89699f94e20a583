package nightly

import (
	"context"
	"math"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// buyingOn are the town's customers with a purchase in the weeks after the
// night for those whom the night released: planted, contact keeps everybody.
func buyingOn(t *testing.T, d *desk, customers int) []*history.Shard {
	t.Helper()
	stay := map[history.CustomerID]bool{}
	for _, ds := range d.decisions {
		for i := range ds {
			stay[ds[i].Customer] = ds[i].Result == interventions.ResultTreat
		}
	}
	parts := townParts(customers, len(d.shards))
	for i := range parts {
		for _, c := range parts[i].Customers {
			if at := asOf.AddDate(0, 0, 20); stay[c.ID] {
				parts[i].Singles = append(parts[i].Singles, history.Event{Stamp: history.Stamp{Customer: c.ID, Ref: 99, Occurred: at, Recorded: at}, Kind: 1, AmountMinor: 5000})
			}
		}
	}
	return assemble(t, parts)
}

// What past chance says of two policies: the one in use earned what happened, a
// policy that contacts nobody loses those whom contact kept, and before the
// outcomes are final nothing is said.
func TestEvidenceOfPastChance(t *testing.T) {
	t.Parallel()
	const customers = 600
	d, b := newDesk(town(t, customers, 2)...), newBooks()
	st := stages(t, d, b)
	run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
	d.shards = buyingOn(t, d, customers)
	idle := otherPolicy(t, func(c *interventions.Config) {
		c.Roster.Agents = 0
		for i := range c.Treatments {
			if c.Treatments[i].Channel != interventions.ChannelPhone {
				c.Treatments[i].DailyQuota = 1
			}
		}
	})
	early, err := st.Compare(context.Background(), run, idle, false, asOf.AddDate(0, 0, 30))
	if err != nil {
		t.Fatal(err)
	}
	final := st.Churn.MaturesAt(asOf)
	if early.Evidence != (Evidence{Final: final}) {
		t.Errorf("before %s: %+v", final.Format(time.DateOnly), early.Evidence)
	}

	same, err := st.Compare(context.Background(), run, otherPolicy(t, func(*interventions.Config) {}), false, final)
	if err != nil {
		t.Fatal(err)
	}
	e := same.Evidence
	rewards, n := 0.0, 0
	for p := range d.shards {
		decided, err := d.LeftToChance(context.Background(), run.ID, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range decided {
			n++
			if decided[i].Result == interventions.ResultTreat {
				rewards++
			}
		}
	}
	if e.Customers != n || n < 2*minChanced || math.Abs(e.Now.SelfNormalised-rewards/float64(n)) > 1e-9 || e.Now != e.Then || e.Difference.Estimate != 0 || e.Beyond != 0 {
		t.Errorf("the policy beside itself, of %d left to chance of whom %v stayed: %+v", n, rewards, e)
	}
	if math.Abs(e.Now.EffectiveCustomers-float64(n)) > 1e-6 {
		t.Errorf("the policy in use counts %v of %d", e.Now.EffectiveCustomers, n)
	}

	c, err := st.Compare(context.Background(), run, idle, false, final)
	if err != nil {
		t.Fatal(err)
	}
	if e := c.Evidence; e.Difference.High >= 0 || e.Then.SelfNormalised > .1 || e.Then.EffectiveCustomers >= e.Now.EffectiveCustomers {
		t.Errorf("a policy that hardly contacts anybody, where contact keeps everybody: %+v", e)
	}
}

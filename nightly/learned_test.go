package nightly

import (
	"context"
	"testing"

	"holdfast/interventions"
)

// What chance has shown before a night decides it: a call proven to make
// people leave is chosen for nobody, one proven to help is worth that much and
// no longer assumed.
func TestNightsLearn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reduction float64
		called    bool
	}{{-.3, false}, {.4, true}} {
		d, b := newDesk(town(t, 240, 2)...), newBooks()
		st := stages(t, d, b)
		st.Learned = func(context.Context, Run) (interventions.Learned, error) {
			var l interventions.Learned
			for _, tr := range st.Policy.Treatments() {
				l.Contrasts = append(l.Contrasts, interventions.Contrast{Treatment: tr.Name, Reduction: c.reduction, Error: .005, Customers: 5000})
			}
			return l, nil
		}
		run := work(t, st, b, Run{ID: "n1", AsOf: asOf})
		calls := 0
		for _, list := range d.decisions {
			for _, dec := range list {
				for _, at := range dec.Trace.Considered {
					if at.Worth != nil && at.Worth.Assumed {
						t.Fatalf("a measured effect is marked as assumed: %+v", at.Worth)
					}
				}
				if dec.Treatment == "retention_call" {
					calls++
				}
			}
		}
		if (calls > 0) != c.called || d.allocated.Prices.Assumed {
			t.Errorf("reduction %v: %d calls, prices assumed: %v", c.reduction, calls, d.allocated.Prices.Assumed)
		}
		got, err := st.Compare(context.Background(), run, st.Policy, false, asOf)
		if err != nil || got.New+got.Dropped+got.Moved != 0 || got.Now.Assumed {
			t.Errorf("the policy beside itself, taught: %+v, %v", got, err)
		}
	}
}

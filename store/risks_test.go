package store_test

import (
	"math"
	"testing"

	"holdfast/interventions"
	"holdfast/store"
)

// The mean risk of a treatment is that of everybody whom the newest list
// contacts by it, and of nobody else.
func TestRisksByTreatment(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		if got, err := s.RisksByTreatment(t.Context()); err != nil || len(got) != 0 {
			t.Fatalf("before the first list: %v, %v", got, err)
		}
		file(t, s, 300)
		pub, _ := draftNight(t, s, "a", noon, 300)
		publish(t, s, "a", pub.ID, noon)
		sum, n := map[string]float64{}, map[string]float64{}
		for partition := range 2 {
			scores := scoresOf(partition, 300, noon)
			for i, d := range decide(scores) {
				if d.Result == interventions.ResultTreat {
					sum[d.Treatment] += scores[i].Risk
					n[d.Treatment]++
				}
			}
		}
		got, err := s.RisksByTreatment(t.Context())
		must(t, err)
		for treatment := range sum {
			if want := sum[treatment] / n[treatment]; math.Abs(got[treatment]-want) > 1e-9 || len(got) != len(sum) {
				t.Errorf("%s: %v of %v, want %v", treatment, got[treatment], got, want)
			}
		}
	})
}

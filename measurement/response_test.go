package measurement

import (
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/history"
)

// Planted truth: acceptance falls with the first trait and goes by no other.
// With few outcomes there is no model; with many the weight is found, the
// others stay near nothing, and outcomes by chance alone give none.
func TestFitResponseFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	outcomes := func(n int, weight float64, seed uint64) []Row {
		rng := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // a seeded simulation
		rows := make([]Row, n)
		for i := range rows {
			r := Row{Customer: history.CustomerID(i), Matured: true, Held: i%3 == 0}
			for j := range r.Traits {
				r.Traits[j] = rng.NormFloat64()
			}
			r.Accepted = !r.Held && rng.Float64() < 1/(1+math.Exp(1-weight*r.Traits[0]))
			rows[i] = r
		}
		return rows
	}
	if m := fitResponse(outcomes(290, -1, 1)); m != nil {
		t.Errorf("a model of fewer than %d outcomes: %+v", minOutcomes, m)
	}
	if m := fitResponse(outcomes(3000, -50, 1)); m == nil || m.Weights[0] > -2 {
		t.Errorf("where the trait decides, the weight is bounded by its prior alone: %+v", m)
	}
	m := fitResponse(outcomes(6000, -1, 2))
	if m == nil || m.Outcomes != 4000 || math.Abs(m.Weights[0]+1) > .15 || math.Abs(m.Weights[1]) > .15 || math.Abs(m.Weights[2]) > .15 {
		t.Errorf("planted −1, 0, 0: %+v", m)
	}
	if m := fitResponse(outcomes(6000, 0, 3)); m == nil || math.Abs(m.Weights[0]) > .15 {
		t.Errorf("planted nothing: %+v", m)
	}
	all := outcomes(6000, -1, 4)
	for i := range all {
		all[i].Accepted = false
	}
	if m := fitResponse(all); m != nil {
		t.Errorf("a model of an offer that nobody took: %+v", m)
	}
}

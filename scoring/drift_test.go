package scoring_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/scoring"
)

// The vector of the published exercise: ten equal cells against
// (.08,.09,.09,.10,.10,.10,.10,.11,.11,.12) give .0121227; with 1,000 customers
// on both sides and ten cells the critical value is .033838.
func TestDriftVector(t *testing.T) {
	t.Parallel()
	e := []float64{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}
	a := []float64{80, 90, 90, 100, 100, 100, 100, 110, 110, 120}
	psi, critical, err := scoring.Drift(e, a)
	if err != nil || math.Abs(psi-.0121227) > 1e-6 || math.Abs(critical-.033838) > 1e-5 {
		t.Errorf("drift %v, critical %v, %v", psi, critical, err)
	}
	if _, _, err := scoring.Drift(e, make([]float64, 10)); err == nil {
		t.Error("a night without customers was compared")
	}
}

// Two nights of the same risks drift in about one case of twenty; a model that
// says one and a half times as much has drifted.
func TestDriftIsToldFromChance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	night := func(by float64) []float64 {
		cells := make([]float64, scoring.DriftCells)
		for range 3000 {
			cells[scoring.DriftCell(math.Min(.99, by*math.Pow(r.Float64(), 3)*.6))]++
		}
		return cells
	}
	false95, found := 0, 0
	const runs = 400
	for range runs {
		first := night(1)
		if psi, critical, _ := scoring.Drift(first, night(1)); psi > critical {
			false95++
		}
		if psi, critical, _ := scoring.Drift(first, night(1.5)); psi > critical && psi > .05 {
			found++
		}
	}
	if false95 > runs/10 || found < runs*9/10 {
		t.Errorf("%d false alarms and %d found in %d", false95, found, runs)
	}
	if scoring.DriftCell(0) != 0 || scoring.DriftCell(1) != scoring.DriftCells-1 {
		t.Error("the cells do not cover all risks")
	}
}

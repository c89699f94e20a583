package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The evidence is the product of what the prior foresees of each unit, one
// after the other, over what the share does.
func TestSampleRatioIsItsDefinition(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(9, 1)) //nolint:gosec // a seeded simulation
	for _, share := range []float64{.05, .3, .5, .9} {
		g, want := Drawn{Share: share}, 0.0
		for range 300 {
			foreseen := (ratioWeight*share + float64(g.Hits)) / (ratioWeight + float64(g.Units))
			g.Units++
			if rng.Float64() < share {
				g.Hits++
				want += math.Log(foreseen / share)
			} else {
				want += math.Log((1 - foreseen) / (1 - share))
			}
			if got, err := SampleRatio([]Drawn{g}); err != nil || math.Abs(got-want) > 1e-9 {
				t.Fatalf("%+v: %v (%v), want %v", g, got, err, want)
			}
		}
	}
	both, err := SampleRatio([]Drawn{{400, 150, .3}, {90, 10, .2}})
	one, _ := SampleRatio([]Drawn{{400, 150, .3}})
	other, _ := SampleRatio([]Drawn{{90, 10, .2}})
	if err != nil || math.Abs(both-one-other) > 1e-9 {
		t.Errorf("two groups tell %v (%v), one by one %v and %v", both, err, one, other)
	}
	for _, g := range []Drawn{{3, 1, 0}, {3, 1, 1}, {3, 4, .5}, {3, -1, .5}} {
		if _, err := SampleRatio([]Drawn{g}); err == nil {
			t.Errorf("%+v is taken", g)
		}
	}
}

// Looked at after every unit of a fair draw it exceeds ln(1/alpha) in no more
// than alpha of all draws; where every tenth of the chosen is lost it soon does.
func TestSampleRatioMayBeLookedAtDaily(t *testing.T) {
	t.Parallel()
	const alpha, draws, units = .05, 2000, 3000
	rng := rand.New(rand.NewPCG(9, 2)) //nolint:gosec // a seeded simulation
	alarms, found := 0, 0
	for range draws {
		if alarmed(t, rng, units, 0, alpha) {
			alarms++
		}
	}
	for range 200 {
		if alarmed(t, rng, 4*units, .1, .001) {
			found++
		}
	}
	t.Logf("false alarms in %d of %d draws of %d units; a loss of a tenth found in %d of 200", alarms, draws, units, found)
	// Binomial(2000, .05): 140 or more has a probability below 0.0001.
	if alarms >= 140 || found < 150 {
		t.Errorf("false alarms in %d of %d, found %d of 200", alarms, draws, found)
	}
}

// alarmed draws units at a share of .3, loses some of the chosen, and says
// whether the evidence ever reached 1/alpha.
func alarmed(t *testing.T, rng *rand.Rand, units int, lost, alpha float64) bool {
	t.Helper()
	g := Drawn{Share: .3}
	for i := range units {
		chosen := rng.Float64() < g.Share
		if chosen && lost > 0 && rng.Float64() < lost {
			continue
		}
		g.Units++
		if chosen {
			g.Hits++
		}
		if i%10 != 0 {
			continue
		}
		e, err := SampleRatio([]Drawn{g})
		if err != nil {
			t.Fatal(err)
		}
		if e >= math.Log(1/alpha) {
			return true
		}
	}
	return false
}

package stats

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// What lies inside the first vector of TestProfitVectors (science notes 1.3 [C]): the
// convex hull of the ROC curve, the acceptances at which its points take turns, and
// the incomplete beta function there.
func TestProfitInternals(t *testing.T) {
	t.Parallel()
	y := []float64{1, 1, 0, 0, 0, 1, 1, 1, 1, 0}
	score := []float64{.6125478, .3642710, .4321361, .1402911, .3848959, .2444155, .9706413, .8901728, .7817814, .8687518}
	hull, pi0, err := profitHull("test", y, score, DefaultProfitTerms())
	if err != nil {
		t.Fatal(err)
	}
	close := func(what string, got, want, tol float64) {
		if !(math.Abs(got-want) <= tol) {
			t.Errorf("%s = %.12g, want %.12g", what, got, want)
		}
	}
	leavers, stayers := []float64{0, 1. / 3, 2. / 3, 1, 1}, []float64{0, 0, .25, .75, 1}
	if len(hull) != len(leavers) || pi0 != .6 {
		t.Fatalf("hull %v, prior %v", hull, pi0)
	}
	for i, h := range hull {
		close("F0", h.leavers, leavers[i], 1e-12)
		close("F1", h.stayers, stayers[i], 1e-12)
	}
	gamma := DefaultProfitTerms().breakpoints(hull, pi0)
	for i, want := range []float64{.00526316, .03421053, .06315789, 1} {
		close("γ", gamma[i], want, 5e-9)
	}
	close("I_.5(6,14)", mathext.RegIncBeta(6, 14, .5), .9682159423828125, 1e-12)
	close("I_.121(6,14)", mathext.RegIncBeta(6, 14, 2.3/19), .02104027610639952, 1e-12)
	close("break-even", DefaultProfitTerms().BreakEven(), .1641791, 5e-8)
}

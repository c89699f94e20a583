package stats_test

import (
	"math"
	"testing"

	"holdfast/internal/stats"

	"pgregory.net/rapid"
)

// TestProfitVectors: science notes 1.3, values of cran/EMP and empulse [V],
// re-derived with an independent hull [C].
func TestProfitVectors(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name                           string
		y, s                           []float64
		empc, empcShare, mpc, mpcShare float64
	}{
		{
			"ten customers",
			[]float64{1, 1, 0, 0, 0, 1, 1, 1, 1, 0},
			[]float64{.6125478, .3642710, .4321361, .1402911, .3848959, .2444155, .9706413, .8901728, .7817814, .8687518},
			30.3003222629848, .8996551652311633, 30.3, .9,
		},
		{"perfect", []float64{0, 1}, []float64{0, 1}, 28.0000000000391, .499999999728095, 28, .5},
		{"inverse", []float64{0, 1}, []float64{1, 0}, 22.5007912244511, .9991601018889205, 22.5, 1},
		{"ties", []float64{0, 1}, []float64{.5, .5}, 22.5007912244511, .9991601018889205, 22.5, 1},
		{
			"eight customers",
			[]float64{0, 1, 0, 1, 0, 1, 0, 1},
			[]float64{.1, .2, .3, .4, .5, .7, .8, .9},
			23.8755934183481, .8743700763487, 23.875, .875,
		},
	}
	for _, c := range cases {
		empc := must(stats.EMPC(c.y, c.s, stats.DefaultProfitTerms()))
		near(t, c.name+": EMPC", empc.PerCustomer, c.empc, 1e-9)
		near(t, c.name+": EMPC share", empc.Share, c.empcShare, 1e-9)
		mpc := must(stats.MPC(c.y, c.s, stats.DefaultProfitTerms()))
		near(t, c.name+": MPC", mpc.PerCustomer, c.mpc, 1e-9)
		near(t, c.name+": MPC share", mpc.Share, c.mpcShare, 1e-9)
	}
	near(t, "break-even", stats.DefaultProfitTerms().BreakEven(), 11./67, 1e-15)
}

// TestEMPCAgreesWithSummation integrates the best threshold's profit over the
// acceptance numerically, without any hull.
func TestEMPCAgreesWithSummation(t *testing.T) {
	t.Parallel()
	terms := stats.DefaultProfitTerms()
	density := func(g float64) float64 { // Beta(6, 14); B(6,14) = 5!·13!/19!
		return math.Pow(g, 5) * math.Pow(1-g, 13) / (120 * 6227020800 / 121645100408832000.)
	}
	rapid.Check(t, func(t *rapid.T) {
		y, s, _ := drawRows(t)
		n := float64(len(y))
		best := func(gamma float64) float64 {
			top := 0.0
			for level := 0; level <= 20; level++ {
				profit := 0.0
				for i := range y {
					if s[i] < float64(level)/20 {
						continue
					}
					profit -= terms.Contact
					if y[i] == 1 {
						profit += gamma * (terms.CLV - terms.Offer)
					} else {
						profit -= terms.Offer
					}
				}
				top = math.Max(top, profit/n)
			}
			return top
		}
		const steps = 400
		sum := 0.0
		for k := range steps {
			g := (float64(k) + .5) / steps
			sum += best(g) * density(g) / steps
		}
		if got := must(stats.EMPC(y, s, terms)).PerCustomer; math.Abs(got-sum) > .01 {
			t.Fatalf("EMPC %v, summed %v", got, sum)
		}
	})
}

func TestProfitTermsAreChecked(t *testing.T) {
	t.Parallel()
	y, s := []float64{0, 1}, []float64{.1, .9}
	for _, spoil := range []func(*stats.ProfitTerms){
		func(p *stats.ProfitTerms) { p.CLV = 0 },
		func(p *stats.ProfitTerms) { p.Offer = p.CLV },
		func(p *stats.ProfitTerms) { p.Contact = -1 },
		func(p *stats.ProfitTerms) { p.Alpha = math.NaN() },
		func(p *stats.ProfitTerms) { p.Beta = math.Inf(1) },
	} {
		terms := stats.DefaultProfitTerms()
		spoil(&terms)
		if _, err := stats.EMPC(y, s, terms); err == nil {
			t.Errorf("terms %+v were accepted", terms)
		}
	}
	// A contact that never pays is not made.
	terms := stats.DefaultProfitTerms()
	terms.Contact = 150
	if got := must(stats.MPC(y, s, terms)); got != (stats.Profit{}) {
		t.Errorf("MPC with hopeless costs = %+v, want nobody contacted", got)
	}
}

// TestPriorCorrections: science notes 1.2 [C].
func TestPriorCorrections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ p, trained, actual, want float64 }{
		{.05, .5, .02, .00107296},
		{.2, .5, .02, .00507614},
		{.5, .5, .02, .02},
		{.7, .5, .018, .041015625},
		{0, .5, .02, 0},
		{1, .5, .02, 1},
		{.37, .2, .2, .37},
	} {
		near(t, "prior corrected", must(stats.PriorCorrected(c.p, c.trained, c.actual)), c.want, 5e-9)
	}
	for _, c := range []struct{ p, kept, want float64 }{
		{.2, .1, .02439024}, {.5, .1, .09090909}, {.8, .1, .28571429}, {.8, 1, .8},
	} {
		near(t, "undersampling corrected", must(stats.UndersamplingCorrected(c.p, c.kept)), c.want, 5e-9)
	}
	if _, err := stats.PriorCorrected(.5, 0, .1); err == nil {
		t.Error("a trained share of 0 was accepted")
	}
	if _, err := stats.UndersamplingCorrected(.5, 0); err == nil {
		t.Error("a kept share of 0 was accepted")
	}
}

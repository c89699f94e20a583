package stats_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/internal/stats"

	"github.com/google/go-cmp/cmp"
)

// households draws the sizes and outcomes of arms whose members move together: a
// household's rate is Beta distributed, which makes the correlation inside it
// exactly icc.
func households(random *rand.Rand, n int, rate, icc float64, largest int) []stats.Cluster {
	out := make([]stats.Cluster, n)
	for k := range out {
		size := 1 + random.IntN(largest)
		out[k].Customers = float64(size)
		// Pólya's urn gives the beta-binomial without drawing a beta.
		a, b := rate*(1-icc)/icc, (1-rate)*(1-icc)/icc
		left := 0.0
		for i := range size {
			if random.Float64() < (a+left)/(a+b+float64(i)) {
				left++
			}
		}
		out[k].Events = left
	}
	return out
}

// TestClusteredIntervalCovers plants effects, or none, in households whose
// members move together and counts how often the 95 % interval holds the truth.
func TestClusteredIntervalCovers(t *testing.T) {
	t.Parallel()
	const runs = 4000
	cases := []struct {
		name              string
		treated, held     int     // households
		rateT, rateC, icc float64 // leaving rates, correlation inside a household
		largest           int     // customers in a household
	}{
		{"no effect, large arms", 1500, 1500, .10, .10, .3, 5},
		{"effect, unequal arms", 1800, 450, .08, .12, .3, 5},
		{"no effect, small arms", 150, 150, .12, .12, .2, 4},
		{"strong correlation", 600, 600, .15, .20, .7, 6},
		{"nearly independent", 800, 400, .07, .10, .01, 3},
		{"few households", 25, 25, .25, .25, .1, 4},
		{"rare, small arms", 300, 150, .03, .03, .2, 3},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			covered, significant, naive := 0, 0, 0
			for r := range runs {
				random := stats.Stream(2, uint64(i), uint64(r))
				a := must(stats.NewClusteredRate(households(random, c.treated, c.rateT, c.icc, c.largest)))
				b := must(stats.NewClusteredRate(households(random, c.held, c.rateC, c.icc, c.largest)))
				iv := must(stats.ClusteredDifference(a, b, .95))
				if iv.Covers(c.rateT - c.rateC) {
					covered++
				}
				if !iv.Covers(0) {
					significant++
				}
				if must(stats.Newcombe(a.Proportion, b.Proportion, .95)).Covers(c.rateT - c.rateC) {
					naive++
				}
			}
			rate := func(n int) float64 { return float64(n) / runs }
			t.Logf("covered %.4f, significant %.4f, without clusters covered %.4f", rate(covered), rate(significant), rate(naive))
			if rate(covered) < .93 || rate(covered) > .97 {
				t.Errorf("the 95 %% interval covered %.4f of the time, want .93 to .97", rate(covered))
			}
			// Three standard errors of a simulated 5 %.
			if c.rateT == c.rateC && rate(significant) > .05+3*math.Sqrt(.05*.95/runs) {
				t.Errorf("no effect was significant %.4f of the time, want 5 %% at most", rate(significant))
			}
			if c.icc > .25 && rate(naive) > .93 {
				t.Errorf("ignoring households covered %.4f: the simulation no longer tests clustering", rate(naive))
			}
		})
	}
}

func TestClusteredRateAgreesWithFormula(t *testing.T) {
	t.Parallel()
	// By hand: 2 of 4, 0 of 2, 1 of 2: rate 3/8; residuals .5, −.75, .25;
	// variance 3/2·.875/64 = .0205078125; effective .234375/.0205078125 = 11.43 > 8.
	r := must(stats.NewClusteredRate([]stats.Cluster{{2, 4}, {0, 2}, {1, 2}}))
	near(t, "effective size is capped", r.EffectiveN, 8, 0)
	// 4 of 4, 0 of 2, 1 of 2: rate 5/8; residuals 1.5, −1.25, −.25; sum 3.875;
	// variance 1.5·3.875/64 = .0908203125; effective .234375/.0908203125.
	r = must(stats.NewClusteredRate([]stats.Cluster{{4, 4}, {0, 2}, {0, 0}, {1, 2}}))
	near(t, "effective size", r.EffectiveN, .234375/.0908203125, 1e-12)
	near(t, "design effect", r.DesignEffect, 8/(.234375/.0908203125), 1e-12)
	if r.Households != 3 || r.Events != 5 || r.Trials != 8 {
		t.Errorf("%+v, want 3 households, 5 events, 8 customers", r)
	}
}

func TestClusteredGuards(t *testing.T) {
	t.Parallel()
	some := must(stats.NewClusteredRate([]stats.Cluster{{1, 2}, {0, 1}, {1, 1}}))
	cases := map[string]struct {
		clusters []stats.Cluster
		n        float64 // expected effective size
	}{
		"nobody left":       {[]stats.Cluster{{0, 3}, {0, 1}, {0, 2}}, 36. / 14},
		"everybody left":    {[]stats.Cluster{{3, 3}, {1, 1}, {2, 2}}, 36. / 14},
		"one household":     {[]stats.Cluster{{2, 5}}, 1},
		"no spread visible": {[]stats.Cluster{{1, 2}, {1, 2}}, 2},
	}
	for name, c := range cases {
		r := must(stats.NewClusteredRate(c.clusters))
		near(t, name+": effective size", r.EffectiveN, c.n, 1e-12)
		iv := must(stats.ClusteredDifference(r, some, .95))
		if !iv.Covers(iv.Estimate) || iv.Width() <= 0 || math.IsNaN(iv.Width()) {
			t.Errorf("%s: interval %+v", name, iv)
		}
	}
	if _, err := stats.NewClusteredRate([]stats.Cluster{{0, 0}}); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("empty arm: %v, want ErrUndefined", err)
	}
	if _, err := stats.ClusteredDifference(some, stats.ClusteredRate{}, .95); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("zero arm: %v, want ErrUndefined", err)
	}
	if _, err := stats.NewClusteredRate([]stats.Cluster{{3, 2}}); err == nil {
		t.Error("3 events among 2 customers were accepted")
	}
}

func TestClustersAddUp(t *testing.T) {
	t.Parallel()
	got := must(stats.Clusters([]float64{1, 0, 1, 1, 0}, []uint64{9, 4, 9, 4, 7}))
	if diff := cmp.Diff([]stats.Cluster{{2, 2}, {1, 2}, {0, 1}}, got); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
	if _, err := stats.Clusters([]float64{1}, []uint64{1, 2}); err == nil {
		t.Error("unequal lengths were accepted")
	}
	if _, err := stats.Clusters([]float64{.5}, []uint64{1}); err == nil {
		t.Error("half an event was accepted")
	}
}

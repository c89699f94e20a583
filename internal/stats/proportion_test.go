package stats_test

import (
	"errors"
	"math"
	"testing"

	"holdfast/internal/stats"

	"pgregory.net/rapid"
)

// TestNewcombePublished: the examples of Newcombe 1998, Statistics in Medicine
// 17:873, for method 10 (score limits without continuity correction), quoted to
// four places, and the save count of science notes 2.3 [C].
func TestNewcombePublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, n, b, m, low, high, tol float64 }{
		{56, 70, 48, 80, .0524, .3339, 5e-5},
		{9, 10, 3, 10, .1705, .8090, 5e-5},
		{5, 56, 0, 29, -.0381, .1926, 5e-5},
		{10, 10, 0, 20, .6791, 1, 5e-5},
		{70, 1000, 450, 9000, .00502063, .03803808, 5e-9},
	} {
		iv := must(stats.Newcombe(stats.Proportion{c.a, c.n}, stats.Proportion{c.b, c.m}, .95))
		near(t, "low", iv.Low, c.low, c.tol)
		near(t, "high", iv.High, c.high, c.tol)
		near(t, "estimate", iv.Estimate, c.a/c.n-c.b/c.m, 1e-15)
	}
}

// TestSaveCount: science notes 2.3 [C].
func TestSaveCount(t *testing.T) {
	t.Parallel()
	control, treated := stats.Proportion{Events: 70, Trials: 1000}, stats.Proportion{Events: 450, Trials: 9000}
	saves := must(stats.WaldDifference(control, treated, .95)).Scale(9000)
	near(t, "saves", saves.Estimate, 180, 1e-9)
	near(t, "fewest", saves.Low, 32.0, .05)
	near(t, "most", saves.High, 328.0, .05)
	near(t, "standard error", saves.Width()/2/9000/stats.NormalQuantile(.975), .00838915, 5e-9)
	lost := saves.Scale(-1)
	if lost.Low != -saves.High || lost.High != -saves.Low {
		t.Errorf("turned interval %+v of %+v", lost, saves)
	}
}

// TestWilsonPublished: the examples of Newcombe 1998, Statistics in Medicine
// 17:857, for method 3, quoted to four places.
func TestWilsonPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ x, n, low, high float64 }{
		{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718},
	} {
		iv := must(stats.Wilson(stats.Proportion{c.x, c.n}, .95))
		near(t, "low", iv.Low, c.low, 5e-5)
		near(t, "high", iv.High, c.high, 5e-5)
	}
}

func TestProportionIntervalsAreSane(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 300).Draw(t, "n"), rapid.IntRange(1, 300).Draw(t, "m")
		a := stats.Proportion{float64(rapid.IntRange(0, n).Draw(t, "a")), float64(n)}
		b := stats.Proportion{float64(rapid.IntRange(0, m).Draw(t, "b")), float64(m)}
		w := must(stats.Wilson(a, .9))
		if !w.Covers(a.Rate()) || w.Low < 0 || w.High > 1 {
			t.Fatalf("Wilson %+v", w)
		}
		d, back := must(stats.Newcombe(a, b, .9)), must(stats.Newcombe(b, a, .9))
		if !d.Covers(d.Estimate) || d.Low < -1-1e-12 || d.High > 1+1e-12 {
			t.Fatalf("Newcombe %+v", d)
		}
		if math.Abs(d.Low+back.High) > 1e-12 || math.Abs(d.High+back.Low) > 1e-12 {
			t.Fatalf("%+v is not the reverse of %+v", d, back)
		}
		if wide := must(stats.Newcombe(a, b, .99)); wide.Low > d.Low || wide.High < d.High {
			t.Fatalf("99 %% interval %+v inside the 90 %% one %+v", wide, d)
		}
	})
}

func TestProportionsRefuseNonsense(t *testing.T) {
	t.Parallel()
	good := stats.Proportion{Events: 1, Trials: 2}
	for _, bad := range []stats.Proportion{{3, 2}, {-1, 2}, {math.NaN(), 2}, {1, math.Inf(1)}} {
		if _, err := stats.Newcombe(good, bad, .95); err == nil || errors.Is(err, stats.ErrUndefined) {
			t.Errorf("%+v: %v, want a refusal", bad, err)
		}
	}
	if _, err := stats.WaldDifference(good, stats.Proportion{}, .95); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("empty arm: %v, want ErrUndefined", err)
	}
	for _, level := range []float64{0, 1, 95, math.NaN()} {
		if _, err := stats.Wilson(good, level); err == nil {
			t.Errorf("confidence level %v was accepted", level)
		}
	}
}

// TestSampleSizes: science notes 2.2, hold-out sizing [C].
func TestSampleSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ treated, share, want float64 }{
		{.04, .5, 13484},
		{.04, .8, 22409},
		{.04, .9, 40631},
		{.04, .95, 77737},
		{.045, .5, 56810},
		{.045, .8, 91430},
		{.045, .9, 164120},
		{.045, .95, 312460},
	} {
		n := must(stats.SampleSize(.05, c.treated, c.share, stats.DefaultPlan()))
		near(t, "sample size", n, c.want, .5)
		// The effect detectable with that many is the one it was planned for.
		mde := must(stats.MinimumDetectableEffect(.05, n*c.share, n*(1-c.share), stats.DefaultPlan()))
		near(t, "detectable effect", mde, .05-c.treated, 1e-9)
	}
	if _, err := stats.MinimumDetectableEffect(.05, 20, 20, stats.DefaultPlan()); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("hopeless arms: %v, want ErrUndefined", err)
	}
	if _, err := stats.MinimumDetectableEffect(.05, 0, 20, stats.DefaultPlan()); err == nil {
		t.Error("an empty arm was accepted")
	}
	if _, err := stats.SampleSize(.05, .05, .5, stats.DefaultPlan()); err == nil {
		t.Error("a plan for no effect was accepted")
	}
	if _, err := stats.SampleSize(.05, .04, .5, stats.Plan{Alpha: .05, Power: 1}); err == nil {
		t.Error("certain power was accepted")
	}
}

// TestPlannedPowerIsReached simulates the smallest plan above.
func TestPlannedPowerIsReached(t *testing.T) {
	t.Parallel()
	const perArm, runs = 6742, 2000
	seen := 0
	for r := range runs {
		random := stats.Stream(3, uint64(r))
		arm := func(rate float64) stats.Proportion {
			p := stats.Proportion{Trials: perArm}
			for range perArm {
				if random.Float64() < rate {
					p.Events++
				}
			}
			return p
		}
		if must(stats.Newcombe(arm(.05), arm(.04), .95)).Low > 0 {
			seen++
		}
	}
	near(t, "power", float64(seen)/runs, .8, .03) // 3.4 standard errors
}

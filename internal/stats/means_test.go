package stats_test

import (
	"errors"
	"math"
	"testing"

	"holdfast/internal/stats"
)

// TestCUPEDVector: science notes 2.3 [C].
func TestCUPEDVector(t *testing.T) {
	t.Parallel()
	x := []float64{10, 12, 9, 14, 11, 8, 13, 15, 10, 12}
	y := []float64{11, 13, 9, 16, 13, 8, 13, 15, 9, 12}
	treated := []bool{true, true, true, true, true, false, false, false, false, false}
	c := must(stats.FitCUPED(y, x, treated))
	near(t, "theta", c.Theta, 1.1126126126, 5e-11)
	near(t, "raw", c.Raw.Estimate, 1, 1e-12)
	near(t, "raw error", c.Raw.StandardError, 1.737815, 5e-7)
	near(t, "adjusted", c.Adjusted.Estimate, 1.4450450450, 5e-11)
	near(t, "adjusted error", c.Adjusted.StandardError, .368548, 5e-7)
	near(t, "squared correlation", c.Correlation*c.Correlation, .8738165829, 5e-11)
	iv := must(c.Adjusted.Interval(.95))
	near(t, "low", iv.Low, 1.445045045-1.959964*.368548, 1e-6)
}

func TestCUPEDNeedsSpread(t *testing.T) {
	t.Parallel()
	flat, vary := []float64{1, 1, 1, 1}, []float64{1, 2, 3, 4}
	two := []bool{true, true, false, false}
	for name, call := range map[string]func() error{
		"flat covariate": func() error { _, err := stats.FitCUPED(vary, flat, two); return err },
		"flat outcome":   func() error { _, err := stats.FitCUPED(flat, vary, two); return err },
		"one in an arm": func() error {
			_, err := stats.FitCUPED(vary, []float64{1, 3, 2, 4}, []bool{true, true, true, false})
			return err
		},
		"no rows": func() error { _, err := stats.FitCUPED(nil, nil, nil); return err },
	} {
		if err := call(); !errors.Is(err, stats.ErrUndefined) {
			t.Errorf("%s: %v, want ErrUndefined", name, err)
		}
	}
	if _, err := stats.FitCUPED(vary, flat[:2], two); err == nil || errors.Is(err, stats.ErrUndefined) {
		t.Errorf("unequal lengths: %v, want a refusal", err)
	}
	if _, err := stats.FitCUPED(vary, []float64{1, 2, math.NaN(), 3}, two); err == nil {
		t.Error("a NaN covariate was accepted")
	}
}

// TestAsymptoticSequenceVector: science notes 2.3; formula [V], values [C].
func TestAsymptoticSequenceVector(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, want float64 }{
		{100, .385505}, {500, .137901}, {1000, .095982}, {5000, .044591}, {20000, .023595},
	} {
		near(t, "half-width", must(stats.AsymptoticSequence(1, c.n, 1000, .05)), c.want, 5e-7)
		near(t, "twice the sd", must(stats.AsymptoticSequence(2, c.n, 1000, .05)), 2*c.want, 1e-6)
	}
	if w := must(stats.AsymptoticSequence(1, 0, 1000, .05)); !math.IsInf(w, 1) {
		t.Errorf("without observations the half-width is %v, want infinity", w)
	}
	if _, err := stats.AsymptoticSequence(1, 10, 0, .05); err == nil {
		t.Error("a sequence narrowest at 0 was accepted")
	}
}

// TestNormalMixtureVector: science notes 2.3, tests of the confseq library [V].
func TestNormalMixtureVector(t *testing.T) {
	t.Parallel()
	m := must(stats.NewNormalMixture(100, .05))
	near(t, "best rho", m.Rho, 12.60056, 5e-6)
	near(t, "log mixture", m.LogEvidence(10, 100), -.6510052, 5e-8)
	near(t, "bound", m.Bound(100, .05), 30.35209, 5e-6)
	near(t, "evidence at the bound", m.LogEvidence(m.Bound(40, .05), 40), math.Log(20), 1e-12)
	if _, err := stats.NewNormalMixture(0, .05); err == nil {
		t.Error("a mixture narrowest at 0 was accepted")
	}
}

// TestPeeking repeats the peeking simulation of science notes 2.3 [C], where 60
// daily looks give a fixed interval 34.3 % false alarms and the sequence 1.7 %.
func TestPeeking(t *testing.T) {
	t.Parallel()
	const runs, looks, perDay = 600, 60, 100
	fixed, sequence := 0, 0
	for r := range runs {
		random := stats.Stream(1, uint64(r))
		var left [2]float64
		fixedAlarm, sequenceAlarm := false, false
		for look := 1; look <= looks; look++ {
			for arm := range left {
				for range perDay {
					if random.Float64() < .05 {
						left[arm]++
					}
				}
			}
			n := float64(look * perDay)
			p := (left[0] + left[1]) / (2 * n)
			sd := math.Sqrt(2 * p * (1 - p)) // of one pair's difference
			d := math.Abs(left[0]-left[1]) / n
			fixedAlarm = fixedAlarm || d > 1.959964*sd/math.Sqrt(n)
			sequenceAlarm = sequenceAlarm || d > must(stats.AsymptoticSequence(sd, n, 3000, .05))
		}
		if fixedAlarm {
			fixed++
		}
		if sequenceAlarm {
			sequence++
		}
	}
	if rate := float64(sequence) / runs; rate > .05 {
		t.Errorf("the sequence raised false alarms in %.3f of the runs, want .05 at most", rate)
	}
	near(t, "false alarms of the fixed interval", float64(fixed)/runs, .343, .065) // 3.3 standard errors
}

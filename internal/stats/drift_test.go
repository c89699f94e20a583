package stats_test

import (
	"errors"
	"math"
	"testing"

	"holdfast/internal/stats"
)

// TestPSIVectors: science notes, section 5 [C].
func TestPSIVectors(t *testing.T) {
	t.Parallel()
	even := []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}
	moved := []float64{.08, .09, .09, .10, .10, .10, .10, .11, .11, .12}
	near(t, "PSI", must(stats.PSI(even, moved)), .0121227, 5e-8)
	near(t, "PSI of itself", must(stats.PSI(moved, moved)), 0, 0)
	for _, c := range []struct {
		n, m  float64
		cells int
		want  float64
	}{{500, 500, 10, .067676}, {1000, 1000, 10, .033838}, {10000, 10000, 10, .003384}, {10000, 1000, 20, .033158}} {
		near(t, "critical", must(stats.PSICritical(c.n, c.m, c.cells, .05)), c.want, 5e-7)
	}
}

func TestPSIEmptyCells(t *testing.T) {
	t.Parallel()
	// Half a row in each of three cells: shares 10.5/31.5, 20.5/31.5, .5/31.5
	// against 10.5/31.5, 10.5/31.5, 10.5/31.5; the cell empty on both is out.
	e, a := []float64{10, 20, 0, 0}, []float64{10, 10, 10, 0}
	want := (10.5-20.5)/31.5*math.Log(10.5/20.5) + (10.5-.5)/31.5*math.Log(10.5/.5)
	near(t, "PSI", must(stats.PSI(e, a)), want, 1e-12)
	if _, err := stats.PSI(e, make([]float64, 4)); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("no rows: %v, want ErrUndefined", err)
	}
	if _, err := stats.PSI(e, a[:2]); err == nil {
		t.Error("unequal cells were accepted")
	}
	if _, err := stats.PSI([]float64{-1, 2}, []float64{1, 1}); err == nil {
		t.Error("a negative count was accepted")
	}
	if _, err := stats.PSICritical(10, 10, 1, .05); err == nil {
		t.Error("one cell was accepted")
	}
}

// TestPSICriticalHoldsUnderNull draws two samples of one distribution.
func TestPSICriticalHoldsUnderNull(t *testing.T) {
	t.Parallel()
	const runs, n, m, cells = 4000, 2000, 1000, 10
	critical := must(stats.PSICritical(n, m, cells, .05))
	alarms := 0
	for r := range runs {
		random := stats.Stream(5, uint64(r))
		e, a := make([]float64, cells), make([]float64, cells)
		for range n {
			e[random.IntN(cells)]++
		}
		for range m {
			a[random.IntN(cells)]++
		}
		if must(stats.PSI(e, a)) > critical {
			alarms++
		}
	}
	near(t, "false alarms", float64(alarms)/runs, .05, .012) // 3.5 standard errors
}

func TestKSVectors(t *testing.T) {
	t.Parallel()
	a := []float64{.1, .2, .3, .4, .5, .6, .7, .8}
	b := []float64{.25, .35, .45, .55, .65, .75, .85, .95}
	ks := must(stats.FitKS(b, a))
	near(t, "D", ks.Statistic, .25, 1e-15) // science notes, section 5 [C]
	near(t, "p", ks.P, .98011, 5e-6)       // same
	// Complete separation of 3 and 3: 2 of the 20 orders are as extreme.
	ks = must(stats.FitKS([]float64{1, 2, 3}, []float64{4, 5, 6}))
	near(t, "D", ks.Statistic, 1, 0)
	near(t, "p", ks.P, .1, 1e-12)
	ks = must(stats.FitKS(a, a))
	near(t, "D of itself", ks.Statistic, 0, 0)
	near(t, "p of itself", ks.P, 1, 0)
	if _, err := stats.FitKS(a, nil); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("empty sample: %v, want ErrUndefined", err)
	}
	if _, err := stats.FitKS(a, []float64{math.NaN()}); err == nil {
		t.Error("NaN was accepted")
	}
}

// TestKSLimitMeetsExact compares both sides of the switch from exact to limit.
func TestKSLimitMeetsExact(t *testing.T) {
	t.Parallel()
	sample := func(n int, shift float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = (float64(i)+.5)/float64(n) + shift
		}
		return out
	}
	exact := must(stats.FitKS(sample(1000, 0), sample(1000, .06)))
	limit := must(stats.FitKS(sample(1001, 0), sample(1000, .06)))
	near(t, "p", limit.P, exact.P, .005)
	near(t, "limit at 1.3581 is 5 %", must(stats.FitKS(sample(2000, 0), sample(2000, .04295))).P, .05, .003)
}

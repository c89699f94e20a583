package stats_test

import (
	"math"
	"testing"

	"holdfast/internal/stats"
)

// The vector of science notes 5 [C]: α .2, so k = ⌈13·.8⌉ = 11.
func TestConformalOfSample(t *testing.T) {
	t.Parallel()
	plain := must(stats.FitConformal(sampleLabel, sampleScore, .2, false))
	near(t, "limit of stayers", plain.Limit[0], .65, 1e-12)
	near(t, "limit of leavers", plain.Limit[1], .65, 1e-12)
	for _, c := range []struct {
		p             float64
		stays, leaves bool
	}{{.5, true, true}, {.9, false, true}, {.1, true, false}} {
		if stays, leaves := plain.Set(c.p); stays != c.stays || leaves != c.leaves {
			t.Errorf("the set at %v: stays %v, leaves %v", c.p, stays, leaves)
		}
	}
	classes := must(stats.FitConformal(sampleLabel, sampleScore, .2, true))
	near(t, "Mondrian, stayers", classes.Limit[0], .6, 1e-12)
	near(t, "Mondrian, leavers", classes.Limit[1], .85, 1e-12)
}

// Sets of new rows hold the true outcome as often as promised, though the
// probabilities are nonsense; of each class too where that is asked for. Too few rows
// rule nothing out.
func TestConformalCovers(t *testing.T) {
	t.Parallel()
	draw := func(random interface{ Float64() float64 }, n int) (y, p []float64) {
		for range n {
			x, label := random.Float64(), 0.0
			if random.Float64() < x*x/2 {
				label = 1
			}
			y, p = append(y, label), append(p, math.Sqrt(x))
		}
		return y, p
	}
	random := stats.Stream(8)
	var held, all [2]float64
	for range 300 {
		y, p := draw(random, 60)
		c, err := stats.FitConformal(y, p, .2, true)
		if err != nil {
			t.Fatal(err)
		}
		y, p = draw(random, 40)
		for i := range y {
			stays, leaves := c.Set(p[i])
			all[int(y[i])]++
			if (y[i] == 0 && stays) || (y[i] == 1 && leaves) {
				held[int(y[i])]++
			}
		}
	}
	for class := range held {
		if rate := held[class] / all[class]; rate < .79 || rate > .9 {
			t.Errorf("of class %d the sets hold %.3f, want at least .8 and not much more", class, rate)
		}
	}
	few := must(stats.FitConformal([]float64{0, 1}, []float64{.1, .9}, .2, false))
	if stays, leaves := few.Set(.001); !stays || !leaves {
		t.Error("two rows rule something out")
	}
	if _, err := stats.FitConformal(sampleLabel, sampleScore, 0, false); err == nil {
		t.Error("alpha 0 was taken")
	}
}

package stats

import (
	"fmt"
	"math"
)

// Drawn counts units that were drawn with one probability.
type Drawn struct {
	Units int     // drawn
	Hits  int     // of them, those that the draw chose
	Share float64 // probability with which each was to be chosen
}

// ratioWeight is how many units the prior of SampleRatio counts for. With it the
// test is best at differences of a few points, which is what a loss of units in
// one arm makes.
const ratioWeight = 100

// SampleRatio is the log of the evidence that units were not chosen with the
// probabilities they were to be drawn with: of the alternative that each
// group's probability is drawn from Beta(100·share, 100·(1−share)), against the
// shares themselves. While the shares are right it exceeds ln(1/alpha) at any
// time with a probability of at most alpha, so that it may be looked at daily
// (Lindon and Malek 2022, "Anytime-valid inference for multinomial count data").
// Groups without units say nothing.
func SampleRatio(groups []Drawn) (float64, error) {
	sum := 0.0
	for _, g := range groups {
		if !(g.Share > 0 && g.Share < 1) || g.Hits < 0 || g.Hits > g.Units {
			return 0, fmt.Errorf("sample ratio: %d of %d units chosen at a probability of %v; the probability lies between 0 and 1, the chosen among the units", g.Hits, g.Units, g.Share)
		}
		n, h := float64(g.Units), float64(g.Hits)
		a, b := ratioWeight*g.Share, ratioWeight*(1-g.Share)
		sum += logBeta(a+h, b+n-h) - logBeta(a, b) - float64(h*math.Log(g.Share)) - float64((n-h)*math.Log1p(-g.Share))
	}
	return sum, nil
}

// logBeta is the log of the beta function of two positive numbers.
func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

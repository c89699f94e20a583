package stats

import (
	"fmt"
	"math"
	"slices"
)

// Bootstrap says how to resample.
type Bootstrap struct {
	Replicates int     // 200 for a standard error, 1,000 or more for limits
	Level      float64 // confidence level, such as 0.95
	Seed       uint64
}

// BootstrapResult is a percentile interval and how it came about.
type BootstrapResult struct {
	Interval
	StandardError float64
	Undefined     int // replicates in which the statistic was NaN, left out
}

// Clustered is the percentile bootstrap interval of a statistic when rows of one
// group stand or fall together (Efron 1979; Davison and Hinkley 1997, §3.8).
// Each replicate draws as many groups as there are, with replacement, and calls
// statistic with the number of times each row was drawn as its weight. A
// difference of two models' measures on the same weights is a paired comparison.
// statistic must not keep or change w; it may return NaN where it is undefined.
// Replicate r draws from Stream(Seed, r), so the result does not depend on order.
// ErrUndefined when the whole sample or more than a tenth of the replicates have
// no answer, or there are fewer than two groups.
func (b Bootstrap) Clustered(group []uint64, statistic func(w []float64) float64) (BootstrapResult, error) {
	const what = "cluster bootstrap"
	var out BootstrapResult
	upper, err := twoSided(what, b.Level)
	if err != nil {
		return out, err
	}
	if b.Replicates < 2 {
		return out, fmt.Errorf("%s: %d replicates; give 2 or more", what, b.Replicates)
	}
	member, groups := numberGroups(group)
	if groups < 2 {
		return out, undefined(what, "it needs two groups")
	}
	out.Estimate = statistic(ones(len(group)))
	if math.IsNaN(out.Estimate) {
		return out, undefined(what, "the statistic has no value on the whole sample")
	}
	values := make([]float64, 0, b.Replicates)
	drawn, w := make([]float64, groups), make([]float64, len(group))
	for r := range b.Replicates {
		clear(drawn)
		random := Stream(b.Seed, uint64(r))
		for range groups {
			drawn[random.IntN(groups)]++
		}
		for i, g := range member {
			w[i] = drawn[g]
		}
		if v := statistic(w); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	out.Undefined = b.Replicates - len(values)
	if out.Undefined*10 > b.Replicates || len(values) < 2 {
		return out, undefined(what, "too many replicates have no answer")
	}
	slices.Sort(values)
	out.Low, out.High = SortedQuantile(values, 1-upper), SortedQuantile(values, upper)
	_, variance := MeanVariance(values)
	out.StandardError = math.Sqrt(variance)
	return out, nil
}

// numberGroups numbers group ids 0, 1, … by first appearance.
func numberGroups(group []uint64) (member []int, groups int) {
	numbers := make(map[uint64]int)
	member = make([]int, len(group))
	for i, g := range group {
		n, known := numbers[g]
		if !known {
			n = len(numbers)
			numbers[g] = n
		}
		member[i] = n
	}
	return member, len(numbers)
}

// SortedQuantile is the p-quantile of ascending values, straight between order
// statistics (Hyndman and Fan 1996, type 7, R's default). NaN without values.
func SortedQuantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	h := math.Min(math.Max(p, 0), 1) * float64(len(sorted)-1)
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((h-float64(i))*(sorted[i+1]-sorted[i]))
}

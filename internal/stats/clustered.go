package stats

import (
	"fmt"
	"math"
)

// Cluster is one household's share of an arm: how many of its customers were
// observed and how many of them had the event.
type Cluster struct {
	Events, Customers float64
}

// Clusters adds up rows by group, in order of first appearance. event holds one
// 0 or 1 per row, group the household of each.
func Clusters(event []float64, group []uint64) ([]Cluster, error) {
	return clusters(event, group, func(int) float64 { return 1 })
}

// WeightedClusters is Clusters with a weight per row, positive and 1 in the mean:
// rows that stand for more than themselves because they were less likely to be
// seen. The rate of the clusters is then Σ weight·event / Σ weight (Hájek 1971),
// and its variance that of the same ratio.
func WeightedClusters(event, weight []float64, group []uint64) ([]Cluster, error) {
	if len(weight) != len(event) {
		return nil, fmt.Errorf("clusters: %d events and %d weights; give one of each per row", len(event), len(weight))
	}
	for i, w := range weight {
		if !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("clusters: weight %v in row %d; weights are positive numbers", w, i)
		}
	}
	return clusters(event, group, func(row int) float64 { return weight[row] })
}

func clusters(event []float64, group []uint64, weight func(row int) float64) ([]Cluster, error) {
	if len(event) != len(group) {
		return nil, fmt.Errorf("clusters: %d events and %d groups; give one of each per row", len(event), len(group))
	}
	place := make(map[uint64]int, len(group))
	var out []Cluster
	for i, g := range group {
		if event[i] != 0 && event[i] != 1 {
			return nil, fmt.Errorf("clusters: event %v in row %d; events are 0 or 1", event[i], i)
		}
		k, known := place[g]
		if !known {
			k = len(out)
			place[g] = k
			out = append(out, Cluster{})
		}
		out[k].Events += weight(i) * event[i]
		out[k].Customers += weight(i)
	}
	return out, nil
}

// ClusteredRate is a rate whose customers are not independent.
type ClusteredRate struct {
	Proportion             // customers, counted exactly
	Households     int     // clusters with at least one customer
	EffectiveN     float64 // independent customers that would tell as much
	DesignEffect   float64 // Trials / EffectiveN, at least 1
	degreesFreedom float64
}

// NewClusteredRate measures how far the households' outcomes move together. The
// variance of the ratio Σevents/Σcustomers over K clusters is
//
//	K/(K−1) · Σ (events_k − rate·customers_k)² / (Σ customers)²
//
// (Cochran 1977, ch. 11) and the effective size is rate·(1−rate) over it (Kish
// 1965), never above the number of customers. Where the rate is 0 or 1 no
// variance can be seen, and the size falls back to the worst case, households
// that act as one: (Σ customers)²/Σ customers². One household counts as one.
func NewClusteredRate(clusters []Cluster) (ClusteredRate, error) {
	const what = "clustered rate"
	var r ClusteredRate
	squares := 0.0
	for i, c := range clusters {
		if !(c.Customers >= 0 && c.Events >= 0 && c.Events <= c.Customers) || math.IsInf(c.Customers, 0) {
			return r, fmt.Errorf("%s: household %d has %v events among %v customers; events lie between 0 and the customers", what, i, c.Events, c.Customers)
		}
		if c.Customers > 0 {
			r.Households++
		}
		r.Events += c.Events
		r.Trials += c.Customers
		squares += float64(c.Customers * c.Customers)
	}
	if r.Trials == 0 {
		return r, undefined(what, "nobody was observed")
	}
	rate, k := r.Rate(), float64(r.Households)
	residual := 0.0
	for _, c := range clusters {
		d := c.Events - float64(rate*c.Customers)
		residual += float64(d * d)
	}
	switch {
	case r.Households == 1:
		r.EffectiveN = 1
	case rate == 0 || rate == 1 || residual == 0:
		r.EffectiveN = r.Trials * r.Trials / squares
	default:
		variance := k / (k - 1) * residual / (r.Trials * r.Trials)
		r.EffectiveN = math.Min(r.Trials, rate*(1-rate)/variance)
	}
	r.EffectiveN = math.Max(1, r.EffectiveN)
	r.DesignEffect = r.Trials / r.EffectiveN
	r.degreesFreedom = math.Max(1, k-1)
	return r, nil
}

// Interval is Wilson's with the effective size, made smaller by
// (z/t with households−1 degrees of freedom)² because the variance is itself
// estimated (Korn and Graubard 1998; Dean and Pagano 2015).
func (r ClusteredRate) Interval(level float64) (Interval, error) {
	upper, err := twoSided("clustered rate", level)
	if err != nil {
		return Interval{}, err
	}
	if r.Trials == 0 {
		return Interval{}, undefined("clustered rate", "nobody was observed")
	}
	z := NormalQuantile(upper)
	shrink := z / StudentQuantile(upper, r.degreesFreedom)
	return wilson(r.Rate(), r.EffectiveN*float64(shrink*shrink), z), nil
}

// ClusteredDifference is the interval for the difference of rates a − b of two
// arms whose unit of assignment is the household: each arm's clustered Wilson
// limits, combined by Newcombe's square-and-add. The estimate is per customer.
// ErrUndefined when an arm is empty.
func ClusteredDifference(a, b ClusteredRate, level float64) (Interval, error) {
	first, err := a.Interval(level)
	if err != nil {
		return Interval{}, fmt.Errorf("difference of clustered rates: %w", err)
	}
	second, err := b.Interval(level)
	if err != nil {
		return Interval{}, fmt.Errorf("difference of clustered rates: %w", err)
	}
	return squareAndAdd(first, second), nil
}

package stats

import (
	"fmt"
	"math"
)

// ReliabilityBin is one point of a reliability curve.
type ReliabilityBin struct {
	Low, High float64 // equal width: the bin's edges; equal frequency: its lowest and highest probability
	Forecast  float64 // mean predicted probability of its rows
	Observed  float64 // share of its rows that left
	Count     int     // rows; never 0
}

// EqualWidthBins cuts [0, 1] into bins of equal width, closed on the left, the
// last on both sides, and drops the empty ones. y and p have one entry per row.
func EqualWidthBins(y, p []float64, bins int) ([]ReliabilityBin, error) {
	if err := checkBins(y, p, bins); err != nil {
		return nil, err
	}
	all := make([]ReliabilityBin, bins)
	for i := range all {
		all[i].Low, all[i].High = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	for i, v := range p {
		b := &all[min(int(v*float64(bins)), bins-1)]
		b.Forecast += v
		b.Observed += y[i]
		b.Count++
	}
	return finishBins(all), nil
}

// EqualFrequencyBins cuts the rows, ordered by probability, into bins of equal
// count. A run of equal probabilities is never cut: it stays with the bin it
// begins in, so there may be fewer bins than asked for.
func EqualFrequencyBins(y, p []float64, bins int) ([]ReliabilityBin, error) {
	if err := checkBins(y, p, bins); err != nil {
		return nil, err
	}
	r, err := Rank(p)
	if err != nil {
		return nil, err
	}
	n := len(p)
	all := make([]ReliabilityBin, 0, bins)
	place := 0
	for b := range bins {
		end := (b + 1) * n / bins
		var bin ReliabilityBin
		for ; place < n; place++ {
			i := r.order[n-1-place] // ascending
			if place >= end && p[i] != bin.High {
				break
			}
			if bin.Count == 0 {
				if place >= end {
					break // an earlier bin's ties reached past this one
				}
				bin.Low = p[i]
			}
			bin.High = p[i]
			bin.Forecast += p[i]
			bin.Observed += y[i]
			bin.Count++
		}
		all = append(all, bin)
	}
	return finishBins(all), nil
}

func checkBins(y, p []float64, bins int) error {
	if bins < 1 {
		return fmt.Errorf("reliability: %d bins; give at least 1", bins)
	}
	return checkProbabilities("reliability", y, p, nil)
}

// finishBins turns sums into means and drops empty bins.
func finishBins(all []ReliabilityBin) []ReliabilityBin {
	kept := all[:0]
	for _, b := range all {
		if b.Count > 0 {
			b.Forecast /= float64(b.Count)
			b.Observed /= float64(b.Count)
			kept = append(kept, b)
		}
	}
	return kept
}

// ECE is the expected calibration error over the bins: the mean of
// |observed − forecast| weighted by count (Naeini et al. 2015). It depends on
// the bins, so it stands beside CORP and never alone.
func ECE(bins []ReliabilityBin) float64 {
	sum, n := 0.0, 0
	for _, b := range bins {
		sum += float64(float64(b.Count) * math.Abs(b.Observed-b.Forecast))
		n += b.Count
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// SpiegelhalterZ tests whether probabilities are calibrated: standard normal if
// they are, positive when the Brier score is worse than they promise
// (Spiegelhalter 1986). ErrUndefined when every p is 0, ½ or 1.
func SpiegelhalterZ(y, p []float64) (float64, error) {
	if err := checkProbabilities("Spiegelhalter's z", y, p, nil); err != nil {
		return 0, err
	}
	num, variance := 0.0, 0.0
	for i := range y {
		d := 1 - 2*p[i]
		num += float64((y[i] - p[i]) * d)
		variance += float64(float64(d*d) * float64(p[i]*(1-p[i])))
	}
	if variance == 0 {
		return 0, undefined("Spiegelhalter's z", "every probability is 0, one half or 1")
	}
	return num / math.Sqrt(variance), nil
}

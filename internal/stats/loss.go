package stats

import "math"

// clip keeps a probability away from 0 and 1 by 1e-15, so that one certain
// mistake costs 34.5 nats and not infinity.
func clip(p float64) float64 { return math.Min(math.Max(p, 1e-15), 1-1e-15) }

// LogLoss is the weighted mean of −y·ln p − (1−y)·ln(1−p), in nats, with p
// clipped to [1e-15, 1−1e-15]. y, p and w have one entry per row; w may be nil.
func LogLoss(y, p, w []float64) (float64, error) {
	if err := checkProbabilities("log loss", y, p, w); err != nil {
		return 0, err
	}
	sum, total := 0.0, 0.0
	for i := range y {
		q := clip(p[i])
		if y[i] == 0 {
			q = 1 - q
		}
		sum -= float64(weight(w, i) * math.Log(q))
		total += weight(w, i)
	}
	return sum / total, nil
}

// Brier is the weighted mean of (p − y)² (Brier 1950). y, p and w have one
// entry per row; w may be nil.
func Brier(y, p, w []float64) (float64, error) {
	if err := checkProbabilities("Brier score", y, p, w); err != nil {
		return 0, err
	}
	return brier(y, p, w), nil
}

func brier(y, p, w []float64) float64 {
	sum, total := 0.0, 0.0
	for i := range y {
		d := p[i] - y[i]
		sum += float64(weight(w, i) * float64(d*d))
		total += weight(w, i)
	}
	return sum / total
}

package stats

import "fmt"

// VennAbers is a calibrator that answers with the two probabilities a score
// would get were its customer a stayer or a leaver. It keeps its calibration
// rows; it is a calibrator, not a range for the leaving rate.
type VennAbers struct {
	Label []float64 `json:"label"`
	Score []float64 `json:"score"`
}

// FitVennAbers keeps the calibration rows: labels y and finite scores (Vovk and
// Petej 2014, inductive form).
func FitVennAbers(y, score []float64) (VennAbers, error) {
	if err := checkRows("Venn-Abers", y, score, nil); err != nil {
		return VennAbers{}, err
	}
	return VennAbers{append([]float64(nil), y...), append([]float64(nil), score...)}, nil
}

// Pair returns p0 and p1: the isotonic level at score after adding it as a
// stayer, and as a leaver. p0 ≤ p1. Each call refits, n·log n.
func (v VennAbers) Pair(score float64) (p0, p1 float64, err error) {
	x := append(append([]float64(nil), v.Score...), score)
	y := append(append([]float64(nil), v.Label...), 0)
	var levels [2]float64
	for label := range levels {
		y[len(y)-1] = float64(label)
		iso, err := FitIsotonic(y, x, nil)
		if err != nil {
			return 0, 0, fmt.Errorf("calibrate score %v: %w", score, err)
		}
		levels[label] = iso.Apply(score)
	}
	return levels[0], levels[1], nil
}

// Apply merges the pair into one probability, p1/(1 − p0 + p1).
func (v VennAbers) Apply(score float64) (float64, error) {
	p0, p1, err := v.Pair(score)
	return p1 / (1 - p0 + p1), err
}

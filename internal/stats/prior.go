package stats

import "fmt"

// PriorCorrected moves a probability from a model trained where the share of
// leavers was trained to a population where it is actual:
// p' = p·(π/τ) / (p·(π/τ) + (1−p)·(1−π)/(1−τ)) (Saerens, Latinne,
// Decaestecker 2002). Both shares lie in (0, 1).
func PriorCorrected(p, trained, actual float64) (float64, error) {
	if !(p >= 0 && p <= 1) || !(trained > 0 && trained < 1) || !(actual > 0 && actual < 1) {
		return 0, fmt.Errorf("prior correction: probability %v, trained share %v, actual share %v; shares lie strictly between 0 and 1", p, trained, actual)
	}
	up, down := p*(actual/trained), (1-p)*((1-actual)/(1-trained))
	return up / (up + down), nil
}

// UndersamplingCorrected undoes keeping only the share kept of the stayers in
// training: p = β·s/(β·s − s + 1) (Dal Pozzolo et al. 2015). kept lies in (0, 1].
func UndersamplingCorrected(p, kept float64) (float64, error) {
	if !(p >= 0 && p <= 1) || !(kept > 0 && kept <= 1) {
		return 0, fmt.Errorf("undersampling correction: probability %v, share kept %v; the share lies above 0 and at most 1", p, kept)
	}
	return kept * p / (float64(kept*p) - p + 1), nil
}

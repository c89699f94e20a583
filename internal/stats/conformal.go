package stats

import (
	"fmt"
	"math"
	"slices"
)

// Conformal makes sets of outcomes that hold the true one at a chosen rate whatever
// the probabilities are worth: split conformal prediction with the score 1 − p(y)
// (Vovk, Gammerman and Shafer 2005; Sadinle, Lei and Wasserman 2019). It says of one
// customer which outcomes cannot be ruled out, and nothing about a leaving rate.
type Conformal struct {
	// Limit is the greatest score of an outcome that stays in the set: of a stayer,
	// of a leaver. Without classes both are one number.
	Limit [2]float64
}

// FitConformal fits limits to labels y and probabilities p of leaving that were not
// fitted to these rows, so that sets miss the true outcome in a share alpha, 0 to 1,
// at most. The limit is the k-th smallest score, k = ⌈(n+1)·(1−α)⌉; with fewer rows
// than k nothing is ruled out. byClass keeps the share for stayers and leavers each
// (Mondrian).
func FitConformal(y, p []float64, alpha float64, byClass bool) (Conformal, error) {
	if err := checkRows("conformal prediction", y, p, nil); err != nil {
		return Conformal{}, err
	}
	if !(alpha > 0 && alpha < 1) {
		return Conformal{}, fmt.Errorf("conformal prediction: alpha is %v; give a share between 0 and 1", alpha)
	}
	var of [2][]float64
	for i, v := range p {
		of[int(y[i])] = append(of[int(y[i])], math.Abs(y[i]-v))
	}
	if !byClass {
		all := slices.Concat(of[0], of[1])
		of = [2][]float64{all, all}
	}
	var c Conformal
	for class, scores := range of {
		k := int(math.Ceil(float64(float64(len(scores)+1)*(1-alpha)) - 1e-9))
		c.Limit[class] = math.Inf(1)
		if k <= len(scores) {
			slices.Sort(scores)
			c.Limit[class] = scores[max(k, 1)-1]
		}
	}
	return c, nil
}

// Set says whether staying and leaving are in the set of a customer of probability p
// of leaving.
func (c Conformal) Set(p float64) (stays, leaves bool) {
	return p <= c.Limit[0], 1-p <= c.Limit[1]
}

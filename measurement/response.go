package measurement

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"holdfast/interventions"
)

// A model of an offer needs so many selected customers whose outcome is final,
// and so many who took it and who did not.
const (
	minOutcomes = 200
	minEach     = 20
)

// weightSpread is what is believed of a weight before any outcome: normal
// around 0, so that a trait that tells nothing keeps none.
const weightSpread = .5

// fitResponse fits how those assigned to be contacted differ in taking the
// offer: a logistic regression on their traits by Newton's method, with a
// normal prior on the weights and none on the intercept. Nil while there are
// too few outcomes, and where it does not settle.
//
//	log-odds = b + Σ w_j (x_j − mean_j)     w_j ~ N(0, ½²)
func fitResponse(rows []Row) *interventions.ResponseModel {
	var at []Row
	taken := 0
	m := interventions.ResponseModel{}
	for _, r := range rows {
		if !r.Matured || r.Held {
			continue
		}
		at = append(at, r)
		if r.Accepted {
			taken++
		}
		for j, x := range r.Traits {
			m.Means[j] += x
		}
	}
	n := len(at)
	if n < minOutcomes || taken < minEach || n-taken < minEach {
		return nil
	}
	for j := range m.Means {
		m.Means[j] /= float64(n)
	}
	m.Outcomes = n
	const k = len(m.Weights) + 1
	var b [k]float64 // the intercept last
	b[k-1] = math.Log(float64(taken) / float64(n-taken))
	for range 50 {
		step, ok := newton(at, &m, b)
		if !ok {
			return nil
		}
		far := 0.0
		for j := range b {
			b[j] += step[j]
			far = max(far, math.Abs(step[j]))
		}
		if far < 1e-9 {
			copy(m.Weights[:], b[:])
			return &m
		}
	}
	return nil
}

// newton is one step from b towards the most probable weights.
func newton(rows []Row, m *interventions.ResponseModel, b [4]float64) (step [4]float64, ok bool) {
	const k = len(b)
	gradient, hessian := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
	for j := range k - 1 {
		gradient.SetVec(j, -b[j]/(weightSpread*weightSpread))
		hessian.SetSym(j, j, 1/(weightSpread*weightSpread))
	}
	for i := range rows {
		x := [k]float64{k - 1: 1}
		z := b[k-1]
		for j := range k - 1 {
			x[j] = rows[i].Traits[j] - m.Means[j]
			z += float64(b[j] * x[j])
		}
		p, y := 1/(1+math.Exp(-z)), 0.0
		if rows[i].Accepted {
			y = 1
		}
		for j := range k {
			gradient.SetVec(j, gradient.AtVec(j)+float64((y-p)*x[j]))
			for l := j; l < k; l++ {
				hessian.SetSym(j, l, hessian.At(j, l)+float64(p*(1-p)*x[j]*x[l]))
			}
		}
	}
	var chol mat.Cholesky
	var out mat.VecDense
	if !chol.Factorize(hessian) || chol.SolveVecTo(&out, gradient) != nil {
		return step, false
	}
	for j := range k {
		step[j] = out.AtVec(j)
	}
	return step, true
}

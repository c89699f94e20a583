package stats

import "math"

// Sigmoid is 1/(1 + e^−x), without overflow.
func Sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Logit is ln(p/(1−p)) with p clipped to [1e-15, 1−1e-15].
func Logit(p float64) float64 {
	p = clip(p)
	return math.Log(p) - math.Log1p(-p)
}

// softplus is ln(1 + e^x), without overflow.
func softplus(x float64) float64 {
	return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// logisticFit is a small unpenalised logistic regression: columns × rows, one
// target in [0, 1] and one weight per row. At most a handful of columns; the
// intercept is a column of ones.
type logisticFit struct {
	columns [][]float64
	target  []float64
	weights []float64
}

// loss is −Σ w(t·ln p + (1−t)·ln(1−p)) at coefficients beta.
func (f *logisticFit) loss(beta []float64) float64 {
	sum := 0.0
	for i, t := range f.target {
		z := f.linear(beta, i)
		sum += float64(weight(f.weights, i) * (softplus(z) - float64(t*z)))
	}
	return sum
}

func (f *logisticFit) linear(beta []float64, row int) float64 {
	z := 0.0
	for j, b := range beta {
		z += float64(b * f.columns[j][row])
	}
	return z
}

// fit runs Newton's method with a vanishing ridge on the step, until the
// decrement (twice what the step promises to gain) is nothing beside the total
// weight. Far from the optimum the step is halved until the loss falls; close to
// it the full step is right and the loss too coarse to judge by. It is
// ErrUndefined when the classes are perfectly separated, so that the
// coefficients would grow for ever.
func (f *logisticFit) fit(what string) ([]float64, error) {
	beta, total := make([]float64, len(f.columns)), 0.0
	for i := range f.target {
		total += weight(f.weights, i)
	}
	for range 100 {
		gradient, hessian := f.derivatives(beta)
		step := solveSymmetric(hessian, gradient)
		decrement := 0.0
		for j, s := range step {
			decrement += float64(s * gradient[j])
		}
		scale := 1.0
		if decrement > 1e-8*total {
			scale = f.search(beta, step)
		}
		for j, s := range step {
			beta[j] += float64(scale * s)
		}
		if decrement <= 1e-20*total || scale == 0 {
			break
		}
	}
	if f.loss(beta) < 1e-6*total {
		return nil, undefined(what, "the scores separate leavers from stayers perfectly")
	}
	return beta, nil
}

// search returns the largest of 1, ½, ¼ … by which the step does not raise the
// loss, or 0.
func (f *logisticFit) search(beta, step []float64) float64 {
	old, next := f.loss(beta), make([]float64, len(beta))
	for scale := 1.0; scale > 1e-10; scale /= 2 {
		for j := range next {
			next[j] = beta[j] + float64(scale*step[j])
		}
		if f.loss(next) <= old {
			return scale
		}
	}
	return 0
}

// derivatives returns the ascent direction of the likelihood and its negated
// second derivatives, row-major.
func (f *logisticFit) derivatives(beta []float64) (gradient, hessian []float64) {
	k := len(f.columns)
	gradient, hessian = make([]float64, k), make([]float64, k*k)
	for i, t := range f.target {
		p, w := Sigmoid(f.linear(beta, i)), weight(f.weights, i)
		slope, curve := float64(w*(t-p)), float64(w*float64(p*(1-p)))
		for a := range k {
			gradient[a] += float64(slope * f.columns[a][i])
			for b := range a + 1 {
				hessian[a*k+b] += float64(float64(curve*f.columns[a][i]) * f.columns[b][i])
			}
		}
	}
	for a := range k {
		for b := range a {
			hessian[b*k+a] = hessian[a*k+b]
		}
	}
	return gradient, hessian
}

// solveSymmetric solves (a + ε·I)x = b by elimination with pivoting, where ε is
// 1e-12 of a's trace: a column without information then moves nowhere.
func solveSymmetric(a, b []float64) []float64 {
	k := len(b)
	m, x := append([]float64(nil), a...), append([]float64(nil), b...)
	trace := 0.0
	for i := range k {
		trace += a[i*k+i]
	}
	for i := range k {
		m[i*k+i] += 1e-12*trace + math.SmallestNonzeroFloat64
	}
	for c := range k {
		p := c
		for r := c + 1; r < k; r++ {
			if math.Abs(m[r*k+c]) > math.Abs(m[p*k+c]) {
				p = r
			}
		}
		for j := range k {
			m[c*k+j], m[p*k+j] = m[p*k+j], m[c*k+j]
		}
		x[c], x[p] = x[p], x[c]
		for r := c + 1; r < k; r++ {
			q := m[r*k+c] / m[c*k+c]
			for j := c; j < k; j++ {
				m[r*k+j] -= float64(q * m[c*k+j])
			}
			x[r] -= float64(q * x[c])
		}
	}
	for c := k - 1; c >= 0; c-- {
		for j := c + 1; j < k; j++ {
			x[c] -= float64(m[c*k+j] * x[j])
		}
		x[c] /= m[c*k+c]
	}
	return x
}

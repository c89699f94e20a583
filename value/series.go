package value

import "math"

// maxTerms bounds every series; with |z| ≤ 0.9995 its terms have died out by then.
const maxTerms = 200_000

// ratioSeries sums Σ_{n≥0} Π_{m<n} (a+m)(b+m)/((c+m)(d+m))·z for 0 ≤ z < 1. With
// d = 1 it is Gauss's ₂F₁(a,b;c;z). ok is false when the terms have not died
// out after maxTerms, or do not stay finite.
func ratioSeries(a, b, c, d, z float64) (sum float64, ok bool) {
	sum = 1
	term := 1.0
	for m := 0.0; m < maxTerms; m++ {
		ratio := (a + m) * (b + m) / ((c + m) * (d + m)) * z
		term *= ratio
		sum += term
		if math.IsInf(sum, 0) || math.IsNaN(sum) {
			return 0, false
		}
		// What is left is at most the geometric series of the ratio, once it falls.
		if term == 0 || (math.Abs(ratio) < 1 && math.Abs(term) < 1e-16*math.Abs(sum)*(1-math.Abs(ratio))) {
			return sum, true
		}
	}
	return sum, false
}

// hypergeometric is ₂F₁(a,b;c;z). Domain: a, b, c > 0 and 0 ≤ z ≤ 0.9995; outside
// it ok is false. Of the series and Euler's transformation of it,
//
//	₂F₁(a,b;c;z) = (1−z)^(c−a−b)·₂F₁(c−a,c−b;c;z),
//
// it takes the one with fewer terms, so long as none of them is negative.
func hypergeometric(a, b, c, z float64) (v float64, ok bool) {
	if !(a > 0 && b > 0 && c > 0 && z >= 0 && z <= largestRatio) {
		return 0, false
	}
	if c >= a && c >= b && c < a+b {
		v, ok = ratioSeries(c-a, c-b, c, 1, z)
		return math.Pow(1-z, c-a-b) * v, ok
	}
	return ratioSeries(a, b, c, 1, z)
}

// largestRatio is the largest z that series are summed for.
const largestRatio = 0.9995

// doubleExponential integrates f over the whole line by the trapezoid rule
// after x = π/2·sinh(s) (Takahasi and Mori 1974), halving the step until two
// results agree to 1e-12. f must be smooth and fall off at both ends at least
// exponentially.
func doubleExponential(f func(x float64) float64) float64 {
	const reach = 10.0 // |x| ≤ 17,300: exp(−x/100) has fallen below every float64 beside its start
	at := func(s float64) float64 {
		if v := f(math.Pi / 2 * math.Sinh(s)); v != 0 {
			return v * math.Pi / 2 * math.Cosh(s)
		}
		return 0
	}
	step, sum := 0.25, at(0)
	for s := step; s <= reach; s += step {
		sum += at(s) + at(-s)
	}
	for range 8 {
		before := sum * step
		for s := step / 2; s <= reach; s += step {
			sum += at(s) + at(-s)
		}
		step /= 2
		if math.Abs(sum*step-before) <= 1e-12*math.Abs(before) {
			break
		}
	}
	return sum * step
}

// logSum is ln(e^a + e^b); −Inf stands for nothing.
func logSum(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// lnGamma is ln Γ(x) for x > 0.
func lnGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// lnRising is ln Γ(r+x)/Γ(r).
func lnRising(r, x float64) float64 {
	if x == 0 {
		return 0
	}
	return lnGamma(r+x) - lnGamma(r)
}

// decayed is (1 − e^(−s·l))/s, and l where s is 0: what is left of a length l
// that shrinks at the rate s.
func decayed(s, l float64) float64 {
	if s == 0 {
		return l
	}
	return -math.Expm1(-s*l) / s
}

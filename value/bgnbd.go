package value

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// BGNBD is the beta-geometric/NBD model of buying (Fader, Hardie and Lee,
// Marketing Science 24, 2005): while a customer, purchases are Poisson with a
// rate that is gamma(R, Alpha) over customers; after each purchase the customer
// leaves with a probability that is beta(A, B) over customers.
type BGNBD struct {
	R, Alpha, A, B float64
	// FromFirst lets customers leave after their first purchase too (MBG/NBD:
	// Batislam, Denizel and Filiztekin, Int. J. Research in Marketing 24, 2007).
	// Without it those who bought once can only be slow.
	FromFirst bool
}

// chances counts the purchases after which the customer could have left.
func (m BGNBD) chances(repeats int) float64 {
	if m.FromFirst {
		return float64(repeats) + 1
	}
	return float64(repeats)
}

// logOdds is ln of P(left)/P(still a customer) given the behaviour, −Inf where
// the customer has had no chance to leave:
//
//	odds = a/(b+j−1)·((α+T)/(α+t_x))^(r+x), j chances
func (m BGNBD) logOdds(b Behaviour) float64 {
	j := m.chances(b.Repeats)
	if j == 0 {
		return math.Inf(-1)
	}
	return math.Log(m.A/(m.B+j-1)) + (m.R+float64(b.Repeats))*math.Log((m.Alpha+b.Age)/(m.Alpha+b.Last))
}

// LogLikelihood is ln of the density of the customer's purchase times.
func (m BGNBD) LogLikelihood(b Behaviour) float64 {
	x, j := float64(b.Repeats), m.chances(b.Repeats)
	return lnRising(m.R, x) + m.R*math.Log(m.Alpha) + lnRising(m.B, j) - lnRising(m.A+m.B, j) -
		(m.R+x)*math.Log(m.Alpha+b.Age) + logSum(0, m.logOdds(b))
}

// StillCustomer is the probability that the customer has not left, given the
// behaviour.
func (m BGNBD) StillCustomer(b Behaviour) float64 { return 1 / (1 + math.Exp(m.logOdds(b))) }

// Expected is the number of purchases to expect in the next t units of time.
func (m BGNBD) Expected(b Behaviour, t float64) float64 {
	return m.StillCustomer(b) * m.expectedOfCustomer(float64(b.Repeats), m.chances(b.Repeats), b.Age, t)
}

// ExpectedNew is the number of repeat purchases to expect of a new customer in
// the first t units of time.
func (m BGNBD) ExpectedNew(t float64) float64 {
	still := 1.0
	if m.FromFirst {
		still = m.B / (m.A + m.B)
	}
	return still * m.expectedOfCustomer(0, m.chances(0), 0, t)
}

// expectedOfCustomer is the number of purchases to expect of somebody who is
// still a customer after x purchases in age. With c = a+b+j−1, z = t/(α+T+t) and
// h = a+b+j−1−r−x the textbook form
//
//	c/(a−1)·[1 − (1−z)^(r+x)·₂F₁(r+x, b+j; c; z)]
//
// becomes, by Euler's transformation and one step of the series, a form without
// its singularities at a = 1 and c = 0 and without numbers that overflow:
//
//	c·(1−(1−z)^(a−1))/(a−1) − (1−z)^(a−1)·h·z·Σ_n (h+1)_n (a)_n/((c+1)_n (2)_n)·z^n
func (m BGNBD) expectedOfCustomer(x, j, age, t float64) float64 {
	if t <= 0 {
		return 0
	}
	z := t / (m.Alpha + age + t)
	c := m.A + m.B + j - 1
	h := c - m.R - x
	if z > largestRatio || h < -5 { // many terms, or terms that cancel
		return m.expectedByQuadrature(x, j, age, t)
	}
	sum, ok := ratioSeries(h+1, m.A, c+1, 2, z)
	if !ok {
		return m.expectedByQuadrature(x, j, age, t)
	}
	l := math.Log1p(-z)
	v := c*decayed(m.A-1, -l) - math.Exp((m.A-1)*l)*h*z*sum
	return max(v, 0)
}

// expectedByQuadrature integrates over the chance p to leave, which is
// beta(a, b+j) for somebody who is still a customer: given p and a rate that is
// gamma(r+x, α+T), (1 − (1+p·t/(α+T))^−(r+x))/p purchases are to be expected.
func (m BGNBD) expectedByQuadrature(x, j, age, t float64) float64 {
	k, tau := m.R+x, t/(m.Alpha+age)
	b := m.B + j
	norm := lnGamma(m.A+b) - lnGamma(m.A) - lnGamma(b)
	return doubleExponential(func(y float64) float64 { // y = ln p/(1−p)
		lnP, lnQ := -math.Log1p(math.Exp(-y)), -math.Log1p(math.Exp(y))
		if y < -700 {
			lnP = y
		} else if y > 700 {
			lnQ = -y
		}
		p := math.Exp(lnP)
		each := k * tau
		if p > 0 {
			each = -math.Expm1(-k*math.Log1p(p*tau)) / p
		}
		return math.Exp(norm+m.A*lnP+b*lnQ) * each
	})
}

// Count is the probability of x repeat purchases in the first t units of time.
func (m BGNBD) Count(x int, t float64) float64 {
	n, j := float64(x), m.chances(x)
	q := t / (m.Alpha + t)
	still := math.Exp(lnRising(m.B, j) - lnRising(m.A+m.B, j) +
		lnRising(m.R, n) - lnGamma(n+1) + m.R*math.Log1p(-q) + n*math.Log(q))
	if x == 0 {
		still = math.Exp(lnRising(m.B, j) - lnRising(m.A+m.B, j) + m.R*math.Log1p(-q))
	}
	if j == 0 {
		return still
	}
	// Left after the last of them: there would have been at least x.
	atLeast := 1.0
	if x > 0 {
		atLeast = mathext.RegIncBeta(n, m.R, q)
	}
	left := math.Exp(math.Log(m.A/(m.A+m.B+j-1)) + lnRising(m.B, j-1) - lnRising(m.A+m.B, j-1))
	return still + left*atLeast
}

// slope adds n·∂lnL/∂(r, α, a, b) of the group's times; what depends on the
// counts alone is added once for each count by slopeOfCounts.
func (m BGNBD) slope(g *counted, d []float64) (ln float64) {
	x, j := float64(g.Repeats), m.chances(g.Repeats)
	k := m.R + x
	lnAge, lnLast := math.Log(m.Alpha+g.Age), math.Log(m.Alpha+g.Last)
	still, left, lnOdds := 1.0, 0.0, math.Inf(-1)
	if j > 0 {
		lnOdds = math.Log(m.A/(m.B+j-1)) + k*(lnAge-lnLast)
		still = 1 / (1 + math.Exp(lnOdds))
		left = 1 - still
		d[2] += g.n * left / m.A
		d[3] -= g.n * left / (m.B + j - 1)
	}
	d[0] -= g.n * (still*lnAge + left*lnLast)
	d[1] -= g.n * k * (still/(m.Alpha+g.Age) + left/(m.Alpha+g.Last))
	return g.n * (-k*lnAge + logSum(0, lnOdds))
}

func (m BGNBD) slopeOfCounts(g *counted, d []float64) (ln float64) {
	x, j := float64(g.Repeats), m.chances(g.Repeats)
	sum := m.A + m.B
	d[0] += g.n * (mathext.Digamma(m.R+x) - mathext.Digamma(m.R) + math.Log(m.Alpha))
	d[1] += g.n * m.R / m.Alpha
	d[2] += g.n * (mathext.Digamma(sum) - mathext.Digamma(sum+j))
	d[3] += g.n * (mathext.Digamma(m.B+j) - mathext.Digamma(m.B) + mathext.Digamma(sum) - mathext.Digamma(sum+j))
	return g.n * (lnRising(m.R, x) + m.R*math.Log(m.Alpha) + lnRising(m.B, j) - lnRising(sum, j))
}

package value

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ParetoNBD is the Pareto/NBD model of buying (Schmittlein, Morrison and
// Colombo, Management Science 33, 1987): while a customer, purchases are Poisson
// with a rate that is gamma(R, Alpha) over customers; a customer stays for an
// exponential time whose rate is gamma(S, Beta) over customers.
type ParetoNBD struct{ R, Alpha, S, Beta float64 }

// LogLikelihood is ln of the density of the customer's purchase times:
//
//	L = Γ(r+x)/Γ(r)·α^r·β^s·[(α+T)^−(r+x)·(β+T)^−s + ∫ s·(α+u)^−(r+x)·(β+u)^−(s+1) du], u from t_x to T
//
// The integral is the textbook's difference of two ₂F₁, taken as an integral
// of positive terms so that nothing cancels or overflows.
func (m ParetoNBD) LogLikelihood(b Behaviour) float64 {
	still, left := m.parts(b)
	return lnRising(m.R, float64(b.Repeats)) + m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) + logSum(still, left)
}

// StillCustomer is the probability that the customer has not left, given the
// behaviour.
func (m ParetoNBD) StillCustomer(b Behaviour) float64 {
	still, left := m.parts(b)
	return 1 / (1 + math.Exp(left-still))
}

// parts returns ln of the two parts of the likelihood: still a customer at the
// end, and left before it.
func (m ParetoNBD) parts(b Behaviour) (still, left float64) {
	g := counted{Behaviour: b, n: 1}
	var room [4]float64
	still = m.lnStill(b)
	return still, m.lnLeft(&g, room[:])
}

func (m ParetoNBD) lnStill(b Behaviour) float64 {
	return -(m.R+float64(b.Repeats))*math.Log(m.Alpha+b.Age) - m.S*math.Log(m.Beta+b.Age)
}

// Nodes and weights of Gauss's rule with 16 points on [−1, 1], the right half.
var (
	gaussNode = [8]float64{
		0.0950125098376374, 0.2816035507792589, 0.4580167776572274, 0.6178762444026438,
		0.7554044083550030, 0.8656312023878318, 0.9445750230732326, 0.9894009349916499,
	}
	gaussWeight = [8]float64{
		0.1894506104550685, 0.1826034150449236, 0.1691565193950025, 0.1495959888165767,
		0.1246289712555339, 0.0951585116824928, 0.0622535239386479, 0.0271524594117541,
	}
)

// lnLeft is ln ∫ s·(α+u)^−(r+x)·(β+u)^−(s+1) du over t_x < u < T, and puts into d
// its slope by r, α, s and β. In v = ln(1+(u−t_x)/(min(α,β)+t_x)) the integrand
// falls by at most r+x+s+1 e-folds a unit, so Gauss's rule on panels that double
// from a fraction of that scale up to 1 sees every bend of it:
//
//	t_x |.|..|....|........|........| T
func (m ParetoNBD) lnLeft(g *counted, d []float64) float64 {
	k, q := m.R+float64(g.Repeats), m.S+1
	clear(d)
	scale := min(m.Alpha, m.Beta) + g.Last
	end := math.Log1p((g.Age - g.Last) / scale)
	if end <= 0 {
		return math.Inf(-1)
	}
	alpha, beta := m.Alpha+g.Last, m.Beta+g.Last
	top := -k*math.Log(alpha) - q*math.Log(beta)
	var total, byR, byAlpha, byS, byBeta float64
	width := min(4/(k+q), 1)
	for from := 0.0; from < end; {
		half := min(width, end-from) / 2
		before := total
		for i := range gaussNode {
			for _, side := range [2]float64{-1, 1} {
				grown := math.Expm1(from + half*(1+side*gaussNode[i])) // (u−t_x)/scale
				u := scale * grown
				lnA, lnB := math.Log(alpha+u), math.Log(beta+u)
				f := math.Exp(-k*lnA-q*lnB-top) * scale * (grown + 1) * half * gaussWeight[i]
				total += f
				byR += f * lnA
				byAlpha += f / (alpha + u)
				byS += f * lnB
				byBeta += f / (beta + u)
			}
		}
		if total-before < 1e-17*total && from > 0 {
			break
		}
		from += 2 * half
		width = min(2*width, 1)
	}
	d[0], d[1], d[2], d[3] = -byR/total, -k*byAlpha/total, 1/m.S-byS/total, -q*byBeta/total
	return top + math.Log(m.S) + math.Log(total)
}

// Expected is the number of purchases to expect in the next t units of time:
//
//	P(still a customer)·(r+x)(β+T)/(α+T)·[1−((β+T)/(β+T+t))^(s−1)]/(s−1)
func (m ParetoNBD) Expected(b Behaviour, t float64) float64 {
	rate := (m.R + float64(b.Repeats)) / (m.Alpha + b.Age)
	return m.StillCustomer(b) * rate * (m.Beta + b.Age) * decayed(m.S-1, math.Log1p(t/(m.Beta+b.Age)))
}

// ExpectedNew is the number of repeat purchases to expect of a new customer in
// the first t units of time.
func (m ParetoNBD) ExpectedNew(t float64) float64 {
	return m.R / m.Alpha * m.Beta * decayed(m.S-1, math.Log1p(t/m.Beta))
}

// DiscountedForEver is the number of purchases to expect for all time, each
// discounted by e^(−δ·t): discounted expected residual transactions (Fader, Hardie
// and Lee, "RFM and CLV", J. Marketing Research 42, 2005). δ is a rate per unit
// of time, above 0:
//
//	P(still a customer)·(r+x)/(α+T)·(β+T)·z^(s−1)·U(s,s,z), z = δ·(β+T)
func (m ParetoNBD) DiscountedForEver(b Behaviour, delta float64) float64 {
	rate := (m.R + float64(b.Repeats)) / (m.Alpha + b.Age)
	stay := m.Beta + b.Age
	return m.StillCustomer(b) * rate * stay * discountedStay(m.S, delta*stay)
}

// discountedStay is ∫ e^(−z·v)·(1+v)^−s dv over v > 0, which is z^(s−1)·U(s,s,z)
// with Tricomi's U.
func discountedStay(s, z float64) float64 {
	return doubleExponential(func(y float64) float64 { // v = e^y
		v := math.Exp(y)
		if math.IsInf(v, 1) {
			return 0
		}
		return math.Exp(-z*v-s*math.Log1p(v)) * v
	})
}

// slope adds n·∂lnL/∂(r, α, s, β) of the group's times.
func (m ParetoNBD) slope(g *counted, d []float64) (ln float64) {
	var byLeft [4]float64
	lnStill, lnLeft := m.lnStill(g.Behaviour), m.lnLeft(g, byLeft[:])
	still := 1 / (1 + math.Exp(lnLeft-lnStill))
	k := m.R + float64(g.Repeats)
	byStill := [4]float64{-math.Log(m.Alpha + g.Age), -k / (m.Alpha + g.Age), -math.Log(m.Beta + g.Age), -m.S / (m.Beta + g.Age)}
	for i := range byStill {
		d[i] += g.n * (still*byStill[i] + (1-still)*byLeft[i])
	}
	return g.n * logSum(lnStill, lnLeft)
}

func (m ParetoNBD) slopeOfCounts(g *counted, d []float64) (ln float64) {
	x := float64(g.Repeats)
	d[0] += g.n * (mathext.Digamma(m.R+x) - mathext.Digamma(m.R) + math.Log(m.Alpha))
	d[1] += g.n * m.R / m.Alpha
	d[2] += g.n * math.Log(m.Beta)
	d[3] += g.n * m.S / m.Beta
	return g.n * (lnRising(m.R, x) + m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta))
}

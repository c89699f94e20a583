package value

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NBD is the model in which nobody leaves (Ehrenberg 1959): purchases are
// Poisson with a rate that is gamma(R, Alpha) over customers. It is what the
// other models must beat.
type NBD struct{ R, Alpha float64 }

// LogLikelihood is ln of the density of the customer's purchase times.
func (m NBD) LogLikelihood(b Behaviour) float64 {
	x := float64(b.Repeats)
	return lnRising(m.R, x) + m.R*math.Log(m.Alpha) - (m.R+x)*math.Log(m.Alpha+b.Age)
}

// StillCustomer is 1.
func (m NBD) StillCustomer(Behaviour) float64 { return 1 }

// Expected is the number of purchases to expect in the next t units of time.
func (m NBD) Expected(b Behaviour, t float64) float64 {
	return (m.R + float64(b.Repeats)) / (m.Alpha + b.Age) * t
}

// ExpectedNew is the number of repeat purchases to expect of a new customer in
// the first t units of time.
func (m NBD) ExpectedNew(t float64) float64 { return m.R / m.Alpha * t }

func (m NBD) slope(g *counted, d []float64) (ln float64) {
	k, lnAge := m.R+float64(g.Repeats), math.Log(m.Alpha+g.Age)
	d[0] -= g.n * lnAge
	d[1] -= g.n * k / (m.Alpha + g.Age)
	return -g.n * k * lnAge
}

func (m NBD) slopeOfCounts(g *counted, d []float64) (ln float64) {
	x := float64(g.Repeats)
	d[0] += g.n * (mathext.Digamma(m.R+x) - mathext.Digamma(m.R) + math.Log(m.Alpha))
	d[1] += g.n * m.R / m.Alpha
	return g.n * (lnRising(m.R, x) + m.R*math.Log(m.Alpha))
}

package value

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"holdfast/internal/fault"
)

// GammaGamma is the model of what a purchase is worth (Fader, Hardie and Lee,
// "RFM and CLV", J. Marketing Research 42, 2005): a customer's purchases are
// gamma(P, ν) and ν is gamma(Q, Gamma) over customers. Amounts are in the unit it
// was fitted in. It takes a customer's spend to be independent of how often they
// buy: see SpendCorrelation.
type GammaGamma struct{ P, Q, Gamma float64 }

// NewGammaGamma makes a model from its parameters by name, as value fit prints
// them.
func NewGammaGamma(parameters map[string]float64) (GammaGamma, error) {
	p, err := inOrder(gammaGammaNames, parameters)
	if err != nil {
		return GammaGamma{}, fmt.Errorf("the gamma-gamma model: %w", err)
	}
	return GammaGamma{P: p[0], Q: p[1], Gamma: p[2]}, nil
}

var gammaGammaNames = []string{"p", "q", "gamma"}

// Spend is what the model knows of a customer: the number of purchases whose
// amounts are averaged, and their mean.
type Spend struct {
	Purchases int
	Mean      float64
}

// Validate refuses what cannot be averaged: the model knows positive amounts only.
func (s Spend) Validate() error {
	if s.Purchases < 1 || !(s.Mean > 0) || math.IsInf(s.Mean, 1) {
		return fault.New(fault.Invalid, "a mean of %v over %d purchases: gamma-gamma takes positive means of at least one purchase", s.Mean, s.Purchases)
	}
	return nil
}

// LogLikelihood is ln of the density of the mean of the customer's purchases.
func (m GammaGamma) LogLikelihood(s Spend) float64 {
	x := float64(s.Purchases)
	px := m.P * x
	return lnRising(m.Q, px) - lnGamma(px) + m.Q*math.Log(m.Gamma) + (px-1)*math.Log(s.Mean) +
		px*math.Log(x) - (px+m.Q)*math.Log(m.Gamma+s.Mean*x)
}

// Expected is the customer's mean purchase, drawn to the mean of all customers
// the more the fewer purchases are known:
//
//	E[M|x,m] = p·(γ + m·x)/(p·x + q − 1)
func (m GammaGamma) Expected(s Spend) float64 {
	x := float64(s.Purchases)
	return m.P * (m.Gamma + s.Mean*x) / (m.P*x + m.Q - 1)
}

// Mean is the mean purchase of a customer of whom no purchase is known.
func (m GammaGamma) Mean() float64 { return m.Gamma * m.P / (m.Q - 1) }

// FitGammaGamma finds the most likely parameters. A Q of at most 1 is refused:
// the mean over customers would be infinite.
func FitGammaGamma(all []Spend) (GammaGamma, Fit, error) {
	var m GammaGamma
	if len(all) == 0 {
		return m, Fit{}, fault.New(fault.Invalid, "no customer has a positive amount to learn from")
	}
	mean := 0.0
	for _, s := range all {
		if err := s.Validate(); err != nil {
			return m, Fit{}, err
		}
		mean += s.Mean / float64(len(all))
	}
	starts := [][]float64{{4, 3, mean}, {1, 2, mean}, {20, 5, mean / 4}}
	p, fit, err := maximise(gammaGammaNames, starts, float64(len(all)), func(p, d []float64) float64 {
		m, ln := GammaGamma{P: p[0], Q: p[1], Gamma: p[2]}, 0.0
		for _, s := range all {
			ln += m.LogLikelihood(s)
			m.slope(s, d)
		}
		return ln
	})
	if err != nil {
		return m, fit, fmt.Errorf("fit gamma-gamma to %d customers: %w", len(all), err)
	}
	m = GammaGamma{P: p[0], Q: p[1], Gamma: p[2]}
	if m.Q <= 1 {
		return m, fit, fault.New(fault.Invalid, "fit gamma-gamma to %d customers: q is %.3f and must exceed 1: "+
			"a few purchases are so large that there is no mean; look at the largest amounts", len(all), m.Q)
	}
	return m, fit, nil
}

func (m GammaGamma) slope(s Spend, d []float64) {
	x := float64(s.Purchases)
	px := m.P * x
	total := m.Gamma + s.Mean*x
	d[0] += x * (mathext.Digamma(px+m.Q) - mathext.Digamma(px) + math.Log(s.Mean*x) - math.Log(total))
	d[1] += mathext.Digamma(px+m.Q) - mathext.Digamma(m.Q) + math.Log(m.Gamma) - math.Log(total)
	d[2] += m.Q/m.Gamma - (px+m.Q)/total
}

// SpendCorrelation is Pearson's correlation of the customers' numbers of
// purchases and their means, which gamma-gamma takes to be 0.
func SpendCorrelation(all []Spend) float64 {
	purchases, means := make([]float64, len(all)), make([]float64, len(all))
	for i, s := range all {
		purchases[i], means[i] = float64(s.Purchases), s.Mean
	}
	return correlation(purchases, means)
}

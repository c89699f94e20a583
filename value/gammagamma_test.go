package value_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/value"
)

// The 946 repeat customers of CDNOW: Fader, Hardie and Lee 2005, recomputed
// (science.md section 4.4).
func TestGammaGammaOfCDNOW(t *testing.T) {
	t.Parallel()
	all, spend := summary(t)
	var repeat []value.Spend
	for i, b := range all {
		if b.Repeats > 0 {
			repeat = append(repeat, value.Spend{Purchases: b.Repeats, Mean: spend[i]})
		}
	}
	m, fit, err := value.FitGammaGamma(repeat)
	if err != nil {
		t.Fatal(err)
	}
	if len(repeat) != 946 || fit.Customers != 946 {
		t.Errorf("%d customers, want 946", fit.Customers)
	}
	near(t, "log-likelihood", fit.LogLikelihood, -4055.9232, 5e-4)
	near(t, "p", m.P, 6.2488, 5e-4)
	near(t, "q", m.Q, 3.7446, 5e-4)
	near(t, "gamma", m.Gamma, 15.4477, 5e-3)
	near(t, "correlation", value.SpendCorrelation(repeat), .1139, 5e-5)
	published := value.GammaGamma{P: 6.25, Q: 3.74, Gamma: 15.44}
	ln := 0.0
	for _, s := range repeat {
		ln += published.LogLikelihood(s)
	}
	near(t, "log-likelihood as published", ln, -4055.9247, 5e-4)
	near(t, "mean", published.Mean(), 35.219, .005)
	for i, want := range []float64{24.6637, 18.9169, 35.2190, 35.2190, 35.2190, 71.4697, 18.9169, 35.2190, 27.2884, 35.2190} {
		got := published.Mean()
		if all[i].Repeats > 0 {
			got = published.Expected(value.Spend{Purchases: all[i].Repeats, Mean: spend[i]})
		}
		near(t, fmt.Sprintf("customer %d", i+1), got, want, .005)
	}
}

func TestGammaGammaRefusals(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][]value.Spend{
		"no customer has a positive amount": nil,
		"a mean of 0 over 2 purchases":      {{Purchases: 2}},
		"a mean of NaN over 1 purchases":    {{Purchases: 1, Mean: math.NaN()}},
		"these data do not decide":          {{Purchases: 2, Mean: 10}, {Purchases: 3, Mean: 10}},
	} {
		if _, _, err := value.FitGammaGamma(all); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

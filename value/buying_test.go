package value_test

import (
	"fmt"
	"math"
	"testing"

	"holdfast/value"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.10g, want %.10g ± %g", what, got, want, tolerance)
	}
}

func total(m value.Buying, all []value.Behaviour) float64 {
	sum := 0.0
	for _, b := range all {
		sum += m.LogLikelihood(b)
	}
	return sum
}

// Published fits on the CDNOW sample: Fader, Hardie and Lee 2005 and the BTYD
// vignette for BG/NBD and Pareto/NBD, lifetimes' tests for MBG/NBD, all
// recomputed (science.md section 4).
func TestFitsOfCDNOW(t *testing.T) {
	t.Parallel()
	all, _ := summary(t)
	c, err := value.NewCohort(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		kind       value.Kind
		ln         float64
		parameters []float64
		tolerance  []float64
	}{
		{value.KindBGNBD, -9582.42556, []float64{.242593, 4.413531, .792886, 2.425753}, []float64{1e-6, 1e-5, 1e-6, 1e-5}},
		{value.KindParetoNBD, -9594.973930, []float64{.553275, 10.577612, .606214, 11.667918}, []float64{1e-5, 2e-4, 1e-4, 5e-3}},
		{value.KindNBD, -9763.66, []float64{.38477, 12.07209}, []float64{5e-6, 2e-4}},
		{value.KindMBGNBD, math.NaN(), []float64{.525, 6.183, .891, 1.614}, []float64{5e-4, 5e-4, 5e-4, 5e-4}},
	} {
		m, fit, err := value.FitBuying(want.kind, c)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(want.ln) {
			near(t, string(want.kind)+" log-likelihood", fit.LogLikelihood, want.ln, .005)
		}
		near(t, string(want.kind)+" log-likelihood by customer", total(m, all), fit.LogLikelihood, 1e-6)
		for i, p := range fit.Parameters {
			near(t, string(want.kind)+" "+p.Name, p.Estimate, want.parameters[i], want.tolerance[i])
			if !(p.Low < p.Estimate && p.Estimate < p.High && p.High < 9*p.Low) {
				t.Errorf("%s %s has the interval %v to %v", want.kind, p.Name, p.Low, p.High)
			}
		}
		if fit.Customers != 2357 {
			t.Errorf("%d customers", fit.Customers)
		}
	}
	for _, at := range []struct {
		m    value.Buying
		want float64
	}{
		{value.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}, -9582.426831},
		{value.BGNBD{R: .5, Alpha: 6, A: 1.2, B: 3.3}, -9783.441082},
		{value.ParetoNBD{R: .553, Alpha: 10.578, S: .606, Beta: 11.669}, -9594.974010},
		{value.ParetoNBD{R: .5, Alpha: 8, S: .7, Beta: 10}, -9611.359362},
	} {
		near(t, "log-likelihood at given parameters", total(at.m, all), at.want, 1e-6)
	}
}

// The same fits on times that are not rounded: the vignette's −9582.429 and
// −9594.976.
func TestFitsOfUnroundedCDNOW(t *testing.T) {
	t.Parallel()
	c, err := value.NewCohort(behaviours(t, cdnow(t)))
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[value.Kind]float64{value.KindBGNBD: -9582.429, value.KindParetoNBD: -9594.976} {
		_, fit, err := value.FitBuying(kind, c)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(kind), fit.LogLikelihood, want, .001)
	}
}

// Values at published parameters, from science.md section 4.1 and 4.2: Hardie's
// spreadsheet, BTYD and lifetimes, and others computed independently. BTYD
// prints its parameters to four digits, so its values are met to as many.
func TestPublishedExpectations(t *testing.T) {
	t.Parallel()
	bg := value.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	vignette := value.BGNBD{R: .2426, Alpha: 4.4137, A: .7930, B: 2.4262}
	pareto := value.ParetoNBD{R: .5534, Alpha: 10.5802, S: .6061, Beta: 11.6562}
	btyd := value.ParetoNBD{R: .5533971, Alpha: 10.5801985, S: .6060625, Beta: 11.6562237}
	lifetimes := value.ParetoNBD{R: .55, Alpha: 10.58, S: .61, Beta: 11.67}
	skip := math.NaN()
	for _, c := range []struct {
		m                value.Buying
		x                int
		last, age, t     float64
		still, expected  float64
		stillTo, countTo float64
	}{
		{bg, 2, 30.43, 38.86, 39, .726579, 1.226028, 5e-7, 5e-7},
		{bg, 7, 29.43, 38.86, 39, .641756, 3.337053, 5e-7, 5e-7},
		{bg, 0, 0, 38.86, 39, 1, .195098, 0, 5e-7},
		{bg, 2, 10, 38.86, 39, .268446, .452976, 5e-7, 5e-7},
		{bg, 23, 39, 39, 39, .968555, 15.685399, 5e-7, 5e-7},
		{vignette, 26, 216. / 7, 31, 52, .9688523, 25.75659, 1e-6, 2e-4},
		{bg, 1000, 10, 100, 39, 0, 0, 0, 0}, // underflows unless it is all logarithms
		{pareto, 2, 30.43, 38.86, 39, .869111, 1.455093, 5e-7, 5e-7},
		{pareto, 26, 30.86, 31, 52, .997918, 25.4549, 5e-7, 5e-5},
		{pareto, 0, 0, 39, 1, .2941422, skip, 5e-7, 0},
		{btyd, 0, 0, 39, 1, .2941633, skip, 5e-8, 0},
		{lifetimes, 132, 200, 200, 10, 1, 6.20605, 1e-9, 5e-6},
		{lifetimes, 133, 200, 200, 10, 1, 6.25287, 1e-9, 5e-6},
	} {
		b := value.Behaviour{Repeats: c.x, Last: c.last, Age: c.age}
		near(t, fmt.Sprintf("%T %+v still a customer", c.m, b), c.m.StillCustomer(b), c.still, c.stillTo)
		if !math.IsNaN(c.expected) {
			near(t, fmt.Sprintf("%T %+v in %v", c.m, b, c.t), c.m.Expected(b, c.t), c.expected, c.countTo)
		}
	}
	near(t, "BG/NBD of a new customer in a year", vignette.ExpectedNew(52), 1.444004, 1e-5)
	near(t, "Pareto/NBD of a new customer in a year", // at the maximum for the published table
		value.ParetoNBD{R: .553275, Alpha: 10.577612, S: .606214, Beta: 11.667918}.ExpectedNew(52), 1.473434, 1e-5)
	near(t, "DERT", value.ParetoNBD{R: .5629966, Alpha: 12.559037, S: .4081095, Beta: 10.5148048}.
		DiscountedForEver(value.Behaviour{Repeats: 7, Last: 35, Age: 77.86}, .0027), 1.8641833, 5e-8)
}

// Hardie's spreadsheet of the expected repeats of a new customer, in weeks. It
// cuts the series short, which shows at 78 weeks, where z is .946.
func TestPublishedNewCustomer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ t, rounded, sheet, tolerance float64 }{
		{.1429, .007828, .0078, 6e-5},
		{1, .053268, .0532, 6e-5},
		{3, .150865, .1506, 6e-5},
		{31.8571, 1.041996, 1.0405, 6e-5},
		{32, 1.045243, 1.0437, 6e-5},
		{78, 1.860519, 1.8576, 4e-4},
	} {
		near(t, fmt.Sprintf("at rounded parameters in %v", c.t),
			value.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}.ExpectedNew(c.t), c.rounded, 5e-7)
		near(t, fmt.Sprintf("at the maximum in %v", c.t),
			value.BGNBD{R: .242593, Alpha: 4.413531, A: .792886, B: 2.425753}.ExpectedNew(c.t), c.sheet, c.tolerance)
	}
}

// Probabilities of counts at the parameters of science.md, 4.1.
func TestPublishedCounts(t *testing.T) {
	t.Parallel()
	m := value.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	near(t, "P(0 in 39)", m.Count(0, 39), .5737864, 5e-8)
	near(t, "P(10 in 2)", m.Count(10, 2), 1.07869e-7, 5e-13)
	for i, want := range []float64{
		.0019995214, .0015170236, .0011633150, .0009003148, .0007023638,
		.0005517902, .0004361913, .0003467171, .0002769613, .0002222260,
	} {
		near(t, fmt.Sprintf("P(%d in 30)", 11+i), m.Count(11+i, 30), want, 5e-11)
	}
}

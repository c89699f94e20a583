package value

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// science.md section 4.1 and 4.5, computed independently.
func TestHypergeometricVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, c, z, want float64 }{
		{.243, 2.426, 2.219, 39 / 43.414, 1.9373703026},
		{2.243, 4.426, 4.219, 39 / 82.274, 4.5753158976},
		{1, 4.806, 5.474, 1 / 1.1, 6.3652301525},
		{1, 1, 1, .5, 2},                // 1/(1−z)
		{1, 1, 2, .5, 2 * math.Ln2},     // −ln(1−z)/z
		{.5, .5, 1.5, .25, math.Pi / 3}, // arcsin(√z)/√z
	} {
		if got, ok := hypergeometric(c.a, c.b, c.c, c.z); !ok || math.Abs(got/c.want-1) > 5e-11 {
			t.Errorf("₂F₁(%v,%v;%v;%v) = %.12g, want %.12g", c.a, c.b, c.c, c.z, got, c.want)
		}
	}
}

// Tricomi's U inside the DERT of science.md section 4.2, computed independently.
func TestDiscountedStayVector(t *testing.T) {
	t.Parallel()
	s, z := .4081095, .0027*(10.5148048+77.86)
	if got := math.Pow(z, 1-s) * discountedStay(s, z); math.Abs(got-1.0719114916) > 5e-11 {
		t.Errorf("U(%v,%v,%v) = %.12g, want 1.0719114916", s, s, z, got)
	}
}

// The series against Euler's integral, Γ(c)/Γ(b)Γ(c−b)·∫ u^(b−1)(1−u)^(c−b−1)(1−zu)^−a du.
func TestHypergeometricOverItsDomain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(.05, 20).Draw(t, "a"), rapid.Float64Range(.05, 20).Draw(t, "b")
		c, z := b+rapid.Float64Range(.05, 20).Draw(t, "c−b"), rapid.Float64Range(0, largestRatio).Draw(t, "z")
		got, ok := hypergeometric(a, b, c, z)
		norm := lnGamma(c) - lnGamma(b) - lnGamma(c-b)
		want := doubleExponential(func(y float64) float64 {
			lnU, lnV := -math.Log1p(math.Exp(-y)), -math.Log1p(math.Exp(y))
			return math.Exp(norm + b*lnU + (c-b)*lnV - a*math.Log1p(-z*math.Exp(lnU)))
		})
		if !ok || !(math.Abs(got/want-1) < 1e-8) {
			t.Fatalf("%.12g, %v; the integral is %.12g", got, ok, want)
		}
	})
	for _, bad := range [][4]float64{{1, 1, 1, 1}, {1, 1, 1, .9996}, {0, 1, 1, .5}, {1, 1, math.NaN(), .5}, {1, 1, 1, -.1}} {
		if _, ok := hypergeometric(bad[0], bad[1], bad[2], bad[3]); ok {
			t.Errorf("%v is outside the domain and has a value", bad)
		}
	}
}

// drawn is a model and a customer anywhere in the domain that is promised: every
// parameter from .01 to 1,000, 0 to 2,000 purchases in up to 5,000 units of time.
func drawn(t *rapid.T) (Buying, Behaviour) {
	p := func(name string) float64 {
		return math.Exp(rapid.Float64Range(math.Log(.01), math.Log(1000)).Draw(t, name))
	}
	var m Buying
	switch rapid.SampledFrom(Kinds()).Draw(t, "kind") {
	case KindBGNBD:
		m = BGNBD{R: p("r"), Alpha: p("alpha"), A: p("a"), B: p("b")}
	case KindMBGNBD:
		m = BGNBD{R: p("r"), Alpha: p("alpha"), A: p("a"), B: p("b"), FromFirst: true}
	case KindParetoNBD:
		m = ParetoNBD{R: p("r"), Alpha: p("alpha"), S: p("s"), Beta: p("beta")}
	default:
		m = NBD{R: p("r"), Alpha: p("alpha")}
	}
	b := Behaviour{Age: rapid.Float64Range(0, 5000).Draw(t, "age")}
	if rapid.Bool().Draw(t, "again") {
		b.Repeats = rapid.IntRange(1, 2000).Draw(t, "repeats")
		b.Last = b.Age * rapid.Float64Range(0, 1).Draw(t, "last")
	}
	return m, b
}

// Nothing in the domain is NaN or infinite, probabilities are probabilities,
// more time never brings fewer purchases, and nobody is expected to buy more
// than if they could not leave.
func TestNothingIsNaNInTheDomain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, b := drawn(t)
		if ln := m.LogLikelihood(b); math.IsNaN(ln) || math.IsInf(ln, 0) {
			t.Fatalf("ln L is %v", ln)
		}
		still := m.StillCustomer(b)
		if !(still >= 0 && still <= 1) {
			t.Fatalf("P(still a customer) is %v", still)
		}
		at := rapid.Float64Range(.001, 5000).Draw(t, "t")
		first, later, fresh := m.Expected(b, at), m.Expected(b, 2*at), m.ExpectedNew(at)
		if !(first >= 0 && later >= first*(1-1e-9) && fresh >= 0) || math.IsInf(later, 0) || math.IsInf(fresh, 0) {
			t.Fatalf("expected %v, later %v, of a new customer %v", first, later, fresh)
		}
		var rate float64
		switch m := m.(type) {
		case BGNBD:
			rate = (m.R + float64(b.Repeats)) / (m.Alpha + b.Age)
		case ParetoNBD:
			rate = (m.R + float64(b.Repeats)) / (m.Alpha + b.Age)
			if v := m.DiscountedForEver(b, .001); !(v >= 0 && v <= rate*still*1000*(1+1e-9)) {
				t.Fatalf("discounted for ever: %v at a rate of %v", v, rate)
			}
		default:
			return
		}
		if first > still*rate*at*(1+1e-6) {
			t.Fatalf("%v expected, and at most %v could be", first, still*rate*at)
		}
	})
}

// The series for the expectation of BG/NBD agrees with the integral over the
// chance to leave, also at a = 1, where the textbook's form is 0/0.
func TestExpectedAgreesWithQuadrature(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := func(name string) float64 {
			return math.Exp(rapid.Float64Range(math.Log(.05), math.Log(50)).Draw(t, name))
		}
		m := BGNBD{R: p("r"), Alpha: p("alpha"), A: p("a"), B: p("b")}
		if rapid.IntRange(0, 4).Draw(t, "at one") == 0 {
			m.A = 1 + rapid.SampledFrom([]float64{0, 1e-13, -1e-9, 1e-6}).Draw(t, "beside")
		}
		x, age := rapid.IntRange(0, 200).Draw(t, "x"), rapid.Float64Range(0, 200).Draw(t, "age")
		at := rapid.Float64Range(.01, 1000).Draw(t, "t")
		got := m.expectedOfCustomer(float64(x), float64(x), age, at)
		want := m.expectedByQuadrature(float64(x), float64(x), age, at)
		if !(math.Abs(got-want) <= 1e-8*want) {
			t.Fatalf("%.12g, the integral is %.12g", got, want)
		}
	})
}

// The integral in the likelihood of Pareto/NBD against the textbook's form, a
// difference of two ₂F₁ (Fader and Hardie 2005, "A note on deriving the
// Pareto/NBD model"), where that does not cancel.
func TestParetoAgreesWithTheTextbook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(t, name) }
		m := ParetoNBD{R: p("r", .2, 5), Alpha: p("alpha", .5, 20), S: p("s", .2, 5), Beta: p("beta", .5, 20)}
		g := counted{Behaviour: Behaviour{Repeats: rapid.IntRange(0, 30).Draw(t, "x"), Last: p("last", 0, 20)}, n: 1}
		if g.Repeats == 0 {
			g.Last = 0
		}
		g.Age = g.Last + p("since", 5, 50)
		var d [4]float64
		got := m.lnLeft(&g, d[:])
		k := m.R + m.S + float64(g.Repeats)
		part := func(u float64) float64 {
			first, second, exponent := m.Alpha, m.Beta, m.S+1
			if m.Alpha < m.Beta {
				first, second, exponent = m.Beta, m.Alpha, m.R+float64(g.Repeats)
			}
			f, _ := hypergeometric(k, exponent, k+1, (first-second)/(first+u))
			return f * math.Pow(first+u, -k)
		}
		want := math.Log(m.S / k * (part(g.Last) - part(g.Age)))
		if !(math.Abs(got-want) < 1e-7) {
			t.Fatalf("%.12g, the textbook's is %.12g", got, want)
		}
	})
}

// Slopes against differences of the likelihood.
func TestSlopesAreTheLikelihoods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(Kinds()).Draw(t, "kind")
		f := families[kind]
		p := make([]float64, len(f.names))
		for i := range p {
			p[i] = rapid.Float64Range(.2, 8).Draw(t, f.names[i])
		}
		b := Behaviour{Age: rapid.Float64Range(1, 100).Draw(t, "age"), Repeats: rapid.IntRange(0, 20).Draw(t, "x")}
		if b.Repeats > 0 {
			b.Last = b.Age * rapid.Float64Range(0, 1).Draw(t, "last")
		}
		g := counted{Behaviour: b, n: 3}
		d := make([]float64, len(p))
		m := f.build(p)
		ln := m.slopeOfCounts(&g, d) + m.slope(&g, d)
		if want := 3 * m.LogLikelihood(b); math.Abs(ln-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("ln L %v, want %v", ln, want)
		}
		for i := range p {
			const h = 1e-5
			at := append([]float64(nil), p...)
			at[i] = p[i] + h
			above := f.build(at).LogLikelihood(b)
			at[i] = p[i] - h
			if want := 3 * (above - f.build(at).LogLikelihood(b)) / (2 * h); math.Abs(d[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Fatalf("slope by %s is %v, want %v", f.names[i], d[i], want)
			}
		}
	})
}

// Slopes of the likelihood of outcomes against its differences, and its value
// against its definition.
func TestOutcomeSlopes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(Kinds()).Draw(t, "kind")
		f := families[kind]
		p := make([]float64, len(f.names))
		for i := range p {
			p[i] = rapid.Float64Range(.2, 8).Draw(t, f.names[i])
		}
		b := Behaviour{Age: rapid.Float64Range(1, 50).Draw(t, "age"), Repeats: rapid.IntRange(0, 9).Draw(t, "x")}
		if b.Repeats > 0 {
			b.Last = b.Age * rapid.Float64Range(.2, 1).Draw(t, "last")
		}
		silent, h := rapid.Bool().Draw(t, "silent"), rapid.Float64Range(1, 20).Draw(t, "horizon")
		if LogSilent(f.build(p), b, h) > -.01 {
			return // certain to be silent, so far as differences can tell
		}
		o := groupOutcomes([]Outcome{{b, silent}, {b, silent}})
		if len(o.groups) != 1 || o.n != 2 {
			t.Fatalf("%+v", o)
		}
		d := make([]float64, len(p))
		ln := o.likelihood(f.build(p), h, d)
		own := func(p []float64) float64 {
			m := f.build(p)
			gap := LogSilent(m, b, h)
			if !silent {
				gap = math.Log(-math.Expm1(gap))
			}
			return 2 * (m.LogLikelihood(b) + gap)
		}
		if want := own(p); math.Abs(ln-want) > 1e-7*(1+math.Abs(want)) {
			t.Fatalf("ln L %v, want %v", ln, want)
		}
		for i := range p {
			const step = 1e-5
			at := append([]float64(nil), p...)
			at[i] = p[i] + step
			above := own(at)
			at[i] = p[i] - step
			if want := (above - own(at)) / (2 * step); math.Abs(d[i]-want) > 1e-4*(1+math.Abs(want)) {
				t.Fatalf("slope by %s is %v, want %v", f.names[i], d[i], want)
			}
		}
	})
}

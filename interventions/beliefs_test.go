package interventions

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// family of three treatments with different priors.
func threeSaves(spread float64) Config {
	c := testConfig()
	base := c.Treatments[0]
	c.Treatments = nil
	for i, name := range []string{"first", "second", "third"} {
		t := base
		t.Name, t.Effect = name, Effect{Mean: .1 + .02*float64(i), Spread: spread * float64(i+1)}
		c.Treatments = append(c.Treatments, t)
	}
	return c
}

// solve is Gauss elimination with pivots; it changes its arguments.
func solveLinear(a [][]float64, b []float64) []float64 {
	n := len(b)
	for i := range n {
		p := i
		for r := i; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		a[i], a[p], b[i], b[p] = a[p], a[i], b[p], b[i]
		for r := i + 1; r < n; r++ {
			f := a[r][i] / a[i][i]
			for c := i; c < n; c++ {
				a[r][c] -= f * a[i][c]
			}
			b[r] -= f * b[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for c := i + 1; c < n; c++ {
			b[i] -= a[i][c] * b[c]
		}
		b[i] /= a[i][i]
	}
	return b
}

// The posterior of the hierarchy is that of conditioning the joint normal of
// all effects on all contrasts at once: the slow twin.
func TestBeliefsAreTheExactPosterior(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg := threeSaves(rapid.Float64Range(.02, .2).Draw(r, "spread"))
		var cs []Contrast
		for _, name := range []string{"first", "second"} {
			for _, segment := range []string{"", "a", "b"} {
				if rapid.Bool().Draw(r, name+segment) {
					cs = append(cs, Contrast{
						Treatment: name, Segment: segment,
						Reduction: rapid.Float64Range(-.3, .5).Draw(r, "y"), Error: rapid.Float64Range(.01, .5).Draw(r, "se"),
					})
				}
			}
		}
		p := mustPolicy(t, cfg).Learn(Learned{Contrasts: cs})
		prior := func(i, j int, segI, segJ string) float64 { // covariance of two effects
			e := cfg.Treatments
			v := familyShare
			if i == j {
				v += ownShare
				if segI == segJ {
					v += segmentShare
				}
			}
			return v * e[i].Effect.Spread * e[j].Effect.Spread
		}
		at := func(name string) int { return map[string]int{"first": 0, "second": 1, "third": 2}[name] }
		for i := range cfg.Treatments {
			for _, segment := range []string{"a", "b", "never seen"} {
				n := len(cs)
				a, b, k := make([][]float64, n), make([]float64, n), make([]float64, n)
				for x := range cs {
					a[x] = make([]float64, n)
					for y := range cs {
						a[x][y] = prior(at(cs[x].Treatment), at(cs[y].Treatment), cs[x].Segment, cs[y].Segment)
					}
					a[x][x] += cs[x].Error * cs[x].Error
					b[x] = cs[x].Reduction - cfg.Treatments[at(cs[x].Treatment)].Effect.Mean
					k[x] = prior(i, at(cs[x].Treatment), segment, cs[x].Segment)
				}
				want := cfg.Treatments[i].Effect.Mean
				for x, w := range solveLinear(a, b) {
					want += k[x] * w
				}
				got := p.Effect(i, segment)
				seen, unknown := false, false
				for _, c := range cs {
					if at(c.Treatment) == i {
						seen = seen || c.Segment == segment
						unknown = unknown || c.Segment == ""
					}
				}
				if !seen && unknown {
					continue // a segment never compared is believed to be like the unknown one
				}
				if math.Abs(got.Mean-max(-1, min(1, want))) > 1e-9 {
					r.Fatalf("treatment %d segment %q: %v, want %v from %+v", i, segment, got.Mean, want, cs)
				}
			}
		}
	})
}

// Before a contrast the configured effect is believed and marked as assumed;
// much evidence outweighs it, little moves it little, a family carries over, and
// claims have no way in.
func TestLearn(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	p := mustPolicy(t, cfg)
	same := p.Learn(Learned{})
	before := p.worth(0, ann(tuesday), atRisk(tuesday))
	if w := same.worth(0, ann(tuesday), atRisk(tuesday)); w != before || !w.Assumed {
		t.Errorf("nothing learned changes worth from %+v to %+v", before, w)
	}
	learn := func(y, se float64) *Policy {
		return p.Learn(Learned{Contrasts: []Contrast{{Treatment: cfg.Treatments[0].Name, Reduction: y, Error: se, Customers: 1000}}})
	}
	// Prior .15 ± .1 and .35 ± .1, a segment's own distance ½ of the spread:
	// .15 + .2 × .0125/(.0125+.01) = .2611 by hand.
	if got := learn(.35, .1).Effect(0, ""); math.Abs(got.Mean-(.15+.2*.0125/.0225)) > 1e-12 || !got.Measured {
		t.Errorf("halfway: %+v", got)
	}
	if got := learn(-.2, .001).Effect(0, ""); math.Abs(got.Mean+.2) > 1e-3 {
		t.Errorf("much evidence: %+v", got)
	}
	if got := learn(-.2, 5).Effect(0, ""); math.Abs(got.Mean-.15) > 1e-3 {
		t.Errorf("little evidence: %+v", got)
	}
	if w := learn(-.2, .001).worth(0, ann(tuesday), atRisk(tuesday)); w.Total >= 0 || w.Assumed {
		t.Errorf("a call that was proven to make people leave is worth %+v", w)
	}
	three := mustPolicy(t, threeSaves(.1)).Learn(Learned{Contrasts: []Contrast{{Treatment: "first", Reduction: .4, Error: .01}}})
	if got := three.Effect(2, ""); got.Measured || got.Mean <= .14 || got.Mean >= .14+.3*3 {
		t.Errorf("a treatment of the same family that was never compared: %+v", got)
	}
	certain := threeSaves(0)
	for i := range certain.Treatments {
		if got := mustPolicy(t, certain).Learn(Learned{Contrasts: []Contrast{{Treatment: "first", Reduction: .9, Error: .01}}}).Effect(i, ""); got.Mean != certain.Treatments[i].Effect.Mean || got.Measured {
			t.Errorf("a spread of 0 learns: %+v", got)
		}
	}
}

// The configured acceptance counts for fifty customers.
func TestLearnedAcceptance(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	name := p.Treatments()[0].Name
	l := p.Learn(Learned{Responses: []Response{{Treatment: name, Selected: 150, Accepted: 45}}})
	if got := l.Acceptance(0); math.Abs(got.Mean-(50*.1+45)/200) > 1e-12 || !got.Measured {
		t.Errorf("%+v", got)
	}
	if got := p.Acceptance(0); got.Mean != .1 || got.Measured {
		t.Errorf("before: %+v", got)
	}
	if w := l.worth(0, ann(tuesday), atRisk(tuesday)); w.Accept != .25 || !w.Assumed {
		t.Errorf("worth with a learned acceptance and an assumed effect: %+v", w)
	}
}

// A model of an offer moves the acceptance of a customer around the pooled
// rate, which stays what limits are counted by.
func TestAcceptanceOfACustomer(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	name, k := p.Treatments()[0].Name, ann(tuesday)
	m := &ResponseModel{Means: Traits(k, 100), Weights: [3]float64{-1, 0, 0}, Outcomes: 400}
	l := p.Learn(Learned{Responses: []Response{{Treatment: name, Selected: 150, Accepted: 45, Model: m}}})
	if got := l.AcceptanceOf(0, k); math.Abs(got-l.Acceptance(0).Mean) > 1e-12 {
		t.Errorf("the mean customer takes it with %v, all with %v", got, l.Acceptance(0).Mean)
	}
	longer := *k
	longer.Since = k.Since.AddDate(-10, 0, 0)
	odds := func(p float64) float64 { return p / (1 - p) }
	want := odds(.25) * math.Exp(-(Traits(&longer, 100)[0] - Traits(k, 100)[0]))
	if got := odds(l.AcceptanceOf(0, &longer)); math.Abs(got-want) > 1e-9 {
		t.Errorf("ten years longer have the odds %v, want %v", got, want)
	}
	if w := l.worth(0, &longer, atRisk(tuesday)); w.Accept >= .25 {
		t.Errorf("worth takes the pooled rate: %+v", w)
	}
	if r := l.offerRates(); len(r) == 0 || r[0] != (OfferRate{name, .25, true, 400}) {
		t.Errorf("rates shown: %+v", r)
	}
	if r := p.offerRates(); len(r) == 0 || r[0].Measured || r[0].Rate != .1 {
		t.Errorf("rates shown before any outcome: %+v", r)
	}
}

package measurement

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// The off-policy vector of the design's science page, section 2.3, computed
// there with numpy: eight customers, the logged probability of what was done,
// and a policy that treats four of them.
func offPolicyVector() (rows []Chanced, treat, none []float64) {
	a := []bool{true, false, true, false, true, false, false, true}
	p := []float64{.5, .5, .8, .2, .5, .5, .8, .2}
	r := []float64{1, 0, 1, 1, 0, 0, 1, 1}
	q0 := []float64{.3, .3, .6, .6, .4, .2, .7, .5}
	q1 := []float64{.6, .5, .7, .7, .5, .3, .6, .8}
	for i := range a {
		rows = append(rows, Chanced{Released: a[i], Probability: p[i], Reward: r[i], Alone: q0[i], Treated: q1[i]})
	}
	return rows, []float64{1, 1, 0, 0, 1, 0, 0, 1}, make([]float64, 8)
}

func TestOffPolicyVector(t *testing.T) {
	t.Parallel()
	rows, treat, none := offPolicyVector()
	v, terms, err := ValuePolicy(rows, treat)
	if err != nil {
		t.Fatal(err)
	}
	_, left, err := ValuePolicy(rows, none)
	if err != nil {
		t.Fatal(err)
	}
	d, err := CompareValues(terms, left)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ got, want, within float64 }{
		"IPS":        {v.Weighted, 1.65625, 1e-12},
		"its error":  {v.WeightedError, .774795, 5e-7},
		"SNIPS":      {v.SelfNormalised, .768116, 5e-7},
		"DM":         {v.Modelled, .5625, 1e-12},
		"DR":         {v.DoublyRobust, .909375, 1e-12},
		"DR's error": {v.DoublyRobustError, .363513, 5e-7},
		"ESS":        {v.EffectiveCustomers, 4.681416, 5e-7},
		"difference": {d.Estimate, .2875, 1e-12},
		"its width":  {d.Width() / 2 / stats.NormalQuantile(.975), .256653, 5e-7},
	} {
		if math.Abs(x.got-x.want) > x.within {
			t.Errorf("%s is %v, want %v", name, x.got, x.want)
		}
	}
	for i, want := range []float64{1.4, .5, .6, 2.6, -.5, -.2, 1.075, 1.8} {
		if math.Abs(terms[i]-want) > 1e-12 {
			t.Errorf("term %d is %v, want %v", i, terms[i], want)
		}
	}
}

// With planted truth the weighted and the doubly robust estimates find what a
// policy would have earned, the second with predictions that are wrong, and the
// interval of the difference covers the planted one about as often as it says.
func TestOffPolicyFindsThePlantedValue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 1))
	const tries, n = 300, 400
	var weighted, robust float64
	covered := 0
	for range tries {
		rows, then, now := make([]Chanced, n), make([]float64, n), make([]float64, n)
		for i := range rows {
			x := r.Float64()
			chance := .3 + .4*x // the more at risk, the likelier released
			c := Chanced{Released: r.Float64() < chance, Probability: 1 - chance, Alone: .5, Treated: .5}
			stay := 1 - .4*x
			if c.Released {
				c.Probability, stay = chance, 1-.4*x+.2*x
			}
			if r.Float64() < stay {
				c.Reward = 1
			}
			rows[i], now[i] = c, chance
			if x > .5 {
				then[i] = 1
			}
		}
		v, a, err := ValuePolicy(rows, then)
		if err != nil {
			t.Fatal(err)
		}
		_, b, err := ValuePolicy(rows, now)
		if err != nil {
			t.Fatal(err)
		}
		d, err := CompareValues(a, b)
		if err != nil {
			t.Fatal(err)
		}
		weighted, robust = weighted+v.Weighted/tries, robust+v.DoublyRobust/tries
		// E[.2 x (1{x > ½} − .3 − .4 x)] = .2 (3/8 − .15 − .4/3)
		if d.Covers(.2 * (.375 - .15 - .4/3)) {
			covered++
		}
	}
	const want = 1 - .2 + .2*.375
	if math.Abs(weighted-want) > .01 || math.Abs(robust-want) > .01 {
		t.Errorf("the policy earns %.4f weighted and %.4f doubly robust, planted %.4f", weighted, robust, want)
	}
	if share := float64(covered) / tries; share < .91 || share > .985 {
		t.Errorf("the interval covers the planted difference in %.3f of %d tries, want about .95", share, tries)
	}
}

func TestOffPolicyRefuses(t *testing.T) {
	t.Parallel()
	rows, treat, _ := offPolicyVector()
	if _, _, err := ValuePolicy(rows[:1], treat[:1]); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("one customer: %v", err)
	}
	for _, p := range []float64{0, -1, 1.5, math.NaN()} {
		rows[3].Probability = p
		if _, _, err := ValuePolicy(rows, treat); fault.Of(err) != fault.Invalid {
			t.Errorf("a probability of %v: %v", p, err)
		}
	}
	rows[3].Probability, treat[2] = .2, 1.1
	if _, _, err := ValuePolicy(rows, treat); fault.Of(err) != fault.Invalid {
		t.Errorf("a policy that releases with 1.1: %v", err)
	}
}

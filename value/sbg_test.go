package value_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/value"
)

// Fader and Hardie 2007: percent of customers still there after 1 … 12 years, of
// which years 1 to 7 are fitted, the last survivors censored. Model rows and
// log-likelihoods recomputed (science.md section 4.5).
var segments = map[string]struct {
	actual, model   []float64
	alpha, beta, ln float64
	atOne           float64 // ln L at α = β = 1
	retention       []float64
	heldOut         float64 // mean error of years 8 to 12, in points
}{
	"High-End": {
		[]float64{86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4},
		[]float64{85.1, 74.7, 67.0, 61.0, 56.2, 52.2, 48.9, 46.0, 43.6, 41.4, 39.5, 37.8},
		.668, 3.806, -1611.158, -2115.5455,
		[]float64{.8507, .8780, .8968, .9106, .9212},
		1.19,
	},
	"Regular": {
		[]float64{63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3},
		[]float64{62.7, 47.4, 38.8, 33.2, 29.2, 26.2, 23.9, 22.0, 20.4, 19.1, 18.0, 17.0},
		.704, 1.182, -1680.265, -1741.730,
		[]float64{.6267, .7560, .8188, .8559, .8804},
		.29,
	},
}

// renewals turns the percent still there in years 1 to 7 into counts of 1,000.
func renewals(percent []float64) value.Renewals {
	r := value.Renewals{Running: make([]int, 8)}
	before := 1000
	for _, p := range percent[:7] {
		now := int(math.Round(10 * p))
		r.Lost = append(r.Lost, before-now)
		before = now
	}
	r.Running[7] = before
	return r
}

func TestFitsOfPublishedSegments(t *testing.T) {
	t.Parallel()
	for name, want := range segments {
		r := renewals(want.actual)
		m, fit, err := value.FitSBG(r)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" alpha", m.Alpha, want.alpha, 5e-4)
		near(t, name+" beta", m.Beta, want.beta, 5e-4)
		near(t, name+" log-likelihood", fit.LogLikelihood, want.ln, 5e-4)
		near(t, name+" log-likelihood at 1, 1", value.SBG{Alpha: 1, Beta: 1}.LogLikelihood(r), want.atOne, 5e-4)
		worst, left := 0.0, 1.0
		for i, p := range want.model {
			near(t, fmt.Sprintf("%s year %d", name, i+1), 100*m.Survived(i+1), p, .051)
			left -= m.Left(i + 1)
			near(t, fmt.Sprintf("%s lost by year %d", name, i+1), left, m.Survived(i+1), 1e-12)
			if i >= 7 {
				worst += math.Abs(100*m.Survived(i+1)-want.actual[i]) / 5
			}
		}
		near(t, name+" held-out error", worst, want.heldOut, .006)
		stays := m.Stays(2, 5)
		for i, p := range want.retention {
			near(t, fmt.Sprintf("%s retention %d", name, i+1), m.Retention(i+1), p, 5.1e-5)
			near(t, fmt.Sprintf("%s stays %d", name, i+1), stays[i], m.Survived(3+i)/m.Survived(2), 1e-12)
		}
	}
}

func TestPublishedLifetimes(t *testing.T) {
	t.Parallel()
	high := value.SBG{Alpha: .668, Beta: 3.806}
	lifetime := func(v float64, err error) float64 {
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	near(t, "High-End before renewal 7", lifetime(high.DiscountedForEver(7, .1)), 7.345052, 5e-7)
	near(t, "High-End before renewal 8", lifetime(high.DiscountedForEver(8, .1)), 7.529950, 5e-7)
	for name, want := range map[string]float64{"High-End": 5.922254, "Regular": 3.694908} { // at the maximum
		m, _, err := value.FitSBG(renewals(segments[name].actual))
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" new", lifetime(m.DiscountedNew(.1)), want, 5e-6)
	}
	// The slow twin adds up the periods.
	sum := 0.0
	for t := range 4000 {
		sum += high.Survived(7+t) / high.Survived(6) * math.Pow(1.1, -float64(t))
	}
	near(t, "periods one by one", sum, 7.345052, 5e-7)
	for _, d := range []float64{0, .0005, -.1, math.NaN()} {
		if _, err := high.DiscountedForEver(1, d); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "outside the domain") {
			t.Errorf("discount %v: %v", d, err)
		}
	}
}

func TestSBGRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r    value.Renewals
		want string
	}{
		"one renewal": {value.Renewals{Lost: []int{9}, Running: []int{0, 80}}, "contracts were lost at 1 renewals; it takes losses at two or more"},
		// Everybody leaves with the same chance: a geometric cohort, α and β without end.
		"no difference": {value.Renewals{Lost: []int{500, 250, 125, 63}, Running: []int{0, 0, 0, 0, 62}}, "these data do not decide the parameters"},
	} {
		if _, _, err := value.FitSBG(c.r); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package value_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"holdfast/internal/stats"
	"holdfast/value"
)

// planted draws customers who behave as BG/NBD says.
func planted(m value.BGNBD, n int, random *rand.Rand) []value.Behaviour {
	rate := distuv.Gamma{Alpha: m.R, Beta: m.Alpha, Src: random}
	leave := distuv.Beta{Alpha: m.A, Beta: m.B, Src: random}
	out := make([]value.Behaviour, n)
	for i := range out {
		b := value.Behaviour{Age: 26 + 26*random.Float64()}
		lambda, p := rate.Rand(), leave.Rand()
		for at := random.ExpFloat64() / lambda; at < b.Age; at += random.ExpFloat64() / lambda {
			b.Repeats, b.Last = b.Repeats+1, at
			if random.Float64() < p {
				break
			}
		}
		out[i] = b
	}
	return out
}

// The 95 % intervals of the parameters, and of an expectation, cover what was
// planted about as often as they say.
func TestIntervalsCoverPlantedTruth(t *testing.T) {
	t.Parallel()
	truth := value.BGNBD{R: .8, Alpha: 6, A: .9, B: 3}
	want := []float64{truth.R, truth.Alpha, truth.A, truth.B}
	customer := value.Behaviour{Repeats: 4, Last: 20, Age: 30}
	const runs = 60
	covered := make([]int, 5)
	for run := range runs {
		c, err := value.NewCohort(planted(truth, 1500, stats.Stream(7, uint64(run))))
		if err != nil {
			t.Fatal(err)
		}
		_, fit, err := value.FitBuying(value.KindBGNBD, c)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range fit.Parameters {
			if p.Low <= want[i] && want[i] <= p.High {
				covered[i]++
			}
		}
		if fit.Interval(.95, func(p []float64) float64 {
			return value.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}.Expected(customer, 26)
		}).Covers(truth.Expected(customer, 26)) {
			covered[4]++
		}
	}
	for i, n := range covered {
		// Below 51 of 60 in one of 300 tries when 57 are to be expected.
		if n < 51 {
			t.Errorf("interval %d covers %d of %d times", i, n, runs)
		}
	}
	t.Log(covered)
}

// What the planted customers do later is what is expected of them.
func TestExpectationsOfPlantedCustomers(t *testing.T) {
	t.Parallel()
	m := value.BGNBD{R: 1.5, Alpha: 8, A: .6, B: 2}
	random := stats.Stream(11, 1)
	sum, squares, n := 0.0, 0.0, 40_000
	for _, b := range planted(m, n, random) {
		x := float64(b.Repeats) - m.ExpectedNew(b.Age)
		sum, squares = sum+x, squares+x*x
	}
	if z := sum / math.Sqrt(squares); math.Abs(z) > 4 {
		t.Errorf("%v standard errors off", z)
	}
}

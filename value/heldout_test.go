package value_test

import (
	"fmt"
	"math"
	"testing"

	"holdfast/value"
)

// What the 39 weeks after calibration brought, against the models fitted
// before: Fader, Hardie and Lee 2005 and BTYD's vignette, recomputed (science.md
// section 4.1).
func TestHeldOutOfCDNOW(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t)
	all, actual := behaviours(t, buyers), held(buyers)
	c, err := value.NewCohort(all)
	if err != nil {
		t.Fatal(err)
	}
	bought, customers := make([]float64, 8), make([]float64, 8) // by repeats 0 … 7 and more
	for i, b := range all {
		customers[min(b.Repeats, 7)]++
		bought[min(b.Repeats, 7)] += actual[i]
	}
	for i, want := range []float64{1411, 439, 214, 100, 62, 38, 29, 64} {
		near(t, fmt.Sprintf("customers of %d repeats", i), customers[i], want, 0)
		near(t, fmt.Sprintf("actual of %d repeats", i), bought[i]/want, []float64{.237, .697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359}[i], 6e-4)
	}
	predicted := map[value.Kind][]float64{}
	for _, want := range []struct {
		kind             value.Kind
		total, corr      float64
		absolute, square float64
		byRepeats        []float64
		byTo             float64
	}{
		{value.KindBGNBD, 1653.4, .6256, .7855, 2.5857, []float64{.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570}, 3e-4},
		{value.KindParetoNBD, 1665.5, .6302, .7545, 2.5692, []float64{.138, .600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403}, 1e-3},
		{value.KindNBD, 2929.8, .5834, math.NaN(), math.NaN(), nil, 0},
	} {
		m, _, err := value.FitBuying(want.kind, c)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]float64, len(all))
		var sum, absolute, square float64
		by := make([]float64, 8)
		for i, b := range all {
			p[i] = m.Expected(b, 39)
			sum += p[i]
			absolute += math.Abs(p[i]-actual[i]) / float64(len(all))
			square += (p[i] - actual[i]) * (p[i] - actual[i]) / float64(len(all))
			by[min(b.Repeats, 7)] += p[i]
		}
		predicted[want.kind] = p
		near(t, string(want.kind)+" total", sum, want.total, .3)
		near(t, string(want.kind)+" correlation", pearson(p, actual), want.corr, 6e-5)
		if want.byRepeats != nil {
			near(t, string(want.kind)+" mean absolute error", absolute, want.absolute, 6e-5)
			near(t, string(want.kind)+" mean square error", square, want.square, 6e-4)
		}
		for i, w := range want.byRepeats {
			near(t, fmt.Sprintf("%s of %d repeats", want.kind, i), by[i]/customers[i], w, want.byTo)
		}
		t.Logf("%s: total %.1f, correlation %.4f, MAE %.4f, MSE %.4f", want.kind, sum, pearson(p, actual), absolute, square)
	}
	naive := make([]float64, len(all))
	sum, absolute := 0.0, 0.0
	for i, b := range all {
		naive[i] = float64(b.Repeats) * 39 / b.Age
		sum += naive[i]
		absolute += math.Abs(naive[i]-actual[i]) / float64(len(all))
	}
	near(t, "naive total", sum, 2930.1, .1)
	near(t, "naive correlation", pearson(naive, actual), .5839, 6e-5)
	near(t, "naive mean absolute error", absolute, 1.0237, 6e-5)
	near(t, "correlation of the models", pearson(predicted[value.KindBGNBD], predicted[value.KindParetoNBD]), .9955, 6e-5)
}

func pearson(x, y []float64) float64 {
	var mx, my, xx, yy, xy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(x))
	}
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
		xy += (x[i] - mx) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

// Repeat purchases expected of the whole cohort by the end of weeks 20 to 25,
// counted from the oldest customer's first purchase: BTYD's vignette.
func TestTrackingOfCDNOW(t *testing.T) {
	t.Parallel()
	buyers := cdnow(t)
	all := behaviours(t, buyers)
	c, err := value.NewCohort(all)
	if err != nil {
		t.Fatal(err)
	}
	oldest := 0.0
	for _, b := range all {
		oldest = max(oldest, b.Age)
	}
	for kind, weeks := range map[value.Kind][]float64{
		value.KindBGNBD:     {1312.5, 1387.3, 1460.4, 1531.7, 1601.4, 1669.6},
		value.KindParetoNBD: {1308.9, 1385.3, 1459.9, 1532.9, 1604.3, 1674.3},
	} {
		m, _, err := value.FitBuying(kind, c)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range weeks {
			sum := 0.0
			for _, b := range all {
				sum += m.ExpectedNew(max(0, float64(20+i)-(oldest-b.Age)))
			}
			near(t, fmt.Sprintf("%s by week %d", kind, 20+i), sum, want, .1)
		}
	}
}

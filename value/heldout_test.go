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
		for i, b := range all {
			p[i] = m.Expected(b, 39)
		}
		predicted[want.kind] = p
		h := compare(t, all, p, actual)
		near(t, string(want.kind)+" total", h.Expected, want.total, .06)
		near(t, string(want.kind)+" correlation", h.Correlation, want.corr, 6e-5)
		if want.byRepeats != nil {
			near(t, string(want.kind)+" mean absolute error", h.AbsoluteError, want.absolute, 6e-5)
			near(t, string(want.kind)+" mean squared error", h.SquaredError, want.square, 1.5e-4)
		}
		for i, w := range want.byRepeats {
			line := h.ByRepeats[i]
			near(t, fmt.Sprintf("%s of %d repeats", want.kind, i), line.Expected, w, want.byTo)
			near(t, fmt.Sprintf("actual of %d repeats", i), line.Actual, []float64{.237, .697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359}[i], 6e-4)
			if n := []int{1411, 439, 214, 100, 62, 38, 29, 64}[i]; line.Customers != n || line.Repeats != i {
				t.Errorf("line %d: %+v, want %d customers", i, line, n)
			}
		}
	}
	naive := make([]float64, len(all))
	for i, b := range all {
		naive[i] = float64(b.Repeats) * 39 / b.Age
	}
	h := compare(t, all, naive, actual)
	near(t, "actual total", h.Actual, 1882, 0)
	near(t, "naive total", h.Expected, 2930.1, .06)
	near(t, "naive correlation", h.Correlation, .5839, 6e-5)
	near(t, "naive mean absolute error", h.AbsoluteError, 1.0237, 6e-5)
	both := compare(t, all, predicted[value.KindBGNBD], predicted[value.KindParetoNBD])
	near(t, "correlation of the models", both.Correlation, .9955, 6e-5)
}

func compare(t *testing.T, all []value.Behaviour, expected, actual []float64) value.HeldOut {
	t.Helper()
	h, err := value.CompareHeldOut(all, expected, actual)
	if err != nil {
		t.Fatal(err)
	}
	return h
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
	begun := math.MaxInt
	for _, b := range buyers {
		begun = min(begun, b.days[0])
	}
	for i, want := range []int{1359, 1414, 1484, 1517, 1573, 1672} {
		repeats := 0
		for _, b := range buyers {
			for _, d := range b.days[1:] {
				if d < begun+7*(20+i) {
					repeats++
				}
			}
		}
		if repeats != want {
			t.Errorf("by week %d there were %d repeat purchases, want %d", 20+i, repeats, want)
		}
	}
}

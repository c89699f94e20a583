package value_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
	"holdfast/value"
)

func TestDiscounted(t *testing.T) {
	t.Parallel()
	b := value.Behaviour{Repeats: 7, Last: 35, Age: 77.86}
	m := value.ParetoNBD{R: .5629966, Alpha: 12.559037, S: .4081095, Beta: 10.5148048}
	if got, want := value.Discounted(m, b, 52, 0), m.Expected(b, 52); got != want {
		t.Errorf("without a discount %v, want %v", got, want)
	}
	// A horizon of 3,000 weeks is for ever at this discount: e^(−.0027·3000) is 3e−4.
	far := value.Discounted(m, b, 3000, .0027)
	near(t, "for ever", far, m.DiscountedForEver(b, .0027), 5e-4)
	// The slow twin adds up days.
	sum, before := 0.0, 0.0
	for day := 1; day <= 364; day++ {
		now := m.Expected(b, float64(day)/7)
		sum += (now - before) * math.Exp(-.01*(float64(day)-.5)/7)
		before = now
	}
	near(t, "day by day", value.Discounted(m, b, 52, .01), sum, 1e-6)
	near(t, "ten percent a year in weeks", value.ForceOfInterest(.1, 7), .0018266, 5e-8)
}

func TestContractValue(t *testing.T) {
	t.Parallel()
	stays, err := value.Stays([]float64{.5, 0, .2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{.5, .5, .4}, stays); diff != "" {
		t.Error(diff)
	}
	near(t, "three periods at a quarter", value.ContractValue(1000, stays, .25), 1000*(.5/1.25+.5/1.5625+.4/1.953125), 1e-9)
	if _, err := value.Stays([]float64{.1, 1.5}); fault.Of(err) != fault.Invalid || err.Error() != "the hazard of period 2 is 1.5, which is no probability" {
		t.Errorf("error %v", err)
	}
	// All periods of sBG are its discounted lifetime, which counts the present one too.
	m := value.SBG{Alpha: .668, Beta: 3.806}
	forEver, err := m.DiscountedNew(.1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "for ever", 1+value.ContractValue(1, m.Stays(0, 2000), .1), forEver, 1e-6)
}

func TestWorth(t *testing.T) {
	t.Parallel()
	b := value.Behaviour{Repeats: 2, Last: 30.43, Age: 38.86}
	m := value.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	w := value.NewWorth(m, b, 39, 0, 10, 500)
	near(t, "to come", w.CLV, 12.26028, 5e-6)
	near(t, "at stake", w.AtStake, 12.26028/.726579, 5e-5)
	near(t, "total", w.Total(), 512.26028, 5e-6)
	if diff := cmp.Diff([]float64{3, 3, 9, 5}, value.Potential([]float64{1, 3, 9, 5}, []int{7, 7, 8, 9}), cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= .5 })); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{4, 4, 9, 5}, value.HouseholdTotals([]float64{1, 3, 9, 5}, []uint64{7, 7, 0, 0})); diff != "" {
		t.Error(diff)
	}
}

func TestConcentration(t *testing.T) {
	t.Parallel()
	// Ten customers of 1 … 10: the top one holds 10 of 55; G = (n²−1)/(6·n·mean) = .3.
	c, err := value.Concentrate([]float64{3, 1, 2, 10, 4, 9, 5, 8, 6, 7})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Gini", c.Gini, .3, 1e-12)
	near(t, "top tenth", c.Tenths[0].Share, 10./55, 1e-12)
	near(t, "bottom tenth", c.Tenths[9].Share, 1./55, 1e-12)
	near(t, "half", c.Lorenz[50], 15./55, 1e-12)
	near(t, "between two customers", c.Lorenz[55], 18./55, 1e-12)
	if c.Tenths[0].Least != 10 || c.Tenths[9].Least != 1 || c.Customers != 10 || c.Total != 55 {
		t.Errorf("%+v", c)
	}
	if _, err := value.Concentrate([]float64{0, -4}); fault.Of(err) != fault.Invalid {
		t.Errorf("error %v", err)
	}
}

// Tenths add up to everything, Lorenz's curve rises from 0 to 1 below the
// diagonal, and Gini is the area that it leaves.
func TestConcentrationHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-10, 10), rapid.Float64Range(0, 1e9)), 1, 200).Draw(t, "values")
		if slices.Max(values) <= 0 {
			t.Skip("no value")
		}
		c, err := value.Concentrate(values)
		if err != nil {
			t.Fatal(err)
		}
		share, customers := 0.0, 0
		for _, x := range c.Tenths {
			share, customers = share+x.Share, customers+x.Customers
		}
		if math.Abs(share-1) > 1e-9 || customers != len(values) {
			t.Fatalf("tenths hold %v of %d customers", share, customers)
		}
		for i := range c.Lorenz {
			if i > 0 && c.Lorenz[i] < c.Lorenz[i-1] || c.Lorenz[i] > float64(i)/100+1e-9 {
				t.Fatalf("Lorenz at %d is %v after %v", i, c.Lorenz[i], c.Lorenz[max(0, i-1)])
			}
		}
		if c.Lorenz[0] != 0 || math.Abs(c.Lorenz[100]-1) > 1e-9 || c.Gini < -1e-9 || c.Gini >= 1 {
			t.Fatalf("from %v to %v, Gini %v", c.Lorenz[0], c.Lorenz[100], c.Gini)
		}
	})
}

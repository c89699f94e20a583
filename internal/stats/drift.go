package stats

import (
	"fmt"
	"math"
	"slices"
)

// PSI is the population stability index Σ (a−e)·ln(a/e) of two histograms over
// the same cells, given as counts or shares and normalised here. Where a cell is
// empty on one side only, half a unit is put into every cell of both sides
// (give counts then); a cell empty on both is left out.
func PSI(expected, actual []float64) (float64, error) {
	if len(expected) != len(actual) || len(expected) == 0 {
		return 0, fmt.Errorf("PSI: %d expected and %d actual cells; give the same cells for both", len(expected), len(actual))
	}
	sumE, sumA, cells, oneSided := 0.0, 0.0, 0.0, false
	for i, e := range expected {
		a := actual[i]
		if !(e >= 0 && a >= 0) || math.IsInf(e+a, 0) {
			return 0, fmt.Errorf("PSI: cell %d has %v expected and %v actual; counts are finite and not negative", i, e, a)
		}
		sumE, sumA = sumE+e, sumA+a
		oneSided = oneSided || (e == 0) != (a == 0)
		if e > 0 || a > 0 {
			cells++
		}
	}
	if sumE == 0 || sumA == 0 {
		return 0, undefined("PSI", "one side has no rows")
	}
	pad := 0.0
	if oneSided {
		pad = 0.5
	}
	psi := 0.0
	for i := range expected {
		if expected[i] == 0 && actual[i] == 0 {
			continue
		}
		e := (expected[i] + pad) / (sumE + float64(pad*cells))
		a := (actual[i] + pad) / (sumA + float64(pad*cells))
		psi += float64((a - e) * math.Log(a/e))
	}
	return psi, nil
}

// PSICritical is the value PSI exceeds with probability alpha though nothing
// changed: (1/n + 1/m)·χ²(1−alpha; cells−1) for samples of n and m rows
// (Yurdakul and Naranjo 2020, "Statistical properties of the population
// stability index"). Alert only when it and a material size are exceeded.
func PSICritical(n, m float64, cells int, alpha float64) (float64, error) {
	if !(n > 0 && m > 0) || cells < 2 || !(alpha > 0 && alpha < 1) {
		return 0, fmt.Errorf("PSI critical value: %v and %v rows, %d cells, alpha %v; it needs rows on both sides, two cells and an alpha between 0 and 1", n, m, cells, alpha)
	}
	return (1/n + 1/m) * ChiSquaredQuantile(1-alpha, float64(cells-1)), nil
}

// KS is the two-sample Kolmogorov-Smirnov test.
type KS struct {
	Statistic float64 // largest distance between the two empirical distribution functions
	P         float64 // two-sided
}

// FitKS compares samples a and b of finite values. P is exact for up to a
// million pairs (by the lattice-path recursion; conservative under ties), else
// Smirnov's limit.
func FitKS(a, b []float64) (KS, error) {
	if len(a) == 0 || len(b) == 0 {
		return KS{}, undefined("KS test", "one sample is empty")
	}
	if err := checkFinite("KS test", append(append([]float64(nil), a...), b...)); err != nil {
		return KS{}, err
	}
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	n, m := len(a), len(b)
	widest := 0 // of |i·m − j·n|, in integers so that no rounding decides
	for i, j := 0, 0; i < n && j < m; {
		x := math.Min(a[i], b[j])
		for i < n && a[i] == x {
			i++
		}
		for j < m && b[j] == x {
			j++
		}
		widest = max(widest, abs(i*m-j*n))
	}
	d := float64(widest) / (float64(n) * float64(m))
	if n*m <= 1_000_000 {
		return KS{d, ksExact(n, m, widest)}, nil
	}
	return KS{d, ksLimit(d * math.Sqrt(float64(n)/float64(n+m)*float64(m)))}, nil
}

// ksExact is P(D ≥ widest/(nm)): one minus the share of lattice paths from (0,0)
// to (n,m) that stay where |i·m − j·n| < widest. inside[j] after row i is the
// share of the paths to (i,j) that have stayed inside.
func ksExact(n, m, widest int) float64 {
	inside := make([]float64, m+1)
	for i := range n + 1 {
		for j := range m + 1 {
			switch {
			case abs(i*m-j*n) >= widest:
				inside[j] = 0
			case i == 0 && j == 0:
				inside[j] = 1
			case i == 0:
				inside[j] = inside[j-1]
			case j > 0:
				inside[j] = (float64(float64(i)*inside[j]) + float64(float64(j)*inside[j-1])) / float64(i+j)
			}
		}
	}
	return 1 - inside[m]
}

// ksLimit is 2 Σ (−1)^{k−1} e^{−2k²λ²}.
func ksLimit(lambda float64) float64 {
	if lambda < 0.2 {
		return 1 // the series converges slowly where the answer is 1 to 12 digits
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		term := math.Exp(-2 * k * k * lambda * lambda)
		sum += float64(sign * term)
		if term < 1e-17 {
			break
		}
		sign = -sign
	}
	return math.Min(1, math.Max(0, 2*sum))
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}

package interventions

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"holdfast/history"
)

// saltsOf is how often the tests of chance draw: more behind HOLDFAST_BENCH.
func saltsOf() (salts, size int) {
	if os.Getenv("HOLDFAST_BENCH") != "" {
		return 2000, 4000
	}
	return 200, 800
}

// nightOf is a night of one treatment whose candidates are worth less and less.
func nightOf(cfg *Config, size int) Night {
	n := Night{AsOf: tuesday, Customers: size}
	for i := range size {
		n.Candidates = append(n.Candidates, Candidate{
			Customer: history.CustomerID(i + 1), Household: history.HouseholdID(i + 1),
			Worth: float32(10_000 - i), Minutes: float32(cfg.Treatments[0].Minutes()),
		})
	}
	return n
}

// Over many salts the twenty covariates of released and held back differ as
// chance alone lets them: the p-values of an omnibus test (Mahalanobis distance
// of the means over the covariance of random assignment, which is chi-squared
// with 20 degrees of freedom) are uniform by Kolmogorov and Smirnov, and the
// frequency of release is the logged propensity, for every customer and over
// all of them.
func TestArmsAreBalanced(t *testing.T) {
	t.Parallel()
	const covariates = 20
	cfg := testConfig()
	cfg.Treatments = cfg.Treatments[:1]
	cfg.Roster.Agents = 6
	cfg.Chance.GlobalHoldout = .05
	salts, size := saltsOf()
	rng := rand.New(rand.NewPCG(20, 26)) //nolint:gosec // a seeded simulation
	x := make([][covariates]float64, size+1)
	for i := range x {
		for j := range x[i] {
			x[i][j] = rng.NormFloat64() + float64(j%3)*x[i][j/2] + float64(i%7) // correlated, and with the rank
		}
	}
	released, expected, variance := make([]float64, size+1), make([]float64, size+1), make([]float64, size+1)
	var ps []float64
	for salt := range salts {
		cfg.Chance.Salt = fmt.Sprint("balance", salt)
		p, err := NewPolicy(cfg, time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Allocate(nightOf(&cfg, size))
		if err != nil {
			t.Fatal(err)
		}
		var arms [2][]history.CustomerID
		for _, c := range a.Choices {
			if c.Propensity > 0 {
				expected[c.Customer] += c.Propensity
				variance[c.Customer] += c.Propensity * (1 - c.Propensity)
			}
			if c.Result == ResultTreat {
				released[c.Customer]++
			}
			if c.Result != ResultNotSelected && !c.Explored {
				arm := 0
				if c.Result == ResultTreat {
					arm = 1
				}
				arms[arm] = append(arms[arm], c.Customer)
			}
		}
		ps = append(ps, omnibus(t, x, arms))
	}
	slices.Sort(ps)
	worst, n := 0.0, float64(len(ps))
	for i, p := range ps {
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	// Kolmogorov's 0.1 % point is 1.949 ÷ √n.
	if limit := 1.949 / math.Sqrt(n); worst > limit {
		t.Errorf("the p-values of %d salts lie %.3f from uniform, more than %.3f: %v", salts, worst, limit, ps)
	}
	sum, all, far := 0.0, 0.0, 0
	for i := range released {
		if expected[i] == 0 && released[i] > 0 {
			t.Errorf("customer %d was released %v times with propensity 0", i, released[i])
		}
		if variance[i] > 0 && math.Abs(released[i]-expected[i]) > 4.5*math.Sqrt(variance[i]) {
			far++
		}
		sum += released[i] - expected[i]
		all += variance[i]
	}
	t.Logf("%d salts of %d customers: p-values lie %.4f from uniform (0.1 %% point %.4f), released %+.0f against the propensities (± %.0f)",
		salts, size, worst, 1.949/math.Sqrt(n), sum, math.Sqrt(all))
	if math.Abs(sum) > 4*math.Sqrt(all) || far > 0 {
		t.Errorf("released %.0f more than the propensities say (± %.0f); %d customers far off", sum, math.Sqrt(all), far)
	}
}

// omnibus is the p-value of the test that two arms are alike.
func omnibus[V ~[20]float64](t *testing.T, x []V, arms [2][]history.CustomerID) float64 {
	t.Helper()
	const k = 20
	var mean [3][k]float64
	n := [3]float64{float64(len(arms[0])), float64(len(arms[1])), float64(len(arms[0]) + len(arms[1]))}
	for g, arm := range arms {
		for _, c := range arm {
			for j := range k {
				mean[g][j] += x[c][j] / n[g]
				mean[2][j] += x[c][j] / n[2]
			}
		}
	}
	cov := mat.NewSymDense(k, nil)
	for _, c := range slices.Concat(arms[0], arms[1]) {
		for i := range k {
			for j := i; j < k; j++ {
				cov.SetSym(i, j, cov.At(i, j)+(x[c][i]-mean[2][i])*(x[c][j]-mean[2][j])/(n[2]-1)*(1/n[0]+1/n[1]))
			}
		}
	}
	d := mat.NewVecDense(k, nil)
	for j := range k {
		d.SetVec(j, mean[1][j]-mean[0][j])
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		t.Fatal("the covariates do not vary")
	}
	var at mat.VecDense
	if err := chol.SolveVecTo(&at, d); err != nil {
		t.Fatal(err)
	}
	return distuv.ChiSquared{K: k}.Survival(mat.Dot(d, &at))
}

package interventions

import (
	"fmt"
	"math"
	"testing"
	"time"

	"holdfast/history"
)

// A/A: nothing is done to anybody, and outcomes depend strongly on the rank.
// Over 200 salts the difference between released and held back is unbiased,
// and significant at 5 % about that often.
func TestAAOverSalts(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Treatments = cfg.Treatments[:1]
	cfg.Roster.Agents = 6
	const salts, size = 200, 800
	sum, sumSq, significant := 0.0, 0.0, 0
	for salt := range salts {
		cfg.Chance.Salt = fmt.Sprint("aa", salt)
		p, err := NewPolicy(cfg, time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		n := Night{AsOf: tuesday, Customers: size}
		for i := range size {
			n.Candidates = append(n.Candidates, Candidate{
				Customer: history.CustomerID(i + 1), Household: history.HouseholdID(i + 1),
				Worth: float32(2000 - i), Minutes: float32(cfg.Treatments[0].Minutes()),
			})
		}
		a, err := p.Allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		var count, left [2]float64
		for _, c := range a.Choices {
			if c.Result == ResultNotSelected || c.Explored {
				continue
			}
			arm := 0
			if c.Result == ResultTreat {
				arm = 1
			}
			count[arm]++
			if mix(int64(c.Customer))%1000 < uint64(600-c.Customer) { // the best ranked leave most
				left[arm]++
			}
		}
		p0, p1 := left[0]/count[0], left[1]/count[1]
		d := p1 - p0
		if se := math.Sqrt(p0*(1-p0)/count[0] + p1*(1-p1)/count[1]); math.Abs(d) > 1.96*se {
			significant++
		}
		sum += d
		sumSq += d * d
	}
	mean := sum / salts
	se := math.Sqrt((sumSq/salts - mean*mean) / salts)
	t.Logf("%d salts: mean effect of doing nothing %.5f ± %.5f, significant at 5 %% in %d", salts, mean, se, significant)
	if math.Abs(mean) > 3.5*se {
		t.Errorf("doing nothing has an effect of %.4f ± %.4f", mean, se)
	}
	// Binomial(200, 0.05): 22 or more has a probability below 0.0005.
	if significant > 21 {
		t.Errorf("doing nothing was significant in %d of %d salts", significant, salts)
	}
}

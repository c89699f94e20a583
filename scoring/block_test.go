package scoring

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

// TestBlocksAreOneByOne: a shard scored in blocks gives each customer the bits
// of a shard of one, wherever blocks end and whoever is outside the population.
func TestBlocksAreOneByOne(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -2, map[string]float64{"purchase_days_since": .02, "purchase_count_ever": .1, "issue_open": .8, "tenure_days": .001})
	random := rand.New(rand.NewPCG(1, 2))
	var bought [][]int
	for i := range 2*blockCustomers + 37 {
		var days []int
		for d := -20 * random.IntN(30); d < 0; d += 20 + random.IntN(90) {
			days = append(days, d)
		}
		if i%7 == 3 || i == 2*blockCustomers+36 {
			days = []int{-400} // outside; so is the last one, and the block before is finished nevertheless
		}
		bought = append(bought, days)
	}
	before := map[history.CustomerID]Previous{}
	for i := range bought {
		if i%3 == 0 {
			before[history.CustomerID(i+1)] = Previous{Band: BandHigh, Episode: int64(i + 1), EpisodeStart: day(-5), Risk: .5}
		}
	}
	got, err := sc.Shard(shop(t, bought...), asOf, before)
	if err != nil {
		t.Fatal(err)
	}
	inside, reasons := 0, 0
	for i := range bought {
		want, err := sc.Shard(shop(t, bought[i]), asOf, map[history.CustomerID]Previous{1: before[history.CustomerID(i+1)]})
		if err != nil {
			t.Fatal(err)
		}
		want[0].Customer = got[i].Customer
		if want[0].Household == 1 {
			want[0].Household = got[i].Household
		}
		if want[0].Episode < 0 || before[history.CustomerID(i+1)].Episode == 0 {
			want[0].Episode = got[i].Episode // numbered by customer
		}
		if diff := cmp.Diff(want[0], got[i]); diff != "" {
			t.Fatalf("customer %d differs from the same one alone:\n%s", i+1, diff)
		}
		if got[i].Excluded == "" {
			inside++
			reasons += len(got[i].Reasons)
		}
	}
	if inside < blockCustomers || inside > len(got)-50 || reasons < inside {
		t.Fatalf("%d of %d customers inside, %d reasons: the test tests too little", inside, len(got), reasons)
	}
}

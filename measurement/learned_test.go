package measurement

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
)

// drawn makes rows of two arms with planted leaving rates; household members
// come in pairs.
func drawn(rng *rand.Rand, segment string, n int, treated, alone float64) []Row {
	var rows []Row
	for i := range n {
		r := Row{
			Treatment: "call", Customer: history.CustomerID(len(segment)<<32 + i), Household: history.HouseholdID(len(segment)<<32 + i/2),
			Held: (i/2)%3 == 0, Matured: true, Segment: segment, At: time.Unix(0, 0),
		}
		rate := treated
		if r.Held {
			rate = alone
		}
		r.Left = rng.Float64() < rate
		rows = append(rows, r)
	}
	return rows
}

// The contrast's 95 % limits hold the planted reduction at about that rate, and
// what agents claim changes nothing.
func TestContrastCoversThePlantedReduction(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 1)) //nolint:gosec // a seeded simulation
	covered, trials := 0, 600
	for range trials {
		rows := drawn(rng, "a", 900, .12, .16)
		l, err := learned("call", rows)
		if err != nil || len(l.Contrasts) != 1 {
			t.Fatalf("%+v, %v", l, err)
		}
		c := l.Contrasts[0]
		if math.Abs(c.Reduction-.25) <= stats.NormalQuantile(.975)*c.Error {
			covered++
		}
		for i := range rows {
			rows[i].Claimed = !rows[i].Held
		}
		if again, err := learned("call", rows); err != nil || again.Contrasts[0] != c {
			t.Fatalf("claims change the contrast: %+v, %+v, %v", c, again, err)
		}
	}
	if share := float64(covered) / float64(trials); share < .92 || share > .985 {
		t.Errorf("covered in %.3f of the trials", share)
	}
}

// Each segment has its own contrast; too few customers or leavers have none;
// only those who were to be contacted count for acceptance.
func TestLearned(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 2)) //nolint:gosec // a seeded simulation
	rows := drawn(rng, "a", 600, .1, .2)
	rows = append(rows, drawn(rng, "bb", 600, .2, .2)...)
	rows = append(rows, drawn(rng, "few", 24, .5, .5)...)
	rows = append(rows, drawn(rng, "none left", 600, 0, 0)...)
	rows[1].Matured = false
	accepted := 0
	for i := range rows {
		rows[i].Accepted = i%10 == 0
		if rows[i].Accepted && !rows[i].Held && rows[i].Matured {
			accepted++
		}
	}
	effects, err := Measure(rows)
	if err != nil || len(effects) != 1 {
		t.Fatalf("%+v, %v", effects, err)
	}
	l := Learned(effects)
	if len(l.Contrasts) != 2 || l.Contrasts[0].Segment != "a" || l.Contrasts[1].Segment != "bb" || l.Contrasts[0].Reduction < .2 || l.Contrasts[0].Customers != 599 {
		t.Errorf("%+v", l.Contrasts)
	}
	if len(l.Responses) != 1 || l.Responses[0].Accepted != accepted || l.Responses[0].Selected != effects[0].Contacted.Customers {
		t.Errorf("%+v, %d accepted", l.Responses, accepted)
	}
}

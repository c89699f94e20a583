package measurement

import (
	"math"
	"math/rand/v2"
	"testing"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
)

// changing draws a programme whose share left alone is raised half way, in a
// season in which many more leave anyway: the plain comparison of its arms sees
// the season and calls it an effect.
func changing(rng *rand.Rand, effect float64, out []Row) []Row {
	out = out[:0]
	for h := range 1600 {
		share, rate := .1, .05
		if h >= 800 {
			share, rate = .5, .25
		}
		held := rng.Float64() < share
		if !held {
			rate += effect
		}
		for range 1 + rng.IntN(2) {
			out = append(out, Row{
				Treatment: "call", Customer: history.CustomerID(len(out) + 1), Household: history.HouseholdID(h + 1),
				At: day(h / 80), Held: held, Share: share, Matured: true, Left: rng.Float64() < rate,
			})
		}
	}
	return out
}

// Whatever the share does, the mean of the estimates is the planted effect, an
// interval of 95 % covers it 95 times of 100, and the same rows without their
// shares are far off, so that this test sees what it is there for.
func TestAShareThatChangesBiasesNothing(t *testing.T) {
	t.Parallel()
	for _, effect := range []float64{0, -.03} {
		const programmes = 400
		rng := rand.New(rand.NewPCG(11, math.Float64bits(effect)))
		var sum, squares, plain float64
		covered := 0
		var rows []Row
		for range programmes {
			rows = changing(rng, effect, rows)
			e := measureOne(t, rows)
			sum += e.Difference.Estimate
			squares += e.Difference.Estimate * e.Difference.Estimate
			if e.Difference.Low <= effect && effect <= e.Difference.High {
				covered++
			}
			for i := range rows {
				rows[i].Share = 0
			}
			plain += measureOne(t, rows).Difference.Estimate
		}
		mean := sum / programmes
		spread := math.Sqrt((squares/programmes - mean*mean) / programmes)
		share, off := float64(covered)/programmes, plain/programmes-effect
		t.Logf("effect %v: estimated %.4f ± %.4f over %d programmes, covered %.3f, without the shares off by %.4f", effect, mean, spread, programmes, share, off)
		if math.Abs(mean-effect) > 4*spread+.001 {
			t.Errorf("the mean estimate is %.4f, planted is %v", mean, effect)
		}
		if share < .92 || share > .98 {
			t.Errorf("%.3f of the intervals cover the effect", share)
		}
		if math.Abs(off) < .03 {
			t.Errorf("without the shares the estimate is off by %.4f only: the seasons do not tell", off)
		}
	}
}

// The planner sets the share while it learns: where the share of the second
// half depends on what the first has shown, the estimate is unbiased too.
func TestASharePlannedFromWhatWasSeen(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 17))
	const programmes, effect = 500, -.04
	var sum, squares float64
	for range programmes {
		var rows []Row
		share, rate := .1, .1
		left := 0
		for h := range 1200 {
			if h == 600 {
				rate = .3
				if left > 6 { // of those left alone so far: about half of the programmes
					share = .5
				}
			}
			r := arms("call", rng.Float64() < share, 1+h, 1, 0)[0]
			r.Share = share
			p := rate
			if !r.Held {
				p += effect
			}
			if r.Left = rng.Float64() < p; r.Held && r.Left {
				left++
			}
			rows = append(rows, r)
		}
		e := measureOne(t, rows).Difference.Estimate
		sum += e
		squares += e * e
	}
	mean := sum / programmes
	spread := math.Sqrt((squares/programmes - mean*mean) / programmes)
	t.Logf("estimated %.4f ± %.4f, planted %v", mean, spread, effect)
	if math.Abs(mean-effect) > 4*spread+.002 {
		t.Errorf("the mean estimate is %.4f ± %.4f, planted is %v", mean, spread, effect)
	}
}

// A share that never changed is plain counting, to the last bit, whether it is
// known or not.
func TestAnUnchangedShareIsPlainCounting(t *testing.T) {
	t.Parallel()
	rows := append(arms("call", false, 1, 900, 45), arms("call", true, 10_001, 100, 7)...)
	before := measureOne(t, rows)
	for i := range rows {
		rows[i].Share = .13
	}
	after := measureOne(t, rows)
	if before.Difference != after.Difference || before.Contacted != after.Contacted || before.LeftAlone != after.LeftAlone || after.Contacted.Rate != 45./900 {
		t.Errorf("known %+v, unknown %+v", after, before)
	}
	e, err := stats.Newcombe(stats.Proportion{Events: 45, Trials: 900}, stats.Proportion{Events: 7, Trials: 100}, Level)
	if err == nil && math.Abs(e.Estimate-after.Difference.Estimate) > 1e-15 {
		t.Errorf("the difference is %v, want %v", after.Difference.Estimate, e.Estimate)
	}
}

// The planner uses the best share until there is an answer, from then on the
// configured one, and leaves alone what it is not to set.
func TestThePlannerSetsTheShare(t *testing.T) {
	t.Parallel()
	call := interventions.Treatment{Name: "call", Family: interventions.FamilySave, Effect: interventions.Effect{Mean: .5, Spread: .1}, GhostShare: .1}
	p := Planner{AsOf: day(28), Risks: map[string]float64{"call": .2}}
	plan := func(rows []Row) Plan {
		t.Helper()
		out, err := p.Plan(&call, &Effect{Treatment: "call"}, rows)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := plan(nil); got.Now.Share != .1 || got.Best.Share < .4 {
		t.Errorf("as configured: %+v", got)
	}
	call.PlanGhostShare = true
	if got := plan(nil); got.Now != got.Best || got.Best.Share < .4 {
		t.Errorf("as planned: %+v", got)
	}
	if got := plan(arms("call", false, 1, 5000, 0)); got.Now.Share != .1 || got.Now.Weeks != 0 {
		t.Errorf("once there is an answer: %+v", got)
	}
	shares := GhostShares([]Effect{{Treatment: "call", Plan: plan(nil)}, {Treatment: "letter"}})
	if len(shares) != 1 || shares["call"] != plan(nil).Best.Share {
		t.Errorf("the shares are %v", shares)
	}
}

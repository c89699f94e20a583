package measurement

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast/interventions"
)

// A plan holds its promise: of programmes as large as it says, eight of ten see
// the effect it was made for.
func TestAPlannedProgrammeIsLargeEnough(t *testing.T) {
	t.Parallel()
	call := interventions.Treatment{Name: "call", Family: interventions.FamilySave, Effect: interventions.Effect{Mean: .25, Spread: .1}, GhostShare: .2}
	e := Effect{Treatment: "call"}
	p := Planner{AsOf: day(28), Final: 70 * 24 * time.Hour, Risks: map[string]float64{"call": .2}}
	plan, err := p.Plan(&call, &e, nil)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Base != .2 || math.Abs(plan.Fall-.05) > 1e-12 || plan.Known || plan.Now.Share != .2 || plan.Best.Share != .5 ||
		plan.Best.Customers >= plan.Now.Customers || plan.Now.Weeks != Never {
		t.Fatalf("the plan is %+v", plan)
	}
	rng := rand.New(rand.NewPCG(5, 7)) //nolint:gosec // a seeded simulation
	for _, a := range []Answer{plan.Now, plan.Best} {
		const programmes = 120
		seen := 0
		for range programmes {
			var rows []Row
			for i := range a.Customers {
				r := arms("call", float64(i) < a.Share*float64(a.Customers), 1+i, 1, 0)[0]
				r.Left = rng.Float64() < map[bool]float64{true: .2, false: .15}[r.Held]
				rows = append(rows, r)
			}
			if measureOne(t, rows).Significant() {
				seen++
			}
		}
		t.Logf("%d customers, %.0f %% left alone: %d of %d programmes see the effect", a.Customers, 100*a.Share, seen, programmes)
		if share := float64(seen) / programmes; share < .67 || share > .92 {
			t.Errorf("%+v: %.2f of the programmes see the effect", a, share)
		}
	}
}

// The weeks are those until enough are selected at the pace of late, and until
// their outcomes are final.
func TestWeeksToAnAnswer(t *testing.T) {
	t.Parallel()
	call := interventions.Treatment{Name: "call", Family: interventions.FamilySave, Effect: interventions.Effect{Mean: .5, Spread: .1}, GhostShare: .5}
	p := Planner{AsOf: day(28), Final: 70 * 24 * time.Hour, Risks: map[string]float64{"call": .2}}
	selected := func(n, on int, final bool) []Row {
		rows := arms("call", false, 1000*on+1, n, 0)
		for i := range rows {
			rows[i].At, rows[i].Matured = day(on), final
		}
		return rows
	}
	plan := func(rows []Row) Plan {
		effects, err := Measure(rows)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Plans(effects, rows, []interventions.Treatment{call}); err != nil {
			t.Fatal(err)
		}
		return effects[0].Plan
	}
	first := plan(selected(10, 27, false))
	n := tens(first.Now.Customers + 5)
	if n < 300 || n > 500 || first.Yet != 10 || first.Weekly != 10 || first.Now.Weeks != math.Ceil(float64(first.Now.Customers-10)/10+10) {
		t.Errorf("after a day: %+v", first)
	}
	late := plan(append(selected(40, 5, false), selected(40, 20, false)...))
	if late.Yet != 80 || math.Abs(late.Weekly-7*80./23) > 1e-9 {
		t.Errorf("after weeks: %+v", late)
	}
	if enough := plan(selected(n, 20, false)); enough.Now.Weeks != 10 {
		t.Errorf("all are selected: %+v", enough)
	}
	if old := plan(selected(50, -100, false)); old.Now.Weeks != Never || old.Weekly != 0 {
		t.Errorf("nobody is selected any more: %+v", old)
	}
	done := append(selected(n, -100, true), arms("call", true, 900_001, 40, 8)...)
	if got := plan(done); got.Now.Weeks != 0 || !got.Known || got.Base != .2 {
		t.Errorf("their outcomes are final: %+v", got)
	}
	call.GhostShare = 0
	if got := plan(selected(10, 27, false)); got != (Plan{}) {
		t.Errorf("nobody is left alone: %+v", got)
	}
}

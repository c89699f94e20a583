package training

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
)

// What is left of a row's time: as-of is day 0, the outcome is decided on day 90.
func TestLeftAlone(t *testing.T) {
	t.Parallel()
	asOf := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return asOf.AddDate(0, 0, n) }
	draw := func(n int, treatment, arm string, global, ghost float64) Draw {
		return Draw{history.Exposure{At: day(n), Treatment: treatment, Arm: arm, Purpose: "retention"}, global, ghost}
	}
	called := func(n int) Draw {
		d := draw(n, "call", armTreat, 0, 0)
		d.Contacted = day(n + 3)
		return d
	}
	contact := func(n int, purpose string, proactive bool) []history.ContactAt {
		return []history.ContactAt{{Contact: history.Contact{Purpose: purpose, Proactive: proactive}, At: day(n)}}
	}
	service := draw(10, "recovery", armTreat, 0, 0)
	service.Purpose, service.Contacted = purposeService, day(11)
	for name, c := range map[string]struct {
		draws    []Draw
		contacts []history.ContactAt
		want     leftAlone
	}{
		"never selected":                {want: leftAlone{days: 90, chance: 1}},
		"released in the window":        {draws: []Draw{draw(20, "call", armTreat, .05, .4)}, want: leftAlone{censored: true, days: 20, chance: 1}},
		"released at as-of":             {draws: []Draw{draw(0, "call", armTreat, .05, .4)}, want: leftAlone{censored: true, chance: 1}},
		"released after the decision":   {draws: []Draw{draw(90, "call", armTreat, .05, .4)}, want: leftAlone{days: 90, chance: 1}},
		"released before as-of":         {draws: []Draw{draw(-20, "call", armTreat, .05, .4)}, want: leftAlone{over: true, censored: true, days: -20, chance: 1}},
		"released beyond memory":        {draws: []Draw{draw(-366, "call", armTreat, .05, .4)}, want: leftAlone{days: 90, chance: 1}},
		"ghost":                         {draws: []Draw{draw(20, "call", "ghost", .05, .4)}, want: leftAlone{days: 90, chance: .05 + .95*.4}},
		"one arm, selected twice":       {draws: []Draw{draw(-20, "call", "ghost", .05, .4), draw(20, "call", "ghost", .05, .4)}, want: leftAlone{days: 90, chance: .05 + .95*.4}},
		"two arms":                      {draws: []Draw{draw(-20, "call", "ghost", .05, .4), draw(20, "mail", "ghost", .05, .5)}, want: leftAlone{days: 90, chance: .05 + .95*.4*.5}},
		"held out of everything":        {draws: []Draw{draw(-20, "call", "global_holdout", .05, .4)}, want: leftAlone{days: 90, chance: .05 + .95*.4}},
		"ghost, then released":          {draws: []Draw{draw(5, "call", "ghost", 0, .4), draw(20, "mail", armTreat, 0, .5)}, want: leftAlone{censored: true, days: 20, chance: .4}},
		"called without held-back twin": {draws: []Draw{called(20)}, want: leftAlone{censored: true, undrawn: true, days: 23, chance: 1}},
		"such a call before as-of":      {draws: []Draw{called(-20)}, want: leftAlone{over: true, censored: true, undrawn: true, days: -17, chance: 1}},
		"not reached without twin":      {draws: []Draw{draw(20, "call", armTreat, 0, 0)}, want: leftAlone{days: 90, chance: 1}},
		"service is the same for all":   {draws: []Draw{service}, contacts: contact(11, purposeService, true), want: leftAlone{days: 90, chance: 1}},
		"a call outside the lists":      {contacts: contact(12, "retention", true), want: leftAlone{censored: true, undrawn: true, days: 12, chance: 1}},
		"the customer called":           {contacts: contact(12, "retention", false), want: leftAlone{days: 90, chance: 1}},
	} {
		p := &Practice{MemoryDays: 365}
		if got := p.alone(c.draws, c.contacts, asOf, day(90)); math.Abs(got.chance-c.want.chance) > 1e-12 {
			t.Errorf("%s: chance %v, want %v", name, got.chance, c.want.chance)
		} else if got.chance = c.want.chance; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Calls without a draw go to those who look risky. What is weighted leaves at
// the rate of all, what is merely left over does not.
func TestUndrawnContactsAreWeighted(t *testing.T) {
	t.Parallel()
	s := &Sample{Dates: make([]time.Time, 1)}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "silence"}}}
	var rows []leftAlone
	truth := 0.0
	const n, window = 12000, 80.0
	for i := range n {
		rng := stats.Stream(3, uint64(i))
		x := rng.NormFloat64()
		left := rng.Float64() < stats.Sigmoid(x-1)
		decided, called := window, -math.Log(rng.Float64())*window/(1.2*stats.Sigmoid(2*x))
		if !left {
			decided = rng.Float64() * window // staying shows early, as a purchase does
		} else {
			truth++
		}
		r := leftAlone{days: min(decided, called), chance: 1, censored: called < decided, undrawn: called < decided}
		y := 0.0
		if left {
			y = 1
		}
		s.add(kept{x: []float64{x}, y: y, customer: int64(i), household: int64(i)}, 1)
		rows = append(rows, r)
	}
	truth /= n
	s.Leavers, s.Seen = 7, n
	got, err := weigh(context.Background(), s, rows, window, 1)
	if err != nil {
		t.Fatal(err)
	}
	plain := 0.0
	for _, y := range got.Y {
		plain += y
	}
	plain /= float64(got.Rows())
	t.Logf("left: all %.4f, weighted %.4f, merely left over %.4f; %d of %d rows, as many as %.0f equal ones", truth, got.BaseRate(), plain, got.Rows(), n, got.EffectiveRows())
	if r := got.BaseRate() / truth; r < .96 || r > 1.04 || plain/truth > .85 {
		t.Errorf("weighted rate ÷ truth is %.3f, unweighted %.3f", r, plain/truth)
	}
	if got.Leavers != 7 || got.Seen != n || got.Weighting.Censored+got.Rows() != n || got.EffectiveRows() >= float64(got.Rows()) {
		t.Errorf("%+v of %d rows", got.Weighting, n)
	}
	words := strings.Join(practised(got), " ")
	if !strings.Contains(words, "Risk under current practice") || !strings.Contains(words, "were cut before their outcome") {
		t.Error(words)
	}
}

// With enough leavers in the global holdout it alone calibrates and judges, and
// the card says so.
func TestTheGlobalHoldoutCalibrates(t *testing.T) {
	t.Parallel()
	for held, want := range map[int]float64{600: .5, 100: .17} {
		s := &Sample{Dates: make([]time.Time, 1)}
		s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "silence"}}}
		for i := range 3000 {
			rng := stats.Stream(5, uint64(i))
			x, rate, y := rng.NormFloat64(), .1, 0.0
			if i < 600 { // they leave more often: nobody calls them
				rate = .5
			}
			if rng.Float64() < stats.Sigmoid(stats.Logit(rate)+x) {
				y = 1
			}
			s.add(kept{x: []float64{x}, y: y, customer: int64(i), household: int64(i), held: i < held}, 1+rng.Float64())
		}
		m, err := FitCalibrated(context.Background(), Candidate{Name: "logistic", Fit: fitLogistic}, s, 1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := scored(m, s)
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for _, v := range p {
			mean += v / float64(len(p))
		}
		if mean < want-.05 || mean > want+.06 {
			t.Errorf("%d held out: mean risk %.3f, want about %.2f", held, mean, want)
		}
		alone := strings.Contains(strings.Join(practised(s), " "), "calibrated on the global holdout alone")
		if s.FromHoldout() != (held == 600) || alone != (held == 600) {
			t.Errorf("%d held out: from the holdout %v, on the card %v", held, s.FromHoldout(), alone)
		}
	}
}

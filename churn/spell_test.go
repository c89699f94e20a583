package churn_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/history"
)

func TestSpells(t *testing.T) {
	t.Parallel()
	end := func(d int) time.Time { return day(d).Add(time.Microsecond) }
	for name, c := range map[string]struct {
		cfg   churn.Config
		days  []int
		facts []history.Fact
		want  []churn.Spell
	}{
		"nobody":            {cfg: churn.Default()},
		"still with us":     {cfg: churn.Default(), days: []int{-100, -20}, want: []churn.Spell{{From: day(-100)}}},
		"lapsed":            {cfg: churn.Default(), days: []int{-200, -150}, want: []churn.Spell{{From: day(-200), To: end(-60), Kind: "lapse"}}},
		"lapsed, came back": {cfg: churn.Default(), days: []int{-300, -20}, want: []churn.Spell{{From: day(-300), To: end(-210), Kind: "lapse"}, {From: day(-20)}}},
		"contract runs":     {cfg: contracts(), facts: contract(1, -100), want: []churn.Spell{{From: day(-100)}}},
		"contract ended":    {cfg: contracts(), facts: contract(1, -100, -30, "voluntary"), want: []churn.Spell{{From: day(-100), To: day(-30), Kind: "voluntary"}}},
		"the next covers the grace": {
			cfg: contracts(), facts: append(contract(1, -100, -50, "voluntary"), contract(2, -40)...), want: []churn.Spell{{From: day(-100)}},
		},
		"the next comes after the grace": {
			cfg: contracts(), facts: append(contract(1, -100, -50, "involuntary"), contract(2, -20)...),
			want: []churn.Spell{{From: day(-100), To: day(-50), Kind: "involuntary"}, {From: day(-20)}},
		},
		"one inside another": {
			cfg: contracts(), facts: append(contract(1, -100, -10, "unavoidable"), contract(2, -80, -60, "voluntary")...),
			want: []churn.Spell{{From: day(-100), To: day(-10), Kind: "unavoidable"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := define(t, c.cfg).Spells(shardOf(t, c.days, 1, c.facts).View(0, asOf, nil))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestSpellsAreThePopulation asks the definition itself at many instants who is
// with us: spells say the same, for contracts and for silence of one length.
func TestSpellsAreThePopulation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cfg := churn.Default()
		var days []int
		var facts []history.Fact
		if rapid.Bool().Draw(t, "contracts") {
			cfg = contracts()
			cfg.GraceDays = 0 // within the grace somebody is out of the population and yet not gone
			for i := range rapid.IntRange(0, 4).Draw(t, "n") {
				from := rapid.IntRange(-400, -2).Draw(t, "from")
				if rapid.Bool().Draw(t, "open") {
					facts = append(facts, contract(int64(i+1), from)...)
				} else {
					facts = append(facts, contract(int64(i+1), from, rapid.IntRange(from+1, -1).Draw(t, "to"), "voluntary")...)
				}
			}
		} else {
			days = rapid.SliceOfN(rapid.IntRange(-800, -1), 0, 12).Draw(t, "days")
			slices.Sort(days)
		}
		d, s := define(t, cfg), shardOf(t, days, 1, facts)
		spells := d.Spells(s.View(0, asOf, nil))
		for _, back := range rapid.SliceOfN(rapid.IntRange(1, 900), 10, 10).Draw(t, "instants") {
			at := day(-back).Add(12 * time.Hour)
			with, why := d.InPopulation(s.View(0, at, nil))
			if got := slices.ContainsFunc(spells, func(s churn.Spell) bool { return s.Covers(at) }); got != with {
				t.Fatalf("at %s the spells %v say %v, the population %v (%s)", at, spells, got, with, why)
			}
		}
	})
}

// TestSpellsByRhythm: each silence is judged by the rhythm there was before it.
func TestSpellsByRhythm(t *testing.T) {
	t.Parallel()
	d := define(t, rhythmic())
	s := shardOf(t, []int{-200, -193, -186, -100, -40}, 1, nil)
	got := d.Spells(s.View(0, asOf, nil))
	end := func(last int) time.Time {
		known := s.View(0, day(last).Add(time.Microsecond), nil)
		return day(last).AddDate(0, 0, d.SilenceDays(known)).Add(time.Microsecond)
	}
	// Weekly: gone after 21 days. Then every 33 days in the mean, and at last every 40.
	want := []churn.Spell{{From: day(-200), To: end(-186), Kind: "lapse"}, {From: day(-100)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

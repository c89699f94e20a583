package churn_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/internal/fault"
)

// rhythmic is silence of three times the usual gap, 10 to 120 days; of 30 for who
// has fewer than three active days.
func rhythmic() churn.Config {
	cfg := churn.Default()
	cfg.SilenceDays = 30
	cfg.Rhythm = churn.Rhythm{Times: 3, MinDays: 10, MaxDays: 120, MinActiveDays: 3}
	return cfg
}

func TestSilenceDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days []int
		want int
	}{
		"nobody":                    {nil, 30},
		"two days are no rhythm":    {[]int{-40, -20}, 30},
		"every ten days":            {[]int{-30, -20, -10}, 30},
		"every week":                {[]int{-29, -22, -15, -8}, 21},
		"every five days and a bit": {[]int{-11, -6, 0 - 1}, 15},
		"uneven, mean of 12.5":      {[]int{-30, -10, -5}, 38},
		"daily: not below":          {[]int{-4, -3, -2, -1}, 10},
		"yearly: not above":         {[]int{-800, -400, -10}, 120},
		"the future does not count": {[]int{-29, -22, -15, -8, 0, 1, 2, 3}, 21},
	} {
		if got := define(t, rhythmic()).SilenceDays(shardOf(t, c.days, 1, nil).View(0, asOf, nil)); got != c.want {
			t.Errorf("%s: %d days, want %d", name, got, c.want)
		}
	}
	if got := define(t, lapse()).SilenceDays(shardOf(t, []int{-3, -2, -1}, 1, nil).View(0, asOf, nil)); got != 90 {
		t.Errorf("without a rhythm %d days, want silence_days", got)
	}
}

func TestRhythmOutcomes(t *testing.T) {
	t.Parallel()
	weekly := []int{-29, -22, -15, -8} // 21 days of silence are a lapse
	left := func(at int) churn.Outcome {
		return churn.Outcome{Left: true, Kind: "lapse", At: day(at), Matured: true, MaturesAt: day(120)}
	}
	stayed := churn.Outcome{Matured: true, MaturesAt: day(120)}
	for name, c := range map[string]struct {
		days    []int
		known   int
		want    churn.Outcome
		decided int
		outside string
	}{
		"silent for 21 days":    {days: append(slices.Clone(weekly), 21), known: 120, want: left(21), decided: 21},
		"back on the last day":  {days: append(slices.Clone(weekly), 20), known: 120, want: stayed, decided: 20},
		"all mature together":   {days: weekly, known: 119, want: churn.Outcome{MaturesAt: day(120)}, decided: 21},
		"not known well enough": {days: []int{-5}, known: 120, want: left(30), decided: 30},
		"gone already":          {days: []int{-50, -43, -36, -29, -22}, known: 120, want: left(21), decided: 21, outside: "no purchase for 3 times as long as usual"},
		"slow, still there":     {days: []int{-160, -110, -60}, known: 120, want: left(120), decided: 120},
	} {
		s, d := shardOf(t, c.days, 1, nil), define(t, rhythmic())
		then := s.View(0, asOf, nil)
		if got := d.Outcome(then, s.View(0, day(c.known), nil)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if got := d.DecidedAt(then, s.View(0, day(c.known), nil)); !got.Equal(day(c.decided)) {
			t.Errorf("%s: decided at %v, want day %d", name, got, c.decided)
		}
		ok, why := d.InPopulation(then)
		if why != c.outside || ok != (why == "") || (why != "" && !slices.Contains(d.Reasons(), why)) {
			t.Errorf("%s: in the population %v, %q", name, ok, why)
		}
	}
	if _, to := define(t, rhythmic()).Window(asOf); !to.Equal(day(120)) {
		t.Errorf("the window of all ends at %v", to)
	}
}

// The slow twin works on the list of days alone. What is learned after as-of, late
// records of earlier purchases included, never moves a customer's window, and who
// is in the population has not left by the same definition.
func TestRhythmIsFixedAtAsOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cfg := rhythmic()
		cfg.LeadTimeDays = rapid.IntRange(0, 5).Draw(t, "lead")
		cfg.Rhythm.Times = rapid.Float64Range(1, 5).Draw(t, "times")
		cfg.Rhythm.MinActiveDays = rapid.IntRange(2, 5).Draw(t, "least")
		p := history.Parts{Customers: []history.Customer{{ID: 1}}, Vocab: vocab}
		type purchase struct{ at, recorded int }
		var all []purchase
		for i, at := range rapid.SliceOfN(rapid.IntRange(-200, 150), 1, 25).Draw(t, "purchases") {
			late := rapid.SampledFrom([]int{0, 0, 0, 40}).Draw(t, "late")
			all = append(all, purchase{at, at + late})
			p.Singles = append(p.Singles, history.Event{
				Stamp: history.Stamp{Customer: 1, Ref: int64(i + 1), Occurred: day(at), Recorded: day(at + late)}, Kind: 1,
			})
		}
		s, err := history.AssembleShard(p)
		if err != nil {
			t.Fatal(err)
		}
		d := define(t, cfg)

		var seen []int
		for _, x := range all {
			if x.at < 0 && x.recorded < 0 && !slices.Contains(seen, x.at) {
				seen = append(seen, x.at)
			}
		}
		slices.Sort(seen)
		want := cfg.SilenceDays
		if n := len(seen); n >= cfg.Rhythm.MinActiveDays {
			gaps := 0
			for i := 1; i < n; i++ {
				gaps += seen[i] - seen[i-1]
			}
			want = int(math.Ceil(cfg.Rhythm.Times * (float64(gaps) / float64(n-1))))
			want = min(max(want, cfg.Rhythm.MinDays), cfg.Rhythm.MaxDays)
		}
		then := s.View(0, asOf, nil)
		if got := d.SilenceDays(then); got != want {
			t.Fatalf("%d days, want %d", got, want)
		}
		active := slices.ContainsFunc(all, func(x purchase) bool {
			return x.at >= cfg.LeadTimeDays && x.at < cfg.LeadTimeDays+want
		})
		known := d.MaturesAt(asOf).AddDate(0, 0, 41)
		if got := d.Outcome(then, s.View(0, known, nil)); !got.Matured || got.Left == active {
			t.Fatalf("%+v with activity %v", got, active)
		}
		in := len(seen) > 0 && seen[len(seen)-1] >= -want
		if ok, why := d.InPopulation(then); ok != in && why != "nothing known of them yet" {
			t.Fatalf("in the population %v (%s), want %v", ok, why, in)
		}
	})
}

// Pages say what leaving is where there is no one number of days.
func TestRhythmInWords(t *testing.T) {
	t.Parallel()
	own, err := churn.New(rhythmic(), vocab)
	if err != nil {
		t.Fatal(err)
	}
	all, err := churn.New(churn.Default(), vocab)
	if err != nil {
		t.Fatal(err)
	}
	c := rhythmic()
	want := fmt.Sprintf("no %s for %g times their usual gap, %d to %d days", strings.Join(c.Activity, " or "), c.Rhythm.Times, c.Rhythm.MinDays, c.Rhythm.MaxDays)
	if own.OwnRhythm() != want || all.OwnRhythm() != "" {
		t.Errorf("%q and %q, want %q and nothing", own.OwnRhythm(), all.OwnRhythm(), want)
	}
}

func TestRhythmRefusals(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*churn.Config){
		`rhythm.times is 0.5; give a number from 1 to 100`:                 func(c *churn.Config) { c.Rhythm.Times = .5 },
		`rhythm.min_days is 40; give a number from 1 to silence_days, 30`:  func(c *churn.Config) { c.Rhythm.MinDays = 40 },
		`rhythm.max_days is 20; give a number from silence_days, 30,`:      func(c *churn.Config) { c.Rhythm.MaxDays = 20 },
		`rhythm.min_active_days is 1; give a number from 2`:                func(c *churn.Config) { c.Rhythm.MinActiveDays = 1 },
		`horizon_days is 30 and silence_days 30; for a lapse the window`:   func(c *churn.Config) { c.HorizonDays = 30 },
		`rhythm.times is 3 and kind is contract; a rhythm is of those who`: func(c *churn.Config) { c.Kind, c.HorizonDays = churn.Contract, 60 },
	} {
		cfg := rhythmic()
		change(&cfg)
		if _, err := churn.New(cfg, vocab); err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if err := rhythmic().Validate(); err != nil {
		t.Error(err)
	}
}

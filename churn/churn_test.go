package churn_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/internal/fault"
)

var (
	vocab = history.Vocabulary{Kinds: []string{"other", "purchase", "visit", "login"}}
	asOf  = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
)

func day(d int) time.Time { return asOf.AddDate(0, 0, d) }

// fact is a small fact of customer 1, recorded as it happened.
func fact(ref int64, at time.Time, kind history.FactKind, body any) history.Fact {
	return history.Fact{Stamp: history.Stamp{Customer: 1, Ref: ref, Occurred: at, Recorded: at}, Kind: kind, Body: body}
}

// contract runs from a day and ends on another in a way, or not at all.
func contract(ref int64, from int, ends ...any) []history.Fact {
	facts := []history.Fact{fact(ref, day(from), history.FactSubscription, history.Subscription{Start: day(from), PeriodMonths: 1})}
	if len(ends) > 0 {
		facts = append(facts, fact(ref, day(ends[0].(int)), history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: ends[1].(string)}))
	}
	return facts
}

func shardOf(t interface{ Fatal(...any) }, days []int, kind uint16, facts []history.Fact) *history.Shard {
	p := history.Parts{Customers: []history.Customer{{ID: 1}}, Facts: slices.Clone(facts), Vocab: vocab}
	for i, d := range days {
		p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: 1, Ref: int64(i + 1), Occurred: day(d), Recorded: day(d)}, Kind: kind})
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func define(t interface{ Fatal(...any) }, cfg churn.Config) *churn.Definition {
	d, err := churn.New(cfg, vocab)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lapse() churn.Config {
	cfg := churn.Default()
	cfg.Activity = []string{"purchase", "visit"}
	cfg.Population.ActiveWithinDays = 180
	return cfg
}

func contracts() churn.Config {
	return churn.Config{Kind: churn.Contract, GraceDays: 14, LeadTimeDays: 10, HorizonDays: 60, Exits: []string{churn.Voluntary}}
}

func TestInPopulation(t *testing.T) {
	t.Parallel()
	strict := lapse()
	strict.Population.MinTenureDays, strict.Population.MinEvents = 30, 3
	for name, c := range map[string]struct {
		cfg   churn.Config
		days  []int
		kind  uint16
		facts []history.Fact
		want  string
	}{
		"unknown":                {cfg: lapse(), want: "nothing known of them yet"},
		"active":                 {cfg: lapse(), days: []int{-400, -180}, kind: 1},
		"active by a visit":      {cfg: lapse(), days: []int{-20}, kind: 2},
		"silent too long":        {cfg: lapse(), days: []int{-181}, kind: 1, want: "no purchase or visit in 180 days"},
		"logins do not count":    {cfg: lapse(), days: []int{-1}, kind: 3, want: "no purchase or visit in 180 days"},
		"gone by default":        {cfg: churn.Default(), days: []int{-91}, kind: 1, want: "no purchase in 90 days"},
		"new":                    {cfg: strict, days: []int{-29, -20, -10}, kind: 1, want: "with us for less than 30 days"},
		"few":                    {cfg: strict, days: []int{-40, -10}, kind: 1, want: "purchase or visit fewer than 3 times"},
		"enough":                 {cfg: strict, days: []int{-40, -10, -5}, kind: 1},
		"no contract":            {cfg: contracts(), days: []int{-5}, kind: 1, want: "no contract"},
		"contract runs":          {cfg: contracts(), facts: contract(1, -100)},
		"contract ended":         {cfg: contracts(), facts: contract(1, -100, -3, "voluntary"), want: "contract has ended"},
		"contract in the future": {cfg: contracts(), days: []int{-5}, kind: 1, facts: contract(1, 5), want: "no contract"},
		"second contract runs":   {cfg: contracts(), facts: append(contract(1, -100, -3, "voluntary"), contract(2, -50)...)},
		"end is not known yet":   {cfg: contracts(), facts: contract(1, -100, 3, "voluntary")},
	} {
		d := define(t, c.cfg)
		ok, reason := d.InPopulation(shardOf(t, c.days, c.kind, c.facts).View(0, asOf, nil))
		if reason != c.want || ok != (c.want == "") {
			t.Errorf("%s: %v %q, want %q", name, ok, reason, c.want)
		}
		if reason != "" && !slices.Contains(d.Reasons(), reason) {
			t.Errorf("%s: reason %q is not in the list %q", name, reason, d.Reasons())
		}
	}
}

func TestLapseOutcome(t *testing.T) {
	t.Parallel()
	late := lapse()
	late.LeadTimeDays = 10
	for name, c := range map[string]struct {
		cfg   churn.Config
		days  []int
		known int
		want  churn.Outcome
	}{
		"silence":                    {lapse(), []int{-1}, 90, churn.Outcome{Left: true, Kind: "lapse", At: day(90), Matured: true, MaturesAt: day(90)}},
		"on the first instant":       {lapse(), []int{0}, 90, churn.Outcome{Matured: true, MaturesAt: day(90)}},
		"on the last day":            {lapse(), []int{89}, 90, churn.Outcome{Matured: true, MaturesAt: day(90)}},
		"on the instant after":       {lapse(), []int{90}, 100, churn.Outcome{Left: true, Kind: "lapse", At: day(90), Matured: true, MaturesAt: day(90)}},
		"not final yet":              {lapse(), []int{-1}, 89, churn.Outcome{MaturesAt: day(90)}},
		"the lead time is no window": {late, []int{9}, 200, churn.Outcome{Left: true, Kind: "lapse", At: day(100), Matured: true, MaturesAt: day(100)}},
		"after the lead time":        {late, []int{10}, 200, churn.Outcome{Matured: true, MaturesAt: day(100)}},
	} {
		s := shardOf(t, c.days, 1, nil)
		if got := define(t, c.cfg).Outcome(s.View(0, asOf, nil), s.View(0, day(c.known), nil)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// The window of contracts() is [10, 70); outcomes are final on day 84.
func TestContractOutcome(t *testing.T) {
	t.Parallel()
	both := func(a, b []history.Fact) []history.Fact { return append(a, b...) }
	left := func(at int) churn.Outcome {
		return churn.Outcome{Left: true, Kind: "voluntary", At: day(at), Matured: true, MaturesAt: day(84)}
	}
	stayed := churn.Outcome{Matured: true, MaturesAt: day(84)}
	for name, c := range map[string]struct {
		facts []history.Fact
		known int
		want  churn.Outcome
	}{
		"still here":              {contract(1, -100), 84, stayed},
		"left":                    {contract(1, -100, 30, "voluntary"), 84, left(30)},
		"first day of the window": {contract(1, -100, 10, "voluntary"), 84, left(10)},
		"after the window":        {contract(1, -100, 70, "voluntary"), 84, stayed},
		"not final yet":           {contract(1, -100, 30, "voluntary"), 83, churn.Outcome{MaturesAt: day(84)}},
		"in the lead time":        {contract(1, -100, 9, "voluntary"), 84, churn.Outcome{Kind: "voluntary", At: day(9), Matured: true, MaturesAt: day(84)}},
		"payment failed":          {contract(1, -100, 30, "involuntary"), 84, churn.Outcome{Kind: "involuntary", At: day(30), Matured: true, MaturesAt: day(84)}},
		"died, then nothing":      {both(contract(1, -100, 20, "unavoidable"), contract(2, 50, 60, "voluntary")), 84, churn.Outcome{Kind: "unavoidable", At: day(20), Matured: true, MaturesAt: day(84)}},
		"new within grace":        {both(contract(1, -100, 30, "voluntary"), contract(2, 44)), 84, stayed},
		"new after grace":         {both(contract(1, -100, 30, "voluntary"), contract(2, 45)), 84, left(30)},
		"two, one ends":           {both(contract(1, -100, 30, "voluntary"), contract(2, -90)), 84, stayed},
		"two, both end":           {both(contract(1, -100, 30, "voluntary"), contract(2, -90, 40, "voluntary")), 84, left(40)},
		"ended before, long ago":  {both(contract(1, -300, -200, "voluntary"), contract(2, -90)), 84, stayed},
	} {
		s := shardOf(t, nil, 0, c.facts)
		if got := define(t, contracts()).Outcome(s.View(0, asOf, nil), s.View(0, day(c.known), nil)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// An outcome that is decided is the same whatever happens afterwards, and not
// before.
func TestDecidedAt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg   churn.Config
		days  []int
		facts []history.Fact
		want  int
	}{
		"a lapse, at its end":         {cfg: lapse(), days: []int{-1, 90}, want: 90},
		"activity, at once":           {cfg: lapse(), days: []int{-1, 7, 30}, want: 7},
		"a contract that goes on":     {cfg: contracts(), facts: contract(1, -100), want: 70},
		"an exit, after its grace":    {cfg: contracts(), facts: contract(1, -100, 30, "voluntary"), want: 44},
		"an exit that does not count": {cfg: contracts(), facts: contract(1, -100, 30, "involuntary"), want: 44},
		"an end after the window":     {cfg: contracts(), facts: contract(1, -100, 75, "voluntary"), want: 70},
	} {
		s := shardOf(t, c.days, 1, c.facts)
		if got := define(t, c.cfg).DecidedAt(s.View(0, asOf, nil), s.View(0, day(200), nil)); !got.Equal(day(c.want)) {
			t.Errorf("%s: %v, want day %d", name, got, c.want)
		}
	}
}

// A final outcome never changes as more of the future becomes known.
func TestMaturedOutcomeIsFinal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.IntRange(-200, 300), 0, 8).Draw(t, "days")
		cfg := lapse()
		cfg.LeadTimeDays = rapid.IntRange(0, 20).Draw(t, "lead")
		cfg.GraceDays = rapid.IntRange(0, 20).Draw(t, "grace")
		d, s := define(t, cfg), shardOf(t, days, 1, nil)
		then := s.View(0, asOf, nil)
		first := d.Outcome(then, s.View(0, d.MaturesAt(asOf), nil))
		later := d.Outcome(then, s.View(0, d.MaturesAt(asOf).AddDate(0, 0, rapid.IntRange(0, 200).Draw(t, "later")), nil))
		if !first.Matured || first != later {
			t.Fatalf("%+v became %+v", first, later)
		}
		from, to := d.Window(asOf)
		active := slices.ContainsFunc(days, func(n int) bool { return !day(n).Before(from) && day(n).Before(to) })
		if first.Left == active {
			t.Fatalf("left %v with activity %v in the window", first.Left, active)
		}
	})
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	change := func(cfg churn.Config, f func(*churn.Config)) churn.Config { f(&cfg); return cfg }
	for want, cfg := range map[string]churn.Config{
		`kind is "quit"; write contract or lapse`: change(lapse(), func(c *churn.Config) { c.Kind = "quit" }),
		`silence_days is missing`:                 change(lapse(), func(c *churn.Config) { c.SilenceDays = 0 }),
		`horizon_days is 30 and silence_days 90`:  change(lapse(), func(c *churn.Config) { c.HorizonDays = 30 }),
		`activity is empty; name the event kinds`: change(lapse(), func(c *churn.Config) { c.Activity = nil }),
		`grace_days is -1; give a number`:         change(lapse(), func(c *churn.Config) { c.GraceDays = -1 }),
		`horizon_days is missing`:                 change(contracts(), func(c *churn.Config) { c.HorizonDays = 0 }),
		`exits is empty`:                          change(contracts(), func(c *churn.Config) { c.Exits = nil }),
		`exits has "gone"`:                        change(contracts(), func(c *churn.Config) { c.Exits = []string{"gone"} }),
		`activity is empty; population`:           change(contracts(), func(c *churn.Config) { c.Population.MinEvents = 1 }),
	} {
		_, err := churn.New(cfg, vocab)
		if err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	for _, cfg := range []churn.Config{churn.Default(), lapse(), contracts()} {
		if err := cfg.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// What is settled of a contract never changes as more becomes known, is the outcome
// itself once that is final, and nothing that comes within the grace is settled.
func TestSettledExitIsFinal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		facts := contract(1, -100)
		for i := range rapid.IntRange(0, 4).Draw(t, "contracts") {
			from := rapid.IntRange(-100, 90).Draw(t, "from")
			ends := from + rapid.IntRange(1, 150).Draw(t, "days")
			facts = append(facts, contract(int64(i+2), from, ends, rapid.SampledFrom([]string{"voluntary", "involuntary"}).Draw(t, "kind"))...)
		}
		if ends := rapid.IntRange(0, 90).Draw(t, "first ends"); ends > 0 {
			facts = append(facts, fact(1, day(ends), history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: "voluntary"}))
		}
		d, s := define(t, contracts()), shardOf(t, nil, 0, facts)
		then, known := s.View(0, asOf, nil), rapid.IntRange(0, 120).Draw(t, "known")
		at, left, ok := d.SettledExit(then, s.View(0, day(known), nil))
		if ok && !at.Before(d.SettledAt(day(known))) {
			t.Fatalf("an exit on %v is settled on %v", at, day(known))
		}
		final := d.Outcome(then, s.View(0, day(300), nil))
		seen := !final.At.IsZero() && final.At.Before(d.SettledAt(day(known)))
		if ok != seen || (ok && (!at.Equal(final.At) || left != final.Left)) {
			t.Fatalf("settled on day %d: %v %v %v, in the end %+v", known, at, left, ok, final)
		}
	})
}

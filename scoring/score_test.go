package scoring

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/value"
)

var (
	vocab = history.Vocabulary{Kinds: []string{"other", "purchase", "return"}, Channels: []string{""}}
	asOf  = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
)

func day(n int) time.Time { return asOf.AddDate(0, 0, n) }

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"medium_leave: 0 must be":      func(c *Config) { c.MediumLeave = 0 },
		"medium_leave: 0.2 must be":    func(c *Config) { c.MediumLeave = 0.2 },
		"high_leave: 0.1 must lie":     func(c *Config) { c.HighLeave = 0.1 },
		"high_leave: 0.4 must lie":     func(c *Config) { c.HighLeave = 0.4 },
		"high_leave: 0.25 must lie":    func(c *Config) { c.HighEnter = 1 },
		"medium_leave: NaN must be":    func(c *Config) { c.MediumLeave = math.NaN() },
		"high_leave: NaN must lie":     func(c *Config) { c.HighLeave = math.NaN() },
		"episode_max_days: 0 is":       func(c *Config) { c.EpisodeMaxDays = 0 },
		"episode_max_days: 4000 is ou": func(c *Config) { c.EpisodeMaxDays = 4000 },
	} {
		c := Default()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Default: high from .30 until below .25, medium from .15 until below .12.
func TestBandsHaveHysteresis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		risk   float64
		before Band
		want   Band
	}{
		{.30, "", BandHigh},
		{.2999, "", BandMedium},
		{.2999, BandMedium, BandMedium},
		{.2999, BandHigh, BandHigh},
		{.25, BandHigh, BandHigh},
		{.2499, BandHigh, BandMedium},
		{.25, BandMedium, BandMedium},
		{.15, "", BandMedium},
		{.1499, "", BandLow},
		{.1499, BandLow, BandLow},
		{.1499, BandMedium, BandMedium},
		{.12, BandMedium, BandMedium},
		{.12, BandHigh, BandMedium},
		{.1199, BandMedium, BandLow},
		{.1199, BandHigh, BandLow},
		{0, BandHigh, BandLow},
		{1, BandLow, BandHigh},
	} {
		if got := Default().band(c.risk, c.before); got != c.want {
			t.Errorf("risk %v after %q is %s, want %s", c.risk, c.before, got, c.want)
		}
	}
}

// A risk that trembles by less than the distance of the lines changes the band
// at most once.
func TestTremblingRiskStays(t *testing.T) {
	t.Parallel()
	cfg := Default()
	rapid.Check(t, func(t *rapid.T) {
		centre := rapid.Float64Range(.01, .6).Draw(t, "centre")
		changes, band := 0, Band("")
		for _, d := range rapid.SliceOfN(rapid.Float64Range(-.0149, .0149), 2, 30).Draw(t, "trembling") {
			next := cfg.band(centre+d, band)
			if band != "" && next != band {
				changes++
			}
			band = next
		}
		if changes > 1 {
			t.Fatalf("%d changes", changes)
		}
	})
}

// stay plays nights for one customer and returns the episode of each.
func stay(cfg Config, bands []Band, nights []time.Time, renewed map[int]time.Time) []Score {
	var prev Previous
	var out []Score
	for i, b := range bands {
		s := Score{Customer: 7, AsOf: nights[i], Band: b}
		cfg.episode(&s, prev, renewed[i])
		prev = Previous{Band: b, Episode: s.Episode, EpisodeStart: s.EpisodeStart}
		out = append(out, s)
	}
	return out
}

func TestEpisodes(t *testing.T) {
	t.Parallel()
	const h, m, l = BandHigh, BandMedium, BandLow
	for name, c := range map[string]struct {
		bands   []Band
		nights  []int
		renewed map[int]time.Time
		want    string // one letter per episode, . for none
	}{
		"one stay":             {[]Band{l, h, h, h, m}, []int{0, 1, 2, 3, 4}, nil, ".aaa."},
		"twice":                {[]Band{h, m, h, l, h}, []int{0, 1, 2, 3, 4}, nil, "a.b.c"},
		"a renewal ends it":    {[]Band{h, h, h, h}, []int{0, 1, 2, 3}, map[int]time.Time{2: day(1), 3: day(1)}, "aabb"},
		"renewed before":       {[]Band{h, h}, []int{0, 1}, map[int]time.Time{0: day(-9), 1: day(-9)}, "aa"},
		"so do 180 days":       {[]Band{h, h, h, h}, []int{0, 179, 180, 359}, nil, "aabb"},
		"and again":            {[]Band{h, h, h}, []int{0, 180, 360}, nil, "abc"},
		"a night left out":     {[]Band{h, h}, []int{0, 30}, nil, "aa"},
		"medium is no episode": {[]Band{m, m}, []int{0, 1}, nil, ".."},
	} {
		var nights []time.Time
		for _, n := range c.nights {
			nights = append(nights, day(n))
		}
		names := map[int64]byte{0: '.'}
		got := ""
		for _, s := range stay(Default(), c.bands, nights, c.renewed) {
			if _, ok := names[s.Episode]; !ok {
				names[s.Episode] = byte('a' + len(names) - 1)
				if !s.EpisodeStart.Equal(s.AsOf) {
					t.Errorf("%s: an episode begun on %v starts on %v", name, s.AsOf, s.EpisodeStart)
				}
			}
			if s.Episode < 0 || (s.Episode == 0) != s.EpisodeStart.IsZero() {
				t.Errorf("%s: episode %d from %v", name, s.Episode, s.EpisodeStart)
			}
			got += string(names[s.Episode])
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The 180 days are counted on the business's calendar, so that an episode begun
// in winter ends on a night of summer too.
func TestEpisodeDaysAreCalendarDays(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 10, 0, 0, 0, 0, london)
	nights := []time.Time{start, start.AddDate(0, 0, 179), start.AddDate(0, 0, 180)}
	got := stay(Default(), []Band{BandHigh, BandHigh, BandHigh}, nights, nil)
	if got[0].Episode != got[1].Episode || got[1].Episode == got[2].Episode {
		t.Errorf("episodes %d, %d, %d: want one for 180 days and another then", got[0].Episode, got[1].Episode, got[2].Episode)
	}
}

// weighted is a logistic regression with a weight for some columns.
func weighted(t testing.TB, schema features.Schema, intercept float64, weights map[string]float64) *model.Model {
	t.Helper()
	body := &model.Linear{Intercept: intercept, Columns: make([]model.LinearColumn, len(schema.Columns))}
	for name, w := range weights {
		j := schema.Index(name)
		if j < 0 {
			t.Fatalf("there is no column %s", name)
		}
		body.Columns[j] = model.LinearColumn{Shape: model.Raw, Low: -1e9, High: 1e9, Terms: []model.Term{{Weight: w}}}
	}
	m, err := model.NewLinear(schema, body, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	m, err = m.WithCalibration(model.LogisticCalibration(stats.LogitCalibration{Slope: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func engine(t testing.TB, cfg features.Config) *features.Engine {
	t.Helper()
	e, err := features.New(cfg, vocab)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func scorer(t testing.TB, intercept float64, weights map[string]float64) *Scorer {
	t.Helper()
	cfg := features.Default()
	cfg.Issues = true
	e := engine(t, cfg)
	def, err := churn.New(churn.Config{Kind: churn.Lapse, SilenceDays: 90, Activity: []string{"purchase"}, Population: churn.Population{ActiveWithinDays: 180}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	margin, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 5000}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	return &Scorer{Config: Default(), Churn: def, Engine: e, Value: margin, Model: weighted(t, e.Schema(), intercept, weights), ModelID: "m-1"}
}

// shop has a customer for each list of days on which it bought for 10.00; a
// customer whose list ends after -50 has an open issue.
func shop(t testing.TB, bought ...[]int) *history.Shard {
	t.Helper()
	p := history.Parts{Partition: 3, Vocab: vocab}
	for i, days := range bought {
		c := history.CustomerID(i + 1)
		p.Customers = append(p.Customers, history.Customer{ID: c, Source: "shop", Key: fmt.Sprint(c)})
		for k, d := range days {
			p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: c, Ref: int64(k + 1), Occurred: day(d), Recorded: day(d)}, Kind: 1, AmountMinor: 1000})
		}
		if len(days) > 0 && days[len(days)-1] > -50 {
			at := day(-12)
			p.Facts = append(p.Facts, history.Fact{Stamp: history.Stamp{Customer: c, Ref: 99, Occurred: at, Recorded: at}, Kind: history.FactIssue, Body: history.Issue{Category: "delivery", Severity: 3}})
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShard(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -3, map[string]float64{"purchase_days_since": .04, "purchase_count_ever": .01, "issue_open": .5, "tenure_days": -.0001})
	s := shop(t, []int{-400, -80}, []int{-400, -300}, []int{-200, -100, -10}, nil)
	before := map[history.CustomerID]Previous{1: {Band: BandHigh, Episode: 77, EpisodeStart: day(-5), Risk: .5}}
	got, err := sc.Shard(s, asOf, before)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Fatalf("%d scores for 4 customers", len(got))
	}
	for i, want := range []struct {
		excluded string
		risk     float64
		band     Band
		episode  int64
		value    int64
		tenure   int
	}{
		{"", stats.Sigmoid(-3 + .04*80 + .01*2 - .0001*400), BandHigh, 77, 500, 400},
		{"no purchase in 180 days", 0, "", 0, 500, 400},
		{"", stats.Sigmoid(-3 + .04*10 + .01*3 + .5 - .0001*200), BandLow, 0, 1500, 200},
		{"nothing known of them yet", 0, "", 0, 0, 0},
	} {
		g := got[i]
		if g.Excluded != want.excluded || math.Abs(g.Risk-want.risk) > 1e-12 || g.Band != want.band || g.Episode != want.episode ||
			g.ValueMinor != want.value || g.TenureDays != want.tenure || g.Customer != s.Customers[i].ID || g.Model != "m-1" || !g.AsOf.Equal(asOf) {
			t.Errorf("customer %d: %+v, want %+v", i+1, g, want)
		}
		if want.excluded != "" && g.Reasons != nil {
			t.Errorf("customer %d has reasons and is not in the population", i+1)
		}
	}
	again, err := sc.Shard(s, asOf, before)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("a second run differs:\n%s", diff)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	weights := map[string]float64{
		"purchase_days_since": .02, "purchase_lapse_ratio": .3, // one concept: silence
		"issue_open": .8, "issue_open_days": .01, "issue_open_severity": -.05, // another, whose second part lowers
		"tenure_days":         -.01, // lowers
		"purchase_count_ever": .2, "purchase_gap_mean_days": .01, "purchase_amount_ever": .0001,
		"purchase_active_days_ever": .3, "margin_ever": .0002,
	}
	sc := scorer(t, -2, weights)
	got, err := sc.Shard(shop(t, []int{-170, -130, -90, -49}), asOf, nil)
	if err != nil {
		t.Fatal(err)
	}
	rs := got[0].Reasons
	if len(rs) != maxReasons {
		t.Fatalf("%d reasons, want %d: %+v", len(rs), maxReasons, rs)
	}
	columns := sc.Engine.Schema().Columns
	seen := map[string]bool{}
	for i, r := range rs {
		j := sc.Engine.Schema().Index(r.Feature)
		if j < 0 || columns[j].Concept != r.Concept || weights[r.Feature] <= 0 {
			t.Errorf("reason %+v is not of a feature that raises the risk", r)
		}
		if r.Weight < minWeight || seen[r.Concept] || r.Text == "" || r.Evidence == "" || math.IsNaN(r.Value) {
			t.Errorf("reason %+v lacks something, or is there twice", r)
		}
		if strings.Contains(r.Text, "{") {
			t.Errorf("the text %q is not filled in", r.Text)
		}
		if i > 0 && rs[i-1].Weight < r.Weight {
			t.Errorf("reasons are not sorted: %v before %v", rs[i-1].Weight, r.Weight)
		}
		seen[r.Concept] = true
	}
	service := slices.IndexFunc(rs, func(r Reason) bool { return r.Concept == "service" })
	if service < 0 {
		t.Fatalf("no reason about the open issue: %+v", rs)
	}
	// .8·1 + .01·12 − .05·3, told through its largest part.
	if r := rs[service]; math.Abs(r.Weight-.77) > 1e-9 || r.Feature != "issue_open" || r.Value != 1 {
		t.Errorf("the service reason is %+v", r)
	}
}

// A concept whose parts cancel, and one too weak for words, are no reasons.
func TestNoReasons(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -2, map[string]float64{"purchase_days_since": .001, "issue_open": .1, "issue_open_days": -.02, "tenure_days": -.01})
	got, err := sc.Shard(shop(t, []int{-170, -49}), asOf, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got[0].Reasons) != 0 {
		t.Errorf("reasons %+v", got[0].Reasons)
	}
}

func TestOtherSchemasAreRefused(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -2, nil)
	sc.Engine = engine(t, features.Default())
	s := shop(t, []int{-10})
	if _, err := sc.Shard(s, asOf, nil); fault.Of(err) != fault.Conflict || !strings.Contains(err.Error(), "score partition 3: the model expects rows of schema") {
		t.Errorf("Shard: %v", err)
	}
	if _, _, err := sc.Explain(s.View(0, asOf, nil)); fault.Of(err) != fault.Conflict {
		t.Errorf("Explain: %v", err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -3, map[string]float64{"purchase_days_since": .04})
	s := shop(t, []int{-400, -80}, []int{-300})
	row, contributions, err := sc.Explain(s.View(0, asOf, nil))
	if err != nil {
		t.Fatal(err)
	}
	j := sc.Engine.Schema().Index("purchase_days_since")
	sum := 0.0
	for _, c := range contributions {
		sum += c
	}
	if row[j] != 80 || math.Abs(contributions[j]-3.2) > 1e-12 || math.Abs(sum-3.2) > 1e-12 {
		t.Errorf("silence %v adds %v of %v", row[j], contributions[j], sum)
	}
	if _, _, err := sc.Explain(s.View(1, asOf, nil)); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "no purchase in 180 days") {
		t.Errorf("somebody outside the population: %v", err)
	}
}

func TestRenewedAt(t *testing.T) {
	t.Parallel()
	version := func(at, renews int) history.Fact {
		return history.Fact{
			Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: day(at), Recorded: day(at)}, Kind: history.FactSubscription,
			Body: history.Subscription{Start: day(-700), RenewsAt: day(renews), PeriodMonths: 1},
		}
	}
	s, err := history.AssembleShard(history.Parts{
		Customers: []history.Customer{{ID: 1}}, Facts: []history.Fact{version(-700, -335), version(-335, 30), version(30, 395)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[int]time.Time{-400: {}, 0: day(-335), 31: day(30)} {
		if got := renewedAt(s.View(0, day(at), nil)); !got.Equal(want) {
			t.Errorf("on day %d it was last renewed at %v, want %v", at, got, want)
		}
	}
}

// A champion's model of the margin at stake values those in the population, with
// its interval; those who left keep what they brought in.
func TestMarginAtStake(t *testing.T) {
	t.Parallel()
	sc := scorer(t, -3, nil)
	sc.Model = sc.Model.WithCard(model.Card{Stake: &value.StakeModel{
		By: value.ByBuying, Activity: []string{"purchase"}, Buying: value.KindNBD,
		Parameters: map[string]float64{"r": 1, "alpha": 100}, Spend: map[string]float64{"p": 6, "q": 4, "gamma": 1500},
		Cells: []value.StakeCell{{Foreseen: 1000, Mean: 2000, Low: 1500, High: 3000, Customers: 9}},
	}})
	// Three purchases of 10.00 in 200 days at a rate of (1+2)/(100+199) a day,
	// each of half as margin: the mean of 500 is drawn to 6·1500/3 = 3000.
	s := shop(t, []int{-200, -100, -10}, []int{-400, -300})
	got, err := sc.Shard(s, asOf, nil)
	if err != nil {
		t.Fatal(err)
	}
	each := 6 * (1500 + 3*500.) / (6*3 + 4 - 1)
	want := 2 * each * 3 / 299 * 365.25
	if g := got[0]; g.ValueBy != value.ByBuying || math.Abs(float64(g.ValueMinor)-want) > 1 ||
		math.Abs(float64(g.ValueLow)-want*.75) > 1 || math.Abs(float64(g.ValueHigh)-want*1.5) > 1 {
		t.Errorf("%+v, want %v", g, want)
	}
	if g := got[1]; g.Excluded == "" || g.ValueBy != value.ByTrailing || g.ValueMinor != 500 || g.ValueLow != 0 || g.ValueHigh != 0 {
		t.Errorf("who left: %+v", g)
	}
	sc.Model = sc.Model.WithCard(model.Card{Stake: &value.StakeModel{By: "stars"}})
	if _, err := sc.Shard(s, asOf, nil); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), `foreseen by "stars"`) {
		t.Errorf("error %v", err)
	}
}

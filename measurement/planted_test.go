package measurement

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/simulate"
	"holdfast/internal/stats"
	"holdfast/interventions"
)

// planted is a business of households whose members leave together more often
// than by chance, of which a share is left alone.
type planted struct {
	households  int
	rate        float64 // of leaving when left alone
	effect      float64 // on it, of being contacted
	correlation float64 // probability that a member does as the household does
	ghosts      float64
}

// rows draws the business. Given the household's own fate, drawn once, each
// member shares it with the probability correlation and else draws its own, so
// that every member's rate is the planted one.
func (p planted) rows(rng *rand.Rand, out []Row) []Row {
	out = out[:0]
	for h := range p.households {
		held := rng.Float64() < p.ghosts
		rate := p.rate
		if !held {
			rate += p.effect
		}
		fate := rng.Float64() < rate
		for range 1 + rng.IntN(4) {
			left := fate
			if rng.Float64() >= p.correlation {
				left = rng.Float64() < rate
			}
			out = append(out, Row{
				Treatment: "call", Customer: history.CustomerID(len(out) + 1), Household: history.HouseholdID(h + 1),
				At: origin, Held: held, Matured: true, Left: left,
			})
		}
	}
	return out
}

// An interval of 95 % covers what was planted 95 times of 100, and nothing is
// found where nothing was planted. 4,000 businesses each: the share is known
// to within .7 points.
func TestIntervalsCoverWhatWasPlanted(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]planted{
		"saves":                     {households: 400, rate: .15, effect: -.05, correlation: .4, ghosts: .4},
		"harm, few ghosts":          {households: 600, rate: .10, effect: .04, correlation: .2, ghosts: .2},
		"no effect":                 {households: 400, rate: .12, correlation: .5, ghosts: .4},
		"no effect, members differ": {households: 500, rate: .10, ghosts: .5},
		"no effect, members as one": {households: 500, rate: .10, correlation: 1, ghosts: .3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const businesses = 4000
			covered, found := 0, 0
			var rows []Row
			for b := range uint64(businesses) {
				rows = p.rows(stats.Stream(20260302, stats.HashString(name), b), rows)
				e := measureOne(t, rows)
				if e.Difference.Covers(p.effect) {
					covered++
				}
				if e.Significant() {
					found++
				}
			}
			t.Logf("%.2f %% of intervals cover the effect of %+.2f; %.2f %% exclude zero",
				100*float64(covered)/businesses, p.effect, 100*float64(found)/businesses)
			if share := float64(covered) / businesses; share < .93 || share > .97 {
				t.Errorf("%.4f of the intervals cover what was planted, want .93 to .97", share)
			}
			if p.effect == 0 && float64(found)/businesses > .05+.007 {
				t.Errorf("%.4f of the effects of nothing are significant, want at most .05", float64(found)/businesses)
			}
		})
	}
}

// TestSimulatedBusinesses plants retention calls in 200 businesses of their
// own: the rows are made from the histories that the businesses leave behind,
// and the truth is what selecting these customers changes over many futures.
// Each lives a second time without any call; the arms of that are drawn 12
// times, so that the share of false alarms is known well.
func TestSimulatedBusinesses(t *testing.T) {
	t.Parallel()
	const businesses, draws = 200, 12
	covered, found := 0, 0
	bias, planted := 0.0, 0.0
	for seed := range uint64(businesses) {
		w := newSimulated(t, seed+1)
		idle := &simulated{w.b.Clone(), w.seed, w.homes, w.keys}
		truth, err := w.b.Expect(w.keys, "retention_call", simulatedHorizon, 4)
		if err != nil {
			t.Fatal(err)
		}
		exposures := w.assign(0)
		begun := w.b.Now()
		w.live(t, exposures)
		e := measureAt(t, shard(t, w.facts(t)), exposures, begun)
		planted += truth.Effect
		bias += e.Difference.Estimate - truth.Effect
		if e.Difference.Covers(truth.Effect) {
			covered++
		}
		idle.live(t, nil)
		ended := shard(t, idle.facts(t))
		for draw := range uint64(draws) {
			if e := measureAt(t, ended, idle.assign(1+draw), begun); e.Significant() {
				found++
			}
		}
	}
	t.Logf("%d of %d intervals cover the planted effect (mean %+.4f, mean error %+.4f); %.2f %% of the effects of nothing are significant",
		covered, businesses, planted/businesses, bias/businesses, 100*float64(found)/businesses/draws)
	if covered < 186 || covered > 194 {
		t.Errorf("%d of %d intervals cover the planted effect, want 186 to 194", covered, businesses)
	}
	if share := float64(found) / businesses / draws; share > .05+.01 {
		t.Errorf("%.4f of the effects of nothing are significant, want .05 at most", share)
	}
}

const (
	simulatedCustomers = 900
	simulatedHorizon   = 42
	simulatedGhosts    = .5
)

// simulated is a business with its active customers and their households.
type simulated struct {
	b     *simulate.Business
	seed  uint64
	homes map[string]history.HouseholdID
	keys  []string
}

func newSimulated(t *testing.T, seed uint64) *simulated {
	t.Helper()
	cfg := simulate.Default()
	cfg.Customers, cfg.HistoryDays, cfg.Seed = simulatedCustomers, 0, seed
	b, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	// The founders' master data are known after the first day.
	if err := b.Advance(b.Now().AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	w := &simulated{b: b, seed: seed, homes: households(t, b)}
	for _, key := range b.Keys() {
		hidden, err := b.Hidden(key)
		if err != nil {
			t.Fatal(err)
		}
		if w.homes[key] == 0 {
			t.Fatalf("the feed of customers lacks %s", key)
		}
		if !hidden.Left {
			w.keys = append(w.keys, key)
		}
	}
	return w
}

// id is the place of a key among all, from 1.
func id(key string) history.CustomerID {
	n, err := strconv.ParseInt(key[1:], 10, 64)
	if err != nil {
		panic(err)
	}
	return history.CustomerID(n + 1)
}

// assign selects everybody active and draws the households' arms.
func (w *simulated) assign(draw uint64) []history.Exposure {
	out := make([]history.Exposure, len(w.keys))
	for i, key := range w.keys {
		out[i] = exposed(id(key), w.homes[key], 0, "retention_call", interventions.ArmTreat)
		out[i].At = w.b.Now()
		if stats.HashUniform(w.seed, draw, uint64(w.homes[key])) < simulatedGhosts {
			out[i].Arm = interventions.ArmGhost
		}
	}
	return out
}

func measureAt(t *testing.T, s *history.Shard, exposures []history.Exposure, begun time.Time) Effect {
	t.Helper()
	for i := range exposures {
		exposures[i].At = begun
	}
	def := contracts(t)
	return measureOne(t, Rows(s, exposures, def, "", 100, def.MaturesAt(begun), nil))
}

// live calls those exposed who are not held back, on the days on which Expect
// has calls tried, until they get through, and lives on to the end of the
// horizon.
func (w *simulated) live(t *testing.T, exposures []history.Exposure) {
	t.Helper()
	b := w.b
	start, done := b.Now(), map[string]bool{}
	for _, after := range []int{0, 1, 3} {
		if err := b.Advance(start.AddDate(0, 0, after)); err != nil {
			t.Fatal(err)
		}
		for i, e := range exposures {
			key := w.keys[i]
			if e.Arm != interventions.ArmTreat || done[key] {
				continue
			}
			reply, err := b.Call(key, "retention_call", b.Now())
			if err != nil {
				t.Fatal(err)
			}
			switch interventions.Disposition(reply.Disposition) {
			case interventions.BadTime, interventions.CallbackAgreed:
			default:
				done[key] = reply.Reached
			}
		}
	}
	if err := b.Advance(start.AddDate(0, 0, simulatedHorizon)); err != nil {
		t.Fatal(err)
	}
}

// households reads who lives together from the feed of customers.
func households(t *testing.T, b *simulate.Business) map[string]history.HouseholdID {
	t.Helper()
	files, err := b.WriteFeeds(t.TempDir(), b.Now().AddDate(-100, 0, 0), b.Now())
	if err != nil {
		t.Fatal(err)
	}
	homes := map[string]history.HouseholdID{}
	for _, f := range files {
		if f.Feed != "customers" {
			continue
		}
		file, err := os.Open(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close() // it was only read
		for i, r := range rows[1:] {
			if homes[r[0]] = history.HouseholdID(i + 1); r[4] != "" {
				homes[r[0]] = history.HouseholdID(stats.HashString(r[4]) >> 1)
			}
		}
	}
	return homes
}

// facts is each customer's contract, as it truly is.
func (w *simulated) facts(t *testing.T) []history.Fact {
	t.Helper()
	var out []history.Fact
	since := w.b.Now().AddDate(-20, 0, 0)
	for _, key := range w.keys {
		c := id(key)
		out = append(out, fact(c, 1, since, history.FactSubscription, history.Subscription{Start: since, PeriodMonths: 1}))
		hidden, err := w.b.Hidden(key)
		if err != nil {
			t.Fatal(err)
		}
		if hidden.Left {
			out = append(out, fact(c, 1, hidden.LeftAt, history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: hidden.LeftKind}))
		}
	}
	return out
}

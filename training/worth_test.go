package training_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/training"
	"holdfast/value"
)

func retailWorth(t *testing.T, asOf string) training.Worth {
	t.Helper()
	def, err := churn.New(churn.Config{
		Kind: churn.Lapse, SilenceDays: 90, Activity: []string{"purchase"}, Population: churn.Population{ActiveWithinDays: 180},
	}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	margin, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 10000, "return": 10000}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	return training.Worth{Reader: retail(t, 4), Churn: def, Value: margin, From: day("2009-12-01"), AsOf: day(asOf), Seed: 1}
}

// A year of Online Retail foresees the next better than its own margin does.
func TestWorthOfOnlineRetail(t *testing.T) {
	t.Parallel()
	w := retailWorth(t, "2011-12-10")
	m, err := w.Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p := m.Proof
	t.Logf("error %.3f of that of the last twelve months' margin [%.3f, %.3f], %d customers, total %.2f", p.Error, p.Low, p.High, p.Customers, p.Total)
	if p.AsOf != "2010-12-10" || p.High >= 1 || p.Error < .6 || p.Total < .8 || p.Total > 1.2 || p.Customers < 500 || m.By != value.ByBuying {
		t.Errorf("%s %+v", m.By, p)
	}
	for i, c := range m.Cells {
		if c.Low > c.Mean || c.Mean > c.High || c.Low <= 0 || (i > 0 && (c.Mean < m.Cells[i-1].Mean || c.Foreseen <= m.Cells[i-1].Foreseen)) {
			t.Errorf("cell %d: %+v", i, c)
		}
	}
	staker, err := value.NewStaker(w.Value, m)
	if err != nil {
		t.Fatal(err)
	}
	// More purchases at the same rhythm are worth more, and an interval holds its estimate.
	before := value.Stake{}
	for days := 2; days <= 40; days += 2 {
		s := value.Standing{Behaviour: value.Behaviour{Repeats: days - 1, Last: 330, Age: 340}, Days: days, Earned: float64(days) * 30_000}
		at := staker.Of(s)
		if at.Minor <= before.Minor || at.Low > at.Minor || at.Minor > at.High || at.By != value.ByBuying {
			t.Errorf("%d days: %+v after %+v", days, at, before)
		}
		before = at
	}
}

func TestWorthNeedsTwoYears(t *testing.T) {
	t.Parallel()
	_, err := retailWorth(t, "2011-11-01").Fit(context.Background())
	if fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "the history begins on 2009-12-01: it takes a year to look back on and another to be judged by") {
		t.Errorf("error %v", err)
	}
}

// Contracts that cost what they earn are foreseen exactly, and better than a
// year looked back on by customers younger than that; without amounts there is
// nothing to judge by.
func TestWorthOfContracts(t *testing.T) {
	t.Parallel()
	def, err := churn.New(churn.Config{Kind: churn.Contract, HorizonDays: 90, Exits: []string{churn.Voluntary}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	margin, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 5000}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	w := training.Worth{Reader: contracts(t, 600, nil), Churn: def, Value: margin, From: opened, AsOf: opened.AddDate(3, 0, 0), Seed: 1}
	m, err := w.Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	staker, err := value.NewStaker(margin, m)
	if err != nil {
		t.Fatal(err)
	}
	// 20.00 a month earns half of it: 120.00 a year.
	at := staker.Of(value.Standing{Plan: 24_000, Trailing: 1_000})
	if m.By != value.ByPlan || m.Proof.High >= 1 || at.Minor < 11_000 || at.Minor > 13_000 || at.By != value.ByPlan || m.Share < .45 || m.Share > .55 || len(m.Hazards) != 0 {
		t.Errorf("%+v, %+v", m, at)
	}
	w.Value, err = value.New(value.Config{}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Fit(context.Background()); fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "brought in nothing") {
		t.Errorf("without margin: %v", err)
	}
}

// Where contracts end, how they end is learned from those that began in sight, and
// a new one is worth less than an old one of the same price.
func TestWorthOfContractsThatEnd(t *testing.T) {
	t.Parallel()
	def, err := churn.New(churn.Config{Kind: churn.Contract, HorizonDays: 30, Exits: []string{churn.Voluntary}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	margin, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 5000}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	random := stats.Stream(9)
	// One in three may leave any month with a chance of .2, the others of .01.
	ends := func(i int) int {
		for k := 1; k < 36; k++ {
			if random.Float64() < []float64{.2, .01, .01}[i*7%3] {
				return k
			}
		}
		return 36
	}
	w := training.Worth{Reader: contracts(t, 1500, ends), Churn: def, Value: margin, From: opened, AsOf: opened.AddDate(3, 0, 0), Seed: 1}
	m, err := w.Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h, ok := m.Hazards["1"]
	if !ok || h.Retention(1) > .97 || h.Retention(1) < .9 || h.Retention(20) < .97 || !strings.Contains(m.Words(), "how many of such contracts are renewed") {
		t.Errorf("%+v, %s", m.Hazards, m.Words())
	}
	staker, err := value.NewStaker(margin, m)
	if err != nil {
		t.Fatal(err)
	}
	of := func(periods float64) value.Stake {
		return staker.Of(value.Standing{Plan: 24_000, Contract: value.Running{Months: 1, Periods: periods}})
	}
	if young, old := of(.5), of(30.5); float64(young.Minor) > .95*float64(old.Minor) || old.Minor > 13_000 || m.Proof.Total < .9 || m.Proof.Total > 1.1 {
		t.Errorf("%+v of a new contract, %+v of an old one; %+v", young, old, m.Proof)
	}
}

// contracts are customers who pay 10.00 to 30.00 a month from some day of the
// first two years, until they have paid ends times, or always.
func contracts(t testing.TB, customers int, ends func(i int) int) shards {
	t.Helper()
	p := history.Parts{Vocab: retailVocab}
	for i := range customers {
		id := history.CustomerID(i + 1)
		p.Customers = append(p.Customers, history.Customer{ID: id, Source: "shop"})
		price, start := int64(1000*(1+i%3)), opened.AddDate(0, 0, i*700/customers)
		p.Facts = append(p.Facts, history.Fact{
			Stamp: history.Stamp{Customer: id, Ref: 1, Occurred: start, Recorded: start}, Kind: history.FactSubscription,
			Body: history.Subscription{Plan: "basic", Start: start, ValueMinor: price, PeriodMonths: 1},
		})
		paid := 36
		if ends != nil {
			paid = ends(i)
		}
		if at := start.AddDate(0, paid, 0); paid < 36 {
			p.Facts = append(p.Facts, history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: 1, Occurred: at, Recorded: at}, Kind: history.FactSubscriptionEnd,
				Body: history.SubscriptionEnd{Kind: churn.Voluntary},
			})
		}
		for k := range paid {
			at := start.AddDate(0, k, 0)
			p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: id, Ref: int64(k + 1), Occurred: at, Recorded: at}, Kind: 1, AmountMinor: price})
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return shards{s}
}

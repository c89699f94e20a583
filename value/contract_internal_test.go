package value

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/stats"
)

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		months   int
		want     float64
	}{
		{"2024-01-31", "2024-01-31", 1, 0},
		{"2024-01-01", "2024-02-01", 1, 1},
		{"2024-01-01", "2024-02-15", 1, 1 + 14./29},
		{"2024-01-01", "2027-01-01", 12, 3},
		{"2024-01-01", "2026-12-31", 12, 2 + 364./365},
		{"2024-05-01", "2024-04-01", 1, 0},
		{"2020-02-29", "2024-02-29", 1, 48},
	} {
		if got := periods(on(c.from), on(c.to), c.months); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s to %s: %v periods of %d months, want %v", c.from, c.to, got, c.months, c.want)
		}
	}
}

// contractsOf makes one customer with the contracts given as start, end or "".
func contractsOf(t *testing.T, asOf time.Time, months int, spans ...[2]string) history.View {
	t.Helper()
	p := history.Parts{Customers: []history.Customer{{ID: 1}}}
	for i, s := range spans {
		start := on(s[0])
		p.Facts = append(p.Facts, history.Fact{
			Stamp: history.Stamp{Customer: 1, Ref: int64(i + 1), Occurred: start, Recorded: start}, Kind: history.FactSubscription,
			Body: history.Subscription{Start: start, PeriodMonths: months, ValueMinor: 1200},
		})
		if s[1] != "" {
			end := on(s[1])
			p.Facts = append(p.Facts, history.Fact{
				Stamp: history.Stamp{Customer: 1, Ref: int64(i + 1), Occurred: end, Recorded: end}, Kind: history.FactSubscriptionEnd,
				Body: history.SubscriptionEnd{Kind: "voluntary"},
			})
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s.View(0, asOf, nil)
}

func TestContractsAreCounted(t *testing.T) {
	t.Parallel()
	v := contractsOf(t, on("2024-07-01"), 1,
		[2]string{"2023-01-01", "2024-03-01"}, // before the history began
		[2]string{"2024-01-01", "2024-01-20"}, // not renewed the first time
		[2]string{"2024-01-01", "2024-02-01"}, // neither
		[2]string{"2024-01-01", "2024-03-20"}, // renewed twice
		[2]string{"2024-03-15", ""},           // renewed three times
		[2]string{"2024-06-20", ""},
	)
	c, twice := Contracts{}, Contracts{}
	c.Add(v, on("2024-01-01"))
	want := Contracts{1: {Lost: []int{2, 0, 1}, Running: []int{1, 0, 0, 1}}}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	twice.Merge(c)
	twice.Merge(c)
	if d := cmp.Diff(Contracts{1: {Lost: []int{4, 0, 2}, Running: []int{2, 0, 0, 2}}}, twice); d != "" {
		t.Error(d)
	}
	m := &Margin{}
	got := m.Ledger(nil).Standing(v)
	if got.Contract.Months != 1 || math.Abs(got.Contract.Periods-3-16./30) > 1e-9 || got.Plan != 2*14400 || math.Abs(got.Billed-14400*(108+11)/365.25) > 1e-6 {
		t.Errorf("%+v", got)
	}
}

// The slow twin goes through the year day by day.
func TestStaying(t *testing.T) {
	t.Parallel()
	m := SBG{Alpha: .7, Beta: 3.8}
	for _, at := range []Running{{1, 0}, {1, 7.25}, {3, 2.5}, {12, 0}, {12, 3.75}, {24, .9}, {24, .1}} {
		const steps = 100_000
		sum := 0.0
		for k := range steps {
			now := at.Periods + 12*(float64(k)+.5)/steps/float64(at.Months)
			still := 1.0
			for n := int(at.Periods) + 1; n <= int(now); n++ {
				still *= m.Retention(n)
			}
			sum += still / steps
		}
		if got := staying(m, at); math.Abs(got-sum) > 1e-4 {
			t.Errorf("%+v: %v of a year, want %v", at, got, sum)
		}
	}
}

// Contracts drawn from a planted hazard give it back; old ones are renewed more
// surely than new ones, and a customer's own margin counts as far as it is known.
func TestHazardsOfContracts(t *testing.T) {
	t.Parallel()
	random, planted := stats.Stream(4), SBG{Alpha: .8, Beta: 7}
	c := Contracts{1: new(Renewals), 6: new(Renewals)}
	for range 20_000 {
		n, until := 0, int(random.Float64()*36)
		for n < until && random.Float64() < planted.Retention(n+1) {
			n++
		}
		if n < until {
			c[1].Lost = tally(c[1].Lost, n, 1)
		} else {
			c[1].Running = tally(c[1].Running, n, 1)
		}
	}
	c[6].Running = []int{40} // too few to say
	model := &StakeModel{By: ByPlan}
	all := []Seen{{At: Standing{Billed: 1000, Trailing: 300}}, {At: Standing{Billed: 3000, Trailing: 900}}, {At: Standing{Trailing: 5}}}
	model.learnPlan(all, func(s *Seen) Standing { return s.At }, c)
	got := model.Hazards["1"]
	if len(model.Hazards) != 1 || math.Abs(got.Alpha-.8) > .12 || math.Abs(got.Beta-7) > 1.2 || math.Abs(model.Share-.3) > 1e-12 || model.Credit != 2000 {
		t.Errorf("%+v, share %v, credit %v", model.Hazards, model.Share, model.Credit)
	}
	young, old := Standing{Plan: 1000, Contract: Running{1, 1.5}}, Standing{Plan: 1000, Contract: Running{1, 30.5}}
	if y, o := model.plan(young), model.plan(old); y >= .95*o || o >= 300 {
		t.Errorf("%.0f of a new contract and %.0f of an old one", y, o)
	}
	earns := Standing{Plan: 1000, Billed: 2000, Trailing: 1800, Contract: Running{6, 1}} // nine tenths where others earn three
	if v := model.plan(earns); math.Abs(v-600) > 1e-9 {
		t.Errorf("%v foreseen, want half-way, 600", v)
	}
}

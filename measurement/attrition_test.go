package measurement_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/measurement"
	"holdfast/value"
)

// TestStillHere: the times of remission under 6-MP, in weeks, of Freireich and
// others (Blood 21, 1963): survival and its log-log interval as Kleinbaum and
// Klein (Survival Analysis, 2012) and R's survfit give them.
func TestStillHere(t *testing.T) {
	t.Parallel()
	s := measurement.Survivors{Lost: make([]int, 36), Running: make([]int, 36)}
	for _, week := range []int{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		s.Lost[week-1]++ // by the end of that week
	}
	for _, week := range []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		s.Running[week]++
	}
	if s.Joined() != 21 {
		t.Fatalf("%d joined, want 21", s.Joined())
	}
	got := s.StillHere(.95)
	for week, want := range map[int][3]float64{
		5: {1, 1, 1}, 6: {.857, .620, .952}, 7: {.807, .563, .923}, 10: {.753, .503, .889}, 13: {.690, .432, .849},
		16: {.627, .368, .805}, 22: {.538, .268, .747}, 23: {.448, .188, .680},
	} {
		iv := got[week]
		for i, v := range []float64{iv.Estimate, iv.Low, iv.High} {
			if math.Abs(v-want[i]) > 6e-4 {
				t.Errorf("week %d: %.4f [%.4f, %.4f], want %v", week, iv.Estimate, iv.Low, iv.High, want)
				break
			}
		}
	}
}

var (
	zone    = time.UTC
	tonight = time.Date(2026, 3, 10, 0, 0, 0, 0, zone)
	words   = history.Vocabulary{Kinds: []string{"other", "purchase"}}
)

// business is planted: customers join on some day, leave with a chance of their
// own at every month of their contract, and some come back.
func business(t *testing.T, customers int, hazard func(*rand.Rand) float64) *history.Shard {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	p := history.Parts{Vocab: words}
	for i := range customers {
		id := history.CustomerID(i + 1)
		p.Customers = append(p.Customers, history.Customer{ID: id})
		at := time.Date(2023, 1, 1, 0, 0, 0, 0, zone).AddDate(0, 0, r.IntN(1000))
		note := func(ref int64, when time.Time, kind history.FactKind, body any) {
			if when.Before(tonight) {
				p.Facts = append(p.Facts, history.Fact{Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: when, Recorded: when}, Kind: kind, Body: body})
			}
		}
		note(1, at, history.FactProfile, history.Profile{Attributes: map[string]string{"segment": []string{"private", "trade"}[i%2], "owner": []string{"mia", "tia", ""}[i%3]}})
		h := hazard(r)
		for n := int64(0); n < 3; n++ { // they may come back twice
			note(10+n, at, history.FactSubscription, history.Subscription{Start: at, PeriodMonths: 1, ValueMinor: 1000})
			m := 1
			for r.Float64() > h {
				m++
			}
			end := at.AddDate(0, m, 0)
			note(10+n, end, history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: "voluntary", Reason: []string{"price", "moved", ""}[r.IntN(3)]})
			at = end.AddDate(0, 2, 3)
			if r.Float64() < .7 {
				break
			}
		}
		for d := range 6 {
			when := time.Date(2025, 1, 15, 0, 0, 0, 0, zone).AddDate(0, 2*d, 0)
			p.Singles = append(p.Singles, history.Event{Stamp: history.Stamp{Customer: id, Ref: int64(100 + d), Occurred: when, Recorded: when}, Kind: 1, AmountMinor: int64(1000 + i)})
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func attritionOf(t *testing.T, s *history.Shard) (measurement.Attrition, []measurement.Move) {
	t.Helper()
	def, err := churn.New(churn.Config{Kind: churn.Contract, HorizonDays: 60, GraceDays: 14, Exits: []string{churn.Voluntary}}, words)
	if err != nil {
		t.Fatal(err)
	}
	margin, err := value.New(value.Default(), words)
	if err != nil {
		t.Fatal(err)
	}
	count := measurement.NewAttritions(def, margin, "segment", "owner", tonight)
	moves := count.Add(s)
	a, err := count.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return a, moves
}

func everything(string) bool { return true }

// TestAttritionBalances: opening + won + back − lost is the next opening, every
// group adds up to the whole, and every count has its people.
func TestAttritionBalances(t *testing.T) {
	t.Parallel()
	s := business(t, 1500, func(*rand.Rand) float64 { return .05 })
	a, moves := attritionOf(t, s)
	all := a.Of(everything)
	for k := range 12 {
		if all.Months[k].Closing() != all.Months[k+1].Opening {
			t.Errorf("month %d closes with %d, the next opens with %d", k, all.Months[k].Closing(), all.Months[k+1].Opening)
		}
	}
	here := 0
	for i := range s.Customers {
		for _, sub := range s.View(i, tonight, nil).Subscriptions() {
			if sub.ActiveAt(tonight) {
				here++
				break
			}
		}
	}
	if got := all.Months[12].Closing(); got != here || a.Value.Customers != here {
		t.Errorf("%d are here by the flow, %d by value, %d by their contracts", got, a.Value.Customers, here)
	}
	year := all.Year()
	if year.Won == 0 || year.Back == 0 || year.Lost == 0 || year.LostMinor == 0 {
		t.Fatalf("the year has no movement to test with: %+v", year)
	}
	reasons := 0
	for _, n := range all.Reasons {
		reasons += n
	}
	var tenure, owners measurement.Flow
	for _, f := range all.Tenure {
		tenure.Add(f)
	}
	for _, f := range all.Owners {
		owners.Add(f)
	}
	for name, f := range map[string]measurement.Flow{"tenure": tenure, "owners": owners} {
		if math.Abs(f.Expected-year.Expected) > 1e-6 {
			t.Errorf("%s expects %v lost, the year %v", name, f.Expected, year.Expected)
		}
		if f.Expected = year.Expected; f != year {
			t.Errorf("%s adds up to %+v, the year is %+v", name, f, year)
		}
	}
	if reasons != year.Lost || all.Reasons["voluntary"] == 0 || all.Reasons["price"] == 0 {
		t.Errorf("reasons %v add up to %d, %d were lost", all.Reasons, reasons, year.Lost)
	}
	people := map[measurement.MoveKind]int{}
	for _, m := range moves {
		if m.At.Before(a.Months[12]) {
			people[m.Kind]++
		}
	}
	if people[measurement.MoveLost] != year.Lost || people[measurement.MoveWon] != year.Won || people[measurement.MoveBack] != year.Back {
		t.Errorf("the moves are %v, the year %+v", people, year)
	}
	if trade := a.Of(func(s string) bool { return s == "trade" }); trade.Months[0].Opening >= all.Months[0].Opening || trade.Months[0].Opening == 0 {
		t.Errorf("trade opens with %d of %d", trade.Months[0].Opening, all.Months[0].Opening)
	}
}

// TestSelectionAloneExplainsTheMixed: customers of different steady hazards
// leave less and less by tenure; the curve expects the losses that there are,
// and the first months' rate would expect far more.
func TestSelectionAloneExplainsTheMixed(t *testing.T) {
	t.Parallel()
	s := business(t, 12_000, func(r *rand.Rand) float64 {
		if r.IntN(2) == 0 {
			return .25
		}
		return .015
	})
	a, _ := attritionOf(t, s)
	year := a.Of(everything).Year()
	curve, known := a.Curve()
	if !known {
		t.Fatal("no curve was fitted")
	}
	if first, later := 1-curve.Retention(1), 1-curve.Retention(24); first < 2*later {
		t.Errorf("the curve loses %.3f of the new and %.3f of the old: selection is not in it", first, later)
	}
	// Those who came back begin anew in it, which is why it is not exact.
	if ratio := year.Expected / float64(year.Lost); ratio < .8 || ratio > 1.2 {
		t.Errorf("%d were lost, selection alone expects %.0f", year.Lost, year.Expected)
	}
}

package value_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/value"
)

var vocab = history.Vocabulary{Kinds: []string{"other", "purchase", "return", "login"}}

var asOf = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

func viewOf(t interface{ Fatal(...any) }, events []history.Event) history.View {
	for i := range events {
		events[i].Customer, events[i].Ref = 1, int64(i+1)
		events[i].Recorded = events[i].Occurred
	}
	s, err := history.AssembleShard(history.Parts{Customers: []history.Customer{{ID: 1}}, Singles: events, Vocab: vocab})
	if err != nil {
		t.Fatal(err)
	}
	return s.View(0, asOf, nil)
}

func event(at time.Time, kind uint16, amount int64) history.Event {
	return history.Event{Stamp: history.Stamp{Occurred: at}, Kind: kind, AmountMinor: amount}
}

func TestTrailingIsTwelveCalendarMonths(t *testing.T) {
	t.Parallel()
	m, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 3500, "return": 10000}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2023, 3, 1, 0, 0, 0, 0, time.UTC) // 366 days: 2024 is a leap year
	v := viewOf(t, []history.Event{
		event(start.Add(-time.Microsecond), 1, 1_000_000), // too old
		event(start, 1, 10_000),                           // 3500
		event(asOf.AddDate(0, 0, -1), 2, -1_000),          // −1000
		event(asOf.AddDate(0, 0, -2), 3, 777),             // a login earns nothing
		event(asOf.AddDate(0, 0, -2), 99, 777),            // nor does a kind the vocabulary had not then
		event(asOf, 1, 1_000_000),                         // not before as-of
	})
	if got := m.Trailing(v); got != 2500 {
		t.Errorf("trailing margin %d, want 2500", got)
	}
}

func TestHalvesRoundAwayFromZero(t *testing.T) {
	t.Parallel()
	m, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 5000, "return": 10000}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ purchase, back, want int64 }{
		{1, 0, 1}, {-1, 0, -1}, {3, 0, 2}, {5, -5, -3}, {-5, 5, 3}, {1, -1, -1}, {9, -1, 4}, {2, -1, 0},
	} {
		v := viewOf(t, []history.Event{event(asOf.AddDate(0, 0, -2), 1, c.purchase), event(asOf.AddDate(0, 0, -1), 2, c.back)})
		if got := m.Trailing(v); got != c.want {
			t.Errorf("half of %d and %d is %d, want %d", c.purchase, c.back, got, c.want)
		}
	}
}

// The sum is exact over the whole of int64's sensible range and rounded once,
// half away from zero: the twin is arithmetic on whole numbers of any size.
func TestMarginIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rates := map[string]int{
			"purchase": rapid.IntRange(-10000, 10000).Draw(t, "purchase"),
			"return":   rapid.SampledFrom([]int{1, 5000, -5000, 10000}).Draw(t, "return"),
		}
		m, err := value.New(value.Config{MarginRates: rates}, vocab)
		if err != nil {
			t.Fatal(err)
		}
		var events []history.Event
		exact := new(big.Int)
		amount := rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64Range(-1e15, 1e15))
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			kind := uint16(rapid.IntRange(1, 2).Draw(t, "kind"))
			a := amount.Draw(t, "amount")
			events = append(events, event(asOf.AddDate(0, 0, -5), kind, a))
			exact.Add(exact, new(big.Int).Mul(big.NewInt(a), big.NewInt(int64(rates[vocab.Kinds[kind]]))))
		}
		if got, want := m.Trailing(viewOf(t, events)), halfAway(exact); got != want {
			t.Fatalf("margin %d, want %d (%s/10000)", got, want, exact)
		}
	})
}

func halfAway(x *big.Int) int64 {
	twice := new(big.Int).Abs(x)
	twice.Add(twice, big.NewInt(5000)).Quo(twice, big.NewInt(10000))
	return twice.Int64() * int64(x.Sign())
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	_, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 10001}}, vocab)
	if err == nil || fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "margin_rates.purchase is 10001") {
		t.Errorf("error %v", err)
	}
	if err := value.Default().Validate(); err != nil {
		t.Error(err)
	}
}

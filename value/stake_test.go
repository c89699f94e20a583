package value_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/value"
)

func margin(t testing.TB) *value.Margin {
	t.Helper()
	m, err := value.New(value.Config{MarginRates: map[string]int{"purchase": 5000, "return": 10000}}, vocab)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Days are whole ones before as-of, several purchases of one day are one, and
// what is not activity earns but does not count.
func TestStanding(t *testing.T) {
	t.Parallel()
	at := func(days int, hours time.Duration) time.Time { return asOf.AddDate(0, 0, -days).Add(hours * time.Hour) }
	v := viewOf(t, []history.Event{
		event(at(400, 0), 1, 1000), // 399 whole days lie between its day and as-of
		event(at(100, 9), 1, 2000), event(at(100, 17), 1, 2000),
		event(at(10, 1), 1, 3000), event(at(9, 0), 2, -500), event(at(1, 0), 3, 0),
	})
	got := margin(t).Ledger([]string{"purchase"}).Standing(v)
	want := value.Standing{Behaviour: value.Behaviour{Repeats: 2, Last: 390, Age: 399}, Days: 3, Earned: 3500, Trailing: 3000}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if empty := margin(t).Ledger([]string{"purchase"}).Standing(viewOf(t, nil)); empty != (value.Standing{}) || empty.Each() != 0 {
		t.Errorf("nobody: %+v", empty)
	}
}

// What is at stake rises with what is foreseen and lies in its interval, also
// between and beyond the cells.
func TestStakesRise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := &value.StakeModel{By: value.ByPlan}
		foreseen, mean := 0.0, 0.0
		for range rapid.IntRange(1, 10).Draw(t, "cells") {
			foreseen += rapid.Float64Range(.01, 1e6).Draw(t, "foreseen")
			mean += rapid.Float64Range(0, 1e6).Draw(t, "mean")
			model.Cells = append(model.Cells, value.StakeCell{Foreseen: foreseen, Mean: mean, Low: mean * .8, High: mean * 1.3, Customers: 9})
		}
		m, err := value.New(value.Default(), vocab)
		if err != nil {
			t.Fatal(err)
		}
		s, err := value.NewStaker(m, model)
		if err != nil {
			t.Fatal(err)
		}
		plan := rapid.Float64Range(0, 1e8).Draw(t, "plan")
		a, b := s.Of(value.Standing{Plan: plan}), s.Of(value.Standing{Plan: plan * 1.5})
		if a.Minor < 0 || a.Low > a.Minor || a.Minor > a.High || b.Minor < a.Minor {
			t.Fatalf("%+v, then %+v", a, b)
		}
	})
}

// seen makes customers who pay so much a year, of whom the trailing margin tells
// noise times as much.
func seen(n int, noise float64) []value.Seen {
	random := stats.Stream(5, 1)
	out := make([]value.Seen, n)
	for i := range out {
		plan := 1000 * float64(1+i%20)
		at := value.Standing{Plan: plan, Trailing: plan * (1 + noise*(random.Float64()-.5))}
		out[i] = value.Seen{Household: uint64(i + 1), At: at, Now: at, InScope: true, Stayed: true, Later: plan * (.8 + .4*random.Float64())}
	}
	return out
}

// A model is used only where it is proven better: with little to look back on it
// is, and where the past says as much as the price it is not.
func TestStakesMustBeProven(t *testing.T) {
	t.Parallel()
	fit := value.StakeFit{Margin: margin(t), By: value.ByPlan, AsOf: "2025-03-01", Seed: 3}
	m, err := fit.Fit(seen(600, 1.5))
	if err != nil {
		t.Fatal(err)
	}
	if m.Proof.High >= 1 || m.Proof.Customers < 250 || m.Proof.Customers > 350 || len(m.Cells) != 10 {
		t.Errorf("%+v, %d cells", m.Proof, len(m.Cells))
	}
	want := fmt.Sprintf("on %d customers held out from 2025-03-01 its error was %.2f times", m.Proof.Customers, m.Proof.Error)
	if !strings.Contains(m.Words(), want) || !strings.Contains(m.Words(), "what the contracts cost") {
		t.Errorf("%s, want %s", m.Words(), want)
	}
	for want, all := range map[string][]value.Seen{
		"which does not prove it better":                                               seen(600, 0),
		"only 150 customers who stayed can be followed for a year, and 200 are needed": seen(150, 1.5),
	} {
		if _, err := fit.Fit(all); fault.Of(err) != fault.Held || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

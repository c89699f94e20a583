package training_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/training"
)

// renters are customers with contracts that end, some of whom come back within or
// after the grace; facts come to be known some days late. Facts known at or after
// forget, if it is not zero, are left out.
func renters(t testing.TB, n int, seed uint64, forget time.Time) shards {
	t.Helper()
	p := history.Parts{Vocab: retailVocab}
	for i := range n {
		id := history.CustomerID(i + 1)
		rng := stats.Stream(seed, uint64(id))
		p.Customers = append(p.Customers, history.Customer{ID: id, Source: "landlord"})
		put := func(ref int64, days int, kind history.FactKind, body any) {
			at := opened.AddDate(0, 0, days)
			known := at.AddDate(0, 0, rng.IntN(3))
			if forget.IsZero() || known.Before(forget) {
				p.Facts = append(p.Facts, history.Fact{Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at, Recorded: known}, Kind: kind, Body: body})
			}
		}
		from := rng.IntN(200)
		for ref := int64(1); ref < 4; ref++ {
			ends := from + 20 + rng.IntN(200)
			kind := []string{churn.Voluntary, churn.Voluntary, churn.Unavoidable}[rng.IntN(3)]
			put(ref, from, history.FactSubscription, history.Subscription{Start: opened.AddDate(0, 0, from)})
			put(ref, ends, history.FactSubscriptionEnd, history.SubscriptionEnd{Kind: kind})
			if rng.Float64() < .5 {
				break
			}
			from = ends + rng.IntN(30)
		}
	}
	return assembled(t, []history.Parts{p})
}

// The rows of young dates follow from what was known at the instant and from nothing
// later: without every fact that came to be known afterwards they are the same. And
// what they say of exits is what a final date says of the facts known at the instant:
// who is back and whose return is known late has left, as on any final date.
func TestYoungRowsKnowNothingLater(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		def, err := churn.New(churn.Config{
			Kind: churn.Contract, HorizonDays: 90, GraceDays: 14,
			LeadTimeDays: rapid.IntRange(0, 10).Draw(rt, "lead"), Exits: []string{churn.Voluntary},
		}, retailVocab)
		if err != nil {
			rt.Fatal(err)
		}
		engine, err := features.New(features.Config{Subscriptions: true}, retailVocab)
		if err != nil {
			rt.Fatal(err)
		}
		seed := rapid.Uint64().Draw(rt, "seed")
		at := opened.AddDate(0, 0, rapid.IntRange(200, 300).Draw(rt, "known at"))
		newest := training.NewestMatured(def, at)
		young := []time.Time{newest.AddDate(0, 0, 20), newest.AddDate(0, 0, 45)}
		of := func(forget, known time.Time, dates, young []time.Time) *training.Sample {
			s, err := training.Snapshots{
				Reader: renters(t, 60, seed, forget), Engine: engine, Churn: def, Seed: 1, Budget: 100_000,
				Dates: dates, Young: young, KnownAt: known,
			}.Build(context.Background())
			if err != nil {
				rt.Fatal(err)
			}
			return s
		}
		got := of(time.Time{}, at, []time.Time{newest}, young)
		then := of(at, at, []time.Time{newest}, young)
		if d := cmp.Diff(then.Young.X.Data, got.Young.X.Data, sameBits); d != "" {
			rt.Fatalf("features: %.1000s", d)
		}
		if d := cmp.Diff([][]float64{then.Young.Y, then.Young.Exit}, [][]float64{got.Young.Y, got.Young.Exit}); d != "" {
			rt.Fatalf("exits: %s", d)
		}
		final := of(at, at.AddDate(2, 0, 0), young, nil)
		if final.Rows() != got.Young.Rows() {
			rt.Fatalf("%d young rows, %d in the end", got.Young.Rows(), final.Rows())
		}
		for i, exit := range final.Exit {
			y := final.Y[i]
			if exit >= got.Young.Until[final.Date[i]] {
				y, exit = 0, 0
			}
			if got.Young.Exit[i] != exit || got.Young.Y[i] != y {
				rt.Fatalf("customer %d: exit %g, left %g; on a final date %g, %g", final.Customer[i], got.Young.Exit[i], got.Young.Y[i], exit, y)
			}
		}
	})
}

// A customer we contact is lost from sight with the release: the rows whose periods
// would reach beyond it are left out, and those held back stand for them too.
func TestContactsEndYoungRows(t *testing.T) {
	t.Parallel()
	def, err := churn.New(churn.Config{Kind: churn.Contract, HorizonDays: 90, GraceDays: 14, Exits: []string{churn.Voluntary}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := features.New(features.Config{Subscriptions: true}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	at := opened.AddDate(0, 0, 300)
	newest := training.NewestMatured(def, at)
	young := newest.AddDate(0, 0, 20)
	released := young.AddDate(0, 0, 10)
	draws := func(context.Context, int) ([]training.Draw, error) {
		var out []training.Draw
		for id := history.CustomerID(1); id <= 400; id++ {
			arm := []string{"treat", "ghost", ""}[id%3]
			if arm != "" {
				out = append(out, training.Draw{Exposure: history.Exposure{Customer: id, At: released, Treatment: "call", Arm: arm}, Ghost: .5})
			}
		}
		return out, nil
	}
	s := build(t, training.Snapshots{
		Reader: renters(t, 400, 1, time.Time{}), Engine: engine, Churn: def, Seed: 1, Budget: 100_000,
		Dates: []time.Time{newest}, Young: []time.Time{young}, KnownAt: at,
		Practice: &training.Practice{Draws: draws, MemoryDays: 365},
	})
	ghosts, early := 0, 0
	for i, id := range s.Young.Customer {
		gone := s.Young.Exit[i] > 0 && s.Young.Exit[i]+14 <= 10 // decided before the release
		switch {
		case id%3 == 0 && !gone:
			t.Errorf("customer %d was released to be contacted after %d days and is followed for %g", id, 10, s.Young.Until[0])
		case id%3 == 1 && !gone:
			if ghosts++; s.Young.W[i] != 2 {
				t.Errorf("customer %d, held back by half, weighs %g", id, s.Young.W[i])
			}
		case s.Young.W[i] != 1:
			t.Errorf("customer %d, who was never drawn, weighs %g", id, s.Young.W[i])
		default:
			early++
		}
	}
	if ghosts < 10 || early < 10 {
		t.Errorf("%d held back, %d not drawn", ghosts, early)
	}
}

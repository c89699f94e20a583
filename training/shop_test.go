package training_test

import (
	"context"
	"math"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/training"
)

// opened is when the simulated shop's history begins; it lasts 600 days.
var opened = day("2024-01-01")

const shopDays = 600

// shop makes customers who buy at their own rate until they lose interest: one
// in about three hundred on any day, and each with a household of up to three
// that may move once.
func shop(t testing.TB, customers, partitions int, seed uint64) shards {
	t.Helper()
	parts := make([]history.Parts, partitions)
	for i := range customers {
		id := history.CustomerID(i + 1)
		p := &parts[int(stats.Hash(9, uint64(id))%uint64(partitions))]
		rng := stats.Stream(seed, uint64(id))
		p.Customers = append(p.Customers, history.Customer{ID: id, Source: "shop"})
		gap := 3 * math.Exp(2.7*rng.Float64())
		first, last := rng.IntN(300), shopDays
		if d := first + int(-300*math.Log(1-rng.Float64())); d < last {
			last = d
		}
		ref := int64(0)
		for d := float64(first); d < float64(last); d += -gap * math.Log(1-rng.Float64()) {
			ref++
			at := opened.Add(time.Duration(d * 24 * float64(time.Hour)))
			p.Singles = append(p.Singles, history.Event{
				Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at, Recorded: at.Add(time.Hour)}, Kind: 1, AmountMinor: 500 + rng.Int64N(2000),
			})
		}
		moves := []int{0, 250}
		for k, at := range moves[:1+rng.IntN(2)] {
			when := opened.AddDate(0, 0, at)
			p.Facts = append(p.Facts, history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: int64(k + 1), Occurred: when, Recorded: when}, Kind: history.FactRelation,
				Body: history.Relation{Kind: "household", Household: history.HouseholdID(100_000 + (i+k*7)/3)},
			})
		}
	}
	out := make(shards, partitions)
	for i := range parts {
		parts[i].Partition, parts[i].Vocab = i, retailVocab
		var err error
		if out[i], err = history.AssembleShard(parts[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func shopChurn(t testing.TB, lead int) *churn.Definition {
	t.Helper()
	def, err := churn.New(churn.Config{
		Kind: churn.Lapse, SilenceDays: 60, LeadTimeDays: lead, Activity: []string{"purchase"},
		Population: churn.Population{ActiveWithinDays: 60},
	}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func shopEngine(t testing.TB) *features.Engine {
	t.Helper()
	e, err := features.New(features.Config{Events: []features.EventKind{{Name: "purchase", Role: features.Activity, Amount: true}}, Windows: []int{30, 90}}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func snapshots(t testing.TB, reader history.ShardReader) training.Snapshots {
	t.Helper()
	return training.Snapshots{
		Reader: reader, Engine: shopEngine(t), Churn: shopChurn(t, 0), Seed: 1, Budget: 100_000,
		Dates:   []time.Time{opened.AddDate(0, 0, 200), opened.AddDate(0, 0, 260), opened.AddDate(0, 0, 320)},
		KnownAt: opened.AddDate(0, 0, 400),
	}
}

func build(t testing.TB, b training.Snapshots) *training.Sample {
	t.Helper()
	s, err := b.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

package training_test

import (
	"context"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/history"
	"holdfast/training"
)

// goneShop has a source that writes "gone" into a customer's record after they
// left, dated back to the day they came.
func goneShop(t *testing.T) (*history.Shard, *features.Engine) {
	t.Helper()
	at := func(day int) time.Time { return opened.AddDate(0, 0, day) }
	parts := history.Parts{Vocab: retailVocab}
	for i := range 400 {
		id, stops := history.CustomerID(i+1), 600
		if i%2 == 0 {
			stops = 250 + i%100
		}
		parts.Customers = append(parts.Customers, history.Customer{ID: id, Source: "shop"})
		for d := i % 7; d < stops; d += 7 {
			parts.Singles = append(parts.Singles, history.Event{
				Stamp: history.Stamp{Customer: id, Ref: int64(d + 1), Occurred: at(d), Recorded: at(d).Add(time.Hour), Import: 1}, Kind: 1, AmountMinor: 100,
			})
		}
		if stops < 600 {
			parts.Facts = append(parts.Facts, history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: 1, Occurred: at(0), Recorded: at(stops + 60), Assumed: true, Import: 1},
				Kind:  history.FactProfile, Body: history.Profile{Attributes: map[string]string{"state": "gone"}},
			})
		}
	}
	shard, err := history.AssembleShard(parts)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := features.New(features.Config{
		Events:     []features.EventKind{{Name: "purchase", Role: features.Activity}},
		Windows:    []int{30},
		Attributes: []features.Attribute{{Name: "state", Kind: "category", Levels: []string{"gone"}}},
	}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	return shard, engine
}

// Known then it says nothing, known later everything.
func TestLookBack(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return opened.AddDate(0, 0, day) }
	shard, engine := goneShop(t)
	b := training.Snapshots{Reader: shards{shard}, Engine: engine, Churn: shopChurn(t, 0), Dates: []time.Time{at(300)}, KnownAt: at(420)}
	late, err := b.LookBack(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if late.Rows != 400 || late.Assumed != 200 || late.Facts != len(shard.Events.Flags)+200 || len(late.Differs) != 1 {
		t.Fatalf("%+v", late)
	}
	d := late.Differs[0]
	// Those who stop from day 300 on are marked too, and are no leavers of that date.
	if d.Feature != "profile_state" || d.Share != .5 || d.Then != .5 || d.Now < .7 {
		t.Errorf("%+v, want the state of half of the customers", d)
	}
	b.KnownAt = at(361) // the first of them are marked, and every outcome is final
	if late, err = b.LookBack(context.Background()); err != nil || late.Differs[0].Share >= .5 {
		t.Errorf("earlier: %+v, %v", late, err)
	}
}

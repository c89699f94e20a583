package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/channels"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/measurement"
	"holdfast/store"
)

func TestDeliveriesAreRecordedAroundTheCall(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		d := channels.Delivery{Key: "k1", Channel: "email", Customer: 7, State: channels.Calling}
		before, err := s.BeginDelivery(ctx, d, now)
		if err != nil || before.Key != "" {
			t.Fatalf("first begin: %+v, %v", before, err)
		}
		before, err = s.BeginDelivery(ctx, d, now)
		if err != nil || before.State != channels.Calling || before.Attempt != 1 {
			t.Fatalf("begin again: %+v, %v; want calling, attempt 1", before, err)
		}
		d.State, d.Receipt = channels.Arrived, "taken"
		if err := s.EndDelivery(ctx, d, now); err != nil {
			t.Fatal(err)
		}
		before, err = s.BeginDelivery(ctx, d, now)
		want := channels.Delivery{Key: "k1", Channel: "email", Customer: 7, State: channels.Arrived, Attempt: 2, Receipt: "taken"}
		if diff := cmp.Diff(want, before); err != nil || diff != "" {
			t.Fatalf("begin what arrived: %v\n%s", err, diff)
		}
		d.State = channels.Refused
		if err := s.EndDelivery(ctx, d, now); fault.Of(err) != fault.Conflict {
			t.Errorf("what arrived was refused afterwards: %v", err)
		}
	})
}

func TestNewestEffectsAreThoseOfTheNewestNight(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if got, at, err := s.NewestEffects(ctx); err != nil || got != nil || !at.IsZero() {
			t.Fatalf("before the first night: %v, %v, %v", got, at, err)
		}
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		want := []measurement.Effect{{
			Treatment: "call", Known: true, Contacted: measurement.Group{Customers: 10, Left: 1, Rate: .1},
			Difference: stats.Interval{Estimate: -.1, Low: -.2, High: .01}, ClaimedSaves: 3,
		}}
		for i, e := range [][]measurement.Effect{{{Treatment: "old"}}, {{Treatment: "wrong"}}, want} {
			if err := s.SaveEffects(ctx, first.AddDate(0, 0, min(i, 1)), e); err != nil {
				t.Fatal(err)
			}
		}
		got, at, err := s.NewestEffects(ctx)
		if diff := cmp.Diff(want, got); err != nil || diff != "" || !at.Equal(first.AddDate(0, 0, 1)) {
			t.Errorf("newest: %v, %v\n%s", at, err, diff)
		}
	})
}

package training_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training"
)

// A model is held against what became of customers of a date that it did not learn
// from: nothing is said of one that was right, and one whose level is off is found.
func TestAftermath(t *testing.T) {
	t.Parallel()
	reader := shop(t, 1500, 4, 17)
	b := snapshots(t, reader)
	s := build(t, b)
	m, err := training.FitCalibrated(context.Background(), training.Default().Candidate(shopChurn(t, 0), stopped)[0], s, 1)
	if err != nil {
		t.Fatal(err)
	}
	card := m.Card()
	card.Data.AsOfs = b.Dates
	m = m.WithCard(card)
	after := training.After{Reader: reader, Engine: b.Engine, Churn: b.Churn, AsOf: opened.AddDate(0, 0, 440), Seed: 1}
	got, err := after.Of(context.Background(), m)
	if err != nil || got == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	newest := slices.MaxFunc(b.Dates, time.Time.Compare)
	if !got.AsOf.Equal(opened.AddDate(0, 0, 380)) || !got.Newest.Equal(newest) || got.Customers < 500 || got.Left < 50 || got.Expected < .1 ||
		math.Abs(got.Level) > 3.5*got.LevelSE || got.LevelSE <= 0 || got.LevelSE > .2 || got.ShiftSE <= got.LevelSE/2 {
		t.Errorf("%+v", got)
	}
	cfg, evidence := training.Default(), training.Evidence{AsOf: after.AsOf, TrainedAt: after.AsOf.AddDate(0, 0, -20), Aftermath: got}
	if due, why := cfg.Due(evidence); due {
		t.Errorf("due because %s: %+v", why, got)
	}
	low, err := m.WithCalibration(model.LogisticCalibration(stats.LogitCalibration{Slope: 1, Intercept: -1}))
	if err != nil {
		t.Fatal(err)
	}
	if evidence.Aftermath, err = after.Of(context.Background(), low); err != nil {
		t.Fatal(err)
	}
	if due, why := cfg.Due(evidence); !due || evidence.Aftermath.Level < .5 {
		t.Errorf("a model far too low: %v, %s, %+v", due, why, evidence.Aftermath)
	}
	// Nothing newer is final yet, and nothing is known of other rows.
	after.AsOf = newest.AddDate(0, 0, 66)
	if got, err := after.Of(context.Background(), m); err != nil || got != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

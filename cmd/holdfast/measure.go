package main

import (
	"context"
	"fmt"
	"time"

	"holdfast/measurement"
	"holdfast/nightly"
)

// measure compares the arms of every treatment as known at an instant, one
// shard at a time.
func (a *app) measure(ctx context.Context, knownAt time.Time, version int64) ([]measurement.Effect, error) {
	var rows []measurement.Row
	for p := range a.store.Partitions() {
		exposures, err := a.store.PartitionExposures(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("read the exposures of partition %d: %w", p, err)
		}
		if len(exposures) == 0 {
			continue
		}
		shard, err := a.store.LoadShard(ctx, p, version)
		if err != nil {
			return nil, fmt.Errorf("read partition %d: %w", p, err)
		}
		rows = append(rows, measurement.Rows(shard, exposures, a.churn, knownAt)...)
	}
	return measurement.Measure(rows)
}

// measureStage keeps the effects as of a night for the proof page.
func (a *app) measureStage(ctx context.Context, run nightly.Run) (nightly.Counts, error) {
	effects, err := a.measure(ctx, run.AsOf, run.Version)
	if err != nil {
		return nil, err
	}
	if err := a.store.SaveEffects(ctx, run.AsOf, effects); err != nil {
		return nil, fmt.Errorf("save the effects: %w", err)
	}
	c := nightly.Counts{"treatments": int64(len(effects))}
	for _, e := range effects {
		c["outcomes"] += int64(e.Contacted.Customers + e.LeftAlone.Customers)
	}
	return c, nil
}

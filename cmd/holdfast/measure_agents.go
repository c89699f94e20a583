package main

import (
	"context"
	"fmt"
	"time"

	"holdfast/measurement"
)

// dueClaims are the saves claimed whose day 90 came in the last ninety days, by
// partition.
func (a *app) dueClaims(ctx context.Context, asOf time.Time) (map[int][]measurement.Claim, error) {
	to := asOf.AddDate(0, 0, -measurement.SustainedAgo)
	claims, err := a.store.Claims(ctx, to.AddDate(0, 0, -measurement.AgentDays), to)
	if err != nil {
		return nil, fmt.Errorf("read the claimed saves: %w", err)
	}
	return claims, nil
}

// compareAgents keeps how agents compare as of a night.
func (a *app) compareAgents(ctx context.Context, asOf time.Time) error {
	cells := func(to time.Time) ([]measurement.AgentCell, map[string]int, error) {
		return a.store.AgentCells(ctx, to.AddDate(0, 0, -measurement.AgentDays), to)
	}
	recent, tasks, err := cells(asOf)
	if err != nil {
		return fmt.Errorf("count what agents did: %w", err)
	}
	matured, _, err := cells(asOf.AddDate(0, 0, -measurement.SustainedAgo))
	if err != nil {
		return fmt.Errorf("count what agents did before: %w", err)
	}
	promised, err := a.store.KeptCells(ctx, asOf.AddDate(0, 0, -measurement.AgentDays), asOf)
	if err != nil {
		return fmt.Errorf("count how agents kept promises: %w", err)
	}
	report := measurement.CompareAgents(asOf, recent, matured, tasks)
	report.Kept = measurement.Keep(promised)
	if err := a.store.SaveAgents(ctx, report); err != nil {
		return fmt.Errorf("save how agents compare: %w", err)
	}
	return nil
}

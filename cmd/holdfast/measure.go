package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
)

// measure compares the arms of every treatment as known at an instant, one
// shard at a time.
func (a *app) measure(ctx context.Context, knownAt time.Time, load func(partition int) (*history.Shard, error)) ([]measurement.Effect, error) {
	var rows []measurement.Row
	for p := range a.store.Partitions() {
		some, err := a.exposed(ctx, p, knownAt, load)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	effects, err := measurement.Measure(rows)
	if err != nil {
		return nil, err
	}
	return effects, a.plan(ctx, knownAt, effects, rows)
}

// plan writes into the effects how many customers and weeks an answer takes.
func (a *app) plan(ctx context.Context, asOf time.Time, effects []measurement.Effect, rows []measurement.Row) error {
	risks, err := a.store.RisksByTreatment(ctx)
	if err != nil {
		return err
	}
	p := measurement.Planner{AsOf: asOf, Final: a.churn.MaturesAt(asOf).Sub(asOf), Risks: risks}
	return p.Plans(effects, rows, a.policy.Treatments())
}

// exposed are the rows of one partition's exposures.
func (a *app) exposed(ctx context.Context, p int, knownAt time.Time, load func(partition int) (*history.Shard, error)) ([]measurement.Row, error) {
	draws, err := a.store.Draws(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("read the exposures of partition %d: %w", p, err)
	}
	if len(draws) == 0 {
		return nil, nil
	}
	type selection struct {
		customer  history.CustomerID
		treatment string
		at        int64
	}
	exposures, shares := make([]history.Exposure, len(draws)), make(map[selection]float64, len(draws))
	for i, d := range draws {
		exposures[i] = d.Exposure
		shares[selection{d.Customer, d.Treatment, d.At.UnixMicro()}] = d.Ghost
	}
	shard, err := load(p)
	if err != nil {
		return nil, fmt.Errorf("read partition %d: %w", p, err)
	}
	rows := measurement.Rows(shard, exposures, a.churn, a.cfg.Interventions.SegmentAttribute, a.cfg.Writer.Unit(), knownAt, a.judged)
	for i := range rows {
		rows[i].Share = shares[selection{rows[i].Customer, rows[i].Treatment, rows[i].At.UnixMicro()}]
	}
	return rows, nil
}

// judgedOn are the treatments that are judged on an event.
func judgedOn(p *interventions.Policy, vocab history.Vocabulary) map[string]measurement.Event {
	out := make(map[string]measurement.Event)
	for _, t := range p.Treatments() {
		if code := slices.Index(vocab.Kinds, t.Event()); t.Event() != "" && code >= 0 {
			out[t.Name] = measurement.Event{Name: t.Event(), Code: uint16(code)}
		}
	}
	return out
}

// learned is what the newest measurement before a night teaches it.
func (a *app) learned(ctx context.Context, run nightly.Run) (interventions.Learned, error) {
	effects, err := a.store.EffectsBefore(ctx, run.AsOf)
	if err != nil {
		return interventions.Learned{}, fmt.Errorf("read what was measured before: %w", err)
	}
	l := measurement.Learned(effects)
	l.Responses = slices.DeleteFunc(l.Responses, func(r interventions.Response) bool {
		t := a.policy.Treatment(r.Treatment)
		return t == nil || t.Channel != interventions.ChannelPhone // nobody writes down whether a letter's offer was taken
	})
	l.GhostShares = measurement.GhostShares(effects)
	for _, t := range a.policy.Treatments() {
		if t.Minutes() == 0 {
			continue
		}
		tries, err := a.store.Tries(ctx, t.Name, run.AsOf.AddDate(0, 0, -interventions.HandlingDays), run.AsOf)
		if err != nil {
			return l, err
		}
		l.Handling = append(l.Handling, t.Handle(tries))
	}
	return l, nil
}

// measureStage keeps the effects as of a night for the proof page, and who came
// and went for the attrition page, and contact by group of protected attributes,
// and how agents compare, reading each history once.
func (a *app) measureStage(ctx context.Context, run nightly.Run, shard func(int) (*history.Shard, error)) (nightly.Counts, error) {
	attrition := measurement.NewAttritions(a.churn, a.margin, a.cfg.Interventions.SegmentAttribute, a.cfg.Measurement.OwnerAttribute, run.AsOf)
	groups := measurement.NewGroups(a.policy.Protected(), run.AsOf)
	claims, err := a.dueClaims(ctx, run.AsOf)
	if err != nil {
		return nil, err
	}
	var rows []measurement.Row
	c := nightly.Counts{}
	for p := range a.store.Partitions() {
		part, err := shard(p)
		if err != nil {
			return nil, fmt.Errorf("read partition %d: %w", p, err)
		}
		changed, err := a.store.SaveMoves(ctx, p, attrition.Add(part))
		if err != nil {
			return nil, fmt.Errorf("keep who of partition %d came and went: %w", p, err)
		}
		c["moves changed"] += int64(changed)
		if err := a.store.SaveHere(ctx, measurement.Sustained(part, claims[p], run.AsOf)); err != nil {
			return nil, fmt.Errorf("keep what became of the saves of partition %d: %w", p, err)
		}
		if len(a.policy.Protected()) > 0 {
			standings, err := a.store.Standings(ctx, run.ID, p)
			if err != nil {
				return nil, err
			}
			groups.Add(part, standings)
		}
		some, err := a.exposed(ctx, p, run.AsOf, func(int) (*history.Shard, error) { return part, nil })
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	sum, err := attrition.Sum()
	if err != nil {
		return nil, fmt.Errorf("sum the attrition up: %w", err)
	}
	if err := a.store.SaveAttrition(ctx, sum); err != nil {
		return nil, fmt.Errorf("save the attrition: %w", err)
	}
	if err := a.store.SaveGroups(ctx, groups.Sum()); err != nil {
		return nil, fmt.Errorf("save contact by group: %w", err)
	}
	if err := a.compareAgents(ctx, run.AsOf); err != nil {
		return nil, err
	}
	effects, err := measurement.Measure(rows)
	if err != nil {
		return nil, err
	}
	if err := a.plan(ctx, run.AsOf, effects, rows); err != nil {
		return nil, err
	}
	if err := a.store.SaveEffects(ctx, run.AsOf, effects); err != nil {
		return nil, fmt.Errorf("save the effects: %w", err)
	}
	c["treatments"] = int64(len(effects))
	for _, e := range effects {
		c["outcomes"] += int64(e.Contacted.Customers + e.LeftAlone.Customers)
	}
	return c, nil
}

// newest loads a partition's history as it is now.
func (a *app) newest(ctx context.Context) func(int) (*history.Shard, error) {
	return func(partition int) (*history.Shard, error) { return a.store.LoadShard(ctx, partition, 0) }
}

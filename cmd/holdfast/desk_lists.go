package main

import (
	"context"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/store"
	"holdfast/web"
)

// nights reads the runs for the operator's pages.
type nights struct{ *store.Store }

// Runs returns the newest runs.
func (n nights) Runs(ctx context.Context, limit int) ([]nightly.Run, error) {
	return n.RunsList(ctx, limit)
}

// lists reads the published lists in numbers.
type lists struct{ a *app }

// Publications returns the newest lists.
func (l lists) Publications(ctx context.Context, limit int) ([]interventions.Publication, error) {
	return l.a.store.Publications(ctx, limit)
}

// Worked is the list that was released, or fallen back to, last.
func (l lists) Worked(ctx context.Context) (interventions.PublicationID, error) {
	pub, err := l.a.store.Waterfall(ctx, time.Time{})
	if fault.Of(err) == fault.NotFound {
		return 0, nil
	}
	return pub.ID, err
}

// Publication returns one list.
func (l lists) Publication(ctx context.Context, id interventions.PublicationID) (interventions.Publication, error) {
	return l.a.store.Publication(ctx, id)
}

// Morning puts the numbers of the newest list together.
func (l lists) Morning(ctx context.Context, now time.Time) (web.Morning, error) {
	pub, err := l.a.store.Waterfall(ctx, time.Time{})
	if err != nil {
		return web.Morning{}, err
	}
	return l.morning(ctx, pub, now)
}

func (l lists) morning(ctx context.Context, pub interventions.Publication, now time.Time) (web.Morning, error) {
	m := web.Morning{
		AsOf: pub.AsOf, Released: pub.ReleasedAt, Customers: pub.Tally.Customers, Minutes: pub.Tally.Minutes,
		Tally: pub.Tally, InPopulation: pub.Tally.Customers - pub.Tally.ByResult[interventions.ResultOut], Bands: map[scoring.Band]int{},
	}
	for name, n := range pub.Tally.Released {
		if t := l.a.policy.Treatment(name); t != nil && t.Channel == interventions.ChannelPhone {
			m.Calls += n
		} else {
			m.Messages += n
		}
	}
	totals, before, err := l.a.store.ListTotals(ctx)
	if err != nil {
		return m, err
	}
	for band, b := range totals {
		m.Bands[band] = b.Customers
	}
	m.Episodes, m.AtStakeMinor = totals[scoring.BandHigh].Customers, totals[scoring.BandHigh].AtRisk
	m.Before, m.HasBefore = before[scoring.BandHigh].Customers, before != nil
	today := nightly.StartOfDay(now, l.a.cfg.Zone, 0)
	counts, err := l.a.store.TaskCounts(ctx, now, today, now)
	if err != nil {
		return m, err
	}
	for _, c := range counts.ByState {
		switch c.State {
		case interventions.TaskDone:
			m.DoneToday += c.Tasks
		case interventions.TaskExpired, interventions.TaskRecalled:
		default:
			m.Open += c.Tasks
		}
	}
	m.PromisesOpen, m.PromisesLate = counts.Promises, counts.Overdue
	return m, nil
}

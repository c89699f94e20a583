package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/scoring"
	"holdfast/store"
	"holdfast/web"
)

// riskPage is how many rows of the risk list are read at a time.
const riskPage = 500

// eachRisk calls f with every row of the list in its order, page by page.
func (a *app) eachRisk(ctx context.Context, q store.RiskFilter, f func(store.RiskRow) error) error {
	q.Limit = riskPage
	for {
		rows, _, err := a.store.RiskList(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := f(r); err != nil {
				return err
			}
		}
		if len(rows) < riskPage {
			return nil
		}
		q.After = rows[len(rows)-1].Cursor
	}
}

// riskList reads the risk list for the pages.
type riskList struct{ a *app }

// RiskList returns one page, read by itself: a page before a row is the page
// after it in the opposite order, turned round.
func (l riskList) RiskList(ctx context.Context, q web.RiskQuery) (web.RiskPage, error) {
	filter := l.filter(q)
	filter.Limit, filter.After = q.Limit, q.After
	if q.Before != "" {
		filter.After, filter.Asc = q.Before, true
	}
	rows, total, err := l.a.store.RiskList(ctx, filter)
	if err != nil {
		return web.RiskPage{}, err
	}
	if q.Before != "" {
		slices.Reverse(rows)
	}
	ranges, err := l.a.ranges(ctx)
	if err != nil {
		return web.RiskPage{}, err
	}
	page := web.RiskPage{Total: total}
	for _, r := range rows {
		page.Rows = append(page.Rows, riskRow(r, ranges))
	}
	if page.AsOf, err = l.a.store.NewestNight(ctx); err != nil {
		return page, err
	}
	if !q.Choices {
		return page, nil
	}
	if page.Segments, err = l.a.store.Segments(ctx); err != nil {
		return page, err
	}
	facets, err := l.a.store.Facets(ctx)
	page.Owners, page.Concepts = facets.Owners, facets.Concepts
	for _, bar := range facets.Risks {
		page.Spread = append(page.Spread, web.RiskBar(bar))
	}
	return page, err
}

// AssignOwner makes somebody look after customers.
func (l riskList) AssignOwner(ctx context.Context, ids []history.CustomerID, owner string, now time.Time) error {
	return l.a.store.AssignOwner(ctx, ids, owner, now)
}

// Owners are who looks after somebody on the list.
func (l riskList) Owners(ctx context.Context) ([]string, error) {
	facets, err := l.a.store.Facets(ctx)
	return facets.Owners, err
}

// RiskOf returns the rows of some customers, the most value at risk first.
func (l riskList) RiskOf(ctx context.Context, ids []history.CustomerID) ([]web.RiskRow, error) {
	found, err := l.a.store.RiskOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	ranges, err := l.a.ranges(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]web.RiskRow, len(found))
	for i, r := range found {
		rows[i] = riskRow(r, ranges)
	}
	return rows, nil
}

// EachRisk calls f with every row of the query.
func (l riskList) EachRisk(ctx context.Context, q web.RiskQuery, f func(web.RiskRow) error) error {
	ranges, err := l.a.ranges(ctx)
	if err != nil {
		return err
	}
	return l.a.eachRisk(ctx, l.filter(q), func(r store.RiskRow) error { return f(riskRow(r, ranges)) })
}

// ranges returns the champion's range on a risk, nil when there is none.
func (a *app) ranges(ctx context.Context) (*model.Range, error) {
	rec, _, err := a.store.Champion(ctx)
	if err != nil && fault.Of(err) != fault.NotFound {
		return nil, fmt.Errorf("read the range on a risk: %w", err)
	}
	return rec.Card.Range, nil
}

func (l riskList) filter(q web.RiskQuery) store.RiskFilter {
	f := store.RiskFilter{Band: q.Band, MinValue: q.MinValueMinor, Segment: q.Segment, Segments: q.Segments, Owner: q.Owner, Concept: q.Concept, Text: q.Text, Sort: store.RiskSort(q.Sort)}
	if q.EpisodeOnly { // an episode is a stay in the high band
		f.Band = scoring.BandHigh
	}
	return f
}

func riskRow(r store.RiskRow, ranges *model.Range) web.RiskRow {
	row := web.RiskRow{
		Customer: r.ID, Name: r.Name, Source: r.Source, Key: r.Key, Segment: r.Segment, Risk: r.Risk, Band: r.Band,
		ValueMinor: r.ValueMinor, TenureDays: r.TenureDays, Reason: r.Why, Result: r.Result, Why: r.Reason, Treatment: r.Treatment, Cursor: r.Cursor,
		RiskBefore: r.RiskBefore, Owner: r.Owner, Concept: r.Concept,
	}
	row.RiskLow, row.RiskHigh, _ = ranges.At(r.Risk)
	if r.EpisodeStart != 0 {
		row.Episode = time.UnixMicro(r.EpisodeStart).UTC()
	}
	return row
}

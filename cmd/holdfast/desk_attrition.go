package main

import (
	"context"

	"holdfast/measurement"
	"holdfast/store"
	"holdfast/web"
)

// attritions reads who came and went for the pages.
type attritions struct{ a *app }

// Attrition returns the numbers of the newest night, its months in the
// business's time zone.
func (t attritions) Attrition(ctx context.Context) (measurement.Attrition, error) {
	a, err := t.a.store.Attrition(ctx)
	for i := range a.Months {
		a.Months[i] = a.Months[i].In(t.a.cfg.Zone)
	}
	return a, err
}

// Moved returns a page of the people in them.
func (t attritions) Moved(ctx context.Context, q web.MoveQuery) (web.MovePage, error) {
	rows, total, err := t.a.store.MovesOf(ctx, store.MoveFilter{
		Kind: q.Kind, From: q.From, To: q.To, Reason: q.Reason, Segment: q.Segment, Owner: q.Owner, Cohort: q.Cohort,
		Segments: q.Segments, After: q.After, Limit: q.Limit,
	})
	page := web.MovePage{Total: total}
	for _, r := range rows {
		page.Rows = append(page.Rows, web.MoveRow{Move: r.Move, Name: r.Who.Name, Source: r.Who.Source, Key: r.Who.Key, Cursor: r.Cursor})
	}
	return page, err
}

// Targets are the shares of customers that may be lost in a year.
func (t attritions) Targets() measurement.Config { return t.a.cfg.Measurement }

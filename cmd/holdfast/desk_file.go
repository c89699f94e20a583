package main

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/web"
)

// membersShown is how many of a household are listed.
const membersShown = 20

// File returns what pages show of one customer.
func (c customers) File(ctx context.Context, id history.CustomerID, now time.Time) (web.File, error) {
	card, score, known, err := c.card(ctx, id, now)
	if err != nil {
		return web.File{}, err
	}
	segment := c.a.cfg.Interventions.SegmentAttribute
	f := web.File{
		Card: card, Segment: card.Attributes[segment], Excluded: score.Excluded, Episode: score.EpisodeStart,
		Consents: known.Consents, Left: known.Left,
	}
	asOf, err := c.a.store.NewestNight(ctx)
	if err != nil {
		return f, err
	}
	if !asOf.IsZero() {
		d, err := c.a.store.DecisionOf(ctx, id, asOf)
		if err == nil {
			d = d.Public()
			f.Decision = &d
		} else if fault.Of(err) != fault.NotFound {
			return f, err
		}
	}
	if f.Tasks, err = c.a.store.CustomerTasks(ctx, id, 50); err != nil {
		return f, fmt.Errorf("read the tasks of a customer: %w", err)
	}
	if f.Promises, err = c.a.store.CustomerPromises(ctx, id, 50); err != nil {
		return f, fmt.Errorf("read the promises made to a customer: %w", err)
	}
	f.Household, err = c.household(ctx, known, now)
	return f, err
}

// household lists who else decides with a customer.
func (c customers) household(ctx context.Context, k interventions.Known, now time.Time) ([]web.Member, error) {
	views, err := c.a.store.Household(ctx, k.Household, now, membersShown)
	return c.others(views, k.Customer.ID), err
}

// Housemates returns who else decides with a customer of a household.
func (c customers) Housemates(ctx context.Context, id history.CustomerID, of history.HouseholdID, now time.Time, limit int) ([]web.Member, error) {
	if of == history.HouseholdID(id) { // of one: relations name other ids
		return nil, nil
	}
	views, err := c.a.store.Housemates(ctx, of, now, limit+1)
	list := c.others(views, id)
	for i := range list {
		list[i].Since = time.Time{} // the facts that would tell were not read
	}
	return list[:min(len(list), limit)], err
}

// others are the members of a household beside one of them.
func (c customers) others(views []history.View, one history.CustomerID) (list []web.Member) {
	for _, v := range views {
		other := interventions.Know(v)
		if other.Customer.ID == one {
			continue
		}
		list = append(list, web.Member{
			Customer: other.Customer, Segment: other.Attributes[c.a.cfg.Interventions.SegmentAttribute], Since: other.Since, Left: other.Left,
		})
	}
	return list
}

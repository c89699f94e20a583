package main

import (
	"context"
	"fmt"
	"slices"

	"holdfast/channels"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// tellAttempts at the backoff's greatest delay of ten minutes are about a day.
const tellAttempts = 150

// tell posts one event to one subscriber. What gives up is dead, stands on the
// jobs page, and is told again by a retry, under the same webhook-id.
//
// queue: every job of kind tell.
func (a *app) tell(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var p store.Telling
	if err := job.Decode(&p); err != nil {
		return err
	}
	cfg := a.cfg.Channels
	i := slices.IndexFunc(cfg.Subscribers, func(s channels.Subscriber) bool { return s.Name == p.Subscriber })
	if i < 0 {
		return fault.New(fault.Invalid, "channels.subscribers names no %q any more", p.Subscriber)
	}
	if id := p.Event.Data.Promise; id != 0 {
		promise, err := a.store.Promise(ctx, interventions.PromiseID(id))
		if fault.Of(err) == fault.NotFound || (err == nil && !promise.Open()) {
			return nil // kept, taken back, or erased with the customer
		}
		if err != nil {
			return err
		}
	}
	cfg.Secret = a.p.Getenv(channels.EnvironmentSecret)
	return cfg.Tell(ctx, cfg.Subscribers[i], fmt.Sprintf("evt_%x", job.ID), p.Event, a.p.Now)
}

// tellList makes the events of a released list: its tasks, and who has left
// since the list before.
//
// queue: one job for each list.
func (a *app) tellList(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var p store.TellingList
	if err := job.Decode(&p); err != nil {
		return err
	}
	if err := a.store.TellReady(ctx, p.Publication, p.At); err != nil {
		return err
	}
	wants := func(s channels.Subscriber) bool { return s.Wants(channels.CustomerLeft) }
	if !slices.ContainsFunc(a.cfg.Channels.Subscribers, wants) {
		return nil
	}
	pub, err := a.store.Publication(ctx, interventions.PublicationID(p.Publication))
	if err != nil {
		return err
	}
	for partition := range a.store.Partitions() {
		gone, err := a.store.Unlisted(ctx, p.Publication, partition)
		if err != nil {
			return err
		}
		for _, id := range gone {
			shard, err := a.store.CustomerShard(ctx, id)
			if fault.Of(err) == fault.NotFound {
				continue // erased
			}
			if err != nil {
				return err
			}
			if shard.Customers[0].ID != id {
				continue // merged into another record, which speaks for both
			}
			in, why := a.churn.InPopulation(shard.View(0, pub.AsOf.In(a.cfg.Zone), nil))
			if in {
				continue
			}
			if err := a.store.TellLeft(ctx, p.Publication, id, why, p.At); err != nil {
				return err
			}
		}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/channels"
	"holdfast/interventions"
	"holdfast/queue"
)

// deliverPayload names the message that a job delivers.
type deliverPayload struct {
	Message int64 `json:"message"`
}

func (a *app) deliverer() (*channels.Deliverer, error) {
	cfg := a.cfg.Channels
	cfg.Secret = a.p.Getenv(channels.EnvironmentSecret)
	cfg.SMTP.Password = a.p.Getenv(channels.EnvironmentPassword)
	carriers, err := cfg.NewCarriers(a.p.Now, a.unsubscribeLink)
	if err != nil {
		return nil, err
	}
	return &channels.Deliverer{Policy: a.policy, Store: a.store, Carriers: carriers, PerMinute: cfg.PerMinute, GiveUpAfter: cfg.GiveUpAfter, NoAddress: a.addressGivenUp, Doubted: a.addressesDoubted, Now: a.p.Now}, nil
}

// deliver sends one message, and makes a later job for one that was put off. One
// that its receiver does not take now is tried again by the same job.
//
// queue: every job of kind deliver.
func (a *app) deliver(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var p deliverPayload
	if err := job.Decode(&p); err != nil {
		return err
	}
	d, err := a.deliverer()
	if err != nil {
		return err
	}
	again, err := d.Deliver(ctx, interventions.MessageID(p.Message))
	switch {
	case errors.Is(err, channels.ErrAskReceiver):
		return queue.AsUnknown(err)
	case err != nil && !again.IsZero():
		return queue.TryAfter(err, again.Sub(a.p.Now()))
	case err != nil || again.IsZero():
		return err
	}
	return a.deliverLater(ctx, p, again)
}

func (a *app) deliverLater(ctx context.Context, p deliverPayload, at time.Time) error {
	job, err := queue.New(jobDeliver, fmt.Sprintf("deliver/%d/%d", p.Message, at.Unix()), p, a.p.Now())
	if err != nil {
		return err
	}
	job.RunAfter = at
	if _, err := a.store.InsertJob(ctx, job); err != nil {
		return fmt.Errorf("put off message %d: %w", p.Message, err)
	}
	return nil
}

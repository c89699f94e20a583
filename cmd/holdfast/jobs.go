package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// Kinds of jobs beside the shards of a night.
const (
	jobNight    = "night"     // cron: begin tonight's night
	jobFeedsDue = "feeds-due" // cron: look again at a night that waits for a feed
	jobListDue  = "list-due"  // cron: look whether the list is released
	jobDeliver  = "deliver"   // send one message
	jobCommand  = "command"   // run a command that another process was given
	jobAudit    = "audit"     // write down what another process read

	jobResolveSlot = "resolve-due" // cron: solve the rest of the day again
)

// handlers says who runs which kind of job.
func (a *app) handlers(n *nightly.Night, st *nightly.Stages) queue.Handlers {
	h := queue.Handlers{
		jobNight:    {Run: a.beginNight(n), Timeout: time.Minute},
		jobFeedsDue: {Run: a.lookAgain, Timeout: time.Minute},
		jobListDue:  {Run: a.listDue, Timeout: 10 * time.Minute},
		jobDeliver:  {Run: a.deliver, Timeout: 2 * time.Minute},
		jobCommand:  {Run: a.runCommand, Timeout: 24 * time.Hour, MaxAttempts: commandAttempts},
		jobDigest:   {Run: a.sendDigestJob, Timeout: 5 * time.Minute},
		jobAudit:    {Run: a.writeAudit, Timeout: time.Minute},

		store.ResolveJob:  {Run: a.resolveJob, Timeout: 5 * time.Minute},
		jobResolveSlot:    {Run: a.resolveSlot, Timeout: 5 * time.Minute},
		store.TellJob:     {Run: a.tell, Timeout: 2 * time.Minute, MaxAttempts: tellAttempts},
		store.TellListJob: {Run: a.tellList, Timeout: time.Hour},
		store.RehearsalJob: {
			Run: a.rehearseJob, Timeout: 6 * time.Hour, MaxAttempts: rehearsalAttempts, GaveUp: a.rehearsalGaveUp,
		},
	}
	for _, s := range st.Steps() {
		h["night."+string(s.Stage)] = queue.Handler{
			Run: a.shardHandler(n), Timeout: 2 * time.Hour, MaxAttempts: nightAttempts,
			GaveUp: func(ctx context.Context, job queue.Job, cause string) error { return n.GaveUp(ctx, job.Payload, cause) },
		}
	}
	return h
}

// nightAttempts is how often one shard is tried before the night fails.
const nightAttempts = 5

// shardHandler runs one shard, when people at the desk leave it a processor.
//
// queue: every job of kind night.*.
func (a *app) shardHandler(n *nightly.Night) func(context.Context, queue.Job, queue.Lease) error {
	return func(ctx context.Context, job queue.Job, l queue.Lease) error {
		leave, err := a.courtesy.enter(ctx)
		if err != nil {
			return fmt.Errorf("wait for a processor that the desk does not need: %w", err)
		}
		defer leave()
		return n.Handle(ctx, job.Payload, nightly.Ticket{Job: l.JobID, Fence: l.Fence})
	}
}

// beginNight starts the night of today's as-of.
//
// scheduled: by the slot that cron inserts, once per date.
func (a *app) beginNight(n *nightly.Night) func(context.Context, queue.Job, queue.Lease) error {
	return func(ctx context.Context, _ queue.Job, _ queue.Lease) error {
		_, _, err := n.Start(ctx, a.newRun(a.today(), false))
		return err
	}
}

// lookAgain resumes tonight's night from its first stage if it is held: the
// feed it waited for may have come. If nothing has, it is held again.
//
// scheduled: at the hour by which required feeds are due.
func (a *app) lookAgain(ctx context.Context, _ queue.Job, _ queue.Lease) error {
	run, err := a.store.RunAt(ctx, a.today())
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	if err != nil || run.State != nightly.HeldBack {
		return err
	}
	_, err = a.store.ResumeRun(ctx, run.ID, nightly.StageImport, a.p.Now())
	return err
}

// today is 00:00 of the business's date.
func (a *app) today() time.Time {
	return nightly.StartOfDay(a.p.Now(), a.cfg.Zone, 0).UTC()
}

func (a *app) newRun(asOf time.Time, dry bool) nightly.Run {
	id := "n" + asOf.In(a.cfg.Zone).Format("20060102")
	if dry {
		id = fmt.Sprintf("d%s-%d", asOf.In(a.cfg.Zone).Format("20060102"), a.p.Now().UnixMicro())
	}
	return nightly.Run{ID: id, AsOf: asOf, Config: a.cfg.Hash, Binary: version(), DryRun: dry}
}

// openRedis returns the configured Redis without connecting to it.
func (p *program) openRedis(cfg *config.Config) (*queue.Redis, error) {
	redis := cfg.Queue.Redis
	redis.Password = p.Getenv("HOLDFAST_REDIS_PASSWORD")
	return queue.OpenRedis(redis)
}

// courier opens Redis and makes what carries jobs to their handlers.
func (a *app) courier(h queue.Handlers) (*queue.Courier, *queue.Redis, error) {
	r, err := a.p.openRedis(a.cfg)
	if err != nil {
		return nil, nil, err
	}
	c, err := queue.NewCourier(a.cfg.Queue, queue.Parts{Store: a.store, Redis: r, Handlers: h, Now: a.p.Now, Log: a.log})
	if err != nil {
		return nil, nil, errors.Join(err, r.Close())
	}
	return c, r, nil
}

// work runs the courier until done says so or ctx ends. It is how a command
// does the work itself when nobody else does.
func (a *app) work(ctx context.Context, h queue.Handlers, done func(context.Context) (bool, error)) error {
	a.courtesy = a.newTurns(a.p.Now)
	a.p.goLast()
	c, r, err := a.courier(h)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // an embedded Redis holds nothing that is not in the database
	if warning, err := r.Check(ctx); err != nil {
		return err
	} else if warning != "" {
		a.log.Warn(warning)
	}
	inner, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	for _, part := range []func(context.Context) error{c.Run, a.heed} {
		go func() { ended <- part(inner) }()
	}
	err = wait(ctx, done)
	stop()
	for range cap(ended) {
		if e := <-ended; e != nil && !errors.Is(e, context.Canceled) && err == nil {
			err = e
		}
	}
	return err
}

// The first and the longest pause before it is asked again whether work is done.
const (
	askFirst  = 20 * time.Millisecond
	askAtMost = 250 * time.Millisecond
)

// wait asks until done says so, ever less often.
func wait(ctx context.Context, done func(context.Context) (bool, error)) error {
	for pause := askFirst; ; pause = min(pause+pause/4, askAtMost) {
		ok, err := done(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

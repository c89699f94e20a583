package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// withApp opens the program, does the work, and closes it. What changes an
// embedded database that up owns is done there, and followed from here.
func (p *program) withApp(ctx context.Context, c claim, do func(*app) error) error {
	told := false
	for {
		a, err := p.open(ctx, c)
		if err == nil {
			return a.closeAfter(do(a))
		}
		var held *store.HeldError
		if c != writes || !errors.As(err, &held) {
			return err
		}
		if runsJobs(held.Holder) {
			return p.follow(ctx)
		}
		if !told && held.Command != "" {
			p.tell("waiting for holdfast %s (process %d) to end", held.Command, held.Process)
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// runsJobs says whether the owner does jobs until it is told to end.
func runsJobs(h store.Holder) bool { return h.Command == "up" || h.Command == "demo" }

// followEvery is how often a job that another process does is looked at.
const followEvery = 100 * time.Millisecond

// ownerGone is how long nobody may own the database until a job is no longer
// waited for: an owner that is restarted goes on with it.
const ownerGone = 10 * time.Second

// follower watches a job of the process that owns the database.
type follower struct {
	p    *program
	cfg  *config.Config
	app  *app // reads only
	job  queue.Job
	seen int64     // the last line that was passed on
	gone time.Time // since when nobody owns the database
	what string    // is being done
	draw func(done, total int64)
}

// follow hands this very command over as a job and passes on what it says
// until it ends, with its exit code.
func (p *program) follow(ctx context.Context) error {
	cfg, err := p.load()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, cfg.Store, p.storeOptions(cfg))
	if err != nil {
		return err
	}
	a := &app{p: p, cfg: cfg, log: p.logger(), store: s, close: []func() error{s.Close}}
	dir, err := os.Getwd()
	if err != nil {
		return a.closeAfter(fmt.Errorf("find this folder: %w", err))
	}
	f := &follower{p: p, cfg: cfg, app: a}
	f.job, err = queue.New(jobCommand, "command/"+nonce(), commandPayload{Args: p.Args, Dir: dir, Given: p.given}, p.Now())
	if err != nil {
		return a.closeAfter(err)
	}
	f.job.Priority = queue.Urgent
	if _, err := s.InsertJob(ctx, f.job); err != nil {
		return a.closeAfter(err)
	}
	err = f.run(ctx)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = fault.New(fault.Internal, "this no longer follows job %d (%s), which goes on: holdfast job list --state running shows it", f.job.ID, p.doing)
	}
	return a.closeAfter(err)
}

func (f *follower) run(ctx context.Context) error {
	var state store.CommandState
	err := f.until(ctx, func(ctx context.Context) (done bool, err error) {
		state, err = f.look(ctx)
		return state.Ended || state.Job.State == queue.Dead, err
	})
	switch {
	case err != nil:
		return err
	case !state.Ended:
		return fault.New(fault.Internal, "job %d (%s) gave up: %s", f.job.ID, f.p.doing, state.Job.LastError)
	case state.Night != "":
		return f.night(ctx, state.Night)
	case state.Code != 0:
		return codeError(state.Code)
	}
	return nil
}

// look passes on what the command said since the last time.
func (f *follower) look(ctx context.Context) (store.CommandState, error) {
	state, err := f.app.store.CommandState(ctx, f.job.ID, f.seen)
	if err != nil {
		return state, err
	}
	if state.Total > 0 {
		if f.draw == nil || f.what != state.What {
			f.what, f.draw = state.What, f.p.bar(state.What)
		}
		f.draw(state.Done, state.Total)
	}
	for _, l := range state.Lines {
		out := f.p.Stdout
		if l.Stream == 2 {
			out = f.p.Stderr
		}
		if _, err := fmt.Fprint(out, l.Text); err != nil {
			return state, fmt.Errorf("pass on what the job says: %w", err)
		}
		f.seen = l.Seq
	}
	return state, nil
}

// night follows a night to its end and reports it, as who works on it does.
func (f *follower) night(ctx context.Context, id string) error {
	stages, err := f.app.store.Stages(ctx, id)
	if err != nil {
		return err
	}
	show := f.app.progress(len(stages))
	var run nightly.Run
	err = f.until(ctx, func(ctx context.Context) (done bool, err error) {
		run, done, err = f.app.nightOver(ctx, id, show)
		return done, err
	})
	if err != nil {
		return err
	}
	return f.app.report(ctx, run)
}

// until waits for something that the owner does, as long as there is an owner.
func (f *follower) until(ctx context.Context, done func(context.Context) (bool, error)) error {
	for {
		ok, err := done(ctx)
		if err != nil || ok {
			return err
		}
		if err := f.owned(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// owned fails once nobody has owned the database for a while.
func (f *follower) owned() error {
	_, held, err := store.HolderOf(f.cfg.Store)
	if err != nil || held {
		f.gone = time.Time{}
		return err
	}
	now := f.p.Now()
	if f.gone.IsZero() {
		f.gone = now
	}
	if now.Sub(f.gone) < ownerGone {
		return nil
	}
	return fault.New(fault.Unavailable, "holdfast up ended before this was done: job %d (%s) goes on when it is started again", f.job.ID, f.p.doing)
}

// nonce makes the key of a job that stands for nothing else.
func nonce() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

package main

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// courtesy leaves a processor to the people at the desk: while somebody uses it,
// one shard of a night fewer runs on this machine than it has processors, in all
// processes together. With all of them busy every step of a request would wait
// until the scheduler interrupts a shard, which it does after ten milliseconds.
type courtesy struct {
	now   func() time.Time
	asked atomic.Int64 // when the last request came, in nanoseconds
	turns chan struct{}
	// shared takes one of n turns of the machine; nil where this process has it to itself.
	shared func(ctx context.Context, n int) (leave func(), ok bool, err error)
	// joined says whether another process of the machine does nothing but the work
	// of nights; nil where this one has no desk. One that has leaves it to such.
	joined func(context.Context) (bool, error)
}

// usedFor is how long after a request the desk counts as used.
const usedFor = 10 * time.Second

func newCourtesy(now func() time.Time, processors int) *courtesy {
	return &courtesy{now: now, turns: make(chan struct{}, max(1, processors-1))}
}

// processors is how many this program may use.
func processors() int { return runtime.GOMAXPROCS(0) }

// request notes that somebody uses the desk.
func (c *courtesy) request() { c.asked.Store(c.now().UnixNano()) }

// How often a process without a desk looks whether people work at another's,
// and how long after they last changed what they are doing they count as there.
const (
	heedEvery = 5 * time.Second
	heedFor   = 2 * time.Minute
)

// heed tells those at a desk of this machine that this process does the work of
// nights, and the courtesy of this process about people at their desks: the
// processor is theirs too where both run on one machine. It ends with ctx.
func (a *app) heed(ctx context.Context) error {
	leave, err := a.store.Join(ctx, machine())
	if err != nil {
		return err
	}
	defer leave()
	tick := time.NewTicker(heedEvery)
	defer tick.Stop()
	for {
		there, err := a.store.Presences(ctx, a.p.Now().Add(-heedFor))
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Warn("looking for people at the desk failed; it is tried again", "error", err.Error())
		case len(there) > 0:
			a.courtesy.request()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// enter waits, while the desk is used, for a turn to work on a shard. The work
// is to call leave when it is done.
func (c *courtesy) enter(ctx context.Context) (leave func(), err error) {
	if c == nil || c.now().UnixNano()-c.asked.Load() > int64(usedFor) {
		return func() {}, nil
	}
	select {
	case c.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	back, err := c.among(ctx)
	if err != nil {
		<-c.turns
		return nil, err
	}
	return func() { back(); <-c.turns }, nil
}

// How often a process looks whether another has left its turn, and how often in a
// row that of a desk finds one free before it takes what others do not take.
const (
	turnEvery = 100 * time.Millisecond
	freeLooks = 10
)

// among waits for a turn among the processes of the machine.
func (c *courtesy) among(ctx context.Context) (leave func(), err error) {
	if c.shared == nil {
		return func() {}, nil
	}
	for free := 0; ; {
		leave, ok, err := c.shared(ctx, cap(c.turns))
		if err != nil {
			return nil, err
		}
		if ok {
			others, err := c.others(ctx)
			if free++; err == nil && (!others || free >= freeLooks) {
				return leave, nil
			}
			leave() // whoever works on the night takes it at once
			if err != nil {
				return nil, err
			}
		} else {
			free = 0
		}
		select {
		case <-time.After(turnEvery):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// others says whether a process that has no desk is there to do the work.
func (c *courtesy) others(ctx context.Context) (bool, error) {
	if c.joined == nil {
		return false, nil
	}
	return c.joined(ctx)
}

// newTurns is the courtesy of this process among those of the machine.
func (a *app) newTurns(now func() time.Time) *courtesy {
	c := newCourtesy(now, processors())
	c.shared = func(ctx context.Context, n int) (func(), bool, error) { return a.store.Turn(ctx, machine(), n) }
	return c
}

// machine names this machine among those that share a database.
func machine() string {
	name, err := os.Hostname()
	if err != nil {
		return "unnamed"
	}
	return name
}

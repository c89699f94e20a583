package main

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// courtesy leaves a processor to the people at the desk of this process: while
// somebody uses it, one shard of a night fewer runs than there are processors.
// With all of them busy every step of a request would wait until the scheduler
// interrupts a shard, which it does after ten milliseconds.
type courtesy struct {
	now   func() time.Time
	asked atomic.Int64 // when the last request came, in nanoseconds
	turns chan struct{}
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

// heed tells the courtesy of a process that shares its database with others
// about people at their desks: the processor is theirs too where both run on
// one machine. It ends with ctx.
func (a *app) heed(ctx context.Context) error {
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
		return func() { <-c.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

package queue

import (
	"context"
	"sync"

	"holdfast/internal/fault"
)

// Courier is a relay, a worker and a sweeper that work together in one process.
type Courier struct {
	Relay   *Relay
	Worker  *Worker
	Sweeper *Sweeper
	redis   *Redis
}

// NewCourier checks its parts and makes the three.
func NewCourier(cfg Config, p Parts) (*Courier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := p.Handlers.Validate(); err != nil {
		return nil, err
	}
	if p.Store == nil || p.Redis == nil || p.Now == nil || p.Log == nil {
		return nil, fault.New(fault.Invalid, "the courier needs a store, a Redis, a clock and a log")
	}
	relay := NewRelay(cfg, p)
	worker := NewWorker(cfg, p, relay.Ended)
	relay.expect = worker.Expect
	return &Courier{
		Relay:   relay,
		Worker:  worker,
		Sweeper: NewSweeper(cfg, p, relay.Wake),
		redis:   p.Redis,
	}, nil
}

// Wake says that a job was inserted in this process.
func (c *Courier) Wake() { c.Relay.Wake() }

// Run carries jobs until ctx ends and returns when every handler has returned
// and every job's end is written. It runs once.
func (c *Courier) Run(ctx context.Context) error {
	// The relay and the sweeper go on until the worker has stopped, and the
	// embedded Redis's clock longest.
	rest, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	for _, run := range []func(context.Context){c.redis.Run, c.Sweeper.Run} {
		loops.Go(func() { run(rest) })
	}
	loops.Go(func() { c.Relay.Run(ctx) })
	err := c.Worker.Run(ctx)
	stop()
	loops.Wait()
	if closing := c.Relay.Close(); err == nil {
		err = closing
	}
	return err
}

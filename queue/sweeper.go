package queue

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Sweeper returns to ready what a killed worker or a forgetful Redis left
// behind. Any number of sweepers may work on one store.
type Sweeper struct {
	store Store
	every time.Duration
	now   func() time.Time
	log   *slog.Logger
	wake  func()
}

// NewSweeper makes a sweeper that calls wake when it returned something.
func NewSweeper(cfg Config, p Parts, wake func()) *Sweeper {
	return &Sweeper{store: p.Store, every: cfg.Sweep, now: p.Now, log: p.Log, wake: wake}
}

// RunOnce does one pass and returns how many jobs came back.
func (s *Sweeper) RunOnce(ctx context.Context) (Swept, error) {
	swept, err := s.store.SweepJobs(ctx, s.now())
	if err != nil {
		return Swept{}, fmt.Errorf("sweep jobs: %w", err)
	}
	if swept != (Swept{}) {
		s.log.Warn("jobs came back", "never_begun", swept.Dispatched, "lease_ran_out", swept.Running)
		s.wake()
	}
	return swept, nil
}

// Run sweeps at the start and every Sweep until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	loop(ctx, s.log, "sweeper", s.every, nil, func(ctx context.Context) error {
		_, err := s.RunOnce(ctx)
		return err
	})
}

package queue

import (
	"log/slog"
	"time"

	"holdfast/internal/fault"
)

// Config is the queue's part of the configuration file.
type Config struct {
	Redis       RedisConfig   `yaml:"redis"`
	Concurrency int           `yaml:"concurrency"` // jobs run at once by one worker
	Outstanding int           `yaml:"outstanding"` // jobs kept in asynq and not yet begun, 32 to 256
	Hold        time.Duration `yaml:"hold"`        // a dispatched job that nobody began comes back after this
	Lease       time.Duration `yaml:"lease"`       // a running job whose worker fell silent comes back after this
	Renew       time.Duration `yaml:"renew"`       // how often a lease is renewed, at most half of Lease
	Sweep       time.Duration `yaml:"sweep"`       // how often expired jobs are looked for
	Poll        time.Duration `yaml:"poll"`        // how often the relay looks for jobs inserted by other processes
	TaskCheck   time.Duration `yaml:"task_check"`  // how often asynq looks at empty queues until it rests, 20 to 50 ms
	Grace       time.Duration `yaml:"grace"`       // how long running jobs may go on at shutdown before they are cancelled
	Backoff     Backoff       `yaml:"backoff"`
}

// DefaultConfig returns the configuration in use when the file says nothing:
// an embedded Redis, two jobs at once, leases of 30 s.
func DefaultConfig() Config {
	return Config{
		Concurrency: 2,
		Outstanding: 128,
		Hold:        30 * time.Second,
		Lease:       30 * time.Second,
		Renew:       10 * time.Second,
		Sweep:       15 * time.Second,
		Poll:        250 * time.Millisecond,
		TaskCheck:   20 * time.Millisecond,
		Grace:       5 * time.Second,
		Backoff:     Backoff{Base: 2 * time.Second, Cap: 10 * time.Minute},
	}
}

// Validate names the first field that cannot be used and what it may be.
func (c Config) Validate() error {
	if c.Concurrency < 1 || c.Concurrency > 1024 {
		return fault.New(fault.Invalid, "concurrency is %d: give a number from 1 to 1024", c.Concurrency)
	}
	if c.Outstanding < 32 || c.Outstanding > 256 {
		return fault.New(fault.Invalid, "outstanding is %d: give a number from 32 to 256", c.Outstanding)
	}
	for _, f := range []struct {
		name   string
		v      time.Duration
		lo, hi time.Duration
	}{
		{"hold", c.Hold, 100 * time.Millisecond, time.Hour},
		{"lease", c.Lease, 100 * time.Millisecond, time.Hour},
		{"renew", c.Renew, 10 * time.Millisecond, c.Lease / 2},
		{"sweep", c.Sweep, 10 * time.Millisecond, time.Hour},
		{"poll", c.Poll, 10 * time.Millisecond, time.Minute},
		{"task_check", c.TaskCheck, time.Millisecond, time.Second},
		{"grace", c.Grace, 0, time.Hour},
		{"backoff.base", c.Backoff.Base, time.Millisecond, time.Hour},
		{"backoff.cap", c.Backoff.Cap, c.Backoff.Base, 24 * time.Hour},
	} {
		if f.v < f.lo || f.v > f.hi {
			return fault.New(fault.Invalid, "%s is %v: give a duration from %v to %v", f.name, f.v, f.lo, f.hi)
		}
	}
	return c.Redis.Validate()
}

// Parts is what the relay, the worker, the sweeper and the scheduler are made
// of. All fields are required.
type Parts struct {
	Store    Store
	Redis    *Redis
	Handlers Handlers
	Now      func() time.Time
	Log      *slog.Logger
}

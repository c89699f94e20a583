package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"holdfast/internal/fault"
)

// taskType is the one type of asynq task there is: "run the job of this id".
const taskType = "job"

// The asynq queues and their weights: of ten picks from full queues, six are urgent.
var queueWeights = map[string]int{"urgent": 6, "normal": 3, "bulk": 1}

// queueOf names the asynq queue for a priority.
func queueOf(priority int) string {
	switch {
	case priority < Normal:
		return "urgent"
	case priority < Bulk:
		return "normal"
	default:
		return "bulk"
	}
}

// Relay moves ready jobs to asynq and keeps only a bounded number there. Any
// number of relays may work on one store.
type Relay struct {
	store    Store
	redis    *Redis
	client   *asynq.Client
	handlers Handlers
	cfg      Config
	now      func() time.Time
	log      *slog.Logger
	wake     chan struct{}
	expect   func() // asynq has, or will have, something to take

	full  atomic.Bool  // the last pass left ready jobs behind
	ended atomic.Int64 // jobs that ended here since then
}

// NewRelay makes a relay. Close it after Run has returned.
func NewRelay(cfg Config, p Parts) *Relay {
	return &Relay{
		store: p.Store, redis: p.Redis, client: asynq.NewClient(p.Redis), handlers: p.Handlers,
		cfg: cfg, now: p.Now, log: p.Log, wake: make(chan struct{}, 1), expect: func() {},
	}
}

// Wake says that there may be something to move. It never blocks, and calls
// before the relay has looked count as one.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Ended says that a job ended, which makes room and may have inserted others.
// While more jobs are ready than fit, it wakes the relay only when half of
// what fits has ended, so that the store sees few large claims.
func (r *Relay) Ended() {
	if n := r.ended.Add(1); !r.full.Load() || n >= int64(r.cfg.Outstanding/2) {
		r.Wake()
	}
}

// RunOnce moves as many ready jobs to asynq as there is room for and returns
// their number. Without a job that is due it leaves Redis alone. It claims
// nothing while Redis does not answer; jobs claimed when Redis fails halfway
// come back by the sweeper.
func (r *Relay) RunOnce(ctx context.Context) (n int, err error) {
	r.ended.Store(0)
	now := r.now()
	out, due, err := r.store.JobsToCarry(ctx, now)
	if err != nil {
		return 0, fmt.Errorf("look for jobs to carry: %w", err)
	}
	if out > 0 { // of any relay
		r.expect()
	}
	room := r.cfg.Outstanding - out
	if !due {
		r.full.Store(false)
	}
	if room <= 0 || !due {
		return 0, nil
	}
	if err := r.redis.ping(ctx); err != nil {
		return 0, err
	}
	jobs, err := r.store.ClaimReadyJobs(ctx, now, room, r.cfg.Hold)
	if err != nil {
		return 0, fmt.Errorf("claim ready jobs: %w", err)
	}
	r.full.Store(len(jobs) == room)
	for _, job := range jobs {
		if err := r.enqueue(ctx, job); err != nil {
			return n, fmt.Errorf("hand job %s to Redis %s: %w", job.Key, r.redis.where(), err)
		}
		r.expect()
		n++
	}
	return n, nil
}

func (r *Relay) enqueue(ctx context.Context, job Job) error {
	task := asynq.NewTask(taskType, []byte(strconv.FormatInt(job.ID, 10)),
		asynq.TaskID(taskID(job)),
		asynq.Queue(queueOf(job.Priority)),
		asynq.MaxRetry(0),
		asynq.Retention(0),
		// The worker keeps the real timeout; asynq's only has to be later.
		asynq.Timeout(r.handlers.timeout(job.Kind)+time.Minute))
	_, err := r.client.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) { // this very dispatch is there already
		return nil
	}
	return fault.As(fault.Unavailable, err)
}

// taskID = job:dispatch.
func taskID(job Job) string { return fmt.Sprintf("%d:%d", job.ID, job.Dispatch) }

// parseTaskID is the inverse of taskID.
func parseTaskID(s string) (id int64, dispatch int, err error) {
	a, b, ok := strings.Cut(s, ":")
	if id, err = strconv.ParseInt(a, 10, 64); err == nil && ok {
		dispatch, err = strconv.Atoi(b)
	}
	if err != nil || !ok || id <= 0 || dispatch <= 0 {
		return 0, 0, fault.New(fault.Invalid, "%q is not the task id of a job", s)
	}
	return id, dispatch, nil
}

// Run calls RunOnce when woken and every Poll until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	loop(ctx, r.log, "relay", r.cfg.Poll, r.wake, func(ctx context.Context) error {
		_, err := r.RunOnce(ctx)
		return err
	})
}

// Close lets go of the connection.
func (r *Relay) Close() error { return r.client.Close() }

// loop calls once at the start, when woken and at every tick until ctx ends.
// While once fails it is called by the tick alone, and only the first failure
// and the recovery are logged.
func loop(ctx context.Context, log *slog.Logger, name string, every time.Duration,
	wake <-chan struct{}, once func(context.Context) error,
) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		err := once(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.Warn(name+" fails and will be tried again", "every", every, "error", err)
		case err == nil && failing:
			log.Info(name + " works again")
		}
		failing = err != nil
		woken := wake
		if failing {
			woken = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-tick.C:
		}
	}
}

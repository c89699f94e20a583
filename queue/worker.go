package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"holdfast/internal/fault"
)

// Why a handler's context ended. A handler can read them with context.Cause.
var (
	ErrLeaseLost = fault.New(fault.Conflict, "the lease on the job was lost")
	ErrShutdown  = fault.New(fault.Unavailable, "the worker is shutting down")
	ErrTimeout   = fault.New(fault.Unavailable, "the job took longer than it may")
)

// endWait is how long the end of a job may take to be written.
const endWait = 10 * time.Second

// linger is how long asynq's server goes on after the last job was begun, ended
// or expected. While it runs and finds nothing it asks Redis every TaskCheck,
// three scripts each time.
const linger = 2 * time.Second

// maxMessage is how many bytes of an error are kept with a job.
const maxMessage = 2000

// Worker takes jobs from asynq and runs their handlers, each under a lease
// that it renews. Any number of workers may work on one store.
type Worker struct {
	store    Store
	redis    *Redis
	handlers Handlers
	cfg      Config
	now      func() time.Time
	log      *slog.Logger
	ended    func()

	expected chan struct{} // there is, or will be, something to take
	linger   time.Duration

	slots   chan struct{}   // one per running handler: asynq gives up its own when Redis forgets
	begun   atomic.Int64    // tasks of asynq in hand
	running sync.WaitGroup  // those tasks, and servers that end
	life    context.Context // ends, with ErrShutdown, when handlers must stop
	kill    context.CancelCauseFunc
}

// NewWorker makes a worker that calls ended after each job, since a job that
// ends makes room and may have inserted others.
func NewWorker(cfg Config, p Parts, ended func()) *Worker {
	w := &Worker{
		store: p.Store, redis: p.Redis, handlers: p.Handlers, cfg: cfg, now: p.Now, log: p.Log, ended: ended,
		expected: make(chan struct{}, 1), linger: linger, slots: make(chan struct{}, cfg.Concurrency),
	}
	w.life, w.kill = context.WithCancelCause(context.Background())
	return w
}

// Expect says that there is, or will be, something in Redis to take. It never
// blocks.
func (w *Worker) Expect() {
	select {
	case w.expected <- struct{}{}:
	default:
	}
}

// Run takes jobs until ctx ends, and asks Redis for them only while some are
// expected. Then it takes no more, gives the running ones Grace to finish,
// cancels the rest, whose attempt does not count, and returns when all have
// returned. A worker runs once.
func (w *Worker) Run(ctx context.Context) error {
	err := w.takeWhenExpected(ctx)
	grace := time.AfterFunc(w.cfg.Grace, func() { w.kill(ErrShutdown) })
	defer grace.Stop()
	w.running.Wait()
	w.kill(ErrShutdown)
	return err
}

func (w *Worker) takeWhenExpected(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.expected:
		}
		if err := w.take(ctx); err != nil {
			return err
		}
	}
}

// take runs asynq's server, which cannot be woken and so polls, until ctx ends
// or nothing was expected or in hand for linger. A task that it takes at the
// last moment goes on beside the next server.
func (w *Worker) take(ctx context.Context) error {
	// asynq's own shutdown waits a little longer than our Grace, so that it
	// never pushes back what we are about to end properly.
	server := asynq.NewServer(w.redis, asynq.Config{
		Concurrency:       w.cfg.Concurrency,
		TaskCheckInterval: w.cfg.TaskCheck,
		Queues:            queueWeights,
		ShutdownTimeout:   w.cfg.Grace + 2*endWait,
		Logger:            asynqLog{w.log},
		LogLevel:          asynq.WarnLevel,
	})
	if err := server.Start(asynq.HandlerFunc(w.processTask)); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	w.awaitRest(ctx)
	server.Stop()
	w.running.Go(server.Shutdown)
	return nil
}

// awaitRest returns when ctx ended, or nothing was expected or in hand for linger.
func (w *Worker) awaitRest(ctx context.Context) {
	rest := time.NewTimer(w.linger)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.expected:
		case <-rest.C:
			if w.begun.Load() == 0 {
				return
			}
		}
		rest.Reset(w.linger)
	}
}

// processTask — queue: asynq has a task for us. It always returns nil: what
// becomes of the job is written in the store and nowhere else.
func (w *Worker) processTask(ctx context.Context, _ *asynq.Task) error {
	name, _ := asynq.GetTaskID(ctx)
	id, dispatch, err := parseTaskID(name)
	if err != nil {
		w.log.Error("a task in Redis is not ours: use a Redis database of its own", "task", name)
		return nil
	}
	w.running.Add(1)
	defer w.running.Done()
	w.begun.Add(1)
	defer w.begun.Add(-1)
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.life.Done():
		return nil // comes back by the sweeper
	}
	// asynq's context is not used from here: a Redis that forgets or goes away
	// does not disturb a job that runs.
	if err := w.RunJob(w.life, id, dispatch); err != nil {
		level := slog.LevelWarn
		if k := fault.Of(err); k == fault.Conflict || k == fault.NotFound {
			level = slog.LevelDebug // a doubled or late message
		}
		w.log.Log(w.life, level, "a job could not be begun or ended; it comes back by itself", "job", id, "dispatch", dispatch, "error", err)
	}
	w.ended()
	return nil
}

// RunJob begins the job if it still can be begun by this dispatch, runs its
// handler under a renewed lease, and ends it. The error says why it could not
// be begun or ended; a handler's failure is not an error here.
func (w *Worker) RunJob(ctx context.Context, id int64, dispatch int) error {
	job, err := w.store.BeginJob(ctx, id, dispatch, w.now(), w.cfg.Lease)
	if err != nil {
		return fmt.Errorf("begin job %d: %w", id, err)
	}
	limit := w.handlers.maxAttempts(job)
	if job.counted() > limit {
		return w.end(ctx, job, Ending{State: Dead, Message: fmt.Sprintf("gave up after %d attempts; the last: %s", limit, job.LastError)})
	}
	lost, err := w.handle(ctx, job)
	if lost {
		w.log.Warn("a job's lease was lost, another worker runs it", "kind", job.Kind, "key", job.Key, "fence", job.Fence)
		return nil
	}
	end := w.ending(job, limit, err)
	if err := w.end(ctx, job, end); err != nil {
		return err
	}
	w.report(job, end, err)
	return nil
}

// handle runs the job's handler while the lease is renewed beside it, and
// says whether the lease was lost.
func (w *Worker) handle(ctx context.Context, job Job) (lost bool, err error) {
	ctx, cancel := context.WithCancelCause(WithLease(ctx, job.Lease()))
	defer cancel(nil)
	timeout := w.handlers.timeout(job.Kind)
	timer := time.AfterFunc(timeout, func() { cancel(ErrTimeout) })
	defer timer.Stop()

	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		if err := w.renew(ctx, job.Lease()); err != nil {
			cancel(err)
		}
	}()
	err = w.handlers.run(ctx, job, job.Lease())
	cause := context.Cause(ctx)
	cancel(nil)
	<-renewed

	switch {
	case err == nil:
		return false, nil // the store decides by the fence
	case errors.Is(cause, ErrLeaseLost):
		return true, err
	case errors.Is(cause, ErrTimeout) && !isUnknown(err):
		return false, fmt.Errorf("%w (%v): %w", ErrTimeout, timeout, err)
	case errors.Is(cause, ErrShutdown) && !isUnknown(err):
		return false, fmt.Errorf("%w: %w", ErrShutdown, err)
	}
	return false, err
}

// renew extends the lease every Renew until ctx ends. It returns ErrLeaseLost
// when another worker has the job, or when the store could not be reached for
// as long as the lease lasts.
func (w *Worker) renew(ctx context.Context, l Lease) error {
	tick := time.NewTicker(w.cfg.Renew)
	defer tick.Stop()
	failed := time.Duration(0) // since the last renewal
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := w.store.RenewJob(ctx, l, w.now(), w.cfg.Lease)
		if ctx.Err() != nil {
			return nil
		}
		switch fault.Of(err) {
		case fault.Conflict, fault.NotFound:
			return fmt.Errorf("%w: %w", ErrLeaseLost, err)
		}
		failed += w.cfg.Renew
		if err == nil {
			failed = 0
		} else if failed+w.cfg.Renew > w.cfg.Lease {
			return fmt.Errorf("%w: it could not be renewed: %w", ErrLeaseLost, err)
		}
	}
}

// ending says what becomes of a job after its handler returned err.
func (w *Worker) ending(job Job, limit int, err error) Ending {
	var later *laterError
	switch {
	case err == nil:
		return Ending{State: Done}
	case isUnknown(err):
		return Ending{State: Unknown, Message: err.Error()}
	case errors.Is(err, ErrShutdown):
		return Ending{State: Ready, Refund: true, Message: err.Error()}
	case errors.As(err, &later):
		return Ending{State: Ready, Delay: max(later.wait, 0), Excuse: true, Message: err.Error()}
	case !helps(fault.Of(err)):
		return Ending{State: Dead, Message: err.Error()}
	case job.counted() >= limit:
		return Ending{State: Dead, Message: fmt.Sprintf("gave up after %d attempts; the last: %v", job.Attempt, err)}
	}
	return Ending{State: Ready, Delay: w.cfg.Backoff.Delay(job.ID, job.counted()), Message: err.Error()}
}

// end writes the ending even when ctx has ended.
func (w *Worker) end(ctx context.Context, job Job, end Ending) error {
	end.Message = strings.ToValidUTF8(end.Message[:min(len(end.Message), maxMessage)], "")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWait)
	defer cancel()
	if tell := w.handlers[job.Kind].GaveUp; tell != nil && end.State == Dead {
		if err := tell(ctx, job, end.Message); err != nil {
			return fmt.Errorf("tell that job %s was given up: %w", job.Key, err)
		}
	}
	if err := w.store.EndJob(ctx, job.Lease(), w.now(), end); err != nil {
		return fmt.Errorf("end job %s as %s: %w", job.Key, end.State, err)
	}
	return nil
}

// report logs what a person may want to know about an ending.
func (w *Worker) report(job Job, end Ending, err error) {
	at := []any{"kind", job.Kind, "key", job.Key, "run", job.Run, "attempt", job.Attempt}
	var p *panicError
	if errors.As(err, &p) {
		w.log.Error("a job's handler panicked", append(at, "stack", string(p.stack))...)
	}
	switch end.State {
	case Done:
		w.log.Debug("job done", at...)
	case Dead, Unknown:
		w.log.Error("job needs a person", append(at, "state", end.State, "error", end.Message)...)
	default:
		w.log.Warn("job will be tried again", append(at, "after", end.Delay, "error", end.Message)...)
	}
}

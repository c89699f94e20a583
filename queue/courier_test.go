package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/queue/queuetest"
)

// finishing returns a handler whose effect commits together with done.
func finishing(s *queuetest.Twin, e *effects) queue.Handler {
	return queue.Handler{Run: func(_ context.Context, _ queue.Job, l queue.Lease) error {
		return s.FinishWith(l, time.Now(), func() { e.add(l.JobID) })
	}}
}

func TestEachJobOnceWithFourWorkers(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		h := queue.Handlers{"score": finishing(s, e)}
		jobs := insert(t, s, "score", 300, time.Now())
		for range 4 {
			running(t, quick(), parts(t, s, r, h, time.Now))
		}
		await(t, s, queue.Done, len(jobs))
		e.once(t, jobs)
		for _, j := range s.Jobs() {
			if j.Attempt != 1 {
				t.Errorf("job %s took %d attempts", j.Key, j.Attempt)
			}
		}
	})
}

func TestJobsInsertedByJobsAreCarried(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		h := queue.Handlers{"last": finishing(s, e)}
		h["first"] = queue.Handler{Run: func(ctx context.Context, job queue.Job, _ queue.Lease) error {
			next, err := queue.New("last", "after "+job.Key, nil, time.Now())
			if err != nil {
				return err
			}
			_, err = s.InsertJob(ctx, next)
			return err
		}}
		cfg := quick()
		running(t, cfg, parts(t, s, r, h, time.Now))
		insert(t, s, "first", 1, time.Now()) // nobody wakes the relay: another process did it
		await(t, s, queue.Done, 2)
	})
}

// The Redis forgets all it holds, again and again, while jobs run.
func TestWipedRedisLosesNothing(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		var done atomic.Int32
		const n = 150
		h := queue.Handlers{"score": {Run: func(ctx context.Context, _ queue.Job, l queue.Lease) error {
			if done.Add(1)%25 == 0 {
				if err := r.Flush(ctx); err != nil {
					return err
				}
			}
			return s.FinishWith(l, time.Now(), func() { e.add(l.JobID) })
		}}}
		jobs := insert(t, s, "score", n, time.Now())
		running(t, quick(), parts(t, s, r, h, time.Now))
		await(t, s, queue.Done, n)
		e.once(t, jobs)
	})
}

// Every job is in Redis several times, under its own task id and, which asynq
// cannot know to be the same, in other queues.
func TestDoubledMessagesRunOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		h := queue.Handlers{"score": finishing(s, e)}
		jobs := insert(t, s, "score", 30, time.Now())
		cfg := quick()
		cfg.Hold = time.Minute
		relay := queue.NewRelay(cfg, parts(t, s, r, h, time.Now))
		if n, err := relay.RunOnce(t.Context()); err != nil || n != len(jobs) {
			t.Fatalf("relay moved %d, %v", n, err)
		}
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
		client := asynq.NewClient(r)
		for _, j := range jobs {
			for _, name := range []string{"urgent", "bulk"} {
				task := asynq.NewTask("job", nil, asynq.TaskID(fmt.Sprintf("%d:1", j.ID)), asynq.Queue(name), asynq.MaxRetry(0))
				if _, err := client.EnqueueContext(t.Context(), task); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		inspector := asynq.NewInspector(r)
		defer inspector.Close() //nolint:errcheck // nothing to do about it
		running(t, cfg, parts(t, s, r, h, time.Now))
		await(t, s, queue.Done, len(jobs))
		for pending := 1; pending > 0; {
			pending = 0
			for _, name := range []string{"urgent", "normal", "bulk"} {
				info, err := inspector.GetQueueInfo(name)
				if err != nil {
					t.Fatal(err)
				}
				pending += info.Pending + info.Active
				if info.Archived+info.Retry > 0 {
					t.Errorf("queue %s keeps %d tasks: the store should be the only one to retry", name, info.Archived+info.Retry)
				}
			}
		}
		e.once(t, jobs)
	})
}

// A worker is cut off from the database while its handler runs: the job is
// run again under a higher fence, and what the first run does late is refused.
func TestSilentWorkerIsReplacedAndFenced(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		cutOff := &cutStore{Store: s}
		late := make(chan error, 1)
		second := make(chan struct{})
		sleeper := queue.Handlers{"score": {Run: func(ctx context.Context, _ queue.Job, l queue.Lease) error {
			cutOff.cut.Store(true)
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
				t.Errorf("the handler's context ended by %v, want the lost lease", context.Cause(ctx))
			}
			<-second
			err := s.FinishWith(l, time.Now(), func() { e.add(l.JobID) })
			late <- err
			return err
		}}}
		cfg := quick()
		running(t, cfg, parts(t, cutOff, r, sleeper, time.Now))
		jobs := insert(t, s, "score", 1, time.Now())
		await(t, s, queue.Running, 1)

		h := queue.Handlers{"score": {Run: func(_ context.Context, _ queue.Job, l queue.Lease) error {
			defer close(second)
			if l.Fence != 2 {
				t.Errorf("second run has fence %d, want 2", l.Fence)
			}
			return s.FinishWith(l, time.Now(), func() { e.add(l.JobID) })
		}}}
		running(t, cfg, parts(t, s, r, h, time.Now))
		await(t, s, queue.Done, 1)
		if err := <-late; fault.Of(err) != fault.Conflict {
			t.Errorf("the late finish gave %v, want a conflict", err)
		}
		e.once(t, jobs)
	})
}

// cutStore is a store that cannot be reached while cut.
type cutStore struct {
	queue.Store
	cut atomic.Bool
}

var errCut = fault.New(fault.Unavailable, "the cable is cut")

func (c *cutStore) RenewJob(ctx context.Context, l queue.Lease, now time.Time, d time.Duration) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Store.RenewJob(ctx, l, now, d)
}

func (c *cutStore) EndJob(ctx context.Context, l queue.Lease, now time.Time, e queue.Ending) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Store.EndJob(ctx, l, now, e)
}

func (c *cutStore) ClaimReadyJobs(ctx context.Context, now time.Time, n int, d time.Duration) ([]queue.Job, error) {
	if c.cut.Load() {
		return nil, errCut
	}
	return c.Store.ClaimReadyJobs(ctx, now, n, d)
}

func (c *cutStore) BeginJob(ctx context.Context, id int64, dispatch int, now time.Time, d time.Duration) (queue.Job, error) {
	if c.cut.Load() {
		return queue.Job{}, errCut
	}
	return c.Store.BeginJob(ctx, id, dispatch, now, d)
}

func TestShutdownDoesNotCostAnAttempt(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s := queuetest.NewTwin()
		begun := make(chan struct{})
		h := queue.Handlers{"long": {MaxAttempts: 1, Run: func(ctx context.Context, _ queue.Job, _ queue.Lease) error {
			close(begun)
			<-ctx.Done()
			return context.Cause(ctx)
		}}}
		job := insert(t, s, "long", 1, time.Now())[0]
		_, stop := running(t, quick(), parts(t, s, r, h, time.Now))
		<-begun
		stop()
		got, err := s.Job(t.Context(), job.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.State != queue.Ready || got.Attempt != 0 || got.Fence != 1 {
			t.Errorf("after shutdown the job is %s, attempt %d, fence %d; want ready, 0, 1", got.State, got.Attempt, got.Fence)
		}

		var again sync.WaitGroup
		again.Add(1)
		h["long"] = queue.Handler{MaxAttempts: 1, Run: func(context.Context, queue.Job, queue.Lease) error {
			again.Done()
			return nil
		}}
		running(t, quick(), parts(t, s, r, h, time.Now))
		await(t, s, queue.Done, 1)
		again.Wait()
	})
}

// While running, jobs have the grace to finish at shutdown.
func TestShutdownGivesGrace(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s := queuetest.NewTwin()
		begun, release := make(chan struct{}), make(chan struct{})
		h := queue.Handlers{"short": {Run: func(ctx context.Context, _ queue.Job, _ queue.Lease) error {
			close(begun)
			<-release
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(100 * time.Millisecond): // work that goes on while the worker stops
				return nil
			}
		}}}
		insert(t, s, "short", 1, time.Now())
		cfg := quick()
		cfg.Grace = time.Minute
		_, stop := running(t, cfg, parts(t, s, r, h, time.Now))
		<-begun
		stopped := make(chan struct{})
		go func() { defer close(stopped); stop() }()
		close(release)
		<-stopped
		if s.Count(queue.Done) != 1 {
			t.Error("the job had grace and was not finished")
		}
	})
}

func TestNewCourierRefusesMissingParts(t *testing.T) {
	t.Parallel()
	r := openRedis(t, queue.RedisConfig{})
	ok := parts(t, queuetest.NewTwin(), r, queue.Handlers{}, time.Now)
	for name, spoil := range map[string]func(*queue.Config, *queue.Parts){
		"no store":      func(_ *queue.Config, p *queue.Parts) { p.Store = nil },
		"no clock":      func(_ *queue.Config, p *queue.Parts) { p.Now = nil },
		"bad config":    func(c *queue.Config, _ *queue.Parts) { c.Outstanding = 1000 },
		"empty handler": func(_ *queue.Config, p *queue.Parts) { p.Handlers = queue.Handlers{"x": {}} },
	} {
		cfg, p := quick(), ok
		spoil(&cfg, &p)
		if _, err := queue.NewCourier(cfg, p); fault.Of(err) != fault.Invalid || err == nil {
			t.Errorf("%s: error %v, want an invalid", name, err)
		}
	}
}

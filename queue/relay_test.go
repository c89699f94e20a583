package queue_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/queue/queuetest"
)

func newRelay(t *testing.T, s queue.Store, r *queue.Redis, now func() time.Time) (*queue.Relay, queue.Config) {
	t.Helper()
	cfg := queue.DefaultConfig()
	cfg.Outstanding = 32
	relay := queue.NewRelay(cfg, parts(t, s, r, queue.Handlers{"score": {Timeout: 3 * time.Hour}}, now))
	t.Cleanup(func() {
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	return relay, cfg
}

func TestRelayKeepsABoundedNumberOutstanding(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s := queuetest.NewTwin()
		relay, cfg := newRelay(t, s, r, func() time.Time { return noon })
		insert(t, s, "score", 40, noon)
		for i, want := range []int{32, 0} {
			if n, err := relay.RunOnce(t.Context()); err != nil || n != want {
				t.Fatalf("pass %d moved %d, %v; want %d", i, n, err, want)
			}
		}
		begun := 0
		for _, j := range s.Jobs() {
			if j.State == queue.Dispatched && begun < 3 {
				if _, err := s.BeginJob(t.Context(), j.ID, 1, noon, cfg.Lease); err != nil {
					t.Fatal(err)
				}
				begun++
			}
		}
		if n, err := relay.RunOnce(t.Context()); err != nil || n != 3 {
			t.Errorf("moved %d, %v; want 3: running jobs make room", n, err)
		}
	})
}

// What asynq is told: one task per dispatch, no retry, no retention, a later
// timeout than ours, a queue by priority.
func TestRelayTellsAsynq(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s := queuetest.NewTwin()
		relay, _ := newRelay(t, s, r, func() time.Time { return noon })
		want := map[string]string{} // queue name by job id
		for priority, name := range map[int]string{
			queue.Urgent: "urgent", queue.Normal - 1: "urgent", queue.Normal: "normal", queue.Bulk: "bulk", queue.Bulk + 9: "bulk",
		} {
			id := strconv.Itoa(priority)
			job, err := queue.New("score", id, nil, noon)
			if err != nil {
				t.Fatal(err)
			}
			job.Priority, job.ID = priority, int64(priority)
			if _, err := s.InsertJob(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			want[id] = name
		}
		if _, err := relay.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		inspector := asynq.NewInspector(r)
		defer inspector.Close() //nolint:errcheck // nothing to do about it
		seen := 0
		for _, name := range []string{"urgent", "normal", "bulk"} {
			tasks, err := inspector.ListPendingTasks(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range tasks {
				seen++
				id := string(task.Payload)
				if want[id] != name || task.ID != id+":1" || task.MaxRetry != 0 || task.Retention != 0 ||
					task.Timeout != 3*time.Hour+time.Minute {
					t.Errorf("in queue %s: %+v", name, task)
				}
			}
		}
		if seen != len(want) {
			t.Errorf("%d tasks in Redis, want %d", seen, len(want))
		}
	})
}

func TestRelayClaimsNothingWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	s := queuetest.NewTwin()
	r, err := queue.OpenRedis(queue.RedisConfig{Addr: "127.0.0.1:1"}) // nobody listens there
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // it was never open
	relay, _ := newRelay(t, s, r, func() time.Time { return noon })
	insert(t, s, "score", 3, noon)
	if n, err := relay.RunOnce(t.Context()); n != 0 || fault.Of(err) != fault.Unavailable {
		t.Errorf("moved %d, %v; want 0 and unavailable", n, err)
	}
	if s.Count(queue.Ready) != 3 {
		t.Error("jobs were claimed that cannot be carried")
	}
}

func TestRelayAndSweeperTellWhatFailed(t *testing.T) {
	t.Parallel()
	s := queuetest.NewTwin()
	r := openRedis(t, queue.RedisConfig{})
	relay, cfg := newRelay(t, s, r, func() time.Time { return noon })
	s.Break(errCut)
	if _, err := relay.RunOnce(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("relay: %v", err)
	}
	sweeper := queue.NewSweeper(cfg, parts(t, s, r, nil, time.Now), func() { t.Error("woken for nothing") })
	if _, err := sweeper.RunOnce(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("sweeper: %v", err)
	}
}

func TestSweeperWakesTheRelay(t *testing.T) {
	t.Parallel()
	s := queuetest.NewTwin()
	c := newClock(noon)
	insert(t, s, "score", 4, noon)
	if _, err := s.ClaimReadyJobs(t.Context(), noon, 3, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	woken := 0
	sweeper := queue.NewSweeper(queue.DefaultConfig(), parts(t, s, nil, nil, c.Now), func() { woken++ })
	for _, want := range []queue.Swept{{}, {Dispatched: 3}, {}} {
		got, err := sweeper.RunOnce(t.Context())
		if err != nil || got != want {
			t.Errorf("swept %+v, %v; want %+v", got, err, want)
		}
		c.Advance(30 * time.Second)
	}
	if woken != 1 {
		t.Errorf("woken %d times, want once", woken)
	}
}

// One call of the store in four fails.
func TestCourierOutlivesAFailingStore(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		jobs := insert(t, s, "score", 40, time.Now())
		running(t, quick(), parts(t, &flakyStore{Store: s}, r, queue.Handlers{"score": finishing(s, e)}, time.Now))
		await(t, s, queue.Done, len(jobs))
		e.once(t, jobs)
	})
}

// flakyStore fails one call in four.
type flakyStore struct {
	queue.Store
	calls atomic.Uint64
}

// fails is true one time in four, by chance: at every fourth call it fell into
// one beat with the ticks of the relay and the sweeper, and the same step of one
// job failed until the job was given up.
func (f *flakyStore) fails() bool { return rand.New(rand.NewPCG(f.calls.Add(1), 1)).IntN(4) == 0 }

func (f *flakyStore) JobsToCarry(ctx context.Context, now time.Time) (int, bool, error) {
	if f.fails() {
		return 0, false, errCut
	}
	return f.Store.JobsToCarry(ctx, now)
}

func (f *flakyStore) ClaimReadyJobs(ctx context.Context, now time.Time, n int, d time.Duration) ([]queue.Job, error) {
	jobs, err := f.Store.ClaimReadyJobs(ctx, now, n, d)
	if f.fails() { // the answer is lost after the commit
		return nil, errCut
	}
	return jobs, err
}

func (f *flakyStore) BeginJob(ctx context.Context, id int64, dispatch int, now time.Time, d time.Duration) (queue.Job, error) {
	job, err := f.Store.BeginJob(ctx, id, dispatch, now, d)
	if f.fails() {
		return queue.Job{}, errCut
	}
	return job, err
}

func (f *flakyStore) EndJob(ctx context.Context, l queue.Lease, now time.Time, e queue.Ending) error {
	if f.fails() {
		return errCut
	}
	return f.Store.EndJob(ctx, l, now, e)
}

func (f *flakyStore) SweepJobs(ctx context.Context, now time.Time) (queue.Swept, error) {
	if f.fails() {
		return queue.Swept{}, errCut
	}
	return f.Store.SweepJobs(ctx, now)
}

// While there is a backlog the store sees few large claims, not one per job.
func TestRelayClaimsInChunksUnderABacklog(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		s, e := queuetest.NewTwin(), newEffects()
		const n = 400
		jobs := insert(t, s, "score", n, time.Now())
		count := &countingStore{Store: s}
		cfg := quick()
		cfg.Hold, cfg.Poll = time.Minute, time.Minute // only wakes count here
		running(t, cfg, parts(t, count, r, queue.Handlers{"score": finishing(s, e)}, time.Now))
		await(t, s, queue.Done, n)
		e.once(t, jobs)
		// 400 jobs in chunks of 16 and more, and a few passes at the end when
		// nothing is left behind and every job that ends wakes the relay.
		if k := count.claims.Load(); k > n/16+32+10 {
			t.Errorf("%d claims for %d jobs", k, n)
		}
	})
}

type countingStore struct {
	queue.Store
	claims atomic.Int64
}

func (c *countingStore) ClaimReadyJobs(ctx context.Context, now time.Time, n int, d time.Duration) ([]queue.Job, error) {
	c.claims.Add(1)
	return c.Store.ClaimReadyJobs(ctx, now, n, d)
}

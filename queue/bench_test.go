package queue_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/queue"
	"holdfast/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what it expects.
const patience = 15 * time.Second

// clock is a clock that a test moves.
type clock struct{ at atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.at.Store(t.UnixMicro())
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) Advance(d time.Duration) { c.at.Add(d.Microseconds()) }

// databases hands each test on a server a database of its own.
var databases = func() chan int {
	c := make(chan int, 16)
	for i := range cap(c) {
		c <- i
	}
	return c
}()

// eachRedis runs a test on the embedded Redis, and on the server at
// HOLDFAST_TEST_REDIS when it is set.
func eachRedis(t *testing.T, test func(*testing.T, *queue.Redis)) {
	t.Helper()
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, openRedis(t, queue.RedisConfig{}))
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		test(t, openServer(t))
	})
}

func openRedis(tb testing.TB, cfg queue.RedisConfig) *queue.Redis {
	tb.Helper()
	r, err := queue.OpenRedis(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

func openServer(tb testing.TB) *queue.Redis {
	tb.Helper()
	addr := os.Getenv("HOLDFAST_TEST_REDIS")
	if addr == "" {
		tb.Skip("HOLDFAST_TEST_REDIS is not set: no Redis server to test on")
	}
	db := <-databases
	tb.Cleanup(func() { databases <- db })
	r := openRedis(tb, queue.RedisConfig{Addr: addr, DB: db})
	if err := r.Flush(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return r
}

// quick is a configuration whose repairs take fractions of a second.
func quick() queue.Config {
	cfg := queue.DefaultConfig()
	cfg.Concurrency, cfg.Outstanding = 4, 32
	cfg.Hold, cfg.Lease, cfg.Renew = 500*time.Millisecond, 600*time.Millisecond, 100*time.Millisecond
	cfg.Sweep, cfg.Poll, cfg.TaskCheck = 50*time.Millisecond, 50*time.Millisecond, 10*time.Millisecond
	cfg.Grace = 50 * time.Millisecond
	cfg.Backoff = queue.Backoff{Base: 5 * time.Millisecond, Cap: 20 * time.Millisecond}
	return cfg
}

func parts(tb testing.TB, s queue.Store, r *queue.Redis, h queue.Handlers, now func() time.Time) queue.Parts {
	tb.Helper()
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("HOLDFAST_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	return queue.Parts{Store: s, Redis: r, Handlers: h, Now: now, Log: log}
}

// running starts a courier and returns it with what stops it. It is stopped
// at the test's end at the latest.
func running(tb testing.TB, cfg queue.Config, p queue.Parts) (c *queue.Courier, stop func()) {
	tb.Helper()
	return lingering(tb, 2*time.Second, cfg, p)
}

// lingering is running with a worker that goes on for so long without work.
func lingering(tb testing.TB, linger time.Duration, cfg queue.Config, p queue.Parts) (c *queue.Courier, stop func()) {
	tb.Helper()
	c, err := queue.NewCourier(cfg, p)
	if err != nil {
		tb.Fatal(err)
	}
	c.Linger(linger)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("courier: %v", err)
		}
	})
	tb.Cleanup(stop)
	return c, stop
}

// insert adds n ready jobs of a kind.
func insert(tb testing.TB, s queue.Store, kind string, n int, now time.Time) []queue.Job {
	tb.Helper()
	jobs := make([]queue.Job, n)
	for i := range jobs {
		job, err := queue.New(kind, fmt.Sprintf("%s/%d", kind, i), map[string]int{"n": i}, now)
		if err != nil {
			tb.Fatal(err)
		}
		if ok, err := s.InsertJob(tb.Context(), job); err != nil || !ok {
			tb.Fatalf("insert %s: %v, %v", job.Key, ok, err)
		}
		jobs[i] = job
	}
	return jobs
}

// await waits until n jobs are in a state.
func await(tb testing.TB, s *queuetest.Twin, state queue.State, n int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	err := s.Wait(ctx, func(jobs []queue.Job) bool {
		k := 0
		for _, j := range jobs {
			if j.State == state {
				k++
			}
		}
		return k >= n
	})
	if err != nil {
		tb.Fatalf("%d of %d jobs are %s: %v", s.Count(state), n, state, err)
	}
}

// effects counts what handlers did, by job.
type effects struct {
	mu sync.Mutex
	n  map[int64]int
}

func newEffects() *effects { return &effects{n: map[int64]int{}} }

func (e *effects) add(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.n[id]++
}

// once checks that each job had its effect once.
func (e *effects) once(tb testing.TB, jobs []queue.Job) {
	tb.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, j := range jobs {
		if e.n[j.ID] != 1 {
			tb.Errorf("job %s had its effect %d times, want once", j.Key, e.n[j.ID])
		}
	}
}

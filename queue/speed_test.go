package queue_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/queue"
	"holdfast/queue/queuetest"
)

func benchRedis(b *testing.B, run func(*testing.B, *queue.Redis)) {
	b.Run("embedded", func(b *testing.B) { run(b, openRedis(b, queue.RedisConfig{})) })
	b.Run("server", func(b *testing.B) { run(b, openServer(b)) })
}

// BenchmarkEndToEnd measures empty jobs through relay, asynq, worker and the
// store in memory: jobs/s is what the courier itself can carry.
func BenchmarkEndToEnd(b *testing.B) {
	for _, concurrency := range []int{2, 16} {
		b.Run(fmt.Sprintf("concurrency=%d", concurrency), func(b *testing.B) {
			benchRedis(b, func(b *testing.B, r *queue.Redis) {
				s := queuetest.NewTwin()
				done := make(chan struct{}, 1<<20)
				h := queue.Handlers{"score": {Run: func(_ context.Context, _ queue.Job, l queue.Lease) error {
					err := s.FinishWith(l, noon, func() {})
					done <- struct{}{}
					return err
				}}}
				cfg := queue.DefaultConfig()
				cfg.Concurrency = concurrency
				insert(b, s, "score", b.N, noon)
				b.ResetTimer()
				running(b, cfg, parts(b, s, r, h, func() time.Time { return noon }))
				for range b.N {
					<-done
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			})
		})
	}
}

// BenchmarkIdleLatency measures from inserting a job into a system without
// work, and waking the relay, to its handler's start: while the worker still
// asks Redis, and when it does so no longer.
func BenchmarkIdleLatency(b *testing.B) {
	benchRedis(b, func(b *testing.B, r *queue.Redis) {
		for name, linger := range map[string]time.Duration{"asking": time.Minute, "at rest": 10 * time.Millisecond} {
			b.Run(name, func(b *testing.B) { benchLatency(b, r, linger) })
		}
	})
}

func benchLatency(b *testing.B, r *queue.Redis, linger time.Duration) {
	s := queuetest.NewTwin()
	begun := make(chan time.Time, 1)
	h := queue.Handlers{"score": {Run: func(context.Context, queue.Job, queue.Lease) error {
		begun <- time.Now()
		return nil
	}}}
	c, _ := lingering(b, linger, queue.DefaultConfig(), parts(b, s, r, h, time.Now))
	var waits []time.Duration
	for i := range b.N {
		job, err := queue.New("score", fmt.Sprint(i), nil, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // at rest, or asking and finding nothing
		start := time.Now()
		if _, err := s.InsertJob(b.Context(), job); err != nil {
			b.Fatal(err)
		}
		c.Wake()
		waits = append(waits, (<-begun).Sub(start))
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(waits[len(waits)*95/100].Microseconds())/1000, "p95-ms")
}

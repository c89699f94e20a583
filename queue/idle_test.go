package queue_test

import (
	"context"
	"testing"
	"time"

	"holdfast/queue"
	"holdfast/queue/queuetest"
)

// An idle program leaves Redis alone and writes nothing: neither before its
// first job nor after its last, however often the relay looks.
func TestIdleCourierAsksOnlyWhetherAJobIsDue(t *testing.T) {
	t.Parallel()
	s, e := queuetest.NewTwin(), newEffects()
	r := openRedis(t, queue.RedisConfig{})
	look := &lookingStore{countingStore: countingStore{Store: s}, looked: make(chan struct{})}
	kinds := []string{"score", "write", "ring"}
	h := queue.Handlers{}
	for _, kind := range kinds {
		h[kind] = finishing(s, e)
	}
	cfg := quick()
	cfg.Poll = 10 * time.Millisecond
	lingering(t, 20*time.Millisecond, cfg, parts(t, look, r, h, time.Now))
	if _, err := r.Check(t.Context()); err != nil { // the embedded Redis begins with its first client
		t.Fatal(err)
	}
	before := r.Commands()
	const passes = 30 // asynq, which asks every 5 to 15 ms, would ask some thirty times
	look.passes(t, passes)
	if n, k := r.Commands()-before, look.claims.Load(); n != 0 || k != 0 {
		t.Errorf("%d commands to Redis and %d claims before any job, want none", n, k)
	}
	for i, kind := range kinds { // it wakes up again, and again
		jobs := insert(t, s, kind, 3, time.Now())
		await(t, s, queue.Done, 3*(i+1))
		e.once(t, jobs)
		look.untilRest(t, r, passes)
	}
}

// lookingStore tells who waits for it of a pass of the relay.
type lookingStore struct {
	countingStore
	looked chan struct{}
}

func (l *lookingStore) JobsToCarry(ctx context.Context, now time.Time) (int, bool, error) {
	select {
	case l.looked <- struct{}{}:
	default:
	}
	return l.Store.JobsToCarry(ctx, now)
}

// passes waits for n passes.
func (l *lookingStore) passes(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-l.looked:
		case <-time.After(patience):
			t.Fatal("the relay does not look for jobs")
		}
	}
}

// untilRest waits for so many passes in which Redis is sent nothing.
func (l *lookingStore) untilRest(t *testing.T, r *queue.Redis, passes int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		before := r.Commands()
		l.passes(t, passes)
		if r.Commands() == before {
			return
		}
	}
	t.Fatal("Redis is still asked for work")
}

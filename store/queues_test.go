package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/queue"
	"holdfast/store"
)

// TestQueueDepths counts by kind and state, with the longest wait, and no job
// that is done.
func TestQueueDepths(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		before, err := s.QueueDepths(ctx)
		must(t, err)
		for i, kind := range []string{"tell", "tell", "tell", "mail"} {
			at := noon.Add(time.Duration(i) * time.Hour)
			_, err := s.InsertJob(ctx, queue.Job{ID: int64(900 + i), Kind: kind, Key: kind + at.String(), MaxAttempts: 3, RunAfter: at, CreatedAt: noon})
			must(t, err)
		}
		failed, err := s.BeginJob(ctx, 902, 0, noon.Add(2*time.Hour), time.Minute)
		must(t, err)
		must(t, s.EndJob(ctx, failed.Lease(), noon.Add(2*time.Hour), queue.Ending{State: queue.Ready, Delay: time.Hour, Message: "nobody listens"}))
		after, err := s.QueueDepths(ctx)
		must(t, err)
		want := append([]store.QueueDepth{
			{Kind: "mail", State: queue.Ready, Jobs: 1, Oldest: noon.Add(3 * time.Hour)}, {Kind: "tell", State: queue.Ready, Jobs: 3, Oldest: noon, Failed: 1, Error: "nobody listens"},
		}, before...)
		if d := cmp.Diff(want, after); d != "" {
			t.Error(d)
		}
	})
}

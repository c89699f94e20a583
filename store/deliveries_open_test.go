package store_test

import (
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/queue"
	"holdfast/store"
)

// TestOpenCallsAreOfUnknownOutcome, by their job, and of what arrived none is.
func TestOpenCallsAreOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		file(t, s, 3)
		for i := range 2 {
			job, err := queue.New("deliver", []string{"lost", "arrived"}[i], nil, noon)
			must(t, err)
			job.ID = int64(71 + i)
			_, err = s.InsertJob(t.Context(), job)
			must(t, err)
			j, err := s.BeginJob(t.Context(), job.ID, 0, noon, time.Minute)
			must(t, err)
			ctx := queue.WithLease(t.Context(), j.Lease())
			d := channels.Delivery{Key: job.Key, Channel: "email", Customer: 1}
			_, err = s.BeginDelivery(ctx, d, noon.Add(time.Duration(i)*time.Second))
			must(t, err)
			if d.State = channels.Arrived; i == 1 {
				must(t, s.EndDelivery(ctx, d, noon.Add(time.Minute)))
			}
		}
		began, err := s.OpenCalls(t.Context())
		must(t, err)
		if len(began) != 1 || !began[71].Equal(noon) {
			t.Errorf("open calls %v", began)
		}
	})
}

package main

import (
	"path/filepath"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/queue"
	"holdfast/store"
)

// What waits for a person says when it was last tried: what gave up, when it
// did, and what may have happened, when the call began.
func TestStuckJobsSayWhenTheyWereLastTried(t *testing.T) {
	t.Parallel()
	cfg := store.Config{URL: filepath.Join(t.TempDir(), "holdfast.db")}
	if err := store.Migrate(t.Context(), cfg, store.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg, store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // what was written was read
	made := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	called, ended := made.Add(time.Minute), made.Add(2*time.Minute)
	for id, state := range map[int64]queue.State{71: queue.Unknown, 72: queue.Dead} {
		job, err := queue.New("deliver", string(state), nil, made)
		if err != nil {
			t.Fatal(err)
		}
		job.ID = id
		if _, err := s.InsertJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		j, err := s.BeginJob(t.Context(), id, 0, called, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if state == queue.Unknown {
			d := channels.Delivery{Key: "x", Channel: "email", Customer: 1}
			if _, err := s.BeginDelivery(queue.WithLease(t.Context(), j.Lease()), d, called); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.EndJob(t.Context(), j.Lease(), ended, queue.Ending{State: state, Message: "lost"}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := jobs{Store: s}.StuckJobs(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].ID != 71 || !list[0].Last.Equal(called) || list[1].ID != 72 || !list[1].Last.Equal(ended) {
		t.Errorf("waits for a person: %+v", list)
	}
}

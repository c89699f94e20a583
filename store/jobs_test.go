package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/queue"
	"holdfast/queue/queuetest"
	"holdfast/store"
)

func TestQueueSuite(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		queuetest.Run(t, func(t *testing.T) queuetest.Store {
			return open(t, newConfig(t, dialect), options())
		})
	})
}

// TestRetryDead brings back what gave up, of one kind or of all, in pieces, and
// neither what may have happened nor what is not begun.
func TestRetryDead(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		end := func(kind string, n int, how queue.State) {
			for i := range n {
				job, err := queue.New(kind, fmt.Sprintf("%s/%s/%d", kind, how, i), nil, noon)
				must(t, err)
				_, err = s.InsertJob(t.Context(), job)
				must(t, err)
				begun, err := s.BeginJob(t.Context(), job.ID, 0, noon, time.Minute)
				must(t, err)
				must(t, s.EndJob(t.Context(), begun.Lease(), noon, queue.Ending{State: how, Message: "500"}))
			}
		}
		end("deliver", 501, queue.Dead)
		end("deliver", 2, queue.Unknown)
		end("tell", 3, queue.Dead)
		left := func(want map[queue.State]int) {
			t.Helper()
			g, err := s.Gauges(t.Context(), noon)
			must(t, err)
			if diff := cmp.Diff(want, g.Jobs); diff != "" {
				t.Error(diff)
			}
		}
		for _, c := range []struct {
			kind string
			want int
			left map[queue.State]int
		}{
			{"deliver", 501, map[queue.State]int{queue.Ready: 501, queue.Unknown: 2, queue.Dead: 3}},
			{"deliver", 0, map[queue.State]int{queue.Ready: 501, queue.Unknown: 2, queue.Dead: 3}},
			{"", 3, map[queue.State]int{queue.Ready: 504, queue.Unknown: 2}},
		} {
			n, err := s.RetryDead(t.Context(), c.kind, noon.Add(time.Hour))
			must(t, err)
			if n != c.want {
				t.Errorf("%d of kind %q are ready again, want %d", n, c.kind, c.want)
			}
			left(c.left)
		}
	})
}

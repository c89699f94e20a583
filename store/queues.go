package store

import (
	"context"
	"time"

	"holdfast/queue"
)

// QueueDepth is how many jobs of a kind are in a state that is not the end, and
// since when the longest of them has been due.
type QueueDepth struct {
	Kind   string
	State  queue.State
	Jobs   int
	Oldest time.Time // a job that is due later has not begun to wait
	Failed int       // of them, those whose latest attempt failed
	Error  string    // of one of these
}

// QueueDepths counts the jobs that are not done, by kind and state.
//
// web: for the operator's page.
func (s *Store) QueueDepths(ctx context.Context) (depths []QueueDepth, err error) {
	err = s.read(ctx, "count the jobs of each kind", func(t *tx) error {
		depths = depths[:0]
		return t.each(`SELECT kind, state, COUNT(*), MIN(run_after), COUNT(CASE WHEN attempt > 0 AND last_error <> '' THEN 1 END), MAX(last_error) FROM jobs WHERE state <> 'done' GROUP BY kind, state ORDER BY kind, state`, nil, func(r scanner) error {
			var d QueueDepth
			var oldest int64
			if err := r.Scan(&d.Kind, &d.State, &d.Jobs, &oldest, &d.Failed, &d.Error); err != nil {
				return err
			}
			d.Oldest = instantOrZero(oldest)
			depths = append(depths, d)
			return nil
		})
	})
	return depths, err
}

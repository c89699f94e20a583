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
	Failed int       // of them, those whose latest attempt failed; not the messages that Retried counts
	Error  string    // of one of these
}

// QueueDepths counts the jobs that are not done, by kind and state.
//
// web: for the operator's page.
func (s *Store) QueueDepths(ctx context.Context) (depths []QueueDepth, err error) {
	err = s.read(ctx, "count the jobs of each kind", func(t *tx) error {
		depths = depths[:0]
		return t.each(`SELECT kind, state, COUNT(*), MIN(run_after), COUNT(failed), COALESCE(MAX(failed), '') FROM (SELECT kind, state, run_after,
				CASE WHEN attempt > 0 AND last_error <> '' AND id NOT IN (SELECT job FROM deliveries WHERE failing_since > 0) THEN last_error END AS failed
				FROM jobs WHERE state <> 'done') AS q GROUP BY kind, state ORDER BY kind, state`, nil, func(r scanner) error {
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

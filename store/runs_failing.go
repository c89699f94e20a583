package store

import (
	"fmt"
	"slices"

	"holdfast/nightly"
	"holdfast/queue"
)

// markFailing says of the stage that a run is at what failed and is tried again
// by itself. A try that ended because its worker was shut down is none.
func markFailing(t *tx, run string, stages []nightly.StageRun) error {
	at := slices.IndexFunc(stages, func(s nightly.StageRun) bool { return s.Done < s.Shards })
	if at < 0 {
		return nil
	}
	var rows []struct {
		Shards, Tries int
		Next          int64
		Error         string
	}
	const vain = `attempt - CASE state WHEN 'running' THEN 1 ELSE 0 END`
	err := t.list(&rows, `SELECT COUNT(*) OVER () AS shards, `+vain+` AS tries, last_error AS error,
			CASE state WHEN 'ready' THEN run_after ELSE 0 END AS next
		FROM jobs WHERE run = ? AND kind = ? AND state IN (?, ?, ?) AND last_error <> '' AND `+vain+` > 0
		ORDER BY tries DESC, run_after, id LIMIT 1`,
		run, stageJob(stages[at].Stage), string(queue.Ready), string(queue.Dispatched), string(queue.Running))
	if err != nil {
		return fmt.Errorf("look for what of stage %s failed: %w", stages[at].Stage, err)
	}
	for _, r := range rows {
		stages[at].Failing = nightly.Failing{Shards: r.Shards, Tries: r.Tries, Next: instantOrZero(r.Next), Error: r.Error}
	}
	return nil
}

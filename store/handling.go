package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/interventions"
)

// Tries returns the newest attempts of a treatment saved in [since, before), as
// they stood at before, with how long each took: from when the agent was handed
// the task to when they saved it. At most interventions.MostTries.
func (s *Store) Tries(ctx context.Context, treatment string, since, before time.Time) (list []interventions.Try, err error) {
	err = s.read(ctx, "read how long calls took", func(t *tx) error {
		list = nil
		return t.each(`SELECT a.task, a.at, a.body, CASE WHEN t.state IN ('done', 'expired') AND t.done_at > 0 AND t.done_at < ? THEN t.attempts ELSE 0 END,
				COALESCE((SELECT MAX(c.at) FROM task_changes c WHERE c.task = a.task AND c.to_state = 'leased' AND c.at <= a.at), 0)
			FROM task_attempts a JOIN tasks t ON t.id = a.task
			WHERE a.at >= ? AND a.at < ? AND (a.undone = 0 OR a.undone >= ?) AND t.treatment = ? AND t.ghost = 0
			ORDER BY a.at DESC, a.task LIMIT ?`,
			[]any{micros(before), micros(since), micros(before), micros(before), treatment, interventions.MostTries}, func(r scanner) error {
				var task, at, took int64
				var of int
				var body string
				if err := r.Scan(&task, &at, &body, &of, &took); err != nil {
					return err
				}
				var said struct {
					WrapUp struct{ Disposition interventions.Disposition }
				}
				if err := json.Unmarshal([]byte(body), &said); err != nil {
					return fmt.Errorf("read an attempt of task %d: %w", task, err)
				}
				if x, ok := interventions.NewTry(interventions.TaskID(task), instantOrZero(took), instant(at), said.WrapUp.Disposition, of); ok {
					list = append(list, x)
				}
				return nil
			})
	})
	return list, err
}

package store

import (
	"context"
	"fmt"
	"slices"

	"holdfast/interventions"
)

// EndedBy returns what ended because the customer rang with a task, whoever
// wrapped it up and however often: done at the very moment of one of the task's
// own changes. What nobody had begun is left out when its list is not the one
// that is worked any more: a newer list has decided again.
//
// Sealed: it returns ghosts, for a correction to give back; no page may list it.
func (s *Store) EndedBy(ctx context.Context, task interventions.Task) (tasks []interventions.Task, err error) {
	err = s.read(ctx, "read what ended because the customer rang", func(t *tx) error {
		var bodies []string
		tasks = nil
		if err := t.list(&bodies, `SELECT t.body FROM tasks t WHERE t.household = ? AND t.id <> ? AND t.state = 'done' AND t.passed_at = 0
			AND EXISTS (SELECT 1 FROM task_changes c JOIN task_changes x ON x.task = ? AND x.at = c.at
				WHERE c.task = t.id AND c.at = t.done_at AND c.to_state = 'done' AND c.why = ?)
			AND (t.started_at > 0 OR t.publication = 0 OR EXISTS (SELECT 1 FROM publications p WHERE p.id = t.publication AND p.state = 'released'
				AND NOT EXISTS (SELECT 1 FROM publications n WHERE n.as_of >= p.as_of AND n.id <> p.id AND n.state = 'released')))
			ORDER BY t.id`, int64(task.Household), int64(task.ID), int64(task.ID), interventions.WhoRang); err != nil {
			return err
		}
		for _, body := range bodies {
			ended, err := readTask(body, nil)
			if err != nil {
				return err
			}
			tasks = append(tasks, ended)
		}
		return nil
	})
	return tasks, err
}

// reopenOthers gives tasks back that ended with another's, each if it is still
// done and no other work has its key since (R8), and leaves out the changes of
// those that are not.
func reopenOthers(t *tx, changes []interventions.Change, others []interventions.Task) ([]interventions.Change, error) {
	for i := range others {
		o := &others[i]
		back, err := reopen(t, o)
		if err != nil {
			return nil, fmt.Errorf("give task %d back: %w", o.ID, err)
		}
		if !back {
			changes = slices.DeleteFunc(slices.Clone(changes), func(c interventions.Change) bool { return c.Task == o.ID })
		}
	}
	return changes, nil
}

func reopen(t *tx, o *interventions.Task) (bool, error) {
	n, err := t.exec(`UPDATE tasks SET fence = fence WHERE id = ? AND state = 'done' AND fence = ?`, int64(o.ID), o.Fence)
	if err != nil || n == 0 {
		return false, err
	}
	if o.Key != "" {
		if _, err := takeFree(t, o.Key, o.ID, !o.StartedAt.IsZero()); err != nil {
			return false, err
		}
		holders, err := keyHolders(t, []any{o.Key})
		if err != nil || holders[o.Key].Task != int64(o.ID) {
			return false, err
		}
	}
	return updateTask(t, o, interventions.TaskDone, o.Fence)
}

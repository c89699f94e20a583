package store

import (
	"context"
	"fmt"

	"holdfast/history"
	"holdfast/interventions"
)

// workPerChunk keeps a chunk of tasks with cards, or of messages, and what
// their release touches under chunkRows.
const workPerChunk = 100

// SaveWork keeps tasks, messages and exposures under the draft, in place of an
// earlier try. Work whose key somebody has begun, or holds in a state that the
// release of this list will not take back, is left out and counted (R8).
func (s *Store) SaveWork(
	ctx context.Context, pub interventions.PublicationID, partition int, work interventions.Assignment,
) (skipped int, err error) {
	what := fmt.Sprintf("save the work of partition %d", partition)
	if err := s.dropWork(ctx, pub, partition); err != nil {
		return 0, err
	}
	left := map[exposed]bool{}
	err = s.pieces(len(work.Tasks), workPerChunk, func(from, to int) error {
		n := 0
		err := s.write(ctx, bulk, what, func(t *tx) (err error) {
			n, err = saveTasks(t, pub, work.Tasks[from:to], left)
			return err
		})
		skipped += n
		return err
	})
	if err != nil {
		return 0, err
	}
	err = s.pieces(len(work.Messages), workPerChunk, func(from, to int) error {
		n := 0
		err := s.write(ctx, bulk, what, func(t *tx) (err error) {
			n, err = saveMessages(t, pub, work.Messages[from:to], left)
			return err
		})
		skipped += n
		return err
	})
	if err != nil {
		return 0, err
	}
	return skipped, s.pieces(len(work.Exposures), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, what, func(t *tx) error {
			return saveExposures(t, pub, partition, work.Exposures[from:to], left)
		})
	})
}

// exposed names an exposure whose work is left out.
type exposed struct {
	customer  history.CustomerID
	treatment string
}

// dropWork deletes what an earlier try saved.
func (s *Store) dropWork(ctx context.Context, pub interventions.PublicationID, partition int) error {
	err := s.write(ctx, small, "look at the list", func(t *tx) error { return draftList(t, pub) })
	if err != nil {
		return err
	}
	for _, d := range []deletion{
		{"task_cards", "task", "task IN (SELECT id FROM tasks WHERE partition = ? AND publication = ?)", workPerChunk},
		{"tasks", "id", "partition = ? AND publication = ?", workPerChunk},
		{"messages", "id", "partition = ? AND publication = ?", workPerChunk},
		{"sealed_exposures", "publication, customer, treatment", "partition = ? AND publication = ?", chunkRows},
	} {
		if _, err := s.deleteInPieces(ctx, d, partition, int64(pub)); err != nil {
			return err
		}
	}
	return nil
}

func saveTasks(t *tx, pub interventions.PublicationID, tasks []interventions.Task, left map[exposed]bool) (skipped int, err error) {
	if err := draftList(t, pub); err != nil {
		return 0, err
	}
	taken, err := takenKeys(t, pub, len(tasks), func(i int) string { return tasks[i].Key })
	if err != nil {
		return 0, err
	}
	kept := make([]interventions.Task, 0, len(tasks))
	for _, task := range tasks {
		if taken[task.Key] {
			left[exposed{task.Customer, task.Treatment}] = true
			skipped++
			continue
		}
		task.Publication = pub
		kept = append(kept, task)
	}
	return skipped, insertTasks(t, kept)
}

func saveMessages(t *tx, pub interventions.PublicationID, messages []interventions.Message, left map[exposed]bool) (skipped int, err error) {
	if err := draftList(t, pub); err != nil {
		return 0, err
	}
	taken, err := takenKeys(t, pub, len(messages), func(i int) string { return messages[i].Key })
	if err != nil {
		return 0, err
	}
	rows := make([][]any, 0, len(messages))
	for _, m := range messages {
		if taken[m.Key] {
			left[exposed{m.Customer, m.Treatment}] = true
			skipped++
			continue
		}
		m.Publication = pub
		row, err := messageRow(&m)
		if err != nil {
			return 0, err
		}
		rows = append(rows, row)
	}
	return skipped, t.insert("messages", messageColumns, rows, "")
}

func saveExposures(
	t *tx, pub interventions.PublicationID, partition int, exposures []history.Exposure, left map[exposed]bool,
) error {
	if err := draftList(t, pub); err != nil {
		return err
	}
	rows := make([][]any, 0, len(exposures))
	for _, e := range exposures {
		if left[exposed{e.Customer, e.Treatment}] {
			continue
		}
		rows = append(rows, []any{
			int64(pub), int64(e.Customer), e.Treatment, partition, int64(e.Household), micros(e.At), e.Purpose, e.Arm,
			e.Propensity, microsOrZero(e.Contacted), 0,
		})
	}
	return t.insert("sealed_exposures", "publication, customer, treatment, partition, household, at, purpose, arm, propensity, contacted, passed",
		rows, "ON CONFLICT (publication, customer, treatment) DO NOTHING")
}

// takenKeys says which keys other work has for good: begun, or held in a state
// that the release of another list does not take back.
func takenKeys(t *tx, pub interventions.PublicationID, n int, key func(int) string) (map[string]bool, error) {
	keys := make([]any, 0, n)
	for i := range n {
		if k := key(i); k != "" {
			keys = append(keys, k)
		}
	}
	holders, err := keyHolders(t, keys)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for k, h := range holders {
		if taken[k], err = h.firm(t, pub); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// recallable are the tasks and messages of other lists that nobody began or
// has before them. A message whose calls were all refused has not begun.
const (
	recallableTask    = `state IN ('ready', 'ghost', 'blocked') AND started_at = 0 AND passed_at = 0 AND attempts = 0 AND publication <> 0`
	recallableMessage = `state IN ('ready', 'ghost') AND sent_at = 0 AND passed_at = 0
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key = messages.idempotency_key AND d.state <> 'failed')`
)

// firm says whether the holder keeps its key when a list is released.
func (h keyHolder) firm(t *tx, pub interventions.PublicationID) (bool, error) {
	if h.Started == 1 {
		return true, nil
	}
	query, id := `SELECT COUNT(*) FROM tasks WHERE id = ? AND (publication = ? OR (`+recallableTask+`))`, h.Task
	if h.Message != 0 {
		query, id = `SELECT COUNT(*) FROM messages WHERE id = ? AND (publication = ? OR (`+recallableMessage+`))`, h.Message
	}
	var soft int
	err := t.get(&soft, query, id, int64(pub))
	return soft == 0, err
}

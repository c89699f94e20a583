package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/channels"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/queue"
)

// Revived counts the work that a list brought back, ghosts left out.
type Revived struct{ Tasks, Messages int }

// beingReleased is the reason of a list whose work is on its way back.
const beingReleased = "being released again"

// ReleaseAgain makes a withdrawn list seen again, with the work that nobody
// had begun, whose time has not run out and whose household has not been given
// other work for the same meanwhile (R8). Releasing again finishes what a crash
// left.
//
// manual: list release.
func (s *Store) ReleaseAgain(ctx context.Context, pub interventions.PublicationID, now time.Time) (Revived, error) {
	var list listRow
	var newer int
	err := s.write(ctx, small, "release a list again", func(t *tx) (err error) {
		if list, err = findListRow(t, `id = ?`, int64(pub)); err != nil {
			return err
		}
		if err := t.get(&newer, `SELECT COUNT(*) FROM publications WHERE as_of > ? AND state = 'released'`, list.AsOf); err != nil {
			return err
		}
		if list.State == string(interventions.PublicationReleased) && list.Reason == beingReleased {
			return nil
		}
		if err := t.one(fmt.Sprintf("list %d", pub), `UPDATE publications SET state = 'released', reason = ?, released_at = ?
			WHERE id = ? AND state = 'withdrawn'`, beingReleased, micros(now), int64(pub)); err != nil {
			return err
		}
		return showList(t, list, true)
	})
	if err != nil {
		return Revived{}, err
	}
	if newer == 0 { // as at its first release
		if err := s.recallOlder(ctx, list, now); err != nil {
			return Revived{}, err
		}
	}
	done, err := s.revive(ctx, pub, now)
	if err != nil {
		return done, err
	}
	return done, s.write(ctx, small, "end the release of a list", func(t *tx) error {
		_, err := t.exec(`UPDATE publications SET reason = '' WHERE id = ? AND reason = ?`, int64(pub), beingReleased)
		return err
	})
}

// FallBack makes an older released list the one that is shown, and brings back
// what newer lists had taken from it and nobody has begun; what of them nobody
// has begun is taken back first. Falling back again finishes what a crash left.
//
// manual: list fallback.
func (s *Store) FallBack(ctx context.Context, pub interventions.PublicationID, now time.Time, reason string) (Revived, error) {
	var newer []int64
	var list listRow
	err := s.read(ctx, "look at the lists", func(t *tx) (err error) {
		if list, err = findListRow(t, `id = ?`, int64(pub)); err != nil {
			return err
		}
		if list.State != string(interventions.PublicationReleased) {
			return fault.New(fault.Conflict, "the list %d is %s: only a released list can be fallen back to", pub, list.State)
		}
		newer = newer[:0]
		return t.list(&newer, `SELECT id FROM publications WHERE as_of > ? AND state IN ('released', 'withdrawn') AND step >= ?`, list.AsOf, stepReleased)
	})
	if err != nil {
		return Revived{}, err
	}
	for _, id := range newer {
		if err := s.Withdraw(ctx, interventions.PublicationID(id), now, reason); err != nil {
			return Revived{}, err
		}
	}
	done, err := s.revive(ctx, pub, now)
	if err != nil {
		return done, err
	}
	return done, s.write(ctx, small, "show an older list", func(t *tx) error { return showList(t, list, false) })
}

// showList makes a list the one that the pages show; with newest, unless a
// later one is shown.
func showList(t *tx, list listRow, newest bool) error {
	unless := ""
	if newest {
		unless = ` AND current_list.as_of <= excluded.as_of`
	}
	_, err := t.exec(`INSERT INTO current_list (one, publication, as_of, previous) VALUES (1, ?, ?, 0)
		ON CONFLICT (one) DO UPDATE SET previous = current_list.publication, publication = excluded.publication, as_of = excluded.as_of
		WHERE current_list.publication <> excluded.publication`+unless, list.ID, list.AsOf)
	return err
}

// recalledWork are the tasks and messages of a list that were taken back
// before anybody began them.
var recalledWork = map[string]string{
	"tasks":    `state = 'recalled' AND started_at = 0 AND passed_at = 0 AND attempts = 0`,
	"messages": `state = 'recalled' AND sent_at = 0 AND passed_at = 0`,
}

// revive brings back what of a list was recalled, a chunk in a transaction.
func (s *Store) revive(ctx context.Context, pub interventions.PublicationID, now time.Time) (n Revived, err error) {
	for _, table := range []string{"tasks", "messages"} {
		for after := int64(0); ; {
			var rows []struct {
				ID   int64
				Body string
			}
			back := 0
			err := s.write(ctx, bulk, "bring back "+table, func(t *tx) error {
				rows, back = rows[:0], 0
				if err := t.list(&rows, `SELECT id, body FROM `+table+` WHERE publication = ? AND id > ? AND `+recalledWork[table]+`
					AND expires_at > ? ORDER BY id LIMIT ?`, int64(pub), after, micros(now), workPerChunk); err != nil {
					return err
				}
				for _, r := range rows {
					bring := bringBackTask
					if table == "messages" {
						bring = bringBackMessage
					}
					seen, err := bring(t, r.Body, now)
					if err != nil {
						return err
					}
					if seen {
						back++
					}
				}
				return nil
			})
			if err != nil {
				return n, err
			}
			if table == "tasks" {
				n.Tasks += back
			} else {
				n.Messages += back
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].ID
		}
	}
	return n, nil
}

// claimKey takes a key that nobody has; an empty one is everybody's.
func claimKey(t *tx, key string, task, message int64) (bool, error) {
	if key == "" {
		return true, nil
	}
	n, err := t.exec(`INSERT INTO work_keys (work_key, task, message, started) VALUES (?, ?, ?, 0) ON CONFLICT (work_key) DO NOTHING`,
		key, task, message)
	return n == 1, err
}

// bringBackTask revives a recalled task if its key is free, and says whether
// people see it.
func bringBackTask(t *tx, body string, now time.Time) (seen bool, err error) {
	task, err := readTask(body, nil)
	if err != nil {
		return false, err
	}
	c, ok := interventions.Revive(task, "system", now)
	if !ok {
		return false, nil
	}
	free, err := claimKey(t, task.Key, int64(task.ID), 0)
	if err != nil || !free {
		return false, err
	}
	changed, err := updateTask(t, &c.Task, task.State, task.Fence)
	if err == nil && !changed {
		err = fault.New(fault.Conflict, "task %d has changed meanwhile: do it again", task.ID)
	}
	if err != nil {
		return false, err
	}
	return !task.Ghost, saveChanges(t, c.Changes)
}

// bringBackMessage revives a recalled message if its key is free and nobody
// may have got it, with a job that delivers it.
func bringBackMessage(t *tx, body string, now time.Time) (seen bool, err error) {
	m, err := readMessage(body)
	if err != nil {
		return false, err
	}
	var called int
	if err := t.get(&called, `SELECT COUNT(*) FROM deliveries WHERE key = ? AND state <> ?`, m.IdempotencyKey, string(channels.Refused)); err != nil || called > 0 {
		return false, err
	}
	free, err := claimKey(t, m.Key, 0, int64(m.ID))
	if err != nil || !free {
		return false, err
	}
	m.State, m.Reason = interventions.MessageReady, "publication released again"
	if m.Ghost {
		m.State = interventions.MessageGhost
	}
	changed, err := updateMessage(t, &m, interventions.MessageRecalled)
	if err == nil && !changed {
		err = fault.New(fault.Conflict, "message %d has changed meanwhile: do it again", m.ID)
	}
	if err != nil {
		return false, err
	}
	job, err := queue.New(deliverJob, fmt.Sprintf("deliver/%d/again/%d", m.ID, micros(now)), deliverPayload{int64(m.ID)}, now)
	if err != nil {
		return false, err
	}
	if m.NotBefore.After(now) {
		job.RunAfter = m.NotBefore
	}
	_, err = insertJob(t, job)
	return !m.Ghost, err
}

// WaitingTasks returns tasks of a list, by id after one, that wait and nobody
// began, ghosts among them.
func (s *Store) WaitingTasks(ctx context.Context, pub interventions.PublicationID, after interventions.TaskID, limit int) (tasks []interventions.Task, err error) {
	err = s.read(ctx, "read the tasks of a list", func(t *tx) error {
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM tasks WHERE publication = ? AND id > ? AND state IN ('ready', 'ghost')
			AND started_at = 0 AND passed_at = 0 AND attempts = 0 ORDER BY id LIMIT ?`, int64(pub), int64(after), limit); err != nil {
			return err
		}
		tasks = tasks[:0]
		for _, b := range bodies {
			task, err := readTask(b, nil)
			if err != nil {
				return err
			}
			tasks = append(tasks, task)
		}
		return nil
	})
	return tasks, err
}

// WaitingMessages returns messages of a list, by id after one, that have still
// to leave, ghosts among them.
func (s *Store) WaitingMessages(ctx context.Context, pub interventions.PublicationID, after interventions.MessageID, limit int) (messages []interventions.Message, err error) {
	err = s.read(ctx, "read the messages of a list", func(t *tx) error {
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM messages WHERE publication = ? AND id > ? AND waiting = 1 ORDER BY id LIMIT ?`,
			int64(pub), int64(after), limit); err != nil {
			return err
		}
		messages = messages[:0]
		for _, b := range bodies {
			m, err := readMessage(b)
			if err != nil {
				return err
			}
			messages = append(messages, m)
		}
		return nil
	})
	return messages, err
}

package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/queue"
)

// Publish releases a draft or held list in short steps, each of which may be
// repeated; a call that finds some done goes on after them.
//
//	draft ─► claiming ─► released ─► recalled ─► done
//	           │ R8's keys  │ one update: seen    │ delivery jobs
//	           │ 100 a time └ and current         └ 100 a time
//	           └ the planner's statistics
//
// Until the one update nobody sees anything of it but that work of older lists
// that it decides again, and nobody began, has been taken back. Delivery jobs
// come after it: a job that ran before would find nothing to send.
//
// Held, with who does, while somebody holds the next list by hand.
func (s *Store) Publish(
	ctx context.Context, run string, pub interventions.PublicationID, now time.Time,
) (nightly.Counts, error) {
	var list listRow
	var hold interventions.Hold
	held := false
	err := s.write(ctx, small, "begin the release of a list", func(t *tx) (err error) {
		list, err = findListRow(t, `id = ? AND run = ?`, int64(pub), run)
		if err != nil || list.Step > stepDraft {
			return err
		}
		if list.State != string(interventions.PublicationDraft) && list.State != string(interventions.PublicationHeld) {
			return fault.New(fault.Conflict, "the list %d is %s", pub, list.State)
		}
		if hold, held, err = holdNow(t); err != nil || held {
			return err
		}
		list.Step = stepClaiming
		return beside(pub, t.one(fmt.Sprintf("list %d", pub), `UPDATE publications SET step = ? WHERE id = ? AND step = ?`, stepClaiming, list.ID, stepDraft))
	})
	switch {
	case err != nil:
		return nil, err
	case held:
		return nil, hold.Refusal()
	case list.State == string(interventions.PublicationWithdrawn):
		return nil, fault.New(fault.Conflict, "the list %d is withdrawn: run the next night", pub)
	}
	for _, step := range []struct {
		after int
		do    func(context.Context, listRow, time.Time) error
	}{
		{stepClaiming, s.claimKeys},
		{stepClaiming, s.surveyTables},
		{stepClaiming, s.release},
		{stepReleased, s.recallOlder},
		{stepRecalled, s.makeDeliveryJobs},
	} {
		if list.Step > step.after {
			continue
		}
		if err := step.do(ctx, list, now); err != nil {
			return nil, fmt.Errorf("release list %d: %w", pub, beside(pub, err))
		}
	}
	if err := s.dropObjectors(ctx, now, `SELECT DISTINCT o.customer FROM objections o LEFT JOIN imports i ON i.id = o.import_id
		WHERE o.import_id = 0 OR i.version > (SELECT version FROM runs WHERE id = ?)`, run); err != nil {
		return nil, fmt.Errorf("release list %d: %w", pub, err)
	}
	return s.publishCounts(ctx, list)
}

// surveyTables has Postgres look at what its tables hold now, which it plans
// by: a night writes most of tasks and lists anew, and Postgres notices by
// itself minutes later, or much later while it cleans large tables. Until then
// the desk would be planned for as it was the day before. SQLite plans without.
func (s *Store) surveyTables(ctx context.Context, _ listRow, _ time.Time) error {
	if s.dialect == sqlite {
		return nil
	}
	var names []string // Postgres warns of each table of its own that we may not survey
	err := s.glance(ctx, "list the tables", func(t *tx) error {
		tables, err := listTables(t)
		for _, table := range tables {
			names = append(names, table.Table)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.jot(ctx, bulk, "survey the tables", func(t *tx) error {
		_, err := t.exec(`ANALYZE ` + strings.Join(names, ", "))
		return err
	})
}

// beside says what a conflict over the state of a list means.
func beside(pub interventions.PublicationID, err error) error {
	if fault.Of(err) != fault.Conflict {
		return err
	}
	return fault.New(fault.Conflict, "list %d is being released by somebody else at this moment; see how it stands with holdfast list show: %w", pub, err)
}

// publishCounts says what the list brought, ghosts left out.
func (s *Store) publishCounts(ctx context.Context, list listRow) (nightly.Counts, error) {
	var tasks, messages int64
	err := s.read(ctx, "count the work of a list", func(t *tx) error {
		if err := t.get(&tasks, `SELECT COUNT(*) FROM tasks WHERE publication = ? AND ghost = 0 AND NOT (state = 'recalled' AND attempts = 0)`, list.ID); err != nil {
			return err
		}
		return t.get(&messages, `SELECT COUNT(*) FROM messages WHERE publication = ? AND ghost = 0 AND state <> 'recalled'`, list.ID)
	})
	return nightly.Counts{"tasks": tasks, "messages": messages}, err
}

// newWork is work of the list that is being released.
type newWork struct {
	ID      int64
	WorkKey string `db:"work_key"`
}

// eachWork goes through the tasks or messages of a list by id, in chunks, each
// handled in a transaction of its own.
func (s *Store) eachWork(ctx context.Context, list listRow, table string, f func(t *tx, work []newWork) error) error {
	for after := int64(0); ; {
		var work []newWork
		piece := s.gate.share(workPerChunk)
		err := s.write(ctx, bulk, "release "+table, func(t *tx) error {
			work = work[:0]
			err := t.list(&work, `SELECT id, work_key FROM `+table+` WHERE publication = ? AND id > ? ORDER BY id LIMIT ?`,
				list.ID, after, piece)
			if err != nil || len(work) == 0 {
				return err
			}
			return f(t, work)
		})
		if err != nil || len(work) == 0 {
			return err
		}
		after = work[len(work)-1].ID
	}
}

// claimKeys gives every task and message of the list its key. Where an older
// list's work has it and nobody began that, it is recalled; where somebody
// did, the new one is (R8).
func (s *Store) claimKeys(ctx context.Context, list listRow, now time.Time) error {
	for _, table := range []string{"tasks", "messages"} {
		err := s.eachWork(ctx, list, table, func(t *tx, work []newWork) error {
			return claim(t, list, table, work, now)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// claim gives work its keys, or settles with who has them, until every key is
// somebody's: another release may take one between the look and the insert.
func claim(t *tx, list listRow, table string, work []newWork, now time.Time) error {
	keys := make([]any, len(work))
	for i, w := range work {
		keys[i] = w.WorkKey
	}
	settled := make(map[int64]bool)
	for {
		holders, err := keyHolders(t, keys)
		if err != nil {
			return err
		}
		var fresh [][]any
		for _, w := range work {
			own := keyHolder{WorkKey: w.WorkKey, Task: w.ID}
			if table == "messages" {
				own.Task, own.Message = 0, w.ID
			}
			h, held := holders[w.WorkKey]
			switch {
			case settled[w.ID]:
			case !held:
				holders[w.WorkKey] = own
				fresh = append(fresh, []any{w.WorkKey, own.Task, own.Message, 0})
			case h.Task != own.Task || h.Message != own.Message:
				settled[w.ID] = true
				if err := settle(t, list, h, own, now); err != nil {
					return err
				}
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := t.insert("work_keys", "work_key, task, message, started", fresh, "ON CONFLICT (work_key) DO NOTHING"); err != nil {
			return err
		}
	}
}

// settle decides between older work that has a key and new work that wants it.
func settle(t *tx, list listRow, holder, own keyHolder, now time.Time) error {
	firm, err := holder.firm(t, interventions.PublicationID(list.ID))
	if err != nil {
		return err
	}
	if newer, err := holder.newer(t, list); err != nil {
		return err
	} else if newer {
		_, err = recall(t, own, "decided again", now)
		return err
	}
	if !firm {
		gone, err := recall(t, holder, "decided again", now)
		if err != nil {
			return err
		}
		if gone {
			n, err := t.exec(`INSERT INTO work_keys (work_key, task, message, started) VALUES (?, ?, ?, 0)
				ON CONFLICT (work_key) DO UPDATE SET task = excluded.task, message = excluded.message WHERE work_keys.started = 0`,
				own.WorkKey, own.Task, own.Message)
			if err != nil || n == 1 {
				return err
			}
		}
	}
	_, err = recall(t, own, "begun under an earlier list", now)
	return err
}

// newer says whether a later night's list that is released, or is being
// released beside this one, has the key: then this one comes too late for it.
func (h keyHolder) newer(t *tx, list listRow) (bool, error) {
	table, id := "tasks", h.Task
	if h.Message != 0 {
		table, id = "messages", h.Message
	}
	n := 0
	err := t.get(&n, `SELECT COUNT(*) FROM `+table+` w JOIN publications p ON p.id = w.publication
		WHERE w.id = ? AND p.as_of > ? AND p.step > ? AND p.state <> 'withdrawn'`, id, list.AsOf, stepDraft)
	return n > 0, err
}

// recall takes back a task or a message that nobody began, and lets its key
// go; it says whether that was so.
func recall(t *tx, h keyHolder, why string, now time.Time) (bool, error) {
	if h.Message != 0 {
		return recallMessage(t, h, why)
	}
	lock := ""
	if t.dialect == postgres {
		lock = " FOR UPDATE"
	}
	var bodies []string
	if err := t.list(&bodies, `SELECT body FROM tasks WHERE id = ? AND (`+recallableTask+`)`+lock, h.Task); err != nil || len(bodies) == 0 {
		return false, err
	}
	task, err := readTask(bodies[0], nil)
	if err != nil {
		return false, err
	}
	c, ok := interventions.Recall(task, "system", now)
	if !ok {
		return false, nil
	}
	c.Task.Reason = why
	for i := range c.Changes {
		c.Changes[i].Why = why
	}
	changed, err := updateTask(t, &c.Task, task.State, task.Fence)
	if err != nil || !changed {
		return false, err
	}
	if err := saveChanges(t, c.Changes); err != nil {
		return false, err
	}
	return true, keepTaskKey(t, &c.Task)
}

func recallMessage(t *tx, h keyHolder, why string) (bool, error) {
	lock := ""
	if t.dialect == postgres {
		lock = " FOR UPDATE"
	}
	var bodies []string
	err := t.list(&bodies, `SELECT body FROM messages WHERE id = ? AND (`+recallableMessage+`)`+lock, h.Message)
	if err != nil || len(bodies) == 0 {
		return false, err
	}
	m, err := readMessage(bodies[0])
	if err != nil {
		return false, err
	}
	from := m.State
	m.State, m.Reason = interventions.MessageRecalled, why
	changed, err := updateMessage(t, &m, from)
	if err != nil || !changed {
		return false, err
	}
	// The same message of another list begins anew.
	if _, err := t.exec(`UPDATE deliveries SET failing_since = 0 WHERE key = ? AND failing_since > 0`, m.IdempotencyKey); err != nil {
		return false, err
	}
	return true, keepKey(t, m.Key, 0, int64(m.ID), false, false)
}

// release makes the list seen, and the one that the pages show unless a later
// one is: one short conditional update.
func (s *Store) release(ctx context.Context, list listRow, now time.Time) error {
	return s.write(ctx, small, "make the list seen", func(t *tx) error {
		if err := t.one(fmt.Sprintf("list %d", list.ID), `UPDATE publications SET state = 'released', released_at = ?, reason = '', step = ?
			WHERE id = ? AND step = ? AND state IN ('draft', 'held')`, micros(now), stepReleased, list.ID, stepClaiming); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO current_list (one, publication, as_of, previous) VALUES (1, ?, ?, 0)
			ON CONFLICT (one) DO UPDATE SET previous = current_list.publication, publication = excluded.publication, as_of = excluded.as_of
			WHERE current_list.as_of <= excluded.as_of AND current_list.publication <> excluded.publication`, list.ID, list.AsOf)
		if err != nil {
			return err
		}
		return s.tellReleased(t, list, now)
	})
}

// recallOlder takes back what older lists still have in the queue and nobody
// began.
func (s *Store) recallOlder(ctx context.Context, list listRow, now time.Time) error {
	older := ` AND publication IN (SELECT id FROM publications WHERE as_of <= ? AND id <> ? AND state IN ('released', 'withdrawn'))`
	for _, q := range []struct{ table, where string }{
		{"tasks", `lane = 'work' AND ` + recallableTask},
		{"tasks", `lane = 'behind' AND ` + recallableTask},
		{"tasks", `tend = 1 AND state = 'blocked' AND ` + recallableTask},
		{"messages", `waiting = 1 AND ` + recallableMessage},
	} {
		if err := s.recallWhere(ctx, q.table, q.where+older, "replaced by a newer list", now, list.AsOf, list.ID); err != nil {
			return err
		}
	}
	return s.stepOn(ctx, list, stepReleased, stepRecalled)
}

// recallWhere takes work back, a chunk in a transaction, until none is left.
func (s *Store) recallWhere(ctx context.Context, table, where, why string, now time.Time, args ...any) error {
	for {
		var ids []int64
		done := 0
		err := s.write(ctx, bulk, "recall "+table, func(t *tx) error {
			ids, done = ids[:0], 0
			if err := t.list(&ids, `SELECT id FROM `+table+` WHERE `+where+` LIMIT ?`, append(append([]any{}, args...), workPerChunk)...); err != nil {
				return err
			}
			for _, id := range ids {
				h := keyHolder{Task: id}
				if table == "messages" {
					h = keyHolder{Message: id}
				}
				gone, err := recall(t, h, why, now)
				if err != nil {
					return err
				}
				if gone {
					done++
				}
			}
			return nil
		})
		if err != nil || done == 0 {
			return err
		}
	}
}

func (s *Store) stepOn(ctx context.Context, list listRow, from, to int) error {
	return s.write(ctx, small, "go on with a list", func(t *tx) error {
		_, err := t.exec(`UPDATE publications SET step = ? WHERE id = ? AND step = ?`, to, list.ID, from)
		return err
	})
}

// deliverPayload names the message to be delivered.
type deliverPayload struct {
	Message int64 `json:"message"`
}

// makeDeliveryJobs makes a job for every message of the list that waits,
// ghosts among them, so that jobs tell no arms.
func (s *Store) makeDeliveryJobs(ctx context.Context, list listRow, now time.Time) error {
	err := s.eachWork(ctx, list, "messages", func(t *tx, work []newWork) error {
		for _, w := range work {
			var due []int64
			if err := t.list(&due, `SELECT not_before FROM messages WHERE id = ? AND waiting = 1`, w.ID); err != nil {
				return err
			}
			if len(due) == 0 {
				continue
			}
			job, err := queue.New(deliverJob, fmt.Sprintf("deliver/%d", w.ID), deliverPayload{w.ID}, now)
			if err != nil {
				return err
			}
			job.Run = list.Run
			if at := instant(due[0]); at.After(now) {
				job.RunAfter = at
			}
			if _, err := insertJob(t, job); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.stepOn(ctx, list, stepRecalled, stepDone)
}

// Withdraw takes a released list back: what nobody began is recalled, what
// somebody began goes on. Withdrawing again finishes what a crash left.
//
// manual: list withdraw. web: the operator's page.
func (s *Store) Withdraw(ctx context.Context, pub interventions.PublicationID, now time.Time, reason string) error {
	err := s.write(ctx, small, "withdraw a list", func(t *tx) error {
		list, err := findListRow(t, `id = ?`, int64(pub))
		if err != nil {
			return err
		}
		if list.Step < stepReleased {
			return fault.New(fault.Conflict, "the list %d is not released: nothing of it has been seen", pub)
		}
		_, err = t.exec(`UPDATE publications SET state = 'withdrawn', reason = ?, step = ? WHERE id = ? AND state = 'released'`,
			text(reason), stepDone, int64(pub))
		return err
	})
	if err != nil {
		return err
	}
	for _, q := range []struct{ table, where string }{
		{"tasks", recallableTask}, {"messages", recallableMessage},
	} {
		if err := s.recallWhere(ctx, q.table, q.where+` AND publication = ?`, "publication withdrawn", now, int64(pub)); err != nil {
			return err
		}
	}
	return nil
}

// Hold marks a draft as held for a person, and says why.
func (s *Store) Hold(ctx context.Context, pub interventions.PublicationID, reason string) error {
	return s.write(ctx, small, "hold a list", func(t *tx) error {
		return t.one(fmt.Sprintf("list %d", pub), `UPDATE publications SET state = 'held', reason = ? WHERE id = ? AND step = ? AND state IN ('draft', 'held')`,
			text(reason), int64(pub), stepDraft)
	})
}

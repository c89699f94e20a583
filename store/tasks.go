package store

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// The lanes of the order of work.
const (
	laneNone     = ""
	lanePromise  = "promise"
	laneCallback = "callback"
	laneWork     = "work"
	laneBehind   = "behind" // the day has no room for it
)

const taskColumns = `id, publication, work_key, customer, household, partition, treatment, family, state, ghost, lane, fence,
	free_at, tend, tend_at, expires_at, due_at, value_per_minute, minutes, attempts, milestone, created_at, started_at, passed_at, done_at, body, holder`

// released is the condition under which the work of a list p is seen; work
// without a list, publication 0, is inbound.
const released = `(t.publication = 0 OR EXISTS (SELECT 1 FROM publications p
	WHERE p.id = t.publication AND p.state IN ('released', 'withdrawn')))`

// openTask is the condition of the index of open tasks.
const openTask = `t.state NOT IN ('done', 'expired', 'recalled')`

// taskRow gives the values of taskColumns.
func taskRow(t *interventions.Task) ([]any, error) {
	body := *t
	body.Card = interventions.Card{}
	j, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write task %d: %w", t.ID, err)
	}
	free := t.NotBefore
	if t.State == interventions.TaskLeased || t.State == interventions.TaskInProgress {
		free = t.LeaseUntil
	}
	tend, at := tending(t)
	return []any{
		int64(t.ID), int64(t.Publication), t.Key, int64(t.Customer), int64(t.Household), t.Partition, t.Treatment,
		string(t.Family), string(t.State), boolean(t.Ghost), laneOf(t), t.Fence, microsOrZero(free), tend, at, expiry(t.ExpiresAt),
		microsOrZero(t.DueAt), t.ValuePerMinute, t.Minutes, t.Attempts, t.Milestone, microsOrZero(t.CreatedAt),
		microsOrZero(t.StartedAt), microsOrZero(t.PassedAt), microsOrZero(t.DoneAt), string(j), text(holderOf(t)),
	}, nil
}

// expiry is when work expires; the greatest number when it does not.
func expiry(at time.Time) int64 {
	if at.IsZero() {
		return math.MaxInt64
	}
	return micros(at)
}

// laneOf says where a task stands in the order of work.
func laneOf(t *interventions.Task) string {
	switch {
	case !t.State.Open() || t.State == interventions.TaskBlocked:
		return laneNone
	case t.DueKind == interventions.DuePromise:
		return lanePromise
	case t.DueKind == interventions.DueCallback:
		return laneCallback
	case t.Behind():
		return laneBehind
	}
	return laneWork
}

// holderOf says who alone may work on a task: who has it, or for whom a
// promise or call-back waits; empty is anybody.
func holderOf(t *interventions.Task) string {
	switch {
	case t.State == interventions.TaskLeased || t.State == interventions.TaskInProgress, t.DueKind != "" && !t.Escalated:
		return t.Owner
	}
	return ""
}

// tending says when somebody must look after a task: 1 at that time, 2 some
// time before it, 0 never.
func tending(t *interventions.Task) (int, int64) {
	expires := expiry(t.ExpiresAt)
	if t.DueKind != "" {
		expires = math.MaxInt64
	}
	switch t.State {
	case interventions.TaskLeased:
		return 1, min(micros(t.LeaseUntil), max(expires, micros(t.LeaseUntil)))
	case interventions.TaskInProgress:
		return 1, micros(t.LeaseUntil)
	case interventions.TaskBlocked:
		return 1, min(microsOrZero(t.NotBefore), expires)
	case interventions.TaskCallback:
		return 2, microsOrZero(t.DueAt)
	case interventions.TaskReady, interventions.TaskSnoozed, interventions.TaskGhost:
		if expires < math.MaxInt64 {
			return 1, expires
		}
	}
	return 0, 0
}

// insertTasks adds tasks with their cards.
func insertTasks(t *tx, tasks []interventions.Task) error {
	rows, cards := make([][]any, len(tasks)), make([][]any, len(tasks))
	for i := range tasks {
		var err error
		if rows[i], err = taskRow(&tasks[i]); err != nil {
			return err
		}
		card, err := json.Marshal(tasks[i].Card)
		if err != nil {
			return fmt.Errorf("write the card of task %d: %w", tasks[i].ID, err)
		}
		cards[i] = []any{int64(tasks[i].ID), string(card)}
	}
	if err := t.insert("tasks", taskColumns, rows, ""); err != nil {
		return err
	}
	return t.insert("task_cards", "task, card", cards, "")
}

// updateTask writes a task's new state and says whether it was still in the
// state and under the fence given.
func updateTask(t *tx, task *interventions.Task, state interventions.TaskState, fence int64) (bool, error) {
	q, err := taskUpdate(task, state, fence)
	if err != nil {
		return false, err
	}
	n, err := t.exec(q.query, q.args...)
	return n == 1, err
}

func taskUpdate(task *interventions.Task, state interventions.TaskState, fence int64) (question, error) {
	row, err := taskRow(task)
	if err != nil {
		return question{}, err
	}
	return question{
		query: `UPDATE tasks SET publication = ?, work_key = ?, customer = ?, household = ?, partition = ?, treatment = ?,
		family = ?, state = ?, ghost = ?, lane = ?, fence = ?, free_at = ?, tend = ?, tend_at = ?, expires_at = ?, due_at = ?,
		value_per_minute = ?, minutes = ?, attempts = ?, milestone = ?, created_at = ?, started_at = ?, passed_at = ?,
		done_at = ?, body = ?, holder = ? WHERE id = ? AND state = ? AND fence = ?`,
		args: append(row[1:], int64(task.ID), string(state), fence),
	}, nil
}

// readTask decodes a row's body and card; a nil card stays empty.
func readTask(body string, card *string) (task interventions.Task, err error) {
	if err := json.Unmarshal([]byte(body), &task); err != nil {
		return task, fmt.Errorf("read a task: %w", err)
	}
	if card != nil {
		if err := json.Unmarshal([]byte(*card), &task.Card); err != nil {
			return task, fmt.Errorf("read the card of task %d: %w", task.ID, err)
		}
	}
	return task, nil
}

// findTask reads a task of whatever state, ghosts and drafts among them.
func findTask(t *tx, id interventions.TaskID) (interventions.Task, error) {
	var r struct{ Body, Card string }
	err := t.get(&r, `SELECT t.body, c.card FROM tasks t JOIN task_cards c ON c.task = t.id WHERE t.id = ?`, int64(id))
	err = found(err, "there is no task %d", id)
	if err != nil {
		return interventions.Task{}, err
	}
	return readTask(r.Body, &r.Card)
}

// saveChanges appends changes of state.
func saveChanges(t *tx, changes []interventions.Change) error {
	qs := make([]question, len(changes))
	for i, c := range changes {
		qs[i] = question{
			query: `INSERT INTO task_changes (task, seq, at, who, from_state, to_state, why)
			VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM task_changes WHERE task = ?), ?, ?, ?, ?, ?)`,
			args: []any{int64(c.Task), int64(c.Task), micros(c.At), text(c.Who), string(c.From), string(c.To), text(c.Why)},
		}
	}
	return t.later(qs...)
}

// keepKey brings the key of a task or a message up to its state: kept for ever
// once begun, let go when it ends without (R8).
func keepKey(t *tx, key string, task, message int64, open, started bool) error {
	switch {
	case key == "":
	case started:
		return t.run(`UPDATE work_keys SET started = 1 WHERE work_key = ? AND task = ? AND message = ? AND started = 0`, key, task, message)
	case !open:
		return t.run(`DELETE FROM work_keys WHERE work_key = ? AND task = ? AND message = ? AND started = 0`, key, task, message)
	}
	return nil
}

func keepTaskKey(t *tx, task *interventions.Task) error {
	return keepKey(t, task.Key, int64(task.ID), 0, task.State.Open(), !task.StartedAt.IsZero() || !task.PassedAt.IsZero())
}

// takeKey takes a key for new work at the desk: Conflict when other work that
// is open, or was begun, has it.
func takeKey(t *tx, key string, task interventions.TaskID, started bool) error {
	if key == "" {
		return nil
	}
	free, err := takeFree(t, key, task, started)
	if err == nil && !free {
		return fault.New(fault.Conflict, "there is work for %s already: open that", key)
	}
	return err
}

// takeFree takes a key that nobody has, and tells whether it was free.
func takeFree(t *tx, key string, task interventions.TaskID, started bool) (bool, error) {
	n, err := t.exec(`INSERT INTO work_keys (work_key, task, message, started) VALUES (?, ?, 0, ?) ON CONFLICT (work_key) DO NOTHING`,
		key, int64(task), boolean(started))
	return n == 1, err
}

// keyHolder is what has a key.
type keyHolder struct {
	WorkKey string `db:"work_key"`
	Task    int64
	Message int64
	Started int
}

// keyHolders returns who has which of these keys.
func keyHolders(t *tx, keys []any) (map[string]keyHolder, error) {
	holders := make(map[string]keyHolder, len(keys))
	if len(keys) == 0 {
		return holders, nil
	}
	var rows []keyHolder
	err := t.list(&rows, `SELECT work_key, task, message, started FROM work_keys WHERE work_key IN (`+placeholders(len(keys))+`)`, keys...)
	for _, r := range rows {
		holders[r.WorkKey] = r
	}
	return holders, err
}

// ownContact is a contact that we made, or a ghost that passed.
type ownContact struct {
	work      string
	n         int
	household history.HouseholdID
	customer  history.CustomerID
	partition int
	at        time.Time
	channel   string
	purpose   string
	reached   bool
}

func saveContact(t *tx, c ownContact) error {
	return t.run(`INSERT INTO own_contacts (work, n, household, customer, partition, at, channel, purpose, reached)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (work, n) DO UPDATE SET at = excluded.at, channel = excluded.channel,
		purpose = excluded.purpose, reached = excluded.reached`,
		c.work, c.n, int64(c.household), int64(c.customer), c.partition, micros(c.at), c.channel, c.purpose, boolean(c.reached))
}

// stampExposures notes the first contact of the newest exposure not stamped yet.
func stampExposures(t *tx, stamps []interventions.ExposureStamp) error {
	for _, e := range stamps {
		column := "passed"
		if e.Contacted {
			column = "contacted"
		}
		if err := t.run(`UPDATE sealed_exposures SET `+column+` = ? WHERE `+column+` = 0 AND customer = ? AND treatment = ?
			AND at = (SELECT MAX(x.at) FROM sealed_exposures x JOIN publications p ON p.id = x.publication
				AND p.state IN ('released', 'withdrawn') WHERE x.customer = ? AND x.treatment = ?)`,
			micros(e.At), int64(e.Customer), e.Treatment, int64(e.Customer), e.Treatment); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"time"

	"holdfast/interventions"
)

// TaskCount is how many tasks of a treatment are in a state, ghosts left out.
type TaskCount struct {
	Treatment string
	Family    interventions.Family // of work without a treatment
	State     interventions.TaskState
	Tasks     int
	Minutes   float64
}

// TaskCounts is the state of the queue for the live board.
type TaskCounts struct {
	ByState  []TaskCount // open work of released lists, and what was done since
	Promises int         // still to be kept
	Overdue  int         // of those, past their time
	Breaking int         // of those, due by soon
}

// TaskCounts counts open tasks, those done since a time, and promises.
func (s *Store) TaskCounts(ctx context.Context, now, since, soon time.Time) (c TaskCounts, err error) {
	err = s.read(ctx, "count tasks", func(t *tx) error {
		c = TaskCounts{}
		counted := func(family, where string) string {
			return `SELECT t.treatment, ` + family + `, t.state, COUNT(*), COALESCE(SUM(t.minutes), 0) FROM tasks t
				WHERE t.ghost = 0 AND ` + where + ` GROUP BY 1, 2, 3`
		}
		// Of open work the index knows all but the family, which few need.
		err := t.each(counted(`''`, `t.treatment <> '' AND `+openTask+` AND `+released)+
			` UNION ALL `+counted(`t.family`, `t.publication = 0 AND t.treatment = '' AND `+openTask)+
			` UNION ALL `+counted(`CASE WHEN t.treatment = '' THEN t.family ELSE '' END`, `t.state IN ('done', 'expired', 'recalled') AND t.done_at > 0 AND t.done_at >= ? AND `+released)+`
			ORDER BY 1, 2, 3`, []any{micros(since)}, func(r scanner) error {
			var x TaskCount
			err := r.Scan(&x.Treatment, &x.Family, &x.State, &x.Tasks, &x.Minutes)
			c.ByState = append(c.ByState, x)
			return err
		})
		if err != nil {
			return err
		}
		return t.each(`SELECT COUNT(*), COUNT(CASE WHEN due_at <= ? THEN 1 END),
			COUNT(CASE WHEN due_at > ? AND due_at <= ? THEN 1 END) FROM promises WHERE pending = 1`,
			[]any{micros(now), micros(now), micros(soon)}, func(r scanner) error { return r.Scan(&c.Promises, &c.Overdue, &c.Breaking) })
	})
	return c, err
}

// Hand is a task that somebody has before them: what it is, not whose.
type Hand struct {
	Who       string
	Treatment string // empty for work without one
	Family    interventions.Family
}

// Hands returns what everybody has before them now, by name, ghosts left out.
func (s *Store) Hands(ctx context.Context, now time.Time) (list []Hand, err error) {
	err = s.read(ctx, "read what is in hand", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT t.holder, t.treatment, t.family FROM tasks t WHERE t.holder <> '' AND t.free_at > ?
			AND t.state IN ('leased', 'in_progress') AND t.ghost = 0 AND `+released+` ORDER BY t.holder, t.free_at, t.id`,
			[]any{micros(now)}, func(r scanner) error {
				var h Hand
				err := r.Scan(&h.Who, &h.Treatment, &h.Family)
				list = append(list, h)
				return err
			})
	})
	return list, err
}

// Move is how often somebody brought tasks into a state for a reason.
type Move struct {
	Who   string
	To    interventions.TaskState
	Why   string
	Tasks int
}

// Moves counts the changes of tasks since a time, ghosts left out.
func (s *Store) Moves(ctx context.Context, since time.Time) (list []Move, err error) {
	err = s.read(ctx, "count the changes of tasks", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT c.who, c.to_state, c.why, COUNT(*) FROM task_changes c JOIN tasks t ON t.id = c.task
			WHERE c.at >= ? AND t.ghost = 0 GROUP BY c.who, c.to_state, c.why ORDER BY c.who, c.to_state, c.why`,
			[]any{micros(since)}, func(r scanner) error {
				var m Move
				err := r.Scan(&m.Who, &m.To, &m.Why, &m.Tasks)
				list = append(list, m)
				return err
			})
	})
	return list, err
}

// Changes returns a task's changes of state, in order; none for a ghost.
func (s *Store) Changes(ctx context.Context, id interventions.TaskID) (list []interventions.Change, err error) {
	err = s.read(ctx, "read the changes of a task", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT c.at, c.who, c.from_state, c.to_state, c.why FROM task_changes c JOIN tasks t ON t.id = c.task
			WHERE c.task = ? AND t.ghost = 0 ORDER BY c.seq`, []any{int64(id)}, func(r scanner) error {
			x := interventions.Change{Task: id}
			var at int64
			err := r.Scan(&at, &x.Who, &x.From, &x.To, &x.Why)
			x.At = instant(at)
			list = append(list, x)
			return err
		})
	})
	return list, err
}

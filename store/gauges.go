package store

import (
	"context"
	"time"

	"holdfast/queue"
)

// Gauges are counts that monitoring reads; none of them tells a ghost.
type Gauges struct {
	Jobs        map[queue.State]int // that are not done
	Overdue     int                 // jobs that were due more than ten minutes ago and were not begun
	Tasks       map[string]int      // released ones that are open, by state
	PromisesDue int                 // open promises past their time
	Night       time.Time           // as-of of the newest night; zero before the first
	NightState  string
	Retried     []Retried // messages that wait for another try
}

// Gauges counts as of now.
func (s *Store) Gauges(ctx context.Context, now time.Time) (g Gauges, err error) {
	err = s.read(ctx, "count for monitoring", func(t *tx) error {
		g = Gauges{Jobs: map[queue.State]int{}, Tasks: map[string]int{}}
		count := func(into func(state string, n int), query string, args ...any) error {
			return t.each(query, args, func(row scanner) error {
				var state string
				var n int
				err := row.Scan(&state, &n)
				into(state, n)
				return err
			})
		}
		if err := count(func(state string, n int) { g.Jobs[queue.State(state)] = n },
			`SELECT state, COUNT(*) FROM jobs WHERE state <> 'done' GROUP BY state`); err != nil {
			return err
		}
		if err := t.get(&g.Overdue, `SELECT COUNT(*) FROM jobs WHERE state = 'ready' AND run_after < ?`, micros(now.Add(-overdue))); err != nil {
			return err
		}
		if err := count(func(state string, n int) { g.Tasks[state] = n },
			`SELECT t.state, COUNT(*) FROM tasks t WHERE t.ghost = 0 AND `+openTask+` AND t.state <> 'blocked' AND `+released+`
				GROUP BY t.state`); err != nil {
			return err
		}
		if err := t.get(&g.PromisesDue, `SELECT COUNT(*) FROM tasks WHERE ghost = 0 AND lane IN ('promise', 'callback') AND due_at > 0 AND due_at < ?`, micros(now)); err != nil {
			return err
		}
		if g.Retried, err = retriedNow(t); err != nil {
			return err
		}
		var rows []struct {
			AsOf  int64 `db:"as_of"`
			State string
		}
		if err := t.list(&rows, `SELECT as_of, state FROM runs WHERE dry_run = 0 ORDER BY as_of DESC LIMIT 1`); err != nil || len(rows) == 0 {
			return err
		}
		g.Night, g.NightState = instant(rows[0].AsOf), rows[0].State
		return nil
	})
	return g, err
}

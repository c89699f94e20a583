package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
)

// Span returns when the first and the last thing in the history occurred;
// zeros without any.
func (s *Store) Span(ctx context.Context) (first, last time.Time, err error) {
	if first, err = s.Earliest(ctx); err != nil || first.IsZero() {
		return first, last, err
	}
	var newest int64
	err = s.read(ctx, "find the end of the history", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		return t.get(&newest, `SELECT COALESCE(MAX(at), 0) FROM (
			SELECT MAX(g.max_at) AS at FROM segments g JOIN imports i ON i.id = g.import_id WHERE `+visible+`
			UNION ALL SELECT MAX(occurred) FROM events_single WHERE import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`)
			UNION ALL SELECT MAX(occurred) FROM facts WHERE occurred <> 0 AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`))) AS lasts`,
			version, version, version, version, version, version)
	})
	return first, instantOrZero(newest), err
}

// PartitionExposures returns every exposure of released lists in a partition,
// oldest first.
//
// Sealed: it tells arms, for measurement and the auditor.
func (s *Store) PartitionExposures(ctx context.Context, partition int) (list []history.Exposure, err error) {
	err = s.read(ctx, "read exposures", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT e.customer, e.household, e.at, e.purpose, e.treatment, e.arm, e.propensity, e.contacted
			FROM sealed_exposures e JOIN publications p ON p.id = e.publication AND p.state IN ('released', 'withdrawn')
			WHERE e.partition = ? ORDER BY e.at, e.customer, e.treatment`, []any{partition},
			func(r scanner) error {
				var e history.Exposure
				var at, contacted int64
				err := r.Scan(&e.Customer, &e.Household, &at, &e.Purpose, &e.Treatment, &e.Arm, &e.Propensity, &contacted)
				e.At, e.Contacted = instant(at), instantOrZero(contacted)
				list = append(list, e)
				return err
			})
	})
	return list, err
}

// SentMessages returns the messages that left in [from, to), oldest first.
func (s *Store) SentMessages(ctx context.Context, from, to time.Time) (list []interventions.Message, err error) {
	err = s.read(ctx, "read the messages sent", func(t *tx) error {
		list = list[:0]
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM messages WHERE ghost = 0 AND state = 'sent' AND sent_at >= ? AND sent_at < ?
			ORDER BY sent_at, id`, micros(from), micros(to)); err != nil {
			return err
		}
		for _, b := range bodies {
			m, err := readMessage(b)
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// tasksWhere reads released tasks that are no ghosts, with their cards.
func (s *Store) tasksWhere(ctx context.Context, what, where string, args ...any) ([]interventions.Task, error) {
	return s.tasksOf(ctx, what, withCard, func(t *tx) (ids []int64, err error) {
		err = t.list(&ids, `SELECT t.id FROM tasks t WHERE t.ghost = 0 AND `+released+` AND `+where, args...)
		return ids, err
	})
}

// CustomerTasks returns a customer's tasks, newest first, without ghosts.
func (s *Store) CustomerTasks(ctx context.Context, id history.CustomerID, limit int) ([]interventions.Task, error) {
	return s.tasksWhere(ctx, "read a customer's tasks", `t.customer = ? ORDER BY t.created_at DESC, t.id LIMIT ?`, int64(id), limit)
}

// TasksHeldBy returns the tasks whose running lease the agent has.
func (s *Store) TasksHeldBy(ctx context.Context, agent string, now time.Time) (tasks []interventions.Task, err error) {
	err = s.ask(ctx, "read the leased tasks", askHeldBy(&tasks, agent, now))
	return tasks, err
}

func askHeldBy(into *[]interventions.Task, agent string, now time.Time) question {
	return askTasks(into, withCard+` WHERE t.ghost = 0 AND `+released+` AND `+heldBy, text(agent), micros(now))
}

// heldBy and promised are the conditions of TasksHeldBy and, for one lane and
// one holder, of Commitments.
const (
	heldBy   = `t.holder = ? AND t.holder <> '' AND t.free_at > ? AND t.state IN ('leased', 'in_progress') ORDER BY t.free_at, t.id`
	promised = `t.lane = ? AND t.holder = ? AND t.due_at > 0 AND t.due_at <= ? ORDER BY t.due_at, t.id LIMIT ?`
)

// Commitments returns tasks that wait for a promise or call-back due by until:
// the agent's own, nobody's, and those about to break, by due time.
func (s *Store) Commitments(ctx context.Context, agent string, until time.Time, limit int) (tasks []interventions.Task, err error) {
	holders := []string{""}
	if agent != "" {
		holders = append(holders, text(agent))
	}
	var qs []question
	for _, lane := range []string{lanePromise, laneCallback} {
		for _, holder := range holders {
			qs = append(qs, askTasks(&tasks, withCard+` WHERE t.ghost = 0 AND `+released+` AND `+promised, lane, holder, micros(until), limit))
		}
	}
	if err := s.ask(ctx, "read what was promised", qs...); err != nil {
		return nil, err
	}
	slices.SortFunc(tasks, func(a, b interventions.Task) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return tasks[:min(len(tasks), limit)], nil
}

// Overdue returns tasks with a promise or call-back to be kept by until, those
// past their time first, whoever has them and whatever became of them.
//
// web: from the board.
func (s *Store) Overdue(ctx context.Context, until time.Time, limit int) ([]interventions.Task, error) {
	return s.tasksWhere(ctx, "read the promises that fall due", `t.id IN (SELECT p.task FROM promises p WHERE p.pending = 1 AND p.due_at <= ?
		ORDER BY p.due_at LIMIT ?) ORDER BY t.due_at, t.id`, micros(until), limit)
}

// CustomerPromises returns the promises made to a customer, newest first.
func (s *Store) CustomerPromises(ctx context.Context, id history.CustomerID, limit int) (list []interventions.Promise, err error) {
	err = s.read(ctx, "read a customer's promises", func(t *tx) error {
		list = list[:0]
		var bodies []string
		if err := t.list(&bodies, `SELECT p.body FROM promises p JOIN tasks t ON t.id = p.task
			WHERE t.customer = ? AND t.ghost = 0 ORDER BY p.due_at DESC, p.id LIMIT ?`, int64(id), limit); err != nil {
			return err
		}
		for _, b := range bodies {
			p, err := readPromise(b)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	return list, err
}

// BandTotals is what a list says of one band.
type BandTotals struct {
	Customers int
	AtRisk    int64 // sum of risk × value, minor units
}

// ListTotals returns the totals by band of the list that is shown and of the
// one before it, which is nil without one.
func (s *Store) ListTotals(ctx context.Context) (now, before map[scoring.Band]BandTotals, err error) {
	err = s.read(ctx, "read the totals of the list", func(t *tx) error {
		now, before = nil, nil
		var rows []struct {
			Publication int64 `db:"publication"`
			Previous    int64 `db:"previous"`
		}
		if err := t.list(&rows, `SELECT publication, previous FROM current_list`); err != nil || len(rows) == 0 {
			return err
		}
		if now, err = bandTotals(t, rows[0].Publication); err != nil || rows[0].Previous == 0 {
			return err
		}
		before, err = bandTotals(t, rows[0].Previous)
		return err
	})
	return now, before, err
}

func bandTotals(t *tx, publication int64) (map[scoring.Band]BandTotals, error) {
	out := make(map[scoring.Band]BandTotals)
	err := t.each(`SELECT band, SUM(customers), SUM(at_risk) FROM list_totals WHERE publication = ? GROUP BY band`,
		[]any{publication}, func(r scanner) error {
			var band scoring.Band
			var b BandTotals
			err := r.Scan(&band, &b.Customers, &b.AtRisk)
			out[band] = b
			return err
		})
	return out, err
}

// Segments returns the segments that the list tells apart, sorted.
func (s *Store) Segments(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, "read the segments", func(t *tx) error {
		return t.list(&names, `SELECT DISTINCT l.segment FROM list_totals l JOIN current_list c ON c.publication = l.publication
			WHERE l.segment <> '' ORDER BY l.segment`)
	})
	return names, err
}

// Promise returns one promise: NotFound when there is none, or when it was made
// over a ghost.
func (s *Store) Promise(ctx context.Context, id interventions.PromiseID) (p interventions.Promise, err error) {
	err = s.read(ctx, "read a promise", func(t *tx) error {
		var bodies []string
		if err := t.list(&bodies, `SELECT p.body FROM promises p JOIN tasks t ON t.id = p.task
			WHERE p.id = ? AND t.ghost = 0`, int64(id)); err != nil {
			return err
		}
		if len(bodies) == 0 {
			return fault.New(fault.NotFound, "there is no promise %d", id)
		}
		p, err = readPromise(bodies[0])
		return err
	})
	return p, err
}

package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdfast/interventions"
	"holdfast/measurement"
)

// promiseLeeway is how long after its time a promise still counts as kept in time.
const promiseLeeway = time.Hour

// Promised counts the promises and call-backs that fell due in [from, to): kept
// in time, kept late or broken, and still open. As of to those that nobody kept
// within the leeway are broken, unless a gate stands in the way. What was taken
// back is in none.
func (s *Store) Promised(ctx context.Context, from, to time.Time) (kept, broken, open int, err error) {
	err = s.read(ctx, "count what was promised", func(t *tx) error {
		kept, broken, open = 0, 0, 0
		return t.each(`SELECT p.body, `+promiseBlocked+` FROM promises p WHERE p.pending IN (0, 1) AND p.due_at >= ? AND p.due_at < ?`, []any{micros(from), micros(to)}, func(r scanner) error {
			var body string
			var blocked int
			if err := r.Scan(&body, &blocked); err != nil {
				return err
			}
			p, err := readPromise(body)
			if err != nil {
				return err
			}
			switch standingOf(p, blocked > 0, to) {
			case promiseKept:
				kept++
			case promiseBroken:
				broken++
			case promiseOpen:
				open++
			case promiseVoid:
			}
			return nil
		})
	})
	return kept, broken, open, err
}

// promiseBlocked says whether a gate stands in the way of a promise p.
const promiseBlocked = `(SELECT COUNT(*) FROM tasks b WHERE b.id = p.task AND b.state = 'blocked')`

// KeptCells counts the settled promises and call-backs that fell due in
// [from, to), by who gave them and the customer's segment at the first
// attempt of their task.
//
// scheduled: by the night's measure stage.
func (s *Store) KeptCells(ctx context.Context, from, to time.Time) (cells []measurement.KeptCell, err error) {
	err = s.read(ctx, "count how promises were kept", func(t *tx) error {
		by := map[measurement.KeptCell]measurement.KeptCell{}
		err := t.each(`SELECT p.body, `+promiseBlocked+`, COALESCE((SELECT h.segment FROM handled h WHERE h.task = p.task ORDER BY h.n LIMIT 1), '')
			FROM promises p WHERE p.pending IN (0, 1) AND p.due_at >= ? AND p.due_at < ?`, []any{micros(from), micros(to)}, func(r scanner) error {
			var body, segment string
			var blocked int
			if err := r.Scan(&body, &blocked, &segment); err != nil {
				return err
			}
			p, err := readPromise(body)
			if err != nil {
				return err
			}
			key := measurement.KeptCell{Agent: p.MadeBy, Segment: segment}
			c, met := by[key]
			if !met {
				c = key
			}
			switch standingOf(p, blocked > 0, to) {
			case promiseKept:
				c.Kept++
			case promiseBroken:
				c.Broken++
			case promiseOpen, promiseVoid:
				return nil
			}
			by[key] = c
			return nil
		})
		cells = cells[:0]
		for _, c := range by {
			cells = append(cells, c)
		}
		slices.SortFunc(cells, func(a, b measurement.KeptCell) int {
			return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Segment, b.Segment))
		})
		return err
	})
	return cells, err
}

// promiseStanding is what became of a promise or call-back.
type promiseStanding int

const (
	promiseOpen promiseStanding = iota
	promiseKept
	promiseBroken // kept too late, or not at all
	promiseVoid   // taken back
)

// standingOf is what had become of a promise at an instant.
func standingOf(p interventions.Promise, blocked bool, now time.Time) promiseStanding {
	switch {
	case !p.VoidedAt.IsZero():
		return promiseVoid
	case !p.BrokenAt.IsZero(), p.KeptAt.After(p.DueAt.Add(promiseLeeway)):
		return promiseBroken
	case !p.KeptAt.IsZero():
		return promiseKept
	case !blocked && now.After(p.DueAt.Add(promiseLeeway)):
		return promiseBroken
	}
	return promiseOpen
}

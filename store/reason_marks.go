package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/scoring"
)

// markCell is one reason on one day.
type markCell struct {
	day     int64
	concept string
}

// markCount is how often it was marked true and untrue.
type markCount struct{ holds, fails int }

// saveMarks counts what an attempt says of the card's reasons, and takes back
// what the attempt said that it corrects. The cells are written in one order, so
// that two who save at once never wait for each other.
func saveMarks(t *tx, step interventions.Consequences) error {
	cells := map[markCell]markCount{}
	if step.Undo != 0 {
		var was []struct {
			At   int64
			Body string
		}
		if err := t.list(&was, `SELECT at, body FROM task_attempts WHERE task = ? AND n = ? AND undone > 0 ORDER BY seq DESC LIMIT 1`,
			int64(step.Task.ID), step.Undo); err != nil {
			return err
		}
		for _, w := range was {
			var said struct {
				WrapUp struct{ ReasonTruth map[string]bool }
			}
			if err := json.Unmarshal([]byte(w.Body), &said); err != nil {
				return fmt.Errorf("read an attempt of task %d: %w", step.Task.ID, err)
			}
			addMarks(cells, &step.Task, w.At, said.WrapUp.ReasonTruth, -1)
		}
	}
	if a := step.Attempt; a != nil {
		addMarks(cells, &step.Task, micros(a.At), a.WrapUp.ReasonTruth, 1)
	}
	order := slices.SortedFunc(maps.Keys(cells), func(a, b markCell) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.concept, b.concept))
	})
	for _, c := range order {
		n := cells[c]
		if n == (markCount{}) {
			continue
		}
		if err := t.run(`INSERT INTO reason_marks (day, concept, holds, fails) VALUES (?, ?, ?, ?)
			ON CONFLICT (day, concept) DO UPDATE SET holds = reason_marks.holds + excluded.holds, fails = reason_marks.fails + excluded.fails`,
			c.day, text(c.concept), n.holds, n.fails); err != nil {
			return err
		}
	}
	return nil
}

// addMarks adds marks on reasons that the card has.
func addMarks(cells map[markCell]markCount, task *interventions.Task, at int64, truth map[string]bool, by int) {
	for concept, holds := range truth {
		if !slices.ContainsFunc(task.Card.Reasons, func(r scoring.Reason) bool { return r.Concept == concept }) {
			continue
		}
		c := markCell{at / microsPerDay, concept}
		n := cells[c]
		if holds {
			n.holds += by
		} else {
			n.fails += by
		}
		cells[c] = n
	}
}

// ReasonMarks returns how often agents marked each reason as true and untrue in
// calls since a day, in no order: a row for each reason and day is read.
//
// web: the model room.
func (s *Store) ReasonMarks(ctx context.Context, since time.Time) (list []measurement.ReasonMarks, err error) {
	err = s.read(ctx, "count marks on reasons", func(t *tx) error {
		list = nil
		return t.each(`SELECT concept, SUM(holds), SUM(fails) FROM reason_marks WHERE day >= ? GROUP BY concept`,
			[]any{micros(since) / microsPerDay}, func(r scanner) error {
				var m measurement.ReasonMarks
				err := r.Scan(&m.Concept, &m.True, &m.Untrue)
				if m.Marks() > 0 {
					list = append(list, m)
				}
				return err
			})
	})
	return list, err
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

var _ interventions.ReviseStore = (*Store)(nil)

// untouched is the condition of a list's tasks that solving a day again may
// move; see interventions.Task.Touched.
const untouched = `state IN ('ready', 'ghost') AND fence = 0 AND attempts = 0 AND started_at = 0 AND passed_at = 0`

// revisionFor is how long a revision may take to be written: after that whoever
// wrote it is gone.
const revisionFor = 10 * time.Minute

// movesPerChunk is how many tasks a revision moves at once: who asks for one of
// them, as many do for the first, waits for all.
const movesPerChunk = 25

// DayWork returns what stands before the desk until the end of a day: the
// untouched tasks of a list that may be offered before then, without their
// cards, and the minutes of what else is to be done. The roster is not read.
//
// Sealed: it returns ghosts, to be weighed as their twins; no page may list it.
func (s *Store) DayWork(ctx context.Context, pub interventions.PublicationID, now, end time.Time) (d interventions.DayWork, err error) {
	err = s.read(ctx, "read what stands before the desk", func(t *tx) error {
		d = interventions.DayWork{Committed: interventions.Committed{ByTreatment: map[string]float64{}}}
		if d.Committed.Absent, err = absentAgents(t); err != nil {
			return err
		}
		if d.Paused, err = pausedNow(t); err != nil {
			return err
		}
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM tasks WHERE lane IN ('work', 'behind') AND publication = ? AND `+untouched+`
			AND free_at < ? AND expires_at > ? ORDER BY id`, int64(pub), micros(end), micros(now)); err != nil {
			return err
		}
		d.Waiting = make([]interventions.Task, len(bodies))
		for i, body := range bodies {
			if d.Waiting[i], err = readTask(body, nil); err != nil {
				return err
			}
		}
		return t.each(`SELECT t.treatment, COALESCE(SUM(t.minutes), 0) FROM tasks t
			WHERE t.lane <> '' AND t.ghost = 0 AND t.free_at < ? AND `+released+` AND NOT (t.publication = ? AND `+untouched+`)
			GROUP BY t.treatment`, []any{micros(end), int64(pub)}, func(r scanner) error {
			var treatment string
			var minutes float64
			err := r.Scan(&treatment, &minutes)
			d.Committed.Minutes += minutes
			d.Committed.ByTreatment[treatment] += minutes
			return err
		})
	})
	return d, err
}

// SaveRevision moves the tasks of a released list that nobody has touched
// meanwhile, some at a time, and keeps what became of it as the list's next
// revision. Two revisions of a list are never written at once; what a crash left
// is finished by the next, which finds what is still to be moved.
func (s *Store) SaveRevision(ctx context.Context, r interventions.Revision, place interventions.Place) (interventions.Revision, error) {
	minutes, err := json.Marshal(r.Minutes)
	if err != nil {
		return r, fmt.Errorf("write the minutes of a revision: %w", err)
	}
	begun := r
	err = s.write(ctx, small, "begin a revision", func(t *tx) error {
		r = begun
		return beginRevision(t, &r, string(minutes))
	})
	if err != nil {
		return r, err
	}
	for _, move := range []struct {
		ids []interventions.TaskID
		do  func(interventions.Task) (interventions.Consequences, bool)
	}{
		{place.Behind, func(t interventions.Task) (interventions.Consequences, bool) {
			return interventions.PutBehind(t, place.Ends, r.At)
		}},
		{place.Restored, func(t interventions.Task) (interventions.Consequences, bool) {
			return interventions.BringForward(t, r.At)
		}},
	} {
		for from, to := 0, 0; from < len(move.ids); from = to {
			to = min(len(move.ids), from+s.gate.share(movesPerChunk))
			moved := r
			err := s.write(ctx, bulk, "move work", func(t *tx) error {
				moved = r
				return moveTasks(t, &moved, move.ids[from:to], move.do)
			})
			if err != nil {
				return r, err
			}
			r = moved
		}
	}
	return r, s.write(ctx, small, "end a revision", func(t *tx) error {
		_, err := t.exec(`UPDATE revisions SET done_at = ? WHERE publication = ? AND n = ? AND done_at = 0`, micros(r.At), int64(r.Publication), r.N)
		return err
	})
}

// beginRevision takes the list's next number, which only one gets.
func beginRevision(t *tx, r *interventions.Revision, minutes string) error {
	pub := int64(r.Publication)
	if _, err := t.exec(`UPDATE revisions SET done_at = ? WHERE publication = ? AND done_at = 0 AND at < ?`,
		micros(r.At), pub, micros(r.At.Add(-revisionFor))); err != nil {
		return err
	}
	if err := t.get(&r.N, `SELECT COALESCE(MAX(n), 0) + 1 FROM revisions WHERE publication = ?`, pub); err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO revisions (publication, n, at, cause, who, why, minutes, waiting, moved, shortened, restored, done_at)
		SELECT p.id, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0 FROM publications p WHERE p.id = ? AND p.state = 'released' AND p.step >= ?
			AND NOT EXISTS (SELECT 1 FROM revisions r WHERE r.publication = p.id AND r.done_at = 0)
		ON CONFLICT (publication, n) DO NOTHING`,
		r.N, micros(r.At), string(r.Cause), text(r.Who), text(r.Why), minutes, r.Waiting, pub, stepReleased)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "somebody else is planning the day again at this moment, or the list was taken back: look at it again in a minute")
	}
	return err
}

// moveTasks moves those of the tasks that nobody has touched meanwhile, and
// counts them, while the revision is being written and its list is released.
func moveTasks(t *tx, r *interventions.Revision, ids []interventions.TaskID, do func(interventions.Task) (interventions.Consequences, bool)) error {
	lock := ""
	if t.dialect == postgres {
		lock = " FOR UPDATE"
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	var bodies []string
	if err := t.ask(listed(&bodies, `SELECT body FROM tasks WHERE id IN (`+placeholders(len(ids))+`) AND `+untouched+` ORDER BY id`+lock, args...)); err != nil {
		return err
	}
	var moves []interventions.Consequences
	var updates []question
	for _, body := range bodies {
		task, err := readTask(body, nil)
		if err != nil {
			return err
		}
		if c, ok := do(task); ok {
			q, err := taskUpdate(&c.Task, task.State, task.Fence)
			if err != nil {
				return err
			}
			moves, updates = append(moves, c), append(updates, q)
		}
	}
	changed, err := t.change(updates...)
	if err != nil {
		return err
	}
	var changes []interventions.Change
	for i, c := range moves {
		if changed[i] == 1 {
			changes = append(changes, c.Changes...)
			r.Count(&c.Task)
		}
	}
	if err := saveChanges(t, changes); err != nil {
		return err
	}
	n, err := t.exec(`UPDATE revisions SET moved = ?, shortened = ?, restored = ? WHERE publication = ? AND n = ? AND done_at = 0
		AND EXISTS (SELECT 1 FROM publications p WHERE p.id = revisions.publication AND p.state = 'released')`,
		r.Moved, r.Shortened, r.Restored, int64(r.Publication), r.N)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "the list was taken back meanwhile: nothing more of it is moved")
	}
	return err
}

type revisionRow struct {
	Publication                         int64
	N                                   int
	At                                  int64
	Cause, Who, Why, Minutes            string
	Waiting, Moved, Shortened, Restored int
}

// Revisions returns the newest revisions of a list in which something changed
// that people see, the newest first, numbered from 1 on as they see them.
func (s *Store) Revisions(ctx context.Context, pub interventions.PublicationID, limit int) (list []interventions.Revision, err error) {
	err = s.read(ctx, "read the revisions of a list", func(t *tx) error {
		var rows []revisionRow
		if err := t.list(&rows, `SELECT publication, ROW_NUMBER() OVER (ORDER BY n) AS n, at, cause, who, why, minutes, waiting, moved, shortened, restored
			FROM revisions WHERE publication = ? AND moved + restored > 0 ORDER BY n DESC LIMIT ?`, int64(pub), limit); err != nil {
			return err
		}
		list = make([]interventions.Revision, len(rows))
		for i, r := range rows {
			list[i] = interventions.Revision{
				Publication: interventions.PublicationID(r.Publication), N: r.N, At: instant(r.At), Cause: interventions.RevisionCause(r.Cause),
				Who: r.Who, Why: r.Why, Waiting: r.Waiting, Moved: r.Moved, Shortened: r.Shortened, Restored: r.Restored,
			}
			if err := json.Unmarshal([]byte(r.Minutes), &list[i].Minutes); err != nil {
				return fmt.Errorf("read the minutes of revision %d: %w", r.N, err)
			}
		}
		return nil
	})
	return list, err
}

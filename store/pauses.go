package store

import (
	"context"
	"math"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// SavePause pauses a treatment: Conflict when it is paused already.
//
// web: from the board.
func (s *Store) SavePause(ctx context.Context, p interventions.Pause) error {
	return s.write(ctx, small, "pause a treatment", func(t *tx) error {
		n, err := t.exec(`INSERT INTO pauses (id, treatment, paused_by, at, reason, ended_at, ended_by) VALUES (?, ?, ?, ?, ?, 0, '')
			ON CONFLICT (treatment) WHERE ended_at = 0 DO NOTHING`, p.ID, p.Treatment, text(p.By), micros(p.At), text(p.Reason))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "%s is paused already", p.Treatment)
		}
		return err
	})
}

// EndPause lets a treatment's work be begun again: Conflict when it is not paused.
//
// web: from the board.
func (s *Store) EndPause(ctx context.Context, treatment, by string, now time.Time) error {
	return s.write(ctx, small, "end a pause", func(t *tx) error {
		n, err := t.exec(`UPDATE pauses SET ended_at = ?, ended_by = ? WHERE treatment = ? AND ended_at = 0`, micros(now), text(by), treatment)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "%s is not paused", treatment)
		}
		return err
	})
}

// Pauses returns what is paused now, by treatment.
func (s *Store) Pauses(ctx context.Context) (list []interventions.Pause, err error) {
	err = s.read(ctx, "read what is paused", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT id, treatment, paused_by, at, reason FROM pauses WHERE ended_at = 0 ORDER BY treatment`, nil, func(r scanner) error {
			var p interventions.Pause
			var at int64
			err := r.Scan(&p.ID, &p.Treatment, &p.By, &at, &p.Reason)
			p.At = instant(at)
			list = append(list, p)
			return err
		})
	})
	return list, err
}

// pausedNow are the treatments whose work is not to be begun.
func pausedNow(t *tx) (names []string, err error) {
	err = t.ask(askPaused(&names))
	return names, err
}

func askPaused(into *[]string) question {
	return listed(into, `SELECT treatment FROM pauses WHERE ended_at = 0 ORDER BY treatment`)
}

// mostOwned bounds how many promises and call-backs of an agent are read.
const mostOwned = 1000

// CommitmentsOwned counts the promises and call-backs that wait for somebody
// alone, by name; what anybody may keep by now is in none.
func (s *Store) CommitmentsOwned(ctx context.Context) (owned map[string]int, err error) {
	err = s.read(ctx, "count who has to keep promises", func(t *tx) error {
		owned = map[string]int{}
		return t.each(`SELECT t.holder, COUNT(*) FROM tasks t WHERE t.lane IN (?, ?) AND t.holder <> '' AND t.due_at > 0
			AND t.state = 'callback' AND t.ghost = 0 AND `+released+` GROUP BY t.holder`, []any{lanePromise, laneCallback}, func(r scanner) error {
			var name string
			var n int
			err := r.Scan(&name, &n)
			owned[name] = n
			return err
		})
	})
	return owned, err
}

// OwnedCommitments returns the promises and call-backs that wait for an agent,
// by due time, at most so many.
func (s *Store) OwnedCommitments(ctx context.Context, agent string) ([]interventions.Task, error) {
	tasks, err := s.Commitments(ctx, agent, instant(math.MaxInt64), mostOwned)
	return slices.DeleteFunc(tasks, func(t interventions.Task) bool {
		return t.Owner != agent || t.State != interventions.TaskCallback
	}), err
}

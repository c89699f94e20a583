package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
	"holdfast/measurement"
)

// microsPerDay is what a day of handled.day has.
const microsPerDay = int64(24 * time.Hour / time.Microsecond)

// saveHandled keeps an attempt in the words that it is counted by. One that
// corrects another takes its place: the call stays that of who made it.
func saveHandled(t *tx, step interventions.Consequences) error {
	task, a := &step.Task, step.Attempt
	if a == nil {
		if step.Undo == 0 {
			return nil
		}
		return t.run(`DELETE FROM handled WHERE task = ? AND n = ?`, int64(task.ID), step.Undo)
	}
	// What no disposition says reached nobody.
	m, _ := interventions.MeaningOf(a.WrapUp.Disposition)
	reason := ""
	if m.LeaveReason {
		reason = a.WrapUp.LeaveReason
	}
	return t.run(`INSERT INTO handled (task, n, at, day, who, took, publication, treatment, family, band, segment, part, disposition,
			reached, claimed, reason, value_minor, kept_promise, here)
		VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(c.at), 0) FROM task_changes c WHERE c.task = ? AND c.to_state = 'leased' AND c.at <= ?),
			?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (task, n) DO UPDATE SET disposition = excluded.disposition, reached = excluded.reached, claimed = excluded.claimed,
			reason = excluded.reason, kept_promise = excluded.kept_promise, here = 0`,
		int64(a.Task), a.N, micros(a.At), micros(a.At)/microsPerDay, text(a.By), int64(a.Task), micros(a.At),
		int64(task.Publication), task.Treatment, string(task.Family), string(task.Card.Band), text(a.Segment), string(task.LastPart),
		string(a.WrapUp.Disposition), boolean(m.Reached), boolean(a.WrapUp.Claims()), text(reason), task.Card.ValueMinor, boolean(len(step.Kept) > 0))
}

// compared is the work that agents are compared by: calls of lists and of
// customers who ring, without thank-yous and the tidying of data.
const compared = `family NOT IN ('thanks', 'data')`

// AgentCells counts the attempts saved in [from, to) by agent and mix of cases,
// in that order, and each agent's tasks.
//
// scheduled: by the night's measure stage.
func (s *Store) AgentCells(ctx context.Context, from, to time.Time) (cells []measurement.AgentCell, tasks map[string]int, err error) {
	err = s.read(ctx, "count what agents did", func(t *tx) error {
		cells, tasks = nil, map[string]int{}
		err := t.each(`SELECT who, treatment, band, segment, part, CASE WHEN n > 1 THEN 1 ELSE 0 END AS later,
				COUNT(*), SUM(reached), SUM(claimed), SUM(CASE WHEN claimed = 1 AND here = 1 THEN 1 ELSE 0 END)
			FROM handled WHERE at >= ? AND at < ? AND `+compared+`
			GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`, []any{micros(from), micros(to)}, func(r scanner) error {
			var c measurement.AgentCell
			var later int
			err := r.Scan(&c.Agent, &c.Mix.Treatment, &c.Mix.Band, &c.Mix.Segment, &c.Mix.Part, &later, &c.Attempts, &c.Reached, &c.Claimed, &c.Sustained)
			c.Mix.Again = later == 1
			cells = append(cells, c)
			return err
		})
		if err != nil {
			return err
		}
		return t.each(`SELECT who, COUNT(DISTINCT task) FROM handled WHERE at >= ? AND at < ? AND `+compared+` GROUP BY who`,
			[]any{micros(from), micros(to)}, func(r scanner) error {
				var who string
				var n int
				err := r.Scan(&who, &n)
				tasks[who] = n
				return err
			})
	})
	return cells, tasks, err
}

// Claims returns the saves claimed in [from, to), by partition.
//
// scheduled: by the night's measure stage, of those whose day 90 has come.
func (s *Store) Claims(ctx context.Context, from, to time.Time) (by map[int][]measurement.Claim, err error) {
	err = s.read(ctx, "read claimed saves", func(t *tx) error {
		by = map[int][]measurement.Claim{}
		return t.each(`SELECT h.task, h.n, h.at, h.here, t.customer, t.partition FROM handled h JOIN tasks t ON t.id = h.task
			WHERE h.claimed = 1 AND h.day >= ? AND h.day <= ? AND h.at >= ? AND h.at < ? ORDER BY h.task, h.n`,
			[]any{micros(from) / microsPerDay, micros(to) / microsPerDay, micros(from), micros(to)}, func(r scanner) error {
				var c measurement.Claim
				var at, customer int64
				var partition int
				err := r.Scan(&c.Task, &c.N, &at, &c.Here, &customer, &partition)
				c.At, c.Customer = instant(at), history.CustomerID(customer)
				by[partition] = append(by[partition], c)
				return err
			})
	})
	return by, err
}

// SaveHere keeps what became of claimed saves at day 90.
func (s *Store) SaveHere(ctx context.Context, claims []measurement.Claim) error {
	return s.pieces(len(claims), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "keep what became of claimed saves", func(t *tx) error {
			for _, c := range claims[from:to] {
				if _, err := t.exec(`UPDATE handled SET here = ? WHERE task = ? AND n = ? AND claimed = 1`, int(c.Here), int64(c.Task), c.N); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// SaveAgents keeps how agents compare as of a night; saving again replaces it.
func (s *Store) SaveAgents(ctx context.Context, r measurement.AgentReport) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the agents: %w", err)
	}
	return s.write(ctx, small, "save the agents", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM agent_reports WHERE as_of < ?`, micros(r.AsOf.AddDate(0, 0, -attritionDays))); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO agent_reports (as_of, body) VALUES (?, ?) ON CONFLICT (as_of) DO UPDATE SET body = excluded.body`,
			micros(r.AsOf), text(string(body)))
		return err
	})
}

// AgentReport returns the newest comparison; a zero one before the first.
func (s *Store) AgentReport(ctx context.Context) (r measurement.AgentReport, err error) {
	err = s.read(ctx, "read the agents", func(t *tx) error {
		r = measurement.AgentReport{}
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM agent_reports ORDER BY as_of DESC LIMIT 1`); err != nil || len(bodies) == 0 {
			return err
		}
		return json.Unmarshal([]byte(bodies[0]), &r)
	})
	return r, err
}

package store

import (
	"context"
	"fmt"

	"holdfast/internal/fault"
	"holdfast/measurement"
)

// lostWhere is the condition of a query of lost calls; it is read by the index
// of those alone.
func lostWhere(q measurement.LostQuery) (string, []any) {
	where, args := `WHERE h.reason <> '' AND h.at >= ? AND h.at < ?`, []any{micros(q.From), micros(q.To)}
	for _, c := range []struct {
		column string
		value  *string
	}{{"who", q.Agent}, {"treatment", q.Treatment}, {"reason", q.Reason}} {
		if c.value != nil {
			where += ` AND h.` + c.column + ` = ?`
			args = append(args, *c.value)
		}
	}
	if q.Publication != nil {
		where += ` AND h.publication = ?`
		args = append(args, *q.Publication)
	}
	if len(q.Segments) > 0 {
		where += ` AND h.segment IN (` + placeholders(len(q.Segments)) + `)`
		for _, s := range q.Segments {
			args = append(args, s)
		}
	}
	return where, args
}

// LostCounts counts the calls in which customers said that they leave, by
// agent, treatment, list and reason, in that order.
//
// web: the attrition page.
func (s *Store) LostCounts(ctx context.Context, q measurement.LostQuery) (list []measurement.LostCount, err error) {
	where, args := lostWhere(q)
	err = s.read(ctx, "count lost calls", func(t *tx) error {
		list = nil
		return t.each(`SELECT c.who, c.treatment, c.publication, COALESCE(p.as_of, 0), c.reason, c.calls FROM (
				SELECT h.who, h.treatment, h.publication, h.reason, COUNT(*) AS calls FROM handled h `+where+`
				GROUP BY h.who, h.treatment, h.publication, h.reason) c
			LEFT JOIN publications p ON p.id = c.publication ORDER BY c.who, c.treatment, c.publication, c.reason`, args, func(r scanner) error {
			var c measurement.LostCount
			var asOf int64
			err := r.Scan(&c.Agent, &c.Treatment, &c.Publication, &asOf, &c.Reason, &c.Calls)
			c.List = instantOrZero(asOf)
			list = append(list, c)
			return err
		})
	})
	return list, err
}

// LostCalls returns a page of these calls, the newest first.
//
// web: from a count of the attrition page.
func (s *Store) LostCalls(ctx context.Context, q measurement.LostQuery) (list []measurement.Handled, err error) {
	where, args := lostWhere(q)
	if q.After != "" {
		var at, task int64
		var n int
		if _, err := fmt.Sscanf(q.After, "%d:%d:%d", &at, &task, &n); err != nil {
			return nil, fault.New(fault.Invalid, "there is no place %q in the list", q.After)
		}
		where += ` AND (h.at, h.task, h.n) < (?, ?, ?)`
		args = append(args, at, task, n)
	}
	err = s.read(ctx, "read lost calls", func(t *tx) error {
		list, err = handledOf(t, where+` ORDER BY h.at DESC, h.task DESC, h.n DESC LIMIT ?`, append(args, min(max(q.Limit, 1), measurement.MostHandled))...)
		return err
	})
	return list, err
}

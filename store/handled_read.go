package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/measurement"
)

// handledOf reads attempts with whom they were made to, in the order and up to
// the limit of the query's end.
func handledOf(t *tx, end string, args ...any) (list []measurement.Handled, err error) {
	err = t.each(`SELECT h.task, h.n, h.at, h.took, h.who, COALESCE(p.as_of, 0), h.treatment, h.family, h.disposition, h.reached, h.claimed,
			h.reason, h.kept_promise, h.here, h.segment, h.value_minor, t.customer, k.card, COALESCE(a.body, '{}')
		FROM handled h JOIN tasks t ON t.id = h.task JOIN task_cards k ON k.task = h.task
			LEFT JOIN publications p ON p.id = h.publication LEFT JOIN task_attempts a ON a.task = h.task AND a.n = h.n AND a.undone = 0 `+end,
		args, func(r scanner) error {
			var h measurement.Handled
			var at, took, asOf, customer int64
			var reached, claimed, kept int
			var card, body string
			if err := r.Scan(&h.Task, &h.N, &at, &took, &h.Agent, &asOf, &h.Treatment, &h.Family, &h.Disposition, &reached, &claimed,
				&h.Reason, &kept, &h.Here, &h.Segment, &h.ValueMinor, &customer, &card, &body); err != nil {
				return err
			}
			h.At, h.Took, h.List, h.Customer = instant(at), instantOrZero(took), instantOrZero(asOf), history.CustomerID(customer)
			h.Reached, h.Claimed, h.KeptPromise = reached == 1, claimed == 1, kept == 1
			var who struct{ Name, Source, Key string }
			if err := json.Unmarshal([]byte(card), &who); err != nil {
				return fmt.Errorf("read the card of task %d: %w", h.Task, err)
			}
			var said struct{ WrapUp struct{ Note string } }
			if err := json.Unmarshal([]byte(body), &said); err != nil {
				return fmt.Errorf("read an attempt of task %d: %w", h.Task, err)
			}
			h.Name, h.Source, h.Key, h.Note = who.Name, who.Source, who.Key, said.WrapUp.Note
			list = append(list, h)
			return nil
		})
	return list, err
}

// HandledBy returns what somebody did in [from, to), the newest first, at most
// measurement.MostHandled of it.
//
// web: the page of one's own day.
func (s *Store) HandledBy(ctx context.Context, who string, from, to time.Time) (list []measurement.Handled, err error) {
	err = s.read(ctx, "read what somebody did", func(t *tx) error {
		list, err = handledOf(t, `WHERE h.who = ? AND h.at >= ? AND h.at < ? ORDER BY h.at DESC, h.task DESC, h.n DESC LIMIT ?`,
			text(who), micros(from), micros(to), measurement.MostHandled)
		return err
	})
	return list, err
}

// HandledSince counts what everybody has wrapped up since an instant, whatever
// came of it, by name.
//
// web: the board.
func (s *Store) HandledSince(ctx context.Context, since time.Time) (by map[string]int, err error) {
	err = s.read(ctx, "count what was done", func(t *tx) error {
		by = map[string]int{}
		return t.each(`SELECT who FROM handled WHERE at >= ?`, []any{micros(since)}, func(r scanner) error { // grouped, all of it would be read
			var who string
			err := r.Scan(&who)
			by[who]++
			return err
		})
	})
	return by, err
}

// save names a claimed save by what it is worth.
type save struct {
	Task  int64
	N     int
	Value int64 `db:"value_minor"`
}

// BestSaves returns the saves claimed in [from, to) of customers of these
// segments, none meaning all, that are worth most: of each day the few best are
// read, by an index. With sustained only those still here at day 90 count.
//
// web: the morning page.
func (s *Store) BestSaves(ctx context.Context, from, to time.Time, sustained bool, segments []string, limit int) (list []measurement.Handled, err error) {
	where := `FROM handled h WHERE h.claimed = 1 AND h.day = ? AND h.at >= ? AND h.at < ?`
	var args []any
	if sustained {
		where += ` AND h.here = 1`
	}
	if len(segments) > 0 {
		where += ` AND h.segment IN (` + placeholders(len(segments)) + `)`
		for _, x := range segments {
			args = append(args, x)
		}
	}
	err = s.read(ctx, "read the best saves", func(t *tx) error {
		var best []save
		for day := micros(from) / microsPerDay; day <= micros(to)/microsPerDay; day++ {
			var some []save
			if err := t.list(&some, `SELECT h.task, h.n, h.value_minor `+where+` ORDER BY h.value_minor DESC, h.task, h.n LIMIT ?`,
				append(append([]any{day, micros(from), micros(to)}, args...), limit)...); err != nil {
				return err
			}
			best = append(best, some...)
		}
		slices.SortFunc(best, func(a, b save) int {
			return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Task, b.Task), cmp.Compare(a.N, b.N))
		})
		best = best[:min(len(best), limit)]
		list = nil
		if len(best) == 0 {
			return nil
		}
		var these []string
		var keys []any
		for _, b := range best {
			these = append(these, `(h.task = ? AND h.n = ?)`)
			keys = append(keys, b.Task, b.N)
		}
		list, err = handledOf(t, `WHERE `+strings.Join(these, " OR "), keys...)
		slices.SortFunc(list, func(a, b measurement.Handled) int {
			return cmp.Or(cmp.Compare(b.ValueMinor, a.ValueMinor), cmp.Compare(a.Task, b.Task), cmp.Compare(a.N, b.N))
		})
		return err
	})
	return list, err
}

package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

const exclusionColumns = `id, customer, excluded_by, from_at, until_at, reason`

// SaveExclusions keeps whom a manager wants left alone, all or none of them;
// what was kept within a day under the same id stays as it is.
//
// web: from the risk list and a customer's file.
func (s *Store) SaveExclusions(ctx context.Context, list []interventions.Exclusion) error {
	return s.write(ctx, small, "keep whom to leave alone", func(t *tx) error {
		rows := make([][]any, len(list))
		for i, e := range list {
			root, err := rootCustomer(t, e.Customer)
			if err != nil {
				return err
			}
			rows[i] = []any{e.ID, int64(root.ID), e.By, micros(e.At), micros(e.Until), text(e.Reason)}
		}
		return t.insert("exclusions", exclusionColumns, rows, anewAfterADay("exclusions", exclusionColumns, "from_at"))
	})
}

// EndExclusion ends what holds of a customer's exclusions and returns how many.
//
// web: from a customer's file.
func (s *Store) EndExclusion(ctx context.Context, id history.CustomerID, now time.Time) (ended int64, err error) {
	err = s.write(ctx, small, "end an exclusion", func(t *tx) error {
		ended, err = t.exec(`UPDATE exclusions SET until_at = ? WHERE customer = ? AND until_at > ?`, micros(now), int64(id), micros(now))
		return err
	})
	return ended, err
}

// Exclusions returns the customers of a partition who are to be left alone as
// of an instant, each with the exclusion that lasts longest.
func (s *Store) Exclusions(ctx context.Context, partition int, asOf time.Time) (by map[history.CustomerID]*interventions.Exclusion, err error) {
	err = s.read(ctx, fmt.Sprintf("read whom to leave alone in partition %d", partition), func(t *tx) error {
		by, err = readExclusions(t, asOf, `customer IN (SELECT id FROM customers WHERE partition = ?)`, partition)
		return err
	})
	return by, err
}

// Exclusion returns what holds now of a customer's exclusions, nil without.
func (s *Store) Exclusion(ctx context.Context, id history.CustomerID, now time.Time) (e *interventions.Exclusion, err error) {
	err = s.read(ctx, "read whether a customer is left alone", func(t *tx) error {
		e, err = exclusionOf(t, id, now)
		return err
	})
	return e, err
}

// exclusionOf is the exclusion of one customer that holds now, nil without.
func exclusionOf(t *tx, id history.CustomerID, now time.Time) (*interventions.Exclusion, error) {
	by, err := readExclusions(t, now, `customer = ?`, int64(id))
	return by[id], err
}

func readExclusions(t *tx, at time.Time, where string, arg any) (map[history.CustomerID]*interventions.Exclusion, error) {
	by := map[history.CustomerID]*interventions.Exclusion{}
	err := t.each(`SELECT `+exclusionColumns+` FROM exclusions WHERE from_at <= ? AND until_at > ? AND `+where+` ORDER BY until_at, id`,
		[]any{micros(at), micros(at), arg}, func(r scanner) error {
			var e interventions.Exclusion
			var from, until int64
			if err := r.Scan(&e.ID, &e.Customer, &e.By, &from, &until, &e.Reason); err != nil {
				return err
			}
			e.At, e.Until = instant(from), instant(until)
			by[e.Customer] = &e
			return nil
		})
	return by, err
}

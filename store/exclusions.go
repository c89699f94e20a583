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
	by = map[history.CustomerID]*interventions.Exclusion{}
	err = s.ask(ctx, fmt.Sprintf("read whom to leave alone in partition %d", partition),
		excluded(by, asOf, `customer IN (SELECT id FROM customers WHERE partition = ?)`, partition))
	return by, err
}

// Exclusion returns what holds now of a customer's exclusions, nil without.
func (s *Store) Exclusion(ctx context.Context, id history.CustomerID, now time.Time) (*interventions.Exclusion, error) {
	by := map[history.CustomerID]*interventions.Exclusion{}
	err := s.ask(ctx, "read whether a customer is left alone", excluded(by, now, ofCustomer, int64(id)))
	return by[id], err
}

// ofCustomer chooses the exclusions of one customer.
const ofCustomer = `customer = ?`

// excluded asks which of some customers are to be left alone at an instant, each
// with the exclusion that lasts longest.
func excluded(into map[history.CustomerID]*interventions.Exclusion, at time.Time, where string, arg any) question {
	return question{
		`SELECT ` + exclusionColumns + ` FROM exclusions WHERE from_at <= ? AND until_at > ? AND ` + where + ` ORDER BY until_at, id`,
		[]any{micros(at), micros(at), arg},
		func(r scanner) error {
			var e interventions.Exclusion
			var from, until int64
			if err := r.Scan(&e.ID, &e.Customer, &e.By, &from, &until, &e.Reason); err != nil {
				return err
			}
			e.At, e.Until = instant(from), instant(until)
			into[e.Customer] = &e
			return nil
		},
	}
}

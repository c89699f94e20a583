package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

const factColumns = `partition, customer, kind, ref, recorded, import_id, occurred, assumed, retracted, hash, body`

// replaceFact lets a fact saved twice under one import be the later of the two.
const replaceFact = `ON CONFLICT (partition, customer, kind, ref, recorded, import_id) DO UPDATE SET
	occurred = excluded.occurred, assumed = excluded.assumed, retracted = excluded.retracted,
	hash = excluded.hash, body = excluded.body`

// SaveFacts adds small facts to the unpublished import.
func (s *Store) SaveFacts(ctx context.Context, imp history.ImportID, partition int, facts []history.Fact) error {
	return chunks(len(facts), chunkRows/2, func(from, to int) error {
		rows, terms, err := factRows(imp, facts[from:to], func(history.CustomerID) int { return partition })
		if err != nil {
			return err
		}
		return s.write(ctx, bulk, "save facts", func(t *tx) error {
			if err := draft(t, imp); err != nil {
				return err
			}
			if err := saveObjections(t, imp, facts[from:to]); err != nil {
				return err
			}
			return saveFacts(t, rows, terms)
		})
	})
}

func saveFacts(t *tx, rows, terms [][]any) error {
	if err := t.insert("facts", factColumns, rows, replaceFact); err != nil {
		return err
	}
	return saveTerms(t, terms)
}

// factRows turns facts into rows of facts and of customer_terms. Of two with
// the same key the later is taken: one INSERT may not touch a row twice.
func factRows(
	imp history.ImportID, facts []history.Fact, partitionOf func(history.CustomerID) int,
) (rows, terms [][]any, err error) {
	type key struct {
		customer history.CustomerID
		kind     history.FactKind
		ref      int64
		recorded int64
	}
	at := make(map[key]int, len(facts))
	for _, f := range facts {
		body, err := encodeBody(f)
		if err != nil {
			return nil, nil, err
		}
		hash := history.HashContent(f.Kind, f.Occurred.UnixMicro(), body)
		row := []any{
			partitionOf(f.Customer), int64(f.Customer), string(f.Kind), f.Ref, micros(f.Recorded), int64(imp),
			micros(f.Occurred), boolean(f.Assumed), boolean(f.Retracted), int64(hash), string(body),
		}
		k := key{f.Customer, f.Kind, f.Ref, micros(f.Recorded)}
		if i, ok := at[k]; ok {
			rows[i] = row
		} else {
			at[k] = len(rows)
			rows = append(rows, row)
		}
		if p, ok := f.Body.(history.ContactPoint); ok && !f.Retracted {
			for _, term := range pointTerms(p) {
				terms = append(terms, []any{term, int64(f.Customer), int64(imp)})
			}
		}
		if r, ok := f.Body.(history.Relation); ok && !f.Retracted && r.Kind == "household" {
			terms = append(terms, []any{householdTerm(r.Household), int64(f.Customer), int64(imp)})
		}
	}
	return rows, terms, nil
}

// RecordFacts records facts made at the desk: known from now on, visible at once.
func (s *Store) RecordFacts(ctx context.Context, now time.Time, facts []history.Fact) error {
	if err := s.write(ctx, small, "record facts", func(t *tx) error { return recordFacts(t, now, facts) }); err != nil {
		return err
	}
	for _, id := range objectors(facts) {
		if err := s.dropObjector(ctx, now, id); err != nil {
			return err
		}
	}
	return nil
}

// recordFacts records our own facts in the caller's transaction. Recorded
// becomes now.
func recordFacts(t *tx, now time.Time, facts []history.Fact) error {
	if len(facts) == 0 {
		return nil
	}
	own := make([]history.Fact, len(facts))
	for i, f := range facts {
		f.Recorded, f.Import = now, 0
		own[i] = f
	}
	partitions, err := partitionsOf(t, own)
	if err != nil {
		return err
	}
	rows, terms, err := factRows(0, own, func(id history.CustomerID) int { return partitions[id] })
	if err != nil {
		return err
	}
	if err := saveObjections(t, 0, own); err != nil {
		return err
	}
	return saveFacts(t, rows, terms)
}

func partitionsOf(t *tx, facts []history.Fact) (map[history.CustomerID]int, error) {
	partitions := map[history.CustomerID]int{}
	for _, f := range facts {
		if _, ok := partitions[f.Customer]; ok {
			continue
		}
		p, err := partitionOf(t, f.Customer)
		if err != nil {
			return nil, err
		}
		partitions[f.Customer] = p
	}
	return partitions, nil
}

// partitionOf returns the partition of a customer, in the file or in a draft.
func partitionOf(t *tx, id history.CustomerID) (int, error) {
	var partitions []int
	if err := t.ask(listed(&partitions, `SELECT partition FROM customers WHERE id = ? LIMIT 1`, int64(id))); err != nil {
		return 0, err
	}
	if len(partitions) == 0 {
		return 0, fault.New(fault.NotFound, "there is no customer %d", id)
	}
	return partitions[0], nil
}

// scanner is a row being read.
type scanner interface{ Scan(dest ...any) error }

// readFact appends the fact of a row (factColumns without partition and hash)
// unless its import is not shown.
func readFact(r scanner, shown map[history.ImportID]bool, b bodies, into *[]history.Fact) error {
	var (
		f                  history.Fact
		kind               string
		recorded, occurred int64
		assumed, retracted int
		body               sql.RawBytes
	)
	if err := r.Scan(&f.Customer, &kind, &f.Ref, &recorded, &f.Import, &occurred, &assumed, &retracted, &body); err != nil {
		return err
	}
	if !shown[f.Import] {
		return nil
	}
	f.Kind = history.FactKind(kind)
	f.Recorded, f.Occurred, f.Assumed, f.Retracted = instant(recorded), instant(occurred), assumed == 1, retracted == 1
	if err := b.decode(&f, body); err != nil {
		return fmt.Errorf("fact %d of customer %d: %w", f.Ref, f.Customer, err)
	}
	*into = append(*into, f)
	return nil
}

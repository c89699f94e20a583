package store

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// UndoImport takes one published import back, as one more version: its facts
// are no longer seen, the months that hold its events are rewritten without
// them, and the customers it created go unless somebody else has said
// something about them since. Older versions stay as they were.
func (s *Store) UndoImport(ctx context.Context, id history.ImportID, now time.Time) error {
	imp, err := s.Import(ctx, id)
	if err != nil {
		return err
	}
	if imp.Published.IsZero() || !imp.Undone.IsZero() {
		return fault.New(fault.Conflict, "import %d of feed %s is not in the history: it is a draft or was undone already", id, imp.Feed)
	}
	change, err := s.beginChange(ctx, changeUndo, history.Import{Feed: imp.Feed, Started: now, Note: fmt.Sprintf("undo %d", id)})
	if err != nil {
		return err
	}
	todo, err := s.monthsOf(ctx, id)
	if err != nil {
		return err
	}
	for {
		for _, at := range todo {
			if err := s.undoMonth(ctx, change, id, at[0], at[1]); err != nil {
				return err
			}
		}
		for partition := range s.fixed.partitions {
			if err := s.keepCustomers(ctx, change, id, partition); err != nil {
				return err
			}
		}
		stale, err := s.publish(ctx, change, now, func(t *tx, version int64) error {
			return t.one("the import was undone already", `UPDATE imports SET undone = ?, undone_version = ?
				WHERE id = ? AND version > 0 AND undone_version = 0`, micros(now), version, int64(id))
		})
		if err != nil {
			return fmt.Errorf("undo import %d: %w", id, err)
		}
		if todo = stale; len(todo) == 0 {
			return nil
		}
	}
}

// monthsOf returns the partitions and months that an import rewrote: nowhere
// else can its events be.
func (s *Store) monthsOf(ctx context.Context, id history.ImportID) (months [][2]int, err error) {
	err = s.read(ctx, "list the months of an import", func(t *tx) error {
		var rows []struct{ Partition, Month int }
		err := t.list(&rows, `SELECT partition, month FROM segment_live WHERE import_id = ? ORDER BY partition, month`, int64(id))
		months = nil
		for _, r := range rows {
			months = append(months, [2]int{r.Partition, r.Month})
		}
		return err
	})
	return months, err
}

func (s *Store) undoMonth(ctx context.Context, change, id history.ImportID, partition, month int) error {
	live, err := s.LiveSegment(ctx, partition, month)
	if err != nil || live.ID == 0 {
		return err
	}
	var all, kept history.Events
	if err := history.DecodeSegment(live.Payload, &all); err != nil {
		return fmt.Errorf("partition %d, month %04d-%02d: %w", partition, month/12, month%12+1, err)
	}
	for i := range all.Len() {
		if history.ImportID(all.Import[i]) != id {
			kept.Append(all.At(i))
		}
	}
	if kept.Len() == all.Len() {
		return nil
	}
	seg, err := segmentOf(partition, month, &kept)
	if err != nil {
		return err
	}
	return s.SaveSegment(ctx, change, live.ID, seg)
}

// keepCustomers carries over to the undo those customers of a partition whom
// customersPerChunk keeps a chunk of customers, with their keys and search
// terms, under chunkRows.
const customersPerChunk = 70

// the import created and others have facts or events of.
func (s *Store) keepCustomers(ctx context.Context, change, id history.ImportID, partition int) error {
	var kept []history.Customer
	err := s.read(ctx, "read the customers of an import", func(t *tx) error {
		created, err := customersOf(t, partition, map[history.ImportID]bool{id: true})
		if err != nil || len(created) == 0 {
			return err
		}
		l := loader{t: t, segments: true}
		parts, err := l.partition(partition, 0)
		if err != nil {
			return err
		}
		kept = spokenOf(created, parts, id)
		return nil
	})
	if err != nil {
		return err
	}
	return chunks(len(kept), customersPerChunk, func(from, to int) error {
		return s.write(ctx, bulk, "keep customers", func(t *tx) error { return carryOver(t, change, id, kept[from:to]) })
	})
}

// spokenOf returns the customers of whom parts has facts or events that are
// not of the import.
func spokenOf(customers []history.Customer, parts history.Parts, id history.ImportID) []history.Customer {
	spoken := map[history.CustomerID]bool{}
	for _, f := range parts.Facts {
		if f.Import != id {
			spoken[f.Customer] = true
		}
	}
	for _, e := range parts.Singles {
		spoken[e.Customer] = true
	}
	for i, imp := range parts.Events.Import {
		if history.ImportID(imp) != id {
			spoken[history.CustomerID(parts.Events.Customer[i])] = true
		}
	}
	var kept []history.Customer
	for _, c := range customers {
		if spoken[c.ID] {
			kept = append(kept, c)
		}
	}
	return kept
}

// carryOver copies customers with their keys and terms from one change to another.
func carryOver(t *tx, change, id history.ImportID, customers []history.Customer) error {
	if err := draft(t, change); err != nil {
		return err
	}
	for _, c := range customers {
		for _, copying := range []string{
			`INSERT INTO customers (partition, id, import_id, source, key, name)
				SELECT partition, id, CAST(? AS BIGINT), source, key, name FROM customers WHERE id = ? AND import_id = ?
				ON CONFLICT DO NOTHING`,
			`INSERT INTO source_keys (source, key, import_id, customer, alias)
				SELECT source, key, CAST(? AS BIGINT), customer, alias FROM source_keys WHERE customer = ? AND import_id = ?
				ON CONFLICT DO NOTHING`,
		} {
			if _, err := t.exec(copying, int64(change), int64(c.ID), int64(id)); err != nil {
				return err
			}
		}
		var terms [][]any
		for _, term := range customerTerms(c) {
			terms = append(terms, []any{term, int64(c.ID), int64(change)})
		}
		if err := saveTerms(t, terms); err != nil {
			return err
		}
	}
	return nil
}

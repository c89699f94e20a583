package store

import (
	"context"

	"holdfast/history"
)

// customersPerChunk keeps a chunk of customers, with their keys and search
// terms, under chunkRows.
const customersPerChunk = 70

// CustomerIDs returns the ids of a partition, published or of this import, sorted.
func (s *Store) CustomerIDs(ctx context.Context, imp history.ImportID, partition int) (ids []history.CustomerID, err error) {
	err = s.read(ctx, "list customers", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		ids = ids[:0]
		return t.list(&ids, `SELECT DISTINCT id FROM customers WHERE partition = ? AND (import_id = 0 OR import_id = ?
			OR import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY id`, partition, int64(imp), version, version)
	})
	return ids, err
}

// SourceKeys returns the customers that keys of this source stand for where
// that is not the key's own hash.
func (s *Store) SourceKeys(ctx context.Context, source string) (keys map[string]history.CustomerID, err error) {
	err = s.read(ctx, "list source keys", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		var rows []struct {
			Key      string
			Customer history.CustomerID
		}
		err = t.list(&rows, `SELECT key, customer FROM source_keys WHERE source = ? AND alias = 1 AND (import_id = 0
			OR import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY key, import_id`, source, version, version)
		keys = make(map[string]history.CustomerID, len(rows))
		for _, r := range rows {
			keys[r.Key] = r.Customer // the newest import's word
		}
		return err
	})
	return keys, err
}

// SaveCustomers creates customers and their source keys. A customer who is
// known already is left alone; a new key for one is kept as an alias.
func (s *Store) SaveCustomers(ctx context.Context, imp history.ImportID, customers []history.Customer) (created int, err error) {
	err = chunks(len(customers), customersPerChunk, func(from, to int) error {
		n := 0
		err := s.write(ctx, bulk, "save customers", func(t *tx) (err error) {
			n, err = saveCustomers(t, imp, customers[from:to])
			return err
		})
		created += n
		return err
	})
	return created, err
}

func saveCustomers(t *tx, imp history.ImportID, customers []history.Customer) (created int, err error) {
	if err := draft(t, imp); err != nil {
		return 0, err
	}
	known, err := knownCustomers(t, imp, customers)
	if err != nil {
		return 0, err
	}
	var rows, keys, terms [][]any
	for _, c := range customers {
		alias := known[c.ID]
		if !alias {
			known[c.ID] = true
			created++
			rows = append(rows, []any{c.Partition, int64(c.ID), int64(imp), c.Source, c.Key, c.Name})
		}
		keys = append(keys, []any{c.Source, c.Key, int64(imp), int64(c.ID), boolean(alias)})
		for _, term := range customerTerms(c) {
			terms = append(terms, []any{term, int64(c.ID), int64(imp)})
		}
	}
	if err := t.insert("customers", "partition, id, import_id, source, key, name", rows, ""); err != nil {
		return 0, err
	}
	if err := t.insert("source_keys", "source, key, import_id, customer, alias", keys, "ON CONFLICT DO NOTHING"); err != nil {
		return 0, err
	}
	return created, saveTerms(t, terms)
}

func saveTerms(t *tx, terms [][]any) error {
	return t.insert("customer_terms", "term, customer, import_id", terms, "ON CONFLICT DO NOTHING")
}

// knownCustomers tells which of the customers are published or of this import.
func knownCustomers(t *tx, imp history.ImportID, customers []history.Customer) (map[history.CustomerID]bool, error) {
	version, err := manifestVersion(t)
	if err != nil || len(customers) == 0 {
		return map[history.CustomerID]bool{}, err
	}
	args := make([]any, 0, len(customers)+3)
	for _, c := range customers {
		args = append(args, int64(c.ID))
	}
	args = append(args, int64(imp), version, version)
	var ids []history.CustomerID
	err = t.list(&ids, `SELECT DISTINCT id FROM customers WHERE id IN (`+placeholders(len(customers))+`)
		AND (import_id = 0 OR import_id = ? OR import_id IN (SELECT id FROM imports WHERE `+visible+`))`, args...)
	known := make(map[history.CustomerID]bool, len(customers))
	for _, id := range ids {
		known[id] = true
	}
	return known, err
}

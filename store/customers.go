package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"holdfast/history"
)

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
		err = t.list(&rows, `SELECT key, customer FROM source_keys WHERE source = ? AND (import_id = 0
			OR import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY key, import_id`, source, version, version)
		keys = make(map[string]history.CustomerID, len(rows))
		for _, r := range rows {
			keys[r.Key] = r.Customer // the newest import's word
		}
		return err
	})
	return keys, err
}

// SaveCustomers creates customers. A customer who is known already is left
// alone; a new key for one is kept as an alias.
//
// Customers, aliases and terms are written one kind after the other, each in
// the order in which its table keeps it: a transaction then changes few pages.
func (s *Store) SaveCustomers(ctx context.Context, imp history.ImportID, customers []history.Customer) (created int, err error) {
	customers = slices.Clone(customers)
	slices.SortStableFunc(customers, func(a, b history.Customer) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.ID, b.ID))
	})
	var aliases, terms [][]any
	err = chunks(len(customers), chunkRows, func(from, to int) error {
		var made customerRows
		err := s.write(ctx, bulk, "save customers", func(t *tx) (err error) {
			made, err = saveCustomers(t, imp, customers[from:to])
			return err
		})
		created += len(made.customers)
		aliases, terms = append(aliases, made.aliases...), append(terms, made.terms...)
		return err
	})
	if err != nil {
		return created, err
	}
	if err := s.saveOrdered(ctx, imp, aliases, "source_keys", "source, key, import_id, customer, alias"); err != nil {
		return created, err
	}
	return created, s.saveOrdered(ctx, imp, terms, "customer_terms", "term, customer, import_id")
}

// saveOrdered adds rows that begin with a text, or two, in the order of these.
// Rows that are there already are left alone.
func (s *Store) saveOrdered(ctx context.Context, imp history.ImportID, rows [][]any, table, columns string) error {
	slices.SortFunc(rows, func(a, b []any) int {
		c := strings.Compare(a[0].(string), b[0].(string))
		if second, ok := a[1].(string); ok && c == 0 {
			c = strings.Compare(second, b[1].(string))
		}
		return c
	})
	return chunks(len(rows), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "save customers", func(t *tx) error {
			if err := draft(t, imp); err != nil {
				return err
			}
			return t.insert(table, columns, rows[from:to], "ON CONFLICT DO NOTHING")
		})
	})
}

// customerRows are the rows that customers make.
type customerRows struct{ customers, aliases, terms [][]any }

// saveCustomers adds those customers who are not known, and returns what else
// is to be written of all.
func saveCustomers(t *tx, imp history.ImportID, customers []history.Customer) (r customerRows, err error) {
	if err := draft(t, imp); err != nil {
		return r, err
	}
	known, err := knownCustomers(t, imp, customers)
	if err != nil {
		return r, err
	}
	for _, c := range customers {
		if known[c.ID] {
			r.aliases = append(r.aliases, []any{c.Source, c.Key, int64(imp), int64(c.ID), 1})
		} else {
			known[c.ID] = true
			r.customers = append(r.customers, []any{c.Partition, int64(c.ID), int64(imp), c.Source, c.Key, c.Name})
		}
		for _, term := range customerTerms(c) {
			r.terms = append(r.terms, []any{term, int64(c.ID), int64(imp)})
		}
	}
	return r, t.insert("customers", "partition, id, import_id, source, key, name", r.customers, "")
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

package store

import (
	"context"
	"slices"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Person is a customer with every record that was merged into theirs.
type Person struct {
	Customers []history.Customer // the one that the others are read as first
	Keys      []SourceKey
}

// SourceKey is what one source calls a person.
type SourceKey struct {
	Source string `json:"source"`
	Key    string `json:"key"`
}

// ids returns the ids of a person's records.
func (p Person) ids() []history.CustomerID {
	ids := make([]history.CustomerID, len(p.Customers))
	for i, c := range p.Customers {
		ids[i] = c.ID
	}
	return ids
}

// CustomersByKey returns the customers whom a source knows by this key, merged
// or not, by id.
func (s *Store) CustomersByKey(ctx context.Context, key string) (ids []history.CustomerID, err error) {
	err = s.read(ctx, "find the customer with a key", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		ids, err = customersByKey(t, version, key)
		return err
	})
	return ids, err
}

func customersByKey(t *tx, version int64, key string) (ids []history.CustomerID, err error) {
	// The terms hold keys in lower case; customers and source_keys hold them as they are, by source.
	term, key := clip("k:"+fold(key)), text(key)
	err = t.list(&ids, `SELECT c.id FROM customer_terms w JOIN customers c ON c.id = w.customer AND c.key = ?
			WHERE w.term = ? AND (c.import_id = 0 OR c.import_id IN (SELECT id FROM imports WHERE `+visible+`))
		UNION SELECT k.customer FROM customer_terms w JOIN source_keys k ON k.customer = w.customer AND k.key = ?
			WHERE w.term = ? AND (k.import_id = 0 OR k.import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY 1`,
		key, term, version, version, key, term, version, version)
	return ids, err
}

// Person returns the person of whom a record has this key: NotFound when there
// is none, Invalid when it is the key of several people.
func (s *Store) Person(ctx context.Context, key string) (p Person, err error) {
	var roots []history.CustomerID
	err = s.read(ctx, "find a person", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		ids, err := customersByKey(t, version, key)
		if err != nil {
			return err
		}
		l, err := linksAround(t, version, ids)
		if err != nil {
			return err
		}
		roots = l.roots(ids)
		slices.Sort(roots)
		if roots = slices.Compact(roots); len(roots) == 1 {
			p, err = personOf(t, version, l, roots[0])
		}
		return err
	})
	switch {
	case err != nil:
	case len(roots) == 0:
		err = fault.New(fault.NotFound, "there is no customer with the key %q", key)
	case len(roots) > 1:
		err = fault.New(fault.Invalid, "%d customers have the key %q, from different sources", len(roots), key)
	}
	return p, err
}

func personOf(t *tx, version int64, l links, root history.CustomerID) (p Person, err error) {
	ids := []history.CustomerID{root}
	for from := range l {
		if r, _ := l.root(from); r == root {
			ids = append(ids, from)
		}
	}
	slices.Sort(ids[1:])
	for _, id := range ids {
		found, err := readCustomers(t, version, []history.CustomerID{id})
		if err != nil {
			return p, err
		}
		p.Customers = append(p.Customers, found...)
		var keys []SourceKey
		if err := t.list(&keys, `SELECT source, key FROM customers WHERE id = ?
			UNION SELECT source, key FROM source_keys WHERE customer = ? ORDER BY source, key`, int64(id), int64(id)); err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, keys...)
	}
	if len(p.Customers) == 0 {
		return p, fault.New(fault.NotFound, "there is no customer %d", root)
	}
	return p, nil
}

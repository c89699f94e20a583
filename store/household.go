package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast/history"
)

// householdTerm is what the members of a household are found by.
func householdTerm(id history.HouseholdID) string { return "h:" + strconv.FormatInt(int64(id), 10) }

// Household returns the views, as of now, of those who belong to a household,
// in the order of their ids, at most so many. They hold no events of segments.
// Who belonged to it once, or was merged into another, is not among them.
func (s *Store) Household(ctx context.Context, id history.HouseholdID, now time.Time, limit int) (members []history.View, err error) {
	var found []history.Parts
	err = s.read(ctx, fmt.Sprintf("read the members of household %d", id), func(t *tx) error {
		found = found[:0]
		roots, _, err := everIn(t, id, limit)
		if err != nil {
			return err
		}
		for _, root := range roots {
			l := loader{t: t}
			parts, err := l.customer(root, 0)
			if err != nil {
				return err
			}
			found = append(found, parts)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, parts := range found {
		shard, err := history.AssembleShard(parts)
		if err != nil {
			return nil, fmt.Errorf("assemble a member of household %d: %w", id, err)
		}
		if v := shard.View(0, now, nil); v.Household() == id && len(members) < limit {
			members = append(members, v)
		}
	}
	return members, nil
}

// everIn returns who was ever said to belong to a household, by id, and the
// merges around them. Of a household of many it reads four times the limit.
func everIn(t *tx, id history.HouseholdID, limit int) (roots []history.CustomerID, around links, err error) {
	var ids []history.CustomerID
	if err := t.ask(listed(&ids, `SELECT DISTINCT customer FROM customer_terms WHERE term = ?
		AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY customer LIMIT ?`,
		householdTerm(id), newest, newest, 4*limit)); err != nil {
		return nil, nil, err
	}
	if around, err = linksAround(t, newest, ids); err != nil {
		return nil, nil, err
	}
	roots = around.roots(ids)
	slices.Sort(roots)
	return slices.Compact(roots), around, nil
}

// Housemates is Household for a card, which is opened every few minutes: it reads
// of all members at once, and nothing but where they belong, their profiles and
// their contracts.
func (s *Store) Housemates(ctx context.Context, id history.HouseholdID, now time.Time, limit int) (members []history.View, err error) {
	var parts history.Parts
	err = s.read(ctx, fmt.Sprintf("read who is in household %d", id), func(t *tx) error {
		roots, around, err := everIn(t, id, limit)
		if err != nil {
			return err
		}
		return housemates(t, &parts, roots, around)
	})
	if err != nil {
		return nil, err
	}
	shard, err := history.AssembleShard(parts)
	if err != nil {
		return nil, fmt.Errorf("assemble household %d: %w", id, err)
	}
	for i := range shard.Customers {
		if v := shard.View(i, now, nil); v.Household() == id && len(members) < limit {
			members = append(members, v)
		}
	}
	return members, nil
}

// housemates gathers what a card says of customers, and of those merged into them,
// as the transaction ends.
func housemates(t *tx, p *history.Parts, roots []history.CustomerID, around links) error {
	if len(roots) == 0 {
		return nil
	}
	p.Links = around.facts()
	var args []any
	for _, root := range roots {
		args = append(args, int64(root))
	}
	for away := range around {
		args = append(args, int64(away))
	}
	set, seen := map[history.ImportID]bool{}, bodies{}
	return t.later(askShown(set, newest), askCustomers(&p.Customers, set, roots),
		question{
			`SELECT f.customer, f.kind, f.ref, f.recorded, f.import_id, f.occurred, f.assumed, f.retracted, f.body
		FROM (SELECT DISTINCT partition, id FROM customers WHERE id IN (` + placeholders(len(args)) + `)) AS c
		JOIN facts f ON f.partition = c.partition AND f.customer = c.id AND f.kind IN ('relation', 'profile', 'subscription', 'subscription_end')`,
			args, func(r scanner) error { return readFact(r, set, seen, &p.Facts) },
		})
}

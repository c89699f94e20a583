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
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		var ids []history.CustomerID
		if err := t.list(&ids, `SELECT DISTINCT customer FROM customer_terms WHERE term = ?
			AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`)) ORDER BY customer LIMIT ?`,
			householdTerm(id), version, version, 4*limit); err != nil {
			return err
		}
		around, err := linksAround(t, version, ids)
		if err != nil {
			return err
		}
		roots := around.roots(ids)
		slices.Sort(roots)
		for _, root := range slices.Compact(roots) {
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

package store

import (
	"cmp"
	"context"
	"slices"

	"holdfast/history"
)

// LiveMonths returns the months of a partition that have a live segment, ascending.
func (s *Store) LiveMonths(ctx context.Context, partition int) (months []int, err error) {
	err = s.read(ctx, "list the live months", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		live, err := liveSegments(t, partition, version)
		months = months[:0]
		for _, l := range live {
			months = append(months, l.Month)
		}
		return err
	})
	return months, err
}

// FactHistory returns, for one partition and kind, the versions of each ref
// that are in the history, oldest first.
func (s *Store) FactHistory(ctx context.Context, partition int, kind history.FactKind) (map[int64][]history.FactVersion, error) {
	type dated struct {
		history.FactVersion
		imp int64
	}
	found := map[int64][]dated{}
	err := s.read(ctx, "read the versions of facts", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		clear(found)
		var ref, recorded, imp, hash int64
		var retracted int
		return t.each(`SELECT ref, recorded, import_id, retracted, hash FROM facts
			WHERE partition = ? AND kind = ? AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`))`,
			[]any{partition, string(kind), version, version}, func(r scanner) error {
				if err := r.Scan(&ref, &recorded, &imp, &retracted, &hash); err != nil {
					return err
				}
				v := history.FactVersion{Recorded: recorded, Hash: uint64(hash)}
				if retracted == 1 {
					v.Hash = 0
				}
				found[ref] = append(found[ref], dated{v, imp})
				return nil
			})
	})
	versions := make(map[int64][]history.FactVersion, len(found))
	for ref, all := range found {
		slices.SortFunc(all, func(a, b dated) int {
			return cmp.Or(cmp.Compare(a.Recorded, b.Recorded), cmp.Compare(a.imp, b.imp))
		})
		for _, d := range all {
			versions[ref] = append(versions[ref], d.FactVersion)
		}
	}
	return versions, err
}

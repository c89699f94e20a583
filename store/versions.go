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

// customersPerQuery is how many customers one query asks about.
const customersPerQuery = 256

// FactHistory returns, for one partition and kind, the versions that are in
// the history of each ref of the given customers, oldest first.
func (s *Store) FactHistory(
	ctx context.Context, partition int, kind history.FactKind, customers []history.CustomerID,
) (map[int64][]history.FactVersion, error) {
	found := map[int64][]datedVersion{}
	err := s.read(ctx, "read the versions of facts", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		set, err := shown(t, version)
		if err != nil {
			return err
		}
		clear(found)
		return chunks(len(customers), customersPerQuery, func(from, to int) error {
			return factHistory(t, partition, kind, customers[from:to], set, found)
		})
	})
	versions := make(map[int64][]history.FactVersion, len(found))
	for ref, all := range found {
		slices.SortFunc(all, func(a, b datedVersion) int {
			return cmp.Or(cmp.Compare(a.Recorded, b.Recorded), cmp.Compare(a.imp, b.imp))
		})
		for _, d := range all {
			versions[ref] = append(versions[ref], d.FactVersion)
		}
	}
	return versions, err
}

// datedVersion is a version with the import that brought it.
type datedVersion struct {
	history.FactVersion
	imp history.ImportID
}

func factHistory(
	t *tx, partition int, kind history.FactKind, customers []history.CustomerID,
	shown map[history.ImportID]bool, found map[int64][]datedVersion,
) error {
	args := make([]any, 0, len(customers)+2)
	args = append(args, partition, string(kind))
	for _, id := range customers {
		args = append(args, int64(id))
	}
	var ref, hash int64
	var retracted int
	var v datedVersion
	return t.each(`SELECT ref, recorded, import_id, retracted, hash FROM facts
		WHERE partition = ? AND kind = ? AND customer IN (`+placeholders(len(customers))+`)`, args, func(r scanner) error {
		if err := r.Scan(&ref, &v.Recorded, &v.imp, &retracted, &hash); err != nil {
			return err
		}
		if v.Hash = uint64(hash); retracted == 1 {
			v.Hash = 0
		}
		if shown[v.imp] {
			found[ref] = append(found[ref], v)
		}
		return nil
	})
}

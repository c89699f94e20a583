package store

import (
	"context"
	"slices"

	"holdfast/history"
)

// Retired counts what RetireHistory let go.
type Retired struct {
	Segments int64 // replaced blocks of events
	Events   int64 // single events that are in a segment now
	Facts    int64 // facts of undone imports
}

// RetireHistory deletes what neither the newest version nor any of the pinned
// ones shows.
//
// queue: by the night's clean stage, with the versions of the nights that
// retention still keeps.
func (s *Store) RetireHistory(ctx context.Context, pins []int64) (r Retired, err error) {
	var entries []manifestEntry
	var folds, undone []history.ImportID
	err = s.read(ctx, "read the manifest", func(t *tx) error {
		newest, err := manifestVersion(t)
		if err != nil {
			return err
		}
		oldest := newest
		for _, p := range pins {
			oldest = min(oldest, p)
		}
		if err := t.list(&entries, `SELECT l.partition, l.month, l.import_id, l.segment_id, i.version, i.change,
				CASE WHEN EXISTS (SELECT 1 FROM segments s WHERE s.id = l.segment_id) THEN 1 ELSE 0 END AS kept
			FROM segment_live l JOIN imports i ON i.id = l.import_id WHERE i.version > 0
			ORDER BY l.partition, l.month, i.version`); err != nil {
			return err
		}
		entries = replaced(entries, append([]int64{newest}, pins...))
		folds, undone = folds[:0], undone[:0]
		if err := t.list(&folds, `SELECT id FROM imports WHERE change = ? AND version BETWEEN 1 AND ?`, changeFold, oldest); err != nil {
			return err
		}
		return t.list(&undone, `SELECT id FROM imports WHERE undone_version BETWEEN 1 AND ?`, oldest)
	})
	if err != nil {
		return r, err
	}
	if r.Segments, err = s.retireSegments(ctx, entries); err != nil {
		return r, err
	}
	for _, id := range folds {
		n, err := s.deleteInPieces(ctx, deletion{"events_single", "partition, customer, ref, recorded, import_id", "folded_by = ?", chunkRows}, int64(id))
		if err != nil {
			return r, err
		}
		r.Events += n
	}
	for _, id := range undone {
		n, err := s.deleteInPieces(ctx, deletion{"facts", "partition, customer, kind, ref, recorded, import_id", "import_id = ?", chunkRows}, int64(id))
		if err != nil {
			return r, err
		}
		r.Facts += n
	}
	return r, nil
}

type manifestEntry struct {
	Partition, Month int
	ImportID         int64 `db:"import_id"`
	SegmentID        int64 `db:"segment_id"`
	Version          int64
	Change           string
	Kept             int // its segment is still there
}

// replaced keeps those entries, sorted by partition, month and version, that
// are live at none of the versions:
//
//	entry     3 ──── 7 ── 9 ─────→      live at [3,7), [7,9), [9,∞)
//	versions    5           12          so the one of 7 goes
func replaced(entries []manifestEntry, versions []int64) []manifestEntry {
	slices.Sort(versions)
	var out []manifestEntry
	for i, e := range entries {
		if i+1 == len(entries) || entries[i+1].Partition != e.Partition || entries[i+1].Month != e.Month {
			continue // the last one is live for ever
		}
		first, _ := slices.BinarySearch(versions, e.Version)
		if first == len(versions) || versions[first] >= entries[i+1].Version {
			out = append(out, e)
		}
	}
	return out
}

func (s *Store) retireSegments(ctx context.Context, entries []manifestEntry) (n int64, err error) {
	for _, e := range entries {
		if e.Kept == 0 && e.Change == changeFeed {
			continue
		}
		err := s.write(ctx, bulk, "retire segment", func(t *tx) error {
			if _, err := t.exec(`DELETE FROM segments WHERE id = ?`, e.SegmentID); err != nil {
				return err
			}
			if e.Change == changeFeed { // where an import's events went is still needed to undo it
				return nil
			}
			_, err := t.exec(`DELETE FROM segment_live WHERE partition = ? AND month = ? AND import_id = ?`,
				e.Partition, e.Month, e.ImportID)
			return err
		})
		if err != nil {
			return n, err
		}
		n += int64(e.Kept)
	}
	return n, nil
}

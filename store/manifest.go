package store

import (
	"context"
	"math"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// The kinds of changes that give the manifest a new version.
const (
	changeFeed  = "feed"  // an import
	changeUndo  = "undo"  // an import taken back
	changeFold  = "fold"  // single events moved into segments
	changeMerge = "merge" // customers merged or parted
)

// abandoned is the version of a draft that is being deleted.
const abandoned = -1

// refused is the version of an import of which only its rejections are left.
const refused = -2

// visible is the condition under which a change is seen at a version, given twice.
const visible = `version BETWEEN 1 AND ? AND (undone_version = 0 OR undone_version > ?)`

// ManifestVersion returns the newest version of the history, for a night to pin.
func (s *Store) ManifestVersion(ctx context.Context) (version int64, err error) {
	err = s.read(ctx, "read the manifest's version", func(t *tx) error {
		version, err = manifestVersion(t)
		return err
	})
	return version, err
}

func manifestVersion(t *tx) (version int64, err error) {
	err = t.get(&version, selectVersion)
	return version, err
}

const selectVersion = `SELECT value FROM counters WHERE name = 'manifest'`

// pinned returns version, or the newest for 0.
func pinned(t *tx, version int64) (int64, error) {
	last, err := manifestVersion(t)
	if err != nil || version == 0 {
		return last, err
	}
	if version < 0 || version > last {
		return 0, fault.New(fault.NotFound, "the history has no version %d: the newest is %d", version, last)
	}
	return version, nil
}

// shown returns the imports whose facts are seen at a version; import 0, our
// own facts, always is.
func shown(t *tx, version int64) (map[history.ImportID]bool, error) {
	set := map[history.ImportID]bool{}
	return set, t.ask(askShown(set, version))
}

// newest is a version that none is after: what is seen there is what is seen at
// the newest one that the same view of the database has.
const newest = math.MaxInt64

func askShown(into map[history.ImportID]bool, version int64) question {
	into[0] = true
	return question{`SELECT id FROM imports WHERE ` + visible, []any{version, version}, func(r scanner) error {
		var id history.ImportID
		err := r.Scan(&id)
		into[id] = true
		return err
	}}
}

// publish gives a draft the next version, after which everything under it is
// seen at once. The drafts' segments are compared with the live ones outside
// the write transaction, which then only checks that the manifest has not
// moved, so that it is short however large the draft. Months that another
// change replaced meanwhile are returned and nothing is changed.
func (s *Store) publish(
	ctx context.Context, draft history.ImportID, now time.Time, finish func(t *tx, version int64) error,
) (stale [][2]int, err error) {
	for range 1000 {
		at, stale, err := s.staleMonths(ctx, draft)
		if err != nil || len(stale) > 0 {
			return stale, err
		}
		moved := false
		err = s.write(ctx, small, "publish", func(t *tx) error {
			n, err := t.exec(`UPDATE counters SET value = value + 1 WHERE name = 'manifest' AND value = ?`, at)
			if moved = n == 0; err != nil || moved {
				return err
			}
			if err := t.one("it was published or abandoned already",
				`UPDATE imports SET version = ?, published = ? WHERE id = ? AND version = 0`,
				at+1, micros(now), int64(draft)); err != nil {
				return err
			}
			return finish(t, at+1)
		})
		if err != nil || !moved {
			return nil, err
		}
	}
	return nil, fault.New(fault.Conflict, "publish: the history changed a thousand times meanwhile; try again")
}

func (s *Store) staleMonths(ctx context.Context, draft history.ImportID) (at int64, stale [][2]int, err error) {
	err = s.read(ctx, "compare with the live segments", func(t *tx) error {
		if at, err = manifestVersion(t); err != nil {
			return err
		}
		if err := isDraft(t, draft, ""); err != nil {
			return err
		}
		var rows []struct {
			Partition, Month int
			Replaces, Live   int64
		}
		err := t.list(&rows, `SELECT d.partition, d.month, d.replaces, COALESCE((
				SELECT l.segment_id FROM segment_live l JOIN imports i ON i.id = l.import_id
				WHERE l.partition = d.partition AND l.month = d.month AND i.version BETWEEN 1 AND ?
				ORDER BY i.version DESC LIMIT 1), 0) AS live
			FROM segment_live d WHERE d.import_id = ? ORDER BY d.partition, d.month`, at, int64(draft))
		stale = nil
		for _, r := range rows {
			if r.Live != r.Replaces {
				stale = append(stale, [2]int{r.Partition, r.Month})
			}
		}
		return err
	})
	return at, stale, err
}

// liveSegment is one entry of the manifest as a version shows it.
type liveSegment struct {
	Month     int
	SegmentID history.SegmentID `db:"segment_id"`
}

// liveSegments returns a partition's manifest at a version, by month, without
// the months that are empty.
func liveSegments(t *tx, partition int, version int64) ([]liveSegment, error) {
	var rows []liveSegment
	err := t.list(&rows, `SELECT l.month, l.segment_id FROM segment_live l JOIN imports i ON i.id = l.import_id
		WHERE l.partition = ? AND i.version BETWEEN 1 AND ? ORDER BY l.month, i.version`, partition, version)
	if err != nil {
		return nil, err
	}
	live := rows[:0]
	for i, r := range rows {
		last := i+1 == len(rows) || rows[i+1].Month != r.Month
		if last && r.SegmentID != 0 {
			live = append(live, r)
		}
	}
	return live, nil
}

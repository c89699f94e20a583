package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
)

// FoldEvents moves the events that arrived one by one into segments, as one
// change of the manifest, and returns how many. Older versions go on seeing
// them singly. Events that arrive meanwhile wait for the next night.
//
// queue: by the night, before it pins a version.
func (s *Store) FoldEvents(ctx context.Context, now time.Time) (folded int, err error) {
	if some, err := s.anySingle(ctx); err != nil || !some {
		return 0, err
	}
	change, err := s.beginChange(ctx, changeFold, history.Import{Started: now})
	if err != nil {
		return 0, err
	}
	months := map[[2]int][]history.Event{}
	for partition := range s.fixed.partitions {
		n, err := s.foldPartition(ctx, change, partition, months)
		if err != nil {
			return 0, err
		}
		folded += n
	}
	if folded == 0 {
		return 0, s.AbandonImport(ctx, change)
	}
	for todo := keys(months); len(todo) > 0; {
		for _, at := range todo {
			if err := s.foldMonth(ctx, change, at[0], at[1], months[at]); err != nil {
				return 0, err
			}
		}
		todo, err = s.publish(ctx, change, now, func(*tx, int64) error { return nil })
		if err != nil {
			return 0, err
		}
	}
	return folded, nil
}

// anySingle says whether an event may be waiting to be folded.
func (s *Store) anySingle(ctx context.Context) (some bool, err error) {
	err = s.read(ctx, "look for single events", func(t *tx) error {
		var rows []int
		err := t.list(&rows, `SELECT 1 FROM events_single WHERE folded_by NOT IN
			(SELECT id FROM imports WHERE change = ? AND version > 0) LIMIT 1`, changeFold)
		some = len(rows) > 0
		return err
	})
	return some, err
}

func keys(months map[[2]int][]history.Event) [][2]int {
	out := make([][2]int, 0, len(months))
	for k := range months {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b [2]int) int { return (a[0]-b[0])*1e6 + a[1] - b[1] })
	return out
}

// foldPartition gathers a partition's single events by month and marks them as
// folded by the change, which says nothing until it is published.
func (s *Store) foldPartition(
	ctx context.Context, change history.ImportID, partition int, months map[[2]int][]history.Event,
) (int, error) {
	var events []history.Event
	err := s.read(ctx, fmt.Sprintf("read single events of partition %d", partition), func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		seen, err := shown(t, version)
		if err != nil {
			return err
		}
		events = events[:0]
		return t.each(`SELECT `+singleColumns+`, folded_by FROM events_single WHERE partition = ?`, []any{partition},
			func(r scanner) error {
				e, by, err := readSingle(r)
				if err == nil && (by == 0 || !seen[by]) { // a mark of an unpublished fold means nothing
					events = append(events, e)
				}
				return err
			})
	})
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		at := [2]int{partition, monthOf(micros(e.Occurred))}
		months[at] = append(months[at], e)
	}
	return len(events), chunks(len(events), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "mark folded events", func(t *tx) error {
			if err := draft(t, change); err != nil {
				return err
			}
			for _, e := range events[from:to] {
				if _, err := t.exec(`UPDATE events_single SET folded_by = ?
					WHERE partition = ? AND customer = ? AND ref = ? AND recorded = ? AND import_id = ?`,
					int64(change), partition, int64(e.Customer), e.Ref, micros(e.Recorded), int64(e.Import)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// foldMonth rewrites one month with the events added.
func (s *Store) foldMonth(ctx context.Context, change history.ImportID, partition, month int, added []history.Event) error {
	live, err := s.LiveSegment(ctx, partition, month)
	if err != nil {
		return err
	}
	var events history.Events
	if live.ID != 0 {
		if err := history.DecodeSegment(live.Payload, &events); err != nil {
			return fmt.Errorf("fold partition %d, month %04d-%02d: %w", partition, month/12, month%12+1, err)
		}
	}
	type identity [4]int64
	have := make(map[identity]bool, events.Len())
	for i := range events.Len() {
		have[identity{events.Customer[i], events.Ref[i], events.Recorded[i], events.Import[i]}] = true
	}
	for _, e := range added {
		if k := (identity{int64(e.Customer), e.Ref, micros(e.Recorded), int64(e.Import)}); !have[k] {
			have[k] = true // two folds at once may both bring it
			events.Append(e)
		}
	}
	seg, err := segmentOf(partition, month, &events)
	if err != nil {
		return err
	}
	return s.SaveSegment(ctx, change, live.ID, seg)
}

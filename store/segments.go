package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"holdfast/history"
)

// LiveSegment returns the segment that the manifest shows now; its ID is 0 if none.
func (s *Store) LiveSegment(ctx context.Context, partition, month int) (seg history.Segment, err error) {
	err = s.read(ctx, "read the live segment", func(t *tx) error {
		seg, err = findLive(t, partition, month)
		return err
	})
	return seg, err
}

func findLive(t *tx, partition, month int) (history.Segment, error) {
	version, err := manifestVersion(t)
	if err != nil {
		return history.Segment{}, err
	}
	var ids []history.SegmentID
	err = t.list(&ids, `SELECT l.segment_id FROM segment_live l JOIN imports i ON i.id = l.import_id
		WHERE l.partition = ? AND l.month = ? AND i.version BETWEEN 1 AND ? ORDER BY i.version DESC LIMIT 1`,
		partition, month, version)
	if err != nil || len(ids) == 0 || ids[0] == 0 {
		return history.Segment{}, err
	}
	return readSegment(t, ids[0])
}

func readSegment(t *tx, id history.SegmentID) (history.Segment, error) {
	var r struct {
		Partition, Month int
		Rows             int   `db:"row_count"`
		Min              int64 `db:"min_at"`
		Max              int64 `db:"max_at"`
		Checksum         string
		Payload          []byte
	}
	err := t.get(&r, `SELECT partition, month, row_count, min_at, max_at, checksum, payload FROM segments WHERE id = ?`, int64(id))
	err = found(err, "history segment %d was let go by retention", id)
	return history.Segment{
		ID: id, Partition: r.Partition, Month: r.Month, Rows: r.Rows, Min: instant(r.Min), Max: instant(r.Max),
		Checksum: r.Checksum, Payload: r.Payload,
	}, err
}

// segmentsPerWrite is how many bytes of small segments one transaction takes:
// about what one segment of a large business has.
const segmentsPerWrite = 256 << 10

// SaveSegments stores unpublished segments, each meant to replace the one
// given. A second one for the same month takes the first one's place. An ID of
// 0 is given here; a segment without rows says that the month has no events
// left.
func (s *Store) SaveSegments(ctx context.Context, imp history.ImportID, segments []history.Replacement) error {
	for len(segments) > 0 {
		n, size := 1, len(segments[0].Segment.Payload)
		for n < len(segments) && n < chunkRows/2 && size+len(segments[n].Segment.Payload) <= segmentsPerWrite {
			size += len(segments[n].Segment.Payload)
			n++
		}
		if err := s.saveSegments(ctx, imp, segments[:n]); err != nil {
			return err
		}
		segments = segments[n:]
	}
	return nil
}

// SaveSegment is SaveSegments of one.
func (s *Store) SaveSegment(ctx context.Context, imp history.ImportID, replaces history.SegmentID, seg history.Segment) error {
	return s.SaveSegments(ctx, imp, []history.Replacement{{Replaces: replaces, Segment: seg}})
}

func (s *Store) saveSegments(ctx context.Context, imp history.ImportID, segments []history.Replacement) error {
	segments = slices.Clone(segments)
	for i := range segments {
		seg := &segments[i].Segment
		switch {
		case seg.Rows == 0:
			seg.ID = 0
		case seg.ID == 0:
			seg.ID = newSegmentID()
		}
		if seg.Checksum == "" {
			sum := sha256.Sum256(seg.Payload)
			seg.Checksum = hex.EncodeToString(sum[:])
		}
	}
	return s.write(ctx, bulk, "save segments", func(t *tx) error {
		if err := draft(t, imp); err != nil {
			return err
		}
		for _, r := range segments {
			if err := saveSegment(t, imp, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveSegment(t *tx, imp history.ImportID, r history.Replacement) error {
	seg := r.Segment
	if _, err := t.exec(`DELETE FROM segments WHERE import_id = ? AND id IN (SELECT segment_id FROM segment_live
		WHERE partition = ? AND month = ? AND import_id = ?)`, int64(imp), seg.Partition, seg.Month, int64(imp)); err != nil {
		return err
	}
	if seg.Rows > 0 {
		if _, err := t.exec(`INSERT INTO segments
				(id, partition, month, row_count, min_at, max_at, checksum, import_id, payload)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, int64(seg.ID), seg.Partition, seg.Month, seg.Rows,
			micros(seg.Min), micros(seg.Max), seg.Checksum, int64(imp), seg.Payload); err != nil {
			return err
		}
	}
	_, err := t.exec(`INSERT INTO segment_live (partition, month, import_id, segment_id, replaces) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (partition, month, import_id) DO UPDATE SET segment_id = excluded.segment_id, replaces = excluded.replaces`,
		seg.Partition, seg.Month, int64(imp), int64(seg.ID), int64(r.Replaces))
	return err
}

// newSegmentID draws a positive id, so that writers need no shared counter.
func newSegmentID() history.SegmentID {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return history.SegmentID(binary.LittleEndian.Uint64(b[:])>>1 | 1)
}

// monthOf returns the months since year 0 of a time in microseconds.
func monthOf(us int64) int {
	t := instant(us)
	return t.Year()*12 + int(t.Month()) - 1
}

// segmentOf makes a segment of events of one partition and month.
func segmentOf(partition, month int, e *history.Events) (history.Segment, error) {
	seg := history.Segment{Partition: partition, Month: month, Rows: e.Len()}
	if e.Len() == 0 {
		return seg, nil
	}
	e.Sort()
	low, high := e.Occurred[0], e.Occurred[0]
	for _, at := range e.Occurred {
		low, high = min(low, at), max(high, at)
	}
	seg.Min, seg.Max = instant(low), instant(high)
	var err error
	seg.Payload, err = history.EncodeSegment(e)
	return seg, err
}
